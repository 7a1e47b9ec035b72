"""Cascades of SIR and independent cascade, a block of runs at once.

An edge has the same chance in every run, so it is taken once for all the runs in which its person is
infectious: the coins of 64 runs are thrown as the bits of a word, 7 random numbers instead of 64, and where
few edges are live, one exponential gap leads to the next of them in whatever run. What is left is to mark
each person reached in each run.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from numba.cpython.unsafe import numbers

from influence_graph.arrays import Int32Array, IntArray
from influence_graph.compilation import inner_kernel
from influence_graph.counter_rng import mix, start, step, uniform
from influence_graph.prefetch import prefetch
from influence_graph.propagation.forward_edges import ForwardEdges

# Runs of a block, in words of 64: many share much, but their marks have to stay in the caches (8 MiB of one
# kind), and a few blocks have to be there for other threads.
_MOST_WORDS, _BITS = 40, 2**26
# Edges tried one by one in the time of a gap: measured, and of no effect on the result's law.
_EDGES_A_GAP = 1.5
# How far ahead rows are asked for, and hits wait for their person.
_AHEAD, _WAIT = 4, 8
#: The place of a word's lowest bit. Untyped: mypy takes an argument of its compiler for one of its own.
_lowest: Any = numbers.trailing_zeros
_ZERO, _ONE, _SIX, _FULL = np.uint64(0), np.uint64(1), np.uint64(6), np.uint64(2**64 - 1)
_HALF, _LAST = np.uint64(32), np.uint64(63)
# In the first word of a person's marks: is listed for the next step, was ever listed.
_LATER, _EVER = np.uint64(1), np.uint64(2)


class Marks(NamedTuple):
    """Arrays of one thread.

    ``rows`` has ``1 + 3 · words`` words a person, 0 between blocks: flags, then a bit a run for who was
    reached, who is done with being new, and who is infectious. ``counts`` (n,): runs that reached each
    person. ``queue``, ``later`` and ``ever`` (n + 1,) list those to look at in this step, in the next, and
    at the end. ``mine``: the runs in which a person is infectious. ``hits``: live edges found by gaps that
    wait for memory.
    """

    rows: npt.NDArray[np.uint64]
    words: int
    counts: IntArray
    queue: Int32Array
    later: Int32Array
    ever: Int32Array
    mine: npt.NDArray[np.uint32]
    hits: IntArray


def runs_a_block(n: int, runs: int) -> int:
    """Runs that go on at once: a multiple of 64, and the same for any number of threads."""
    return 64 * int(np.clip(_BITS // (64 * n), 1, min(_MOST_WORDS, -(-runs // 64))))


def marks_of(n: int, block: int) -> Marks:
    """Return the arrays of one thread."""
    words = block // 64
    return Marks(
        np.zeros((1 + 3 * words) * n, dtype=np.uint64),
        words,
        np.zeros(n, dtype=np.int64),
        np.empty(n + 1, dtype=np.int32),  # written before it is known who is new
        np.empty(n + 1, dtype=np.int32),
        np.empty(n + 1, dtype=np.int32),
        np.empty(block, dtype=np.uint32),
        np.empty(_WAIT, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def infectious_cascades(
    edges: ForwardEdges, seeds: IntArray, key: np.uint64, first: int, sizes: IntArray, marks: Marks
) -> IntArray:
    """Run ``len(sizes)`` cascades of SIR or, where recovery is certain, independent cascade.

    In each step every infectious person tries once at each follower who is not active, then recovers with
    chance ``recovery``. Adds to ``sizes``, and to ``marks.counts`` who was reached; returns the newly
    reached by step.
    """
    # Unpacked once: taking an array out of a tuple counts a reference, which costs more than its use.
    indptr, followers, coin, hazard, _, recovery = edges
    rows, words, counts, queue, later, ever, mine, hits = marks
    recovers = np.uint32(max(np.rint(math.ldexp(recovery, 32)), 1.0) - 1.0)
    by_step, longest, at, state = np.zeros(64, dtype=np.int64), 0, 0, start(key, first)
    size = people = _activate_in_all(seeds, len(sizes), rows, words, queue, ever)
    while size > 0:
        fresh, size = _turn(queue, size, rows, words, recovery < 1.0)
        if fresh > 0:
            if at >= len(by_step):
                by_step = twice_as_long(by_step)
            by_step[at], longest = fresh, at
        wanted = 0
        for i in range(size):
            v = queue[i]
            if i + _AHEAD < size:
                _ask(queue[i + _AHEAD], queue[i + _AHEAD // 2], indptr, followers, coin, hazard, rows, words)
            k = _list_runs(v, rows, words, mine)
            low, high = indptr[v], indptr[v + 1]
            if low < high and k * hazard[high - 1] + 1.0 < _EDGES_A_GAP * (high - low) * ((k + 63) >> 6):
                state, wanted, people = _try_by_gaps(
                    low,
                    high,
                    followers,
                    hazard,
                    state,
                    mine,
                    k,
                    rows,
                    words,
                    later,
                    ever,
                    hits,
                    wanted,
                    people,
                )
            else:
                state, wanted, people = _try_one_by_one(
                    low, high, followers, coin, state, mine, k, rows, words, later, ever, wanted, people
                )
            if recovery < 1.0:
                state, stays = _recover(v, recovers, state, mine, k, rows, words)
                wanted, people = _list(v, stays, rows, words, later, ever, wanted, people)
        queue, later, size = later, queue, wanted
        at += 1
    for i in range(people):
        counts[ever[i]] += _count_and_clear(ever[i], rows, words, sizes)
    return by_step[: longest + 1].copy()


@njit(cache=True)
def _activate_in_all(
    seeds: IntArray,
    runs: int,
    rows: npt.NDArray[np.uint64],
    words: int,
    queue: Int32Array,
    ever: Int32Array,
) -> int:
    """Mark and list the seeds in each run; return how many."""
    for i in range(len(seeds)):
        row = (1 + 3 * words) * seeds[i]
        for run in range(runs):
            rows[row + 1 + (run >> 6)] |= _ONE << np.uint64(run & 63)
        rows[row] = _EVER
        queue[i] = ever[i] = seeds[i]
    return len(seeds)


@inner_kernel()
def _turn(
    queue: Int32Array, size: int, rows: npt.NDArray[np.uint64], words: int, some_stay: bool
) -> tuple[np.int64, int]:
    """Begin a step: who was reached and is not done is infectious now.

    Returns how often somebody is new, and how many of the queue, moved to its front, are infectious.
    """
    fresh, kept = np.int64(0), 0
    for i in range(size):
        v = queue[i]
        if i + _AHEAD < size:
            ahead = (1 + 3 * words) * queue[i + _AHEAD]
            for word in range(0, 1 + 3 * words, 8):
                prefetch(rows, ahead + word)
        row = (1 + 3 * words) * v
        rows[row] &= ~_LATER
        infectious = _ZERO
        for word in range(row + 1, row + 1 + words):
            new = rows[word] & ~rows[word + words]
            rows[word + words] |= new
            now = new | rows[word + 2 * words] if some_stay else new
            rows[word + 2 * words] = now
            infectious |= now
            fresh += _bits(new)
        queue[kept] = v
        kept += int(infectious != 0)
    return fresh, kept


@inner_kernel(forceinline=True)
def _bits(word: np.uint64) -> np.int64:
    """Count the bits of a word: a form that compilers know and turn into one instruction."""
    word -= (word >> _ONE) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inner_kernel(forceinline=True)
def _ask(
    far: int,
    near: int,
    indptr: IntArray,
    followers: Int32Array,
    coin: npt.NDArray[np.uint32],
    hazard: npt.NDArray[np.float64],
    rows: npt.NDArray[np.uint64],
    words: int,
) -> None:
    """Ask for what the turns of two people to come will read first."""
    prefetch(indptr, far)
    for word in range(0, words, 8):
        prefetch(rows, (1 + 3 * words) * far + 1 + 2 * words + word)
    prefetch(followers, indptr[near])
    prefetch(coin, indptr[near])
    prefetch(hazard, indptr[near + 1] - 1)


@inner_kernel(forceinline=True)
def _list_runs(v: int, rows: npt.NDArray[np.uint64], words: int, mine: npt.NDArray[np.uint32]) -> int:
    """Write the runs in which v is infectious to ``mine``; return how many."""
    k = 0
    row = (1 + 3 * words) * v + 1 + 2 * words
    for word in range(words):
        left = rows[row + word]
        while left != 0:
            mine[np.uint64(k)] = 64 * word + _lowest(left)
            k += 1
            left &= left - _ONE
    return k


@inner_kernel(forceinline=True)
def _heads(coin: np.uint32, state: np.uint64, undecided: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Throw a coin for each bit of ``undecided``; return the stream, and those that show heads.

    Each compares a random number of 32 bits to the chance, bit by bit from the highest, all at once: as
    soon as each differs, no more bits are drawn.
    """
    chance = (np.uint64(coin) + _ONE) << _HALF
    if chance == 0:
        return state, undecided
    heads = _ZERO
    while undecided != 0 and chance != 0:
        state = step(state)
        number = mix(state)
        one = _ZERO - (chance >> _LAST)
        heads |= undecided & ~number & one
        undecided &= ~(number ^ one)
        chance <<= _ONE
    return state, heads


@inner_kernel(forceinline=True)
def _try_one_by_one(
    low: int,
    high: int,
    followers: Int32Array,
    coin: npt.NDArray[np.uint32],
    state: np.uint64,
    mine: npt.NDArray[np.uint32],
    k: int,
    rows: npt.NDArray[np.uint64],
    words: int,
    later: Int32Array,
    ever: Int32Array,
    wanted: int,
    people: int,
) -> tuple[np.uint64, int, int]:
    """Try the edges [low, high), each in the runs ``mine[:k]`` at once; return the stream, and both sizes."""
    for e in range(low, high):
        if e + _AHEAD < high:
            for word in range(0, 1 + words, 8):
                prefetch(rows, (1 + 3 * words) * followers[e + _AHEAD] + word)
        u = followers[e]
        any_, row = _ZERO, np.uint64((1 + 3 * words) * u + 1)
        for begin in range(0, k, 64):
            state, live = _heads(coin[e], state, _FULL >> np.uint64(max(64 - (k - begin), 0)))
            any_ |= live
            while live != 0:
                run = np.uint64(mine[np.uint64(begin) + _lowest(live)])
                rows[row + (run >> _SIX)] |= _ONE << (run & _LAST)
                live &= live - _ONE
        wanted, people = _list(u, any_ != 0, rows, words, later, ever, wanted, people)
    return state, wanted, people


@inner_kernel(forceinline=True)
def _list(
    u: int,
    if_so: bool,
    rows: npt.NDArray[np.uint64],
    words: int,
    later: Int32Array,
    ever: Int32Array,
    wanted: int,
    people: int,
) -> tuple[int, int]:
    """Append u to ``later`` and ``ever`` if wanted and not there, without a branch; return their sizes."""
    row = (1 + 3 * words) * u
    new = (_LATER | _EVER) * np.uint64(if_so) & ~rows[row]
    later[wanted] = ever[people] = u
    rows[row] |= new
    return wanted + int((new & _LATER) != 0), people + int(new > _LATER)


@inner_kernel()
def _try_by_gaps(
    low: int,
    high: int,
    followers: Int32Array,
    hazard: npt.NDArray[np.float64],
    state: np.uint64,
    mine: npt.NDArray[np.uint32],
    k: int,
    rows: npt.NDArray[np.uint64],
    words: int,
    later: Int32Array,
    ever: Int32Array,
    hits: IntArray,
    wanted: int,
    people: int,
) -> tuple[np.uint64, int, int]:
    """Try the edges [low, high) in the runs ``mine[:k]``, where few of these pairs are live.

    Laid out one after the other, each pair as long as its hazard, the first live one is where an exponential
    gap ends: the chance that it ends beyond a pair is 1 − p. The next gap starts behind that pair.
    """
    runs, e, x, found, drawing = float(k), low, 0.0, 0, True
    end, done = runs * hazard[high - 1], 0
    while drawing or done < found:
        if drawing:
            state = step(state)
            # 1 − u is in (0, 1]: its logarithm is finite.
            x -= math.log(1.0 - uniform(state))
            drawing = x < end
        if done + _WAIT == found or (done < found and not drawing):
            hit = hits[done % _WAIT]
            done += 1
            u, run = hit >> 32, np.uint64(hit & 0xFFFFFFFF)
            rows[np.uint64((1 + 3 * words) * u + 1) + (run >> _SIX)] |= _ONE << (run & _LAST)
            wanted, people = _list(u, True, rows, words, later, ever, wanted, people)
        if drawing:
            e = _first_above(hazard, e, high - 1, x / runs)
            before = hazard[e - 1] if e > low else 0.0
            each = hazard[e] - before
            place = min(max(int((x - runs * before) / each), 0), k - 1)
            x = runs * before + (place + 1) * each
            row = (1 + 3 * words) * followers[e]
            prefetch(rows, row)
            prefetch(rows, row + 1 + (mine[place] >> 6))
            hits[found % _WAIT] = (np.int64(followers[e]) << 32) | np.int64(mine[place])
            found += 1
    return state, wanted, people


@inner_kernel(forceinline=True)
def _first_above(sums: npt.NDArray[np.float64], low: int, high: int, bar: float) -> int:
    """Return the first entry of [low, high] whose sum is above the bar; the last one's is taken to be."""
    far = 1
    while low + far < high and sums[low + far] <= bar:
        low += far
        far *= 2
    high = min(high, low + far)
    while low < high:
        middle = (low + high) >> 1
        if sums[middle] <= bar:
            low = middle + 1
        else:
            high = middle
    return low


@inner_kernel()
def _recover(
    v: int,
    recovers: np.uint32,
    state: np.uint64,
    mine: npt.NDArray[np.uint32],
    k: int,
    rows: npt.NDArray[np.uint64],
    words: int,
) -> tuple[np.uint64, bool]:
    """Unmark the runs of ``mine[:k]`` in which v recovers; return the stream, and whether v stays in any."""
    left, row = k, np.uint64((1 + 3 * words) * v + 1 + 2 * words)
    for begin in range(0, k, 64):
        state, recovered = _heads(recovers, state, _FULL >> np.uint64(max(64 - (k - begin), 0)))
        while recovered != 0:
            run = np.uint64(mine[np.uint64(begin) + _lowest(recovered)])
            rows[row + (run >> _SIX)] &= ~(_ONE << (run & _LAST))
            recovered &= recovered - _ONE
            left -= 1
    return state, left > 0


@inner_kernel()
def _count_and_clear(v: int, rows: npt.NDArray[np.uint64], words: int, sizes: IntArray) -> int:
    """Add 1 to the size of each run that reached v, and unmark all; return how many."""
    k = 0
    row = (1 + 3 * words) * v
    for word in range(words):
        left = rows[row + 1 + word]
        while left != 0:
            sizes[np.uint64(64 * word) + _lowest(left)] += 1
            k += 1
            left &= left - _ONE
    for word in range(row, row + 1 + 3 * words):
        rows[word] = 0
    return k


@njit(cache=True)
def twice_as_long(by_step: IntArray) -> IntArray:
    """Return a copy of twice the length, zero at the end."""
    longer = np.zeros(2 * len(by_step), dtype=np.int64)
    for i in range(len(by_step)):  # assigning to a slice compiles the text of its error message: 4 s
        longer[i] = by_step[i]
    return longer
