"""Kernels of the builder: rows grouped in blocks by source, sorted, and added up in that order.

The float sums of a data frame library depend on how its threads split the rows. Here a block holds all
interactions of consecutive sources, blocks are sorted stably, and each run is added up from left to right, so
the bits depend on the rows alone. A kernel runs on one thread; several blocks are processed at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import boolean, float64, int32, int64, njit, types, uint64

from influence_graph.compilation import kernel
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
_named: Any = types.NamedTuple
_named_uniform: Any = types.NamedUniTuple

#: Columns of the table that ``record_activity`` fills, a row a person.
FIRST, LAST, REACTION, GIVEN = range(4)
_DIGIT = 11
#: How many rows ahead the memory that holds a person is prefetched.
_AHEAD = 16


@kernel(int64(_i4, _i4, _i4, _i8, _b1, _b1, int64[:, ::1], int64))
def record_activity(
    source: Int32,
    target: Int32,
    label: Int32,
    time: Int64,
    event: Flags,
    decays: Flags,
    seen: Int64,
    always: int,
) -> int:
    """Record when each person was seen and how many interactions each was the source of.

    Returns how many rows without a time have a label that decays.
    """
    untimed = 0
    timed = time.size > 0
    flat = seen.reshape(-1)
    for row in range(source.size):
        if row + _AHEAD < source.size:
            prefetch(flat, np.uint64(source[row + _AHEAD]) * np.uint64(4))
            prefetch(flat, np.uint64(max(target[row + _AHEAD], 0)) * np.uint64(4))
        u, has_target = np.uint64(source[row]), target[row] >= 0
        seen[u, GIVEN] += has_target
        if timed:
            when = time[row]
            if when == always:
                untimed += has_target and decays[np.uint64(label[row])]
                continue
            seen[u, FIRST] = min(seen[u, FIRST], when)
            seen[u, LAST] = max(seen[u, LAST], when)
            if has_target:
                v = np.uint64(target[row])
                seen[v, FIRST] = min(seen[v, FIRST], when)
                seen[v, LAST] = max(seen[v, LAST], when)
                if event[np.uint64(label[row])]:
                    seen[v, REACTION] = max(seen[v, REACTION], when)
    return untimed


@kernel(int32[::1](_i8, int64, int64))
def assign_blocks(counts: Int64, most: int, widest: int) -> Int32:
    """Return the block of each person: consecutive people, of at most ``most`` rows unless it is one person.

    ``counts`` are rows of each person, ``widest`` is the largest number of people in a block.
    """
    block = np.empty(counts.size, dtype=np.int32)
    number, rows, first = 0, 0, 0
    for person in range(counts.size):
        if (rows and rows + counts[person] > most) or person - first >= widest:
            number += 1
            rows, first = 0, person
        rows += counts[person]
        block[person] = number
    return block


@kernel(int64[::1](_i4, _i4, _i4, int64))
def rows_per_block(source: Int32, target: Int32, block: Int32, n_blocks: int) -> Int64:
    """Return how many of these rows, of those with a target, belong to each block."""
    counts = np.zeros(n_blocks, dtype=np.int64)
    for row in range(source.size):
        counts[np.uint64(block[np.uint64(source[row])])] += target[row] >= 0
    return counts


@kernel(int32[::1](_i4, _i4, int64, int64))
def rows_of_sources(source: Int32, target: Int32, first: int, end: int) -> Int32:
    """Return the rows that have a target and a source from ``first`` up to ``end``."""
    rows = np.empty(source.size, dtype=np.int32)
    kept = np.uint64(0)
    for row in range(source.size):
        rows[kept] = row
        kept += np.uint64((source[row] >= first) & (source[row] < end) & (target[row] >= 0))
    return rows[:kept].copy()


class KeyLayout(NamedTuple):
    """How source, target and layer of a row are packed into one 64-bit key that sorts by them in this order.

    ``first`` is subtracted from the source; ``target_bits`` and ``layer_bits`` are the widths of the others.
    """

    first: int
    target_bits: int
    layer_bits: int


_key_layout = _named_uniform(int64, 3, KeyLayout)


@kernel(
    types.void(
        *3 * [_i4], _f8, _f8, _i4, int64[::1], int64, _key_layout, uint64[::1], float64[:, ::1], int64[::1]
    ),
)
def scatter_rows(
    source: Int32,
    target: Int32,
    layer: Int32,
    weight: Float64,
    decayed: Float64,
    block: Int32,
    heads: Int64,
    first_block: int,
    layout: KeyLayout,
    keys: npt.NDArray[np.uint64],
    values: Float64,
    places: Int64,
) -> None:
    """Append each row to its block: its key to ``keys``, weight and decayed weight to ``values``.

    ``heads`` holds where each block goes on, and is moved on; ``places`` takes where each row went, unless
    it is empty.
    """
    for row in range(source.size):
        u, v = np.uint64(source[row] - layout.first), np.uint64(target[row])
        key = (u << np.uint64(layout.target_bits)) | v
        number = np.uint64(block[np.uint64(source[row])] - first_block)
        place = np.uint64(heads[number])
        heads[number] += 1
        if places.size:
            places[row] = place
        keys[place] = (key << np.uint64(layout.layer_bits)) | np.uint64(layer[row])
        values[place, 0] = weight[row]
        if decayed.size:
            values[place, 1] = decayed[row]


class SortMemory(NamedTuple):
    """Memory to sort in: two places for a key and two for a row, for each of the rows at least."""

    keys: npt.NDArray[np.uint64]
    other_keys: npt.NDArray[np.uint64]
    rows: Int32
    other_rows: Int32

    @classmethod
    def of(cls, size: int) -> SortMemory:
        """Return memory for as many rows."""
        keys, rows = np.empty((2, size), dtype=np.uint64), np.empty((2, size), dtype=np.int32)
        return cls(*keys, *rows)


_memory = _named((uint64[::1], uint64[::1], int32[::1], int32[::1]), SortMemory)


@kernel(
    _tuple((uint64[::1], int32[::1]))(types.Array(types.uint64, 1, "C", readonly=True), _memory),
)
def radix_sort(unsorted: npt.NDArray[np.uint64], memory: SortMemory) -> tuple[npt.NDArray[np.uint64], Int32]:
    """Sort keys, stably, from the last digit; digits in which all keys agree are skipped.

    Returns the sorted keys and the position that each had, in the memory given.
    """
    size = unsorted.size
    keys, other_keys = memory.keys[:size], memory.other_keys[:size]
    rows, other_rows = memory.rows[:size], memory.other_rows[:size]
    differ = np.uint64(0)
    for row in range(size):
        keys[row], rows[row] = unsorted[row], row
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


class SortedRows(NamedTuple):
    """Rows of a block in the order of their keys.

    ``order`` is where each row's entry in ``ends`` (whether it ends a state; empty: none does) and in
    ``values`` (columns: weight and, last, decayed weight) lies.
    """

    keys: npt.NDArray[np.uint64]
    order: Int32
    ends: Flags
    values: Float64


class LayerTable(NamedTuple):
    """Of each layer: whether it is a state, the weight of its kind, and the number of its kind."""

    is_state: Flags
    weight: Float64
    kind: Int64


class EdgeArrays(NamedTuple):
    """Target, weight and, where layers are kept apart, layer of each edge."""

    target: Int32
    weight: Float64
    layer: Int32

    def rows(self, start: int, end: int) -> EdgeArrays:
        """Return the edges from ``start`` up to ``end``, in the same memory."""
        return EdgeArrays(self.target[start:end], self.weight[start:end], self.layer[start:end])


class Runs(NamedTuple):
    """Key and weight without decay of each run of rows of one source, target and layer."""

    keys: npt.NDArray[np.uint64]
    weight: Float64

    def first(self, count: int) -> Runs:
        """Return the first runs, in the same memory."""
        return Runs(self.keys[:count], self.weight[:count])


# Tuples, unlike arrays by themselves, are not converted: what is in them is made writable where it is made.
_sorted_rows = _named((uint64[::1], int32[::1], types.boolean[::1], float64[:, ::1]), SortedRows)
_layer_table = _named((types.boolean[::1], float64[::1], int64[::1]), LayerTable)
_edges = _named((int32[::1], float64[::1], int32[::1]), EdgeArrays)
_runs = _named((uint64[::1], float64[::1]), Runs)


@njit(inline="always")
def _write_edge(
    edges: EdgeArrays, edge: Any, lengths: Int64, layout: KeyLayout, pair: Any, total: float
) -> Any:
    """Write the edge of a pair, which is a key without its layer, and return where the next one goes."""
    target_bits = np.uint64(layout.target_bits)
    source = (pair >> target_bits) + np.uint64(layout.first)
    target_mask = (np.uint64(1) << target_bits) - np.uint64(1)
    edges.target[edge], edges.weight[edge] = np.int32(pair & target_mask), total
    lengths[source] += 1
    return edge + np.uint64(1)


@kernel(
    _tuple((int64, int64, int64))(
        _sorted_rows, _layer_table, _key_layout, boolean, _edges, _runs, int64[::1], float64[:, ::1]
    ),
)
def sum_runs(
    rows: SortedRows,
    layers: LayerTable,
    layout: KeyLayout,
    separate: bool,
    edges: EdgeArrays,
    runs: Runs,
    lengths: Int64,
    given: Float64,
) -> tuple[int, int, int]:
    """Add up each run of rows of one source, target and layer, from left to right.

    The last row of a run of states stands: its weight, or no run if it ends the state. With ``separate``
    each run makes an edge, with its layer; else each pair with Σ weight[layer]·decayed weight above 0.
    ``lengths`` (edges of each source) and ``given`` (kind × source) are of all sources, and added to.

    Returns how many edges were written to ``edges``, how many pairs have a layer of weight above 0, and how
    many runs were written to ``runs``.
    """
    keys, order, values = rows.keys, rows.order, rows.values
    size, decayed = keys.size, np.uint64(values.shape[1] - 1)
    layer_bits, target_bits = np.uint64(layout.layer_bits), np.uint64(layout.target_bits)
    layer_mask, target_mask = ~(~np.uint64(0) << layer_bits), ~(~np.uint64(0) << target_bits)
    has_states = layers.is_state.any()
    run = edge = start = end = np.uint64(0)
    pair, total, counts, pairs, stop = ~np.uint64(0), 0.0, False, 0, np.uint64(size)
    flat, width = values.reshape(-1), np.uint64(values.shape[1])
    while start < stop:
        if start + np.uint64(_AHEAD) < stop:
            prefetch(flat, np.uint64(order[start + np.uint64(_AHEAD)]) * width)
        key, row = keys[start], np.uint64(order[start])
        whole, rest = values[row, 0], values[row, decayed]
        end = start + np.uint64(1)
        while end < stop and keys[end] == key:
            row = np.uint64(order[end])
            whole += values[row, 0]
            rest += values[row, decayed]
            end += np.uint64(1)
        start, code = end, key & layer_mask
        if has_states and layers.is_state[code]:
            if rows.ends.size and rows.ends[row]:
                continue
            whole, rest = values[row, 0], values[row, decayed]
        here = key >> layer_bits
        u, v = (here >> target_bits) + np.uint64(layout.first), np.int32(here & target_mask)
        runs.keys[run], runs.weight[run] = key, whole
        run += np.uint64(1)
        given[np.uint64(layers.kind[code]), u] += whole
        if here != pair:
            pairs += counts
            if not separate and total != 0:
                edge = _write_edge(edges, edge, lengths, layout, pair, total)
            pair, total, counts = here, 0.0, False
        if layers.weight[code] > 0:
            counts = True
            total += layers.weight[code] * rest
        if separate:
            edges.target[edge], edges.weight[edge], edges.layer[edge] = v, rest, np.int32(code)
            lengths[u] += 1
            edge += np.uint64(1)
    pairs += counts
    if not separate and total != 0:
        edge = _write_edge(edges, edge, lengths, layout, pair, total)
    return int(edge), pairs, int(run)


@kernel(types.void(_runs, _key_layout, int64[::1], float64[:, ::1]))
def add_received(runs: Runs, layout: KeyLayout, kind: Int64, received: Float64) -> None:
    """Add the weight of each run to what its target received (person × kind); ``kind`` is of each layer."""
    kinds, keys = np.uint64(received.shape[1]), runs.keys
    layer_bits, target_bits = np.uint64(layout.layer_bits), np.uint64(layout.target_bits)
    layer_mask, target_mask = ~(~np.uint64(0) << layer_bits), ~(~np.uint64(0) << target_bits)
    flat = received.reshape(-1)
    for run in range(keys.size):
        if run + _AHEAD < keys.size:
            prefetch(flat, ((keys[run + _AHEAD] >> layer_bits) & target_mask) * kinds)
        column = np.uint64(kind[keys[run] & layer_mask])
        received[(keys[run] >> layer_bits) & target_mask, column] += runs.weight[run]
