"""The acts of a log in the order of their sources, some at a time, with what is left of each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph import kernels
from influence_graph.graph.layer_index import Layout
from influence_graph.interactions.encoded_log import ALWAYS, Batch, Rows, Spread
from influence_graph.interactions.timestamps import microseconds

#: Acts in a part, so that it is sorted in a core's own cache; the graph does not depend on it.
PART = 1 << 15
#: Acts at a time that lie in the order of their parts.
GROUP = 1 << 23

#: From times to the share of an act that is left.
Decay: TypeAlias = Callable[[IntArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Part:
    """The acts of some consecutive people, in the order of the log.

    ``first`` is the first of these people, ``before`` how many acts come in parts before this one. ``keys``
    hold source, target and layer of an act, the latter two in so many ``bits``; ``values`` its weight and,
    with decay, what is left of it. ``times`` are empty where rows come in the order of time, ``ends`` where
    no state ends.
    """

    first: int
    before: int
    bits: tuple[int, int]
    keys: npt.NDArray[np.uint64]
    values: FloatArray
    times: IntArray
    ends: npt.NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many acts there are."""
        return self.keys.size

    def in_order(self) -> tuple[Any, ...]:
        """Return keys in order, where each is by time, and ends and values by time."""
        keys, values, ends = self.keys, self.values, self.ends
        if (self.times[1:] < self.times[:-1]).any():
            order = np.argsort(self.times, kind="stable")
            keys, values, ends = keys[order], values[order], ends[order] if ends.size else ends
        return *kernels.in_order(keys), ends, values


def in_parts(
    rows: Rows, layout: Layout, acts: IntArray, decay: Decay | None, spread: Spread
) -> Iterator[list[Part]]:
    """Yield consecutive parts, some at a time, which lie in memory that is used again for the next ones.

    Parameters
    ----------
    rows : Rows
        All rows; those that act on nobody are left out.
    layout : Layout
        What their labels mean.
    acts : ndarray of int64, shape (n,)
        How often each person acts on somebody.
    decay : callable or None
        What is left of an act of some time.
    spread : callable
        Runs a function over a list.
    """
    n = len(rows.people)
    bits = max(n - 1, 1).bit_length(), max(len(layout.names) - 1, 0).bit_length()
    part = kernels.parts_of(acts, PART, 1 << (62 - sum(bits)))
    firsts = np.append(np.flatnonzero(np.diff(part, prepend=-1)), n)

    def count(batch: Batch) -> IntArray:
        return kernels.part_counts(batch.source, batch.target, part, firsts.size - 1)

    counts = np.array(list(spread(count, rows.batches)))
    sizes = counts.sum(axis=0)
    before = np.cumsum(sizes) - sizes
    groups = np.flatnonzero(np.diff(before // GROUP, prepend=-1, append=-1))
    room = _Room.of(int(np.add.reduceat(sizes, groups[:-1]).max()), rows, layout, decay)
    for begin, end in itertools.pairwise(groups.tolist()):
        starts = before[begin:end] - before[begin]
        # Acts of a batch go behind those of the batches before it, in each part.
        heads = starts + np.cumsum(counts[:, begin:end], axis=0) - counts[:, begin:end]
        first, behind = int(firsts[begin]), int(firsts[end])
        origin = begin, first, *bits

        def put(
            task: tuple[Batch, IntArray],
            first: int = first,
            behind: int = behind,
            origin: tuple[int, int, int, int] = origin,
        ) -> None:
            batch, at = task
            chosen = batch.picked(kernels.rows_of(batch.source, batch.target, first, behind))
            room.put(chosen, layout, decay, part, at, origin)

        list(spread(put, list(zip(rows.batches, heads, strict=True))))
        yield [
            room.part(first, int(before[begin + place]), bits, slice(start, start + sizes[begin + place]))
            for place, start in enumerate(starts.tolist())
        ]


def half_lives(half_life: float | None, moment: datetime | None) -> Callable[[IntArray], FloatArray] | None:
    """Return the function 2^(−age/half-life) of times; what has no time has no age."""
    if half_life is None or moment is None:
        return None
    now, length = microseconds(moment), half_life * 1e6

    def decay(time: IntArray) -> FloatArray:
        age = np.where(time == ALWAYS, 0, now - time) if time.min(initial=0) == ALWAYS else now - time
        return np.exp2(age / -length)

    return decay


@dataclass(frozen=True, eq=False)
class _Room:
    """Room for the acts of a group of parts, part after part; see :class:`Part`."""

    keys: npt.NDArray[np.uint64]
    values: FloatArray
    times: IntArray
    ends: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, size: int, rows: Rows, layout: Layout, decay: Decay | None) -> _Room:
        ordered = not rows.timed or rows.in_order
        return cls(
            np.empty(size, dtype=np.uint64),
            np.empty((size, 1 if decay is None else 2)),
            np.empty(0 if ordered else size, dtype=np.int64),
            np.empty(size if layout.ends.any() else 0, dtype=bool),
        )

    def part(self, first: int, before: int, bits: tuple[int, int], some: slice) -> Part:
        return Part(
            first, before, bits, self.keys[some], self.values[some], self.times[some], self.ends[some]
        )

    def put(
        self,
        acts: Batch,
        layout: Layout,
        decay: Decay | None,
        part: npt.NDArray[np.int32],
        heads: IntArray,
        origin: tuple[int, int, int, int],
    ) -> None:
        """Put acts of a batch behind what is there of their parts; ``heads`` say where that ends."""
        layer = layout.layer[acts.label]
        weight = acts.weight.astype(np.float64)
        left = np.empty(0)
        if decay is not None:
            left = weight * decay(acts.times())
            if layout.holds.any():
                left = np.where(layout.holds[layer], weight, left)
        ends = acts.source, acts.target
        places = kernels.put(*ends, layer, weight, left, part, heads, *origin, self.keys, self.values)
        if self.times.size:
            self.times[places] = acts.times()
        if self.ends.size:
            self.ends[places] = layout.ends[acts.label]
