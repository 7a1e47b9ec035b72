"""Kernels of the builder: rows parted by source, put in one fixed order, and added up in that order.

The float sums of a data frame library depend on how its threads split the rows. Here a part holds all rows
of some people, rows are put in order by sorts that are stable, and each run is added up from left to
right, so the bits depend on the rows alone. The kernels run one thread each; several parts run at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import boolean, float64, int32, int64, njit, types, uint64

from influence_graph.prefetch import prefetch

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

#: Columns of the table that ``look`` fills, a row a person.
FIRST, LAST, REACTION, ACTS = range(4)
_DIGIT = 11
#: Rows between asking for a person's place in memory and using it.
_AHEAD = 16


@njit(int64(_i4, _i4, _i4, _i8, _b1, _b1, int64[:, ::1], int64), cache=True, nogil=True)
def look(
    source: Int32,
    target: Int32,
    label: Int32,
    time: Int64,
    event: Flags,
    decays: Flags,
    seen: Int64,
    always: int,
) -> int:
    """Note when each person was seen and how often each acted.

    Returns how many rows lack a time though their label decays.
    """
    untimed = 0
    timed = time.size > 0
    flat = seen.reshape(-1)
    for row in range(source.size):
        if row + _AHEAD < source.size:
            prefetch(flat, np.uint64(source[row + _AHEAD]) * np.uint64(4))
            prefetch(flat, np.uint64(max(target[row + _AHEAD], 0)) * np.uint64(4))
        u, acts = np.uint64(source[row]), target[row] >= 0
        seen[u, ACTS] += acts
        if timed:
            when = time[row]
            if when == always:
                untimed += acts and decays[np.uint64(label[row])]
                continue
            seen[u, FIRST] = min(seen[u, FIRST], when)
            seen[u, LAST] = max(seen[u, LAST], when)
            if acts:
                v = np.uint64(target[row])
                seen[v, FIRST] = min(seen[v, FIRST], when)
                seen[v, LAST] = max(seen[v, LAST], when)
                if event[np.uint64(label[row])]:
                    seen[v, REACTION] = max(seen[v, REACTION], when)
    return untimed


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


@njit(int64[::1](_i4, _i4, _i4, int64), cache=True, nogil=True)
def part_counts(source: Int32, target: Int32, part: Int32, n_parts: int) -> Int64:
    """Return how many of these rows act on somebody in each part."""
    counts = np.zeros(n_parts, dtype=np.int64)
    for row in range(source.size):
        counts[np.uint64(part[np.uint64(source[row])])] += target[row] >= 0
    return counts


@njit(int32[::1](_i4, _i4, int64, int64), cache=True, nogil=True)
def rows_of(source: Int32, target: Int32, first: int, end: int) -> Int32:
    """Return the rows in which one of these people acts on somebody."""
    rows = np.empty(source.size, dtype=np.int32)
    kept = np.uint64(0)
    for row in range(source.size):
        rows[kept] = row
        kept += np.uint64((source[row] >= first) & (source[row] < end) & (target[row] >= 0))
    return rows[:kept].copy()


@njit(
    int64[::1](
        _i4, _i4, _i4, _f8, _f8, _i4, int64[::1], int64, int64, int64, int64, uint64[::1], float64[:, ::1]
    ),
    cache=True,
    nogil=True,
)
def put(
    source: Int32,
    target: Int32,
    layer: Int32,
    weight: Float64,
    left: Float64,
    part: Int32,
    heads: Int64,
    first_part: int,
    first: int,
    target_bits: int,
    layer_bits: int,
    keys: npt.NDArray[np.uint64],
    values: Float64,
) -> Int64:
    """Put each act where its part goes on: source, target and layer as one number, weight, what is left.

    Returns the places.
    """
    places = np.empty(source.size, dtype=np.int64)
    for row in range(source.size):
        key = (np.uint64(source[row] - first) << np.uint64(target_bits)) | np.uint64(target[row])
        number = np.uint64(part[np.uint64(source[row])] - first_part)
        place = np.uint64(heads[number])
        heads[number] += 1
        places[row] = place
        keys[place] = (key << np.uint64(layer_bits)) | np.uint64(layer[row])
        values[place, 0] = weight[row]
        if left.size:
            values[place, 1] = left[row]
    return places


@njit(
    _tuple((uint64[::1], int32[::1]))(types.Array(types.uint64, 1, "C", readonly=True)),
    cache=True,
    nogil=True,
)
def in_order(unsorted: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], Int32]:
    """Sort keys, stably; return them and where each was.

    Radix sort from the last digit; digits in which all keys agree are skipped.
    """
    size = unsorted.size
    keys = unsorted.copy()
    rows = np.arange(size).astype(np.int32)
    other_keys, other_rows = np.empty_like(keys), np.empty_like(rows)
    differ = np.uint64(0)
    for row in range(size):
        differ |= keys[row] ^ keys[0]
    digits = 0
    while digits * _DIGIT < 64 and differ >> np.uint64(digits * _DIGIT) > 0:
        digits += 1
    mask = np.uint64((1 << _DIGIT) - 1)
    heads = np.zeros((digits, 1 << _DIGIT), dtype=np.int32)
    for row in range(size):
        key = keys[row]
        for digit in range(digits):
            heads[digit, key & mask] += 1
            key >>= np.uint64(_DIGIT)
    for digit in range(digits):
        shift = np.uint64(digit * _DIGIT)
        if (differ >> shift) & mask == 0:
            continue
        total = np.int32(0)
        for value in range(1 << _DIGIT):
            count = heads[digit, value]
            heads[digit, value] = total
            total += count
        for row in range(size):
            bucket = (keys[row] >> shift) & mask
            to = np.uint64(heads[digit, bucket])
            other_keys[to] = keys[row]
            other_rows[to] = rows[row]
            heads[digit, bucket] += 1
        keys, other_keys = other_keys, keys
        rows, other_rows = other_rows, rows
    return keys, rows


_u8 = types.Array(types.uint64, 1, "C", readonly=True)
_f8s = types.Array(types.float64, 2, "C", readonly=True)
_made = _tuple((int64, int64, int32[::1], int32[::1], float64[::1]))


@njit(
    _made(
        _u8,
        _i4,
        _b1,
        _f8s,
        _b1,
        _f8,
        _i8,
        int64,
        int64,
        int64,
        boolean,
        int32[::1],
        float64[::1],
        int32[::1],
        int64[::1],
        float64[:, ::1],
    ),
    cache=True,
    nogil=True,
)
def sum_runs(
    keys: npt.NDArray[np.uint64],
    rows: Int32,
    ends: Flags,
    values: Float64,
    holds: Flags,
    weights: Float64,
    kind: Int64,
    first: int,
    target_bits: int,
    layer_bits: int,
    apart: bool,
    targets: Int32,
    sums: Float64,
    codes: Int32,
    lengths: Int64,
    given: Float64,
) -> tuple[int, int, Int32, Int32, Float64]:
    """Add up each run of acts of one source, target and layer, from left to right.

    ``values`` hold, for each act, its weight and what is left of it. A layer that holds has those of its last
    act, or no run if that one ends it (empty ``ends``: none does). With ``apart`` each run makes an edge,
    with its layer in ``codes``; else each pair with Σ weights[layer]·left above 0. ``lengths`` and
    ``given`` are of all sources.

    Returns how many edges were written, how many pairs have a layer that counts, and target, layer and
    weight of each run.
    """
    size, left = keys.size, np.uint64(values.shape[1] - 1)
    target, layer, plain = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
    layer_mask, target_mask = np.uint64((1 << layer_bits) - 1), np.uint64((1 << target_bits) - 1)
    lasting = holds.any()
    run, edge, pairs = np.uint64(0), np.uint64(0), 0
    pair, total, counts = ~np.uint64(0), 0.0, False
    start, end, stop = np.uint64(0), np.uint64(0), np.uint64(size)
    while start < stop:
        key, row = keys[start], np.uint64(rows[start])
        whole, rest = values[row, 0], values[row, left]
        end = start + np.uint64(1)
        while end < stop and keys[end] == key:
            row = np.uint64(rows[end])
            whole += values[row, 0]
            rest += values[row, left]
            end += np.uint64(1)
        start = end
        code = key & layer_mask
        if lasting and holds[code]:
            if ends.size and ends[row]:
                continue
            whole, rest = values[row, 0], values[row, left]
        here = key >> np.uint64(layer_bits)
        v = np.int32(here & target_mask)
        u = (here >> np.uint64(target_bits)) + np.uint64(first)
        target[run], layer[run], plain[run] = v, np.int32(code), whole
        run += np.uint64(1)
        given[np.uint64(kind[code]), u] += whole
        if here != pair:
            pairs += counts
            if not apart and total != 0:
                last = (pair >> np.uint64(target_bits)) + np.uint64(first)
                targets[edge], sums[edge] = np.int32(pair & target_mask), total
                lengths[last] += 1
                edge += np.uint64(1)
            pair, total, counts = here, 0.0, False
        if weights[code] > 0:
            counts = True
            total += weights[code] * rest
        if apart:
            targets[edge], sums[edge], codes[edge] = v, rest, np.int32(code)
            lengths[u] += 1
            edge += np.uint64(1)
    pairs += counts
    if not apart and total != 0:
        last = (pair >> np.uint64(target_bits)) + np.uint64(first)
        targets[edge], sums[edge] = np.int32(pair & target_mask), total
        lengths[last] += 1
        edge += np.uint64(1)
    return int(edge), pairs, target[:run], layer[:run], plain[:run]


@njit(types.void(_i4, _i4, _f8, _i8, float64[:, ::1]), cache=True, nogil=True)
def tally(target: Int32, layer: Int32, plain: Float64, kind: Int64, received: Float64) -> None:
    """Add what each run gave to its target, by kind."""
    kinds = np.uint64(received.shape[1])
    flat = received.reshape(-1)
    for run in range(target.size):
        if run + _AHEAD < target.size:
            prefetch(flat, np.uint64(target[run + _AHEAD]) * kinds)
        received[np.uint64(target[run]), np.uint64(kind[np.uint64(layer[run])])] += plain[run]


@njit(int64[::1](_i4, int64), cache=True, nogil=True)
def occurrences(values: Int32, n: int) -> Int64:
    """Return how often each of 0 … n − 1 is there."""
    counts = np.zeros(n, dtype=np.int64)
    for position in range(values.size):
        counts[values[position]] += 1
    return counts
