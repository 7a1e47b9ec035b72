"""Kernels of the builder: rows parted by source, put in one fixed order, and added up in that order.

The float sums of a data frame library depend on how its threads split the rows. Here a part holds all rows
of some people, rows are put in order by sorts that are stable, and each run is added up from left to
right, so the bits depend on the rows alone. The kernels run one thread each; several parts run at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import float64, int32, int64, njit, types, uint64

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# One compiled version for arrays that may be written to and for those that may not.
_i4 = types.Array(types.int32, 1, "C", readonly=True)
_i8 = types.Array(types.int64, 1, "C", readonly=True)
_f8 = types.Array(types.float64, 1, "C", readonly=True)
_b1 = types.Array(types.boolean, 1, "C", readonly=True)
_tuple: Any = types.Tuple

#: Columns of the table that ``place`` fills, a row a person.
FIRST, LAST, REACTION, ROWS = range(4)
_DIGIT = 11


@njit(
    _tuple((int64, int64))(int32[::1], int32[::1], _i4, _i8, _i4, _b1, _b1, int64[:, ::1], int64),
    cache=True,
    nogil=True,
)
def place(
    source: Int32,
    target: Int32,
    label: Int32,
    time: Int64,
    rank: Int32,
    event: Flags,
    decays: Flags,
    seen: Int64,
    always: int,
) -> tuple[int, int]:
    """Turn numbers of people into positions, note when each was seen and how often each acted.

    Returns how many rows are self-interactions, and how many lack a time though their label decays.
    """
    selves, untimed = 0, 0
    timed = time.size > 0
    for row in range(source.size):
        u = np.uint64(rank[np.uint64(source[row])])
        source[row] = np.int32(u)
        there = target[row] >= 0
        v = u
        if there:
            v = np.uint64(rank[np.uint64(target[row])])
            target[row] = np.int32(v)
        acts = there and u != v
        selves += there and u == v
        seen[u, ROWS] += acts
        if timed:
            when = time[row]
            if when == always:
                untimed += acts and decays[np.uint64(label[row])]
                continue
            seen[u, FIRST] = min(seen[u, FIRST], when)
            seen[u, LAST] = max(seen[u, LAST], when)
            if acts:
                seen[v, FIRST] = min(seen[v, FIRST], when)
                seen[v, LAST] = max(seen[v, LAST], when)
                if event[np.uint64(label[row])]:
                    seen[v, REACTION] = max(seen[v, REACTION], when)
    return selves, untimed


@njit(int32[::1](_i8, int64, int64), cache=True, nogil=True)
def parts_of(rows: Int64, most: int, widest: int) -> Int32:
    """Return the part to which each person belongs: consecutive people, with so many rows or one of them."""
    part = np.empty(rows.size, dtype=np.int32)
    number, held, first = 0, 0, 0
    for person in range(rows.size):
        if (held and held + rows[person] > most) or person - first >= widest:
            number += 1
            held, first = 0, person
        held += rows[person]
        part[person] = number
    return part


@njit(_tuple((int64[::1], int64[::1]))(_i4, _i4, _i4, int64), cache=True, nogil=True)
def by_part(source: Int32, target: Int32, part: Int32, n_parts: int) -> tuple[Int64, Int64]:
    """Return the rows that act on somebody else in the order of their parts, and where each part starts."""
    starts = np.zeros(n_parts + 1, dtype=np.int64)
    parts = np.empty(source.size, dtype=np.int32)
    for row in range(source.size):
        parts[row] = -1
        if target[row] >= 0 and target[row] != source[row]:
            parts[row] = part[np.uint64(source[row])]
            starts[np.uint64(parts[row] + 1)] += 1
    for number in range(n_parts):
        starts[number + 1] += starts[number]
    order = np.empty(starts[n_parts], dtype=np.int64)
    heads = starts[:-1].copy()
    for row in range(source.size):
        if parts[row] >= 0:
            order[heads[parts[row]]] = row
            heads[parts[row]] += 1
    return order, starts


@njit(_tuple((uint64[::1], int32[::1]))(_i4, _i4, _i4, int64, int64, int64), cache=True, nogil=True)
def in_order(
    source: Int32, target: Int32, layer: Int32, first: int, target_bits: int, layer_bits: int
) -> tuple[npt.NDArray[np.uint64], Int32]:
    """Sort rows by source, target and layer, stably; return these as one number, and the rows, in order.

    Radix sort from the last digit; digits in which all rows agree are skipped.
    """
    size = source.size
    keys = np.empty(size, dtype=np.uint64)
    largest = np.uint64(0)
    for row in range(size):
        key = (np.uint64(source[row] - first) << np.uint64(target_bits)) | np.uint64(target[row])
        keys[row] = (key << np.uint64(layer_bits)) | np.uint64(layer[row])
        largest = max(largest, keys[row])
    rows = np.arange(size).astype(np.int32)
    other_keys, other_rows = np.empty_like(keys), np.empty_like(rows)
    heads = np.empty(1 << _DIGIT, dtype=np.int64)
    mask = np.uint64((1 << _DIGIT) - 1)
    shift = np.uint64(0)
    while shift < 64 and largest >> shift > 0:
        heads[:] = 0
        for row in range(size):
            heads[np.int64((keys[row] >> shift) & mask)] += 1
        if heads[np.int64((keys[0] >> shift) & mask)] < size:
            total = 0
            for digit in range(heads.size):
                count = heads[digit]
                heads[digit] = total
                total += count
            for row in range(size):
                bucket = (keys[row] >> shift) & mask
                other_keys[heads[bucket]] = keys[row]
                other_rows[heads[bucket]] = rows[row]
                heads[bucket] += 1
            keys, other_keys = other_keys, keys
            rows, other_rows = other_rows, rows
        shift += np.uint64(_DIGIT)
    return keys, rows


_runs = _tuple((int32[::1], int32[::1], int32[::1], float64[:, ::1]))


@njit(
    _runs(types.Array(types.uint64, 1, "C"), _i4, _b1, float64[:, ::1], _b1, int64, int64, int64),
    cache=True,
    nogil=True,
)
def run_sums(
    keys: npt.NDArray[np.uint64],
    rows: Int32,
    ends: Flags,
    values: Float64,
    holds: Flags,
    first: int,
    target_bits: int,
    layer_bits: int,
) -> tuple[Int32, Int32, Int32, Float64]:
    """Add up each run of rows of one source, target and layer.

    ``values`` has a row for each of the rows, and so has the result for each run, after its source, target
    and layer. A layer that holds has the values of its last row, or no run if that row ends it (empty
    ``ends``: none does).
    """
    size, width = keys.size, values.shape[1]
    source, target = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    layer, sums = np.empty(size, dtype=np.int32), np.empty((size, width))
    layer_mask, target_mask = np.uint64((1 << layer_bits) - 1), np.uint64((1 << target_bits) - 1)
    run, start = np.uint64(0), 0
    while start < size:
        key = keys[start]
        end = start + 1
        while end < size and keys[end] == key:
            end += 1
        code = key & layer_mask
        begin = start
        if holds[code]:
            begin = end - 1
        start = end
        if holds[code] and ends.size and ends[rows[end - 1]]:
            continue
        for column in range(width):
            sums[run, column] = 0.0
        for place in range(begin, end):
            row = np.uint64(rows[place])
            for column in range(width):
                sums[run, column] += values[row, column]
        source[run] = np.int64(key >> np.uint64(layer_bits + target_bits)) + first
        target[run] = np.int64((key >> np.uint64(layer_bits)) & target_mask)
        layer[run] = np.int64(code)
        run += np.uint64(1)
    return source[:run], target[:run], layer[:run], sums[:run]


@njit(
    _tuple((int32[::1], int32[::1], float64[::1], int64))(_i4, _i4, _i4, float64[:, ::1], _f8),
    cache=True,
    nogil=True,
)
def pair_sums(
    source: Int32, target: Int32, layer: Int32, values: Float64, weights: Float64
) -> tuple[Int32, Int32, Float64, int]:
    """Return Σ weights[layer]·value of each pair above 0, and how many pairs have a layer that counts.

    The values are the last column.
    """
    size, column = np.uint64(source.size), values.shape[1] - 1
    sources, targets = np.empty(source.size, dtype=np.int32), np.empty(source.size, dtype=np.int32)
    sums = np.empty(source.size)
    pairs, kept, start = 0, np.uint64(0), np.uint64(0)
    while start < size:
        u, v = source[start], target[start]
        end, total, counts = start, 0.0, False
        while end < size and source[end] == u and target[end] == v:
            weight = weights[np.uint64(layer[end])]
            if weight > 0:
                counts = True
                total += weight * values[end, column]
            end += np.uint64(1)
        pairs += counts
        if total != 0:
            sources[kept], targets[kept], sums[kept] = u, v, total
            kept += np.uint64(1)
        start = end
    return sources[:kept], targets[:kept], sums[:kept], pairs


@njit(
    types.void(_i4, _i4, _i4, float64[:, ::1], _i8, float64[:, ::1], float64[:, ::1]), cache=True, nogil=True
)
def tally(
    source: Int32,
    target: Int32,
    layer: Int32,
    values: Float64,
    kind: Int64,
    given: Float64,
    received: Float64,
) -> None:
    """Add what each run of these gave and received, by kind: the first column of the values."""
    for run in range(source.size):
        code = np.uint64(kind[np.uint64(layer[run])])
        given[code, np.uint64(source[run])] += values[run, 0]
        received[code, np.uint64(target[run])] += values[run, 0]


@njit(int64[::1](_i4, int64), cache=True, nogil=True)
def occurrences(values: Int32, n: int) -> Int64:
    """Return how often each of 0 … n − 1 is there."""
    counts = np.zeros(n, dtype=np.int64)
    for position in range(values.size):
        counts[values[position]] += 1
    return counts
