"""Reverse-reachable sets: who, in one random live-edge graph, would have moved a given person.

The set RR(b) holds everybody from whom b is reached over live edges (Borgs, Brautbar, Chayes & Lucier
2014). With the root b uniform, P[u ∈ RR(b)] = σ(u)/n: one pass of counting gives the spread of
everybody (:mod:`.expected_spread`), and the set of people that hits most sets spreads most
(:mod:`.seeds`). Influence runs against the edges, so the walk back from b follows rows forward.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.counter_rng import start, step, uniform
from influence_graph.prefetch import prefetch
from influence_graph.propagation.live_edges import LiveEdges, chosen, draw_run
from influence_graph.propagation.parallel_blocks import in_blocks

#: Sets grown in turn by one thread, so that their waits for memory overlap. One bit each in ``seen``.
LANES = 8
#: Samples a thread takes at a time.
BLOCK = 8192


class Scratch(NamedTuple):
    """Scratch arrays of one thread.

    ``seen`` (n,) has a bit a lane, 0 between calls; ``found`` (LANES, n) the members by lane; ``places``
    (LANES, longest row) the entries drawn by lane.
    """

    seen: npt.NDArray[np.uint8]
    found: Int32Array
    places: IntArray


def scratch(edges: LiveEdges) -> Scratch:
    """Return the scratch arrays of one thread. O(n), of which only what is used is ever touched."""
    n = people(edges)
    ends = np.append(0, np.cumsum(edges.segments["count"], dtype=np.int64))
    longest = int(np.diff(ends[edges.pointer] if len(edges.pointer) else ends).max(initial=1))
    return Scratch(
        np.zeros(n, dtype=np.uint8),
        np.empty((LANES, n), dtype=np.int32),
        np.empty((LANES, longest), dtype=np.int64),
    )


def people(edges: LiveEdges) -> int:
    """Number of rows."""
    return len(edges.pointer) - 1 if len(edges.pointer) else len(edges.segments)


def count_members(
    edges: LiveEdges,
    key: np.uint64,
    first: int,
    last: int,
    counts: IntArray,
    rooted: IntArray,
    *,
    block: int = BLOCK,
    label: str = "",
    roots: FloatArray | None = None,
) -> int:
    """Add to ``counts[u]`` how many samples of [first, last) have u ∈ RR(root), u ≠ root; none is stored.

    ``rooted[u]`` grows by how many of them start at u. Roots are uniform, or drawn by weights of which
    ``roots`` holds the running sums. Returns the sum of the set sizes. The same whatever the number of
    threads: sample i draws from stream i, and counts are integers.
    """
    own = threading.local()
    of_threads: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    # Half the memory to fetch, where counts can't outgrow it.
    kind = np.int32 if last - first < 2**31 else np.int64

    def work(a: int, b: int) -> int:
        if not hasattr(own, "counts"):
            own.counts, own.rooted = np.zeros(len(counts), dtype=kind), np.zeros(len(counts), dtype=kind)
            own.scratch = scratch(edges)
            of_threads.append((own.counts, own.rooted))
        return int(_grow(edges, key, a, b, own.scratch, own.counts, own.rooted, None, False, roots)[0])

    total = sum(in_blocks(work, first, last, size=block, label=label))
    for counted, started in of_threads:
        counts += counted
        rooted += started
    return total


def spread_from_counts(counts: IntArray, rooted: IntArray, samples: int) -> FloatArray:
    """Return σ(u) = 1 + (n − 1) · P[u ∈ RR(b) | b ≠ u], estimated from what :func:`count_members` counted.

    The samples that start at u say nothing of u, and are left out: the estimate is unbiased and in [1, n].
    """
    shares: FloatArray = counts / np.maximum(samples - rooted, 1)
    return 1.0 + (len(counts) - 1.0) * shares


def collect(
    edges: LiveEdges, key: np.uint64, first: int, last: int, *, block: int = BLOCK, label: str = ""
) -> tuple[Int32Array, Int32Array]:
    """Return the RR sets of samples [first, last): their members concatenated, and their sizes.

    The order within a block is that in which the sets were finished: fixed, but not by sample.
    """
    own = threading.local()

    def work(a: int, b: int) -> tuple[Int32Array, Int32Array]:
        if not hasattr(own, "scratch"):
            own.scratch = scratch(edges)
        _, _, pool, sizes = _grow(edges, key, a, b, own.scratch, None, None, None, True, None)
        return pool, sizes

    found = list(in_blocks(work, first, last, size=block, label=label))
    return np.concatenate([p for p, _ in found]), np.concatenate([s for _, s in found])


def count_hits(
    edges: LiveEdges,
    key: np.uint64,
    first: int,
    last: int,
    members: npt.NDArray[np.uint8],
    *,
    block: int = BLOCK,
    label: str = "",
) -> int:
    """How many samples of [first, last) have a set that meets ``members``; each walk stops at the first."""
    own = threading.local()

    def work(a: int, b: int) -> int:
        if not hasattr(own, "scratch"):
            own.scratch = scratch(edges)
        return int(_grow(edges, key, a, b, own.scratch, None, None, members, False, None)[1])

    return sum(in_blocks(work, first, last, size=block, label=label))


@njit(cache=True, nogil=True)
def _grow(
    edges: LiveEdges,
    key: np.uint64,
    first: int,
    last: int,
    scratch: Scratch,
    counts: npt.NDArray[Any] | None,
    rooted: npt.NDArray[Any] | None,
    members: npt.NDArray[np.uint8] | None,
    store: bool,
    roots: FloatArray | None,
) -> tuple[int, int, Int32Array, Int32Array]:
    """Grow the RR sets of samples [first, last), ``LANES`` of them in turn.

    A turn takes in the people at the places drawn at the last turn, then draws places for one more.
    What a lane draws depends on its own sample only. ``counts`` and ``rooted`` (both or none of them) and
    ``members`` are (n,), ``roots`` the (n,) running sums of the weights of roots; each is None where it is
    not wanted, and is compiled away then. Returns (sum of sizes, sets that meet ``members``, members of
    the sets concatenated, sizes), the last two empty unless ``store``.
    """
    # Unpacked once: taking an array out of a tuple counts a reference, which costs more than its use.
    segments, kinds, pointer, neighbours, probability, threshold = edges
    seen, found, places = scratch
    n = len(seen)
    lanes = len(found)
    single = len(pointer) == 0
    state = np.zeros(lanes, dtype=np.uint64)
    size = np.zeros(lanes, dtype=np.int64)
    done = np.zeros(lanes, dtype=np.int64)
    drawn = np.zeros(lanes, dtype=np.int64)
    busy = np.zeros(lanes, dtype=np.bool_)
    pool = np.empty(4 * (last - first) if store else 0, dtype=np.int32)
    sizes = np.empty(last - first if store else 0, dtype=np.int32)
    used = finished = total = hits = 0
    sample = first
    at_work = min(lanes, last - first)
    for lane in range(at_work):
        busy[lane] = True  # with size 0 and nothing drawn: it starts on a sample at its first turn
    while at_work > 0:
        for lane in range(lanes):
            if not busy[lane]:
                continue
            # In variables: after every store to an array the compiler reads the others again.
            bit = np.uint8(1 << lane)
            now, many, next_up, hit = state[lane], size[lane], done[lane], False
            for i in range(drawn[lane]):
                a = neighbours[places[lane, i]]
                marks = seen[a]
                if not marks & bit:
                    seen[a] = marks | bit
                    found[lane, many] = a
                    many += 1
                    if single:
                        prefetch(segments, a)
                    else:
                        prefetch(pointer, a)
                    if counts is not None:
                        prefetch(counts, a)
                    if members is not None:
                        hit = hit or members[a] != 0
            end = 0
            if next_up < many and not hit:
                b = found[lane, next_up]
                next_up += 1
                if threshold:
                    now = step(now)
                    place = chosen(segments, kinds, probability, b, now)
                    if place >= 0:
                        places[lane, 0] = place
                        end = 1
                else:
                    run, stop = b, b + 1
                    if not single:
                        run, stop = pointer[b], pointer[b + 1]
                    elif segments[b].count == 0:
                        stop = b
                    while run < stop:
                        end, now = draw_run(segments, kinds, probability, run, now, places, lane, end)
                        run += 1
                for i in range(end):
                    prefetch(neighbours, places[lane, i])
            else:
                clear = ~bit
                for i in range(many):
                    a = found[lane, i]
                    seen[a] &= clear
                    if counts is not None and i > 0:
                        counts[a] += 1
                hits += hit
                total += many
                if store and many > 0:
                    pool = _append(pool, used, found, lane, many)
                    sizes[finished] = many
                    used += many
                    finished += 1
                many = next_up = 0
                if sample < last:
                    now = start(key, sample)
                    sample += 1
                    if roots is None:
                        root = int(uniform(now) * n)
                    else:
                        root = int(np.searchsorted(roots, uniform(now) * roots[n - 1], side="right"))
                    seen[root] |= bit
                    found[lane, 0] = root
                    many = 1
                    if rooted is not None:
                        rooted[root] += 1
                    if members is not None and members[root] != 0:
                        # The next turn finds nothing left to draw, and closes it as a hit.
                        hits += 1
                        next_up = 1
                else:
                    busy[lane] = False
                    at_work -= 1
            state[lane], size[lane], done[lane], drawn[lane] = now, many, next_up, end
    return total, hits, pool[:used].copy(), sizes[:finished].copy()


@njit(cache=True)
def _append(pool: Int32Array, used: int, found: Int32Array, lane: int, many: int) -> Int32Array:
    """Write ``found[lane, :many]`` to ``pool[used:]``; return the pool, or a larger one where it was full."""
    if used + many > len(pool):
        larger = np.empty(2 * len(pool) + many, dtype=np.int32)
        for i in range(used):
            larger[i] = pool[i]
        pool = larger
    for i in range(many):
        pool[used + i] = found[lane, i]
    return pool


def block_for(mean_size: float) -> int:
    """Samples a block so that one takes some 50 ms whatever the size of the sets: Ctrl-C waits no longer."""
    return int(np.clip(5e5 / max(mean_size, 1.0), 16, 65_536))
