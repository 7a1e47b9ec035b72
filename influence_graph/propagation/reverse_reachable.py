"""Reverse-reachable sets: who, in one random live-edge graph, would have moved a given person.

The set RR(b) holds everybody from whom b is reached over live edges (Borgs, Brautbar, Chayes & Lucier
2014). With the root b uniform, P[u ∈ RR(b)] = σ(u)/n: one pass of counting gives the spread of
everybody (:mod:`.expected_spread`), and the set of people that hits most sets spreads most
(:mod:`.seeds`). Influence runs against the edges, so the walk back from b follows rows forward.
"""

from __future__ import annotations

import threading
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.compilation import inner_kernel
from influence_graph.counter_rng import start, step, uniform
from influence_graph.prefetch import prefetch
from influence_graph.propagation.live_edges import LiveEdges, chosen, draw_run
from influence_graph.propagation.parallel_blocks import in_blocks

#: Sets grown in turn by one thread, so that their waits for memory overlap. One bit each in ``seen``.
LANES = 8
#: Samples a thread takes at a time.
BLOCK = 8192
# What is not wanted of a walk is an empty array, not None: one compiled kernel serves all uses.
_NONE = np.zeros(0, dtype=np.int32)
_NOBODY = np.zeros(0, dtype=np.uint8)


class Scratch(NamedTuple):
    """Scratch arrays of one thread.

    ``seen`` (n,) has a bit a lane, 0 between calls; ``found`` (LANES, n) the members by lane; ``places``
    (LANES, longest row) the entries drawn by lane. The others are (LANES,): where the lane's stream is, how
    many members its set has, how many of them have drawn (-1: no sample is left for the lane), and how many
    entries were drawn last.
    """

    seen: npt.NDArray[np.uint8]
    found: Int32Array
    places: IntArray
    state: npt.NDArray[np.uint64]
    size: IntArray
    done: IntArray
    drawn: IntArray


def scratch(edges: LiveEdges) -> Scratch:
    """Return the scratch arrays of one thread. O(n), of which only what is used is ever touched."""
    n = people(edges)
    ends = np.append(0, np.cumsum(edges.segments["count"], dtype=np.int64))
    longest = int(np.diff(ends[edges.pointer] if len(edges.pointer) else ends).max(initial=1))
    return Scratch(
        np.zeros(n, dtype=np.uint8),
        np.empty((LANES, n), dtype=np.int32),
        np.empty((LANES, longest), dtype=np.int64),
        np.zeros(LANES, dtype=np.uint64),
        *(np.zeros(LANES, dtype=np.int64) for _ in range(3)),
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
        return int(_grow(edges, key, a, b, own.scratch, own.counts, own.rooted, _NOBODY, False, roots)[0])

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
        _, _, pool, sizes = _grow(edges, key, a, b, own.scratch, _NONE, _NONE, _NOBODY, True, None)
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
        return int(_grow(edges, key, a, b, own.scratch, _NONE, _NONE, members, False, None)[1])

    return sum(in_blocks(work, first, last, size=block, label=label))


@njit(cache=True, nogil=True)
def _grow(
    edges: LiveEdges,
    key: np.uint64,
    first: int,
    last: int,
    scratch: Scratch,
    counts: npt.NDArray[Any],
    rooted: npt.NDArray[Any],
    members: npt.NDArray[np.uint8],
    store: bool,
    roots: FloatArray | None,
) -> tuple[np.int64, np.int64, Int32Array, Int32Array]:
    """Grow the RR sets of samples [first, last), ``LANES`` of them in turn.

    A turn takes in the people at the places drawn at the last turn, then draws places for the next who has
    any.
    What a lane draws depends on its own sample only. ``counts`` and ``rooted`` (both or none of them) and
    ``members`` are (n,), or empty where not wanted; ``roots`` are the (n,) running sums of the weights of
    roots, or None. Returns (sum of sizes, sets that meet ``members``, members of the sets concatenated,
    sizes), the last two empty unless ``store``.
    """
    # Unpacked once: taking an array out of a tuple counts a reference, which costs more than its use.
    segments, kinds, pointer, neighbours, probability, threshold = edges
    seen, found, places, state, size, done, drawn = scratch
    pool = np.empty(4 * (last - first) if store else 0, dtype=np.int32)
    sizes = np.empty(last - first if store else 0, dtype=np.int32)
    # Of one type from the start: a literal 0 would compile what it is passed to a second time.
    used = finished = total = hits = nothing = np.int64(0)
    sample = first
    at_work = min(len(found), last - first)
    for lane in range(len(found)):
        # With size 0 and nothing drawn: it starts on a sample at its first turn.
        size[lane] = drawn[lane] = 0
        done[lane] = 0 if lane < at_work else -1
    while at_work > 0:
        for lane in range(np.uint64(len(found))):
            # In variables: after every store to an array the compiler reads the others again.
            now, many, next_up, end = state[lane], size[lane], done[lane], nothing
            if next_up < 0:
                continue
            bit = np.uint8(np.uint64(1) << lane)
            new = drawn[lane]
            many, hit = _take_in(
                neighbours, places, lane, new, bit, seen, found, many, segments, pointer, counts, members
            )
            while next_up < many and end == 0 and not hit:
                b = np.uint32(found[lane, np.uint64(next_up)])
                next_up += 1
                end, now = _draw(segments, kinds, pointer, probability, threshold, b, now, places, lane)
            if end > 0:
                for i in range(np.uint64(end)):
                    prefetch(neighbours, np.uint64(places[lane, i]))
            else:
                _leave(found, lane, many, bit, seen, counts)
                hits, total = hits + hit, total + many
                if store and many > 0:
                    pool = _append(pool, used, found, lane, many)
                    sizes[finished] = many
                    used, finished = used + many, finished + 1
                many = next_up = nothing
                if sample < last:
                    root, now = _begin(roots, key, sample, lane, bit, seen, found, rooted)
                    sample, many = sample + 1, many + 1
                    if len(members) > 0 and members[root] != 0:
                        # The next turn finds nothing left to draw, and closes it as a hit.
                        hits += 1
                        next_up += 1
                else:
                    next_up -= 1
                    at_work -= 1
            state[lane], size[lane], done[lane], drawn[lane] = now, many, next_up, end
    return total, hits, pool[:used].copy(), sizes[:finished].copy()


@inner_kernel(forceinline=True)
def _take_in(
    neighbours: Int32Array,
    places: IntArray,
    lane: int,
    drawn: int,
    bit: np.uint8,
    seen: npt.NDArray[np.uint8],
    found: Int32Array,
    many: int,
    segments: npt.NDArray[Any],
    pointer: IntArray,
    counts: npt.NDArray[Any],
    members: npt.NDArray[np.uint8],
) -> tuple[int, bool]:
    """Add the people at ``places[lane, :drawn]`` that are new; return the size, and if one is a member."""
    single, counting, checking = len(pointer) == 0, len(counts) > 0, len(members) > 0
    hit = False
    for i in range(np.uint64(drawn)):
        a = np.uint32(neighbours[np.uint64(places[lane, i])])
        marks = seen[a]
        if not marks & bit:
            seen[a] = marks | bit
            found[lane, np.uint64(many)] = a
            many += 1
            if single:
                prefetch(segments, a)
            else:
                prefetch(pointer, a)
            if counting:
                prefetch(counts, a)
            if checking:
                hit = hit or members[a] != 0
    return many, hit


@inner_kernel(forceinline=True)
def _draw(
    segments: npt.NDArray[Any],
    kinds: npt.NDArray[Any],
    pointer: IntArray,
    probability: FloatArray,
    threshold: Literal[True] | None,
    b: int,
    state: np.uint64,
    places: IntArray,
    lane: int,
) -> tuple[np.int64, np.uint64]:
    """Write the live entries of row b to ``places[lane]``; return how many, and the stream."""
    end = np.int64(0)
    if threshold is not None:
        state = step(state)
        place = chosen(segments, kinds, probability, b, state)
        if place >= 0:
            places[lane, 0] = place
            end += 1
        return end, state
    run, stop = np.int64(b), np.int64(b + 1)
    if len(pointer) > 0:
        run, stop = pointer[b], pointer[b + 1]
    elif segments[np.uint64(b)].count == 0:
        return end, state
    while run < stop:
        end, state = draw_run(segments, kinds, probability, run, state, places, lane, end)
        run += 1
    return end, state


@inner_kernel(forceinline=True)
def _leave(
    found: Int32Array,
    lane: int,
    many: int,
    bit: np.uint8,
    seen: npt.NDArray[np.uint8],
    counts: npt.NDArray[Any],
) -> None:
    """Unmark the members of a set, and count them if ``counts`` is not empty, its root aside."""
    counting, clear = len(counts) > 0, ~bit
    for i in range(np.uint64(many)):
        a = np.uint32(found[lane, i])
        seen[a] &= clear
        if counting and i > 0:
            counts[a] += 1


@inner_kernel()
def _begin(
    roots: FloatArray | None,
    key: np.uint64,
    sample: int,
    lane: int,
    bit: np.uint8,
    seen: npt.NDArray[np.uint8],
    found: Int32Array,
    rooted: npt.NDArray[Any],
) -> tuple[int, np.uint64]:
    """Start the set of a sample with the root that its stream draws; return the root, and the stream."""
    state = start(key, sample)
    if roots is None:
        root = int(uniform(state) * len(seen))
    else:
        root = int(np.searchsorted(roots, uniform(state) * roots[-1], side="right"))
    seen[root] |= bit
    found[lane, 0] = root
    if len(rooted) > 0:
        rooted[root] += 1
    return root, state


@njit(cache=True)
def _append(pool: Int32Array, used: np.int64, found: Int32Array, lane: int, many: int) -> Int32Array:
    """Write ``found[lane, :many]`` to ``pool[used:]``; return the pool, or a larger one where it was full."""
    if used + many > len(pool):
        larger = np.empty(2 * len(pool) + many, dtype=np.int32)
        for i in range(used):
            larger[i] = pool[i]
        pool = larger
    for i in range(np.uint64(many)):
        pool[np.uint64(used) + i] = found[lane, i]
    return pool


def block_for(mean_size: float) -> int:
    """Samples a block so that one takes some 50 ms whatever the size of the sets: Ctrl-C waits no longer."""
    return int(np.clip(5e5 / max(mean_size, 1.0), 16, 65_536))
