"""Rows that agree with another, found by hashes of what they agree in: no sort, and few rows to compare."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import boolean, int32, int64, types, uint64

from influence_graph.arrays import BoolArray, IntArray
from influence_graph.compilation import kernel
from influence_graph.interactions.dictionary import GOLDEN, Codes, Words, mixed

#: In a sample are the seconds that this number divides.
SAMPLE = 61
#: Bits of memory for each row: of rows that agree with none, one in about as many looks as if it did.
_BITS = 16
_MICRO = 1_000_000
_1, _6, _63, _64 = (np.uint64(number) for number in (1, 6, 63, 64))

_i4 = types.Array(types.int32, 1, "C", readonly=True)
_i8 = types.Array(types.int64, 1, "C", readonly=True)
_u8 = types.Array(types.uint64, 1, "C", readonly=True)


@kernel(types.Array(boolean, 1, "C")(_u8))
def may_repeat(hashes: Words) -> BoolArray:
    """Return which values may be there several times: all those that are, and few others. O(n).

    Examples
    --------
    >>> may_repeat(np.array([7, 9, 7], dtype=np.uint64))
    array([ True, False,  True])
    """
    bits = _6
    while (_1 << bits) < np.uint64(_BITS * hashes.size):
        bits += _1
    # Two bits a place: whether a value has been there, and whether a second one has.
    seen = np.zeros((1 << (bits - _6), 2), dtype=np.uint64)
    for row in range(hashes.size):
        place = (hashes[row] * GOLDEN) >> (_64 - bits)
        word, bit = place >> _6, _1 << (place & _63)
        seen[word, 1] |= seen[word, 0] & bit
        seen[word, 0] |= bit
    found = np.empty(hashes.size, dtype=np.bool_)
    for row in range(hashes.size):
        place = (hashes[row] * GOLDEN) >> (_64 - bits)
        found[row] = (seen[place >> _6, 1] >> (place & _63)) & _1 > 0
    return found


@kernel(int32[::1](_i4, _i4, _i8, boolean, int64))
def compared_rows(source: Codes, target: Codes, time: IntArray, sample: bool, always: int) -> Codes:
    """Return the rows that have another person as target; with ``sample``, those in a sampled second.

    ``time`` is in microseconds since 1970, ``always`` where there is none.
    """
    rows = np.empty(source.size, dtype=np.int32)
    kept = np.uint64(0)
    for row in range(source.size):
        rows[kept] = row
        inside = not sample or ((time[row] // _MICRO) % SAMPLE == 0 and time[row] != always)
        kept += np.uint64(inside & (target[row] >= 0) & (source[row] != target[row]))
    return rows[:kept].copy()


@kernel(uint64[::1](_i4, _i4, _i8))
def act_hashes(source: Codes, target: Codes, time: IntArray) -> Words:
    """Return a hash of people and time, in which two records of one act agree."""
    hashes = np.empty(source.size, dtype=np.uint64)
    for row in range(source.size):
        people = (np.uint64(source[row]) << np.uint64(32)) | np.uint64(target[row])
        hashes[row] = mixed(mixed(np.uint64(0), people), np.uint64(time[row]))
    return hashes


@kernel(types.void(_i4, _i4, _i4, _i8, int64[:, ::1], int64))
def count_rows(
    source: Codes, target: Codes, label: Codes, time: IntArray, counts: npt.NDArray[np.int64], always: int
) -> None:
    """Add to the counts of each label: rows, those without a time, on oneself, without target and source."""
    timed = time.size > 0
    for row in range(source.size):
        counted = np.uint64(label[row])
        counts[counted, 0] += 1
        if timed and time[row] == always:
            counts[counted, 1] += 1
        if source[row] == target[row]:
            counts[counted, 2] += 1
        if target[row] < 0:
            counts[counted, 3] += 1
        if source[row] < 0:
            counts[counted, 4] += 1
