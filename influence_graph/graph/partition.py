"""The rows of a log that have a target, grouped in blocks by source, with decayed weights.

Sorting all rows at once is limited by memory; a block is sorted in a core's own cache.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import BoolArray, FloatArray, Int32Array, IntArray
from influence_graph.graph import kernels
from influence_graph.graph.decay import Decay
from influence_graph.graph.kernels import KeyLayout, Runs, SortedRows, SortMemory
from influence_graph.graph.layer_index import LayerIndex
from influence_graph.interactions.encoded_log import Batch, Rows, Spread

#: Rows in a block, so that it is sorted in cache; the graph does not depend on it.
BLOCK_ROWS = 1 << 15
#: Rows of the blocks that are in memory at a time.
GROUP_ROWS = 1 << 22


@dataclass(frozen=True, eq=False)
class Block:
    """The rows of consecutive sources, in the order of the log.

    Attributes
    ----------
    before : int
        How many rows are in the blocks before this one.
    layout : KeyLayout
        How ``keys`` hold source, target and layer; its ``first`` is the first source of the group of blocks.
    keys : ndarray of uint64, shape (rows,)
    values : ndarray of float64, shape (rows, 1 or 2)
        Weight and, with decay, decayed weight.
    times : ndarray of int64
        Microseconds since 1970; empty where rows are sorted by time already.
    ends : ndarray of bool
        Whether a row ends a state; empty where none does.
    weight : ndarray of float64, shape (rows,)
        Memory for the weights of runs.
    """

    before: int
    layout: KeyLayout
    keys: npt.NDArray[np.uint64]
    values: FloatArray
    times: IntArray
    ends: BoolArray
    weight: FloatArray

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.keys.size

    def sorted_rows(self, memory: SortMemory) -> SortedRows:
        """Return the rows by source, target and layer, then by time, then as they are in the log.

        They are in this memory, and ``keys`` are not needed any more: see :meth:`runs`.
        """
        keys, values, ends = self.keys, self.values, self.ends
        if (self.times[1:] < self.times[:-1]).any():
            by_time = np.argsort(self.times, kind="stable")
            keys, values, ends = keys[by_time], values[by_time], ends[by_time] if ends.size else ends
        sorted_keys, order = kernels.radix_sort(keys, memory)
        return SortedRows(sorted_keys, order, ends, values)

    def runs(self) -> Runs:
        """Return the memory of the keys, once they are sorted, and of the weights, for runs."""
        return Runs(self.keys, self.weight)


class Memory(threading.local):
    """Memory to sort blocks in, one after the other; each thread has its own."""

    def __init__(self) -> None:
        self._memory = SortMemory.of(BLOCK_ROWS)

    def of(self, size: int) -> SortMemory:
        """Return memory for as many rows: more than ``BLOCK_ROWS`` where one person has more."""
        if self._memory.keys.size < size:
            self._memory = SortMemory.of(size)
        return self._memory


def blocks_by_source(
    rows: Rows, index: LayerIndex, given: IntArray, decay: Decay | None, spread: Spread
) -> Iterator[list[Block]]:
    """Yield groups of consecutive blocks; a group's memory is used again for the next one.

    Parameters
    ----------
    rows : Rows
        All rows; those without a target are left out.
    index : LayerIndex
        The layers of their labels.
    given : ndarray of int64, shape (n,)
        How many rows with a target each person is the source of.
    decay : callable or None
        The share that is left of an event of each time.
    spread : callable
        Runs a function over a list: ``map``, or that of a pool of threads.
    """
    n = len(rows.people)
    target_bits, layer_bits = max(n - 1, 1).bit_length(), max(len(index.names) - 1, 0).bit_length()
    block = kernels.assign_blocks(given, BLOCK_ROWS, 1 << (62 - target_bits - layer_bits))
    firsts = np.append(np.flatnonzero(np.diff(block, prepend=-1)), n)

    def count(batch: Batch) -> IntArray:
        return kernels.rows_per_block(batch.source, batch.target, block, firsts.size - 1)

    counts = np.array(list(spread(count, rows.batches)))
    sizes = counts.sum(axis=0)
    before = np.cumsum(sizes) - sizes
    groups = np.flatnonzero(np.diff(before // GROUP_ROWS, prepend=-1, append=-1))
    buffers = _Buffers.of(int(np.add.reduceat(sizes, groups[:-1]).max()), rows, index, decay)
    for begin, end in itertools.pairwise(groups.tolist()):
        starts = before[begin:end] - before[begin]
        # Within a block, rows of a batch come after those of the batches before it.
        heads = starts + np.cumsum(counts[:, begin:end], axis=0) - counts[:, begin:end]
        group = _Group(begin, int(firsts[end]), KeyLayout(int(firsts[begin]), target_bits, layer_bits), block)

        def write(task: tuple[Batch, IntArray], group: _Group = group) -> None:
            buffers.append(group.rows_of(task[0]), index, decay, group, task[1])

        list(spread(write, list(zip(rows.batches, heads, strict=True))))
        yield [
            buffers.block(int(before[begin]) + start, group.layout, slice(start, start + size))
            for start, size in zip(starts.tolist(), sizes[begin:end].tolist(), strict=True)
        ]


@dataclass(frozen=True, eq=False)
class _Group:
    """Consecutive blocks: the first of them, the source after their last one, the block of each source."""

    first_block: int
    end: int
    layout: KeyLayout
    block: Int32Array

    def rows_of(self, batch: Batch) -> Batch:
        """Return the rows of a batch that belong to the group."""
        rows = kernels.rows_of_sources(batch.source, batch.target, self.layout.first, self.end)
        return batch if rows.size == len(batch) else batch.picked(rows)


@dataclass(frozen=True, eq=False)
class _Buffers:
    """Memory for the rows of a group of blocks, block after block; see :class:`Block`."""

    keys: npt.NDArray[np.uint64]
    values: FloatArray
    times: IntArray
    ends: BoolArray
    weight: FloatArray

    @classmethod
    def of(cls, size: int, rows: Rows, index: LayerIndex, decay: Decay | None) -> _Buffers:
        by_time = not rows.timed or rows.in_order
        return cls(
            np.empty(size, dtype=np.uint64),
            np.empty((size, 1 if decay is None else 2)),
            np.empty(0 if by_time else size, dtype=np.int64),
            np.empty(size if index.ends.any() else 0, dtype=bool),
            np.empty(size),
        )

    def block(self, before: int, layout: KeyLayout, at: slice) -> Block:
        rows = self.keys[at], self.values[at], self.times[at], self.ends[at]
        return Block(before, layout, *rows, self.weight[at])

    def append(
        self, rows: Batch, index: LayerIndex, decay: Decay | None, group: _Group, heads: IntArray
    ) -> None:
        """Append rows of a batch to their blocks, of which ``heads`` says where each goes on."""
        layer = index.layer[rows.label]
        weight = rows.weight.astype(np.float64)
        decayed = np.empty(0)
        if decay is not None:
            decayed = decay(rows.times())
            decayed *= weight
            if index.is_state.any():
                decayed = np.where(index.is_state[layer], weight, decayed)
        places = np.empty(len(rows) if self.times.size or self.ends.size else 0, dtype=np.int64)
        kernels.scatter_rows(
            rows.source,
            rows.target,
            layer,
            weight,
            decayed,
            group.block,
            heads,
            group.first_block,
            group.layout,
            self.keys,
            self.values,
            places,
        )
        if self.times.size:
            self.times[places] = rows.times()
        if self.ends.size:
            self.ends[places] = index.ends[rows.label]
