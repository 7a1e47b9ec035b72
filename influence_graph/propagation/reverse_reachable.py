"""Reverse-reachable sets: who, in one random world, would have moved a given person.

The set RR(b) holds everybody from whom b is reached over live edges (Borgs, Brautbar, Chayes & Lucier
2014). With the root b uniform, P[u ∈ RR(b)] = σ(u)/n: one pass of counting gives the spread of
everybody (:mod:`.expected_spread`), and the set of people that hits most sets spreads most
(:mod:`.select_seeds`). Influence runs against the edges, so the walk back from b follows rows forward.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.propagation.blocks import in_blocks
from influence_graph.propagation.live_edges import LiveEdges, chosen, draw_run
from influence_graph.propagation.prefetch import prefetch
from influence_graph.propagation.streams import start, step, uniform

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

#: Sets grown in turn by one thread, so that their waits for memory overlap. One bit each in ``seen``.
LANES = 8
#: Samples a thread takes at a time.
BLOCK = 8192


class Scratch(NamedTuple):
    """What one thread works in: marks (0 between calls), members by lane, drawn places by lane."""

    seen: npt.NDArray[np.uint8]
    found: Int32Array
    places: Int64Array


def scratch(edges: LiveEdges) -> Scratch:
    """Room for one thread. O(n), of which only what is used is ever touched."""
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
    counts: Int64Array,
    *,
    block: int = BLOCK,
    label: str = "",
) -> int:
    """Add to ``counts[u]`` how many samples of [first, last) have u ∈ RR(root), u ≠ root; nothing is stored.

    Returns the sum of the set sizes. The same whatever the number of threads: sample i draws from
    stream i, and counts are integers.
    """
    own = threading.local()
    parts: list[Int64Array] = []
    none = np.zeros(0, dtype=np.uint8)

    def work(a: int, b: int) -> int:
        if not hasattr(own, "counts"):
            own.counts = np.zeros(len(counts), dtype=np.int64)
            own.room = scratch(edges)
            parts.append(own.counts)
        return int(_grow(edges, key, a, b, own.room, own.counts, none, False)[0])

    total = sum(in_blocks(work, first, last, size=block, label=label))
    for part in parts:
        counts += part
    return total


def collect(
    edges: LiveEdges, key: np.uint64, first: int, last: int, *, block: int = BLOCK, label: str = ""
) -> tuple[Int32Array, Int32Array]:
    """Return the RR sets of samples [first, last): their members on end (int32), and their sizes.

    The order within a block is that in which the sets were finished: fixed, but not by sample.
    """
    own = threading.local()
    none, nobody = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)

    def work(a: int, b: int) -> tuple[Int32Array, Int32Array]:
        if not hasattr(own, "room"):
            own.room = scratch(edges)
        _, _, pool, sizes = _grow(edges, key, a, b, own.room, none, nobody, True)
        return pool, sizes

    parts = list(in_blocks(work, first, last, size=block, label=label))
    return np.concatenate([p for p, _ in parts]), np.concatenate([s for _, s in parts])


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
    none = np.zeros(0, dtype=np.int64)

    def work(a: int, b: int) -> int:
        if not hasattr(own, "room"):
            own.room = scratch(edges)
        return int(_grow(edges, key, a, b, own.room, none, members, False)[1])

    return sum(in_blocks(work, first, last, size=block, label=label))


@njit(cache=True, nogil=True)
def _grow(
    edges: LiveEdges,
    key: np.uint64,
    first: int,
    last: int,
    room: Scratch,
    counts: Int64Array,
    members: npt.NDArray[np.uint8],
    store: bool,
) -> tuple[int, int, Int32Array, Int32Array]:
    """Grow the RR sets of samples [first, last), ``LANES`` of them in turn.

    A turn takes in the people at the places drawn at the last turn, then draws places for one more.
    What a lane draws depends on its own sample only. Returns (sum of sizes, sets that meet
    ``members``, members, sizes); counts unless ``counts`` is empty, keeps the sets if ``store``.
    """
    seen, found, places = room
    n = len(seen)
    single = len(edges.pointer) == 0
    counting = len(counts) > 0
    targeted = len(members) > 0
    state = np.zeros(LANES, dtype=np.uint64)
    size = np.zeros(LANES, dtype=np.int64)
    done = np.zeros(LANES, dtype=np.int64)
    drawn = np.zeros(LANES, dtype=np.int64)
    busy = np.zeros(LANES, dtype=np.bool_)
    pool = np.empty(4 * (last - first) if store else 0, dtype=np.int32)
    sizes = np.empty(last - first if store else 0, dtype=np.int32)
    used = finished = total = hits = 0
    sample = first
    at_work = min(LANES, last - first)
    for lane in range(at_work):
        busy[lane] = True  # with size 0 and nothing drawn: it starts on a sample at its first turn
    while at_work > 0:
        for lane in range(LANES):
            if not busy[lane]:
                continue
            bit = np.uint8(1 << lane)
            people_in, hit = size[lane], False
            for i in range(drawn[lane]):
                a = edges.neighbours[places[lane, i]]
                if not seen[a] & bit:
                    seen[a] |= bit
                    found[lane, people_in] = a
                    people_in += 1
                    if single:
                        prefetch(edges.segments, a)
                    else:
                        prefetch(edges.pointer, a)
                    if counting:
                        prefetch(counts, a)
                    hit = hit or (targeted and members[a] != 0)
            end = 0
            if done[lane] < people_in and not hit:
                b = found[lane, done[lane]]
                done[lane] += 1
                if edges.threshold:
                    state[lane] = step(state[lane])
                    place = chosen(edges, b, state[lane])
                    if place >= 0:
                        places[lane, 0] = place
                        end = 1
                elif single:
                    run = edges.segments[b]
                    # What happens most, here: nobody moved b this time. Else the same uniform is drawn again.
                    if run.count > 0:
                        after = step(state[lane])
                        if uniform(after) < run.none:
                            state[lane] = after
                        else:
                            end, state[lane] = draw_run(edges, b, state[lane], places, lane, 0)
                else:
                    for run in range(edges.pointer[b], edges.pointer[b + 1]):
                        end, state[lane] = draw_run(edges, run, state[lane], places, lane, end)
                for i in range(end):
                    prefetch(edges.neighbours, places[lane, i])
            else:
                clear = ~bit
                for i in range(people_in):
                    a = found[lane, i]
                    seen[a] &= clear
                    if counting and i > 0:
                        counts[a] += 1
                hits += hit
                total += people_in
                if store and people_in > 0:
                    if used + people_in > len(pool):
                        larger = np.empty(2 * len(pool) + people_in, dtype=np.int32)
                        larger[:used] = pool[:used]
                        pool = larger
                    pool[used : used + people_in] = found[lane, :people_in]
                    sizes[finished] = people_in
                    used += people_in
                    finished += 1
                people_in = 0
                done[lane] = 0
                if sample < last:
                    state[lane] = start(key, sample)
                    sample += 1
                    root = int(uniform(state[lane]) * n)
                    seen[root] |= bit
                    found[lane, 0] = root
                    people_in = 1
                    if targeted and members[root] != 0:
                        # The next turn finds nothing left to draw, and closes it as a hit.
                        hits += 1
                        done[lane] = 1
                else:
                    busy[lane] = False
                    at_work -= 1
            size[lane] = people_in
            drawn[lane] = end
    return total, hits, pool[:used].copy(), sizes[:finished].copy()


def block_for(mean_size: float) -> int:
    """Samples a block so that one takes some 50 ms whatever the size of the sets: Ctrl-C waits no longer."""
    return int(np.clip(5e5 / max(mean_size, 1.0), 16, 65_536))
