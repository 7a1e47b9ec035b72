"""From the acts of a log to sums by person and pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph import kernels
from influence_graph.graph.layer_index import Layout
from influence_graph.graph.partition import Decay, Part, in_parts
from influence_graph.interactions.encoded_log import ALWAYS, Batch, Rows, Spread
from influence_graph.linalg.csr import canonical

NEVER = np.iinfo(np.int64).max
_TABLES = 2


@dataclass(frozen=True, eq=False)
class Seen:
    """When each person was seen, in microseconds since 1970 (``NEVER``, ``ALWAYS``: not); acts of each."""

    first: IntArray
    last: IntArray
    reaction: IntArray
    acts: IntArray
    untimed: int


def look(rows: Rows, layout: Layout, spread: Spread) -> Seen:
    """Look when each person was seen, and how often each acted."""
    n = len(rows.people)
    decays = ~layout.holds[layout.layer] if layout.holds.size else np.ones(layout.layer.size, dtype=bool)

    def fill(batches: list[Batch]) -> tuple[IntArray, int]:
        seen = np.empty((n, 4), dtype=np.int64)
        seen[:] = NEVER, ALWAYS, ALWAYS, 0
        untimed = 0
        for batch in batches:
            label = batch.label.astype(np.int32, copy=False)
            untimed += kernels.look(
                batch.source, batch.target, label, batch.times(), layout.event, decays, seen, ALWAYS
            )
        return seen, untimed

    groups = [rows.batches[start::_TABLES] for start in range(_TABLES)]
    tables = list(spread(fill, [group for group in groups if group]))
    seen, untimed = tables[0]
    for table, lacking in tables[1:]:
        np.minimum(seen[:, 0], table[:, 0], out=seen[:, 0])
        np.maximum(seen[:, 1:3], table[:, 1:3], out=seen[:, 1:3])
        seen[:, 3] += table[:, 3]
        untimed += lacking
    first, last, reaction, acts = (np.ascontiguousarray(column) for column in seen.T)
    return Seen(first, last, reaction, acts, untimed)


def post_sums(rows: Rows, n: int) -> FloatArray:
    """Return the weight of each person's posts, added up by time, then in the order of the rows."""
    posts = [batch.picked(batch.target < 0) for batch in rows.batches]
    posts = [batch for batch in posts if len(batch)]
    if not posts:
        return np.zeros(n)
    person = np.concatenate([batch.source for batch in posts])
    weight = np.concatenate([batch.weight for batch in posts], dtype=np.float64)
    if rows.timed:
        time = np.concatenate([batch.times() for batch in posts])
        if (time[1:] < time[:-1]).any():
            order = np.argsort(time, kind="stable")
            person, weight = person[order], weight[order]
    return np.bincount(person, weights=weight, minlength=n).astype(np.float64, copy=False)


@dataclass(frozen=True, eq=False)
class Sums:
    """What the rows add up to.

    Attributes
    ----------
    given, received : ndarray of float64, shape (kinds, n)
        Weights without decay; of follows, those that hold.
    layers : dict of (kind, network) to csr_array
        Sums with decay; empty unless asked for.
    whole : csr_array or None
        Σ weights·layer, where no layers were asked for.
    pairs : int
        Pairs with a layer that counts.
    """

    given: FloatArray
    received: FloatArray
    layers: dict[tuple[str, str], csr_array]
    whole: csr_array | None
    pairs: int


def add_up(
    rows: Rows,
    layout: Layout,
    seen: Seen,
    *,
    decay: Decay | None,
    weights: Mapping[str, float],
    apart: bool,
    spread: Spread,
) -> Sums:
    """Return the sums of the acts.

    Parts follow one another in the order of sources. In a part rows are sorted by source, target, layer,
    time and place in the log, and runs of one source, target and layer are added up from left to right.
    ``decay`` gives what an act of some time still counts.
    """
    n, acts = len(rows.people), int(seen.acts.sum())
    by_layer = np.array([weights[kind] for kind, _ in layout.names])
    given, received = np.zeros((len(layout.kinds), n)), np.zeros((n, len(layout.kinds)))
    # As large as they can get: memory that is not written to is not taken.
    edges = _Edges(np.empty(acts, np.int32), np.empty(acts), np.empty(acts if apart else 0, np.int32))
    lengths = np.zeros(n, dtype=np.int64)

    def merge(part: Part) -> Any:
        some = edges.some(part.before, part.size)
        how = layout.holds, by_layer, layout.kind, part.first, *part.bits, apart
        return kernels.sum_runs(*part.in_order(), *how, *some, lengths, given)

    filled = pairs = 0
    for parts in in_parts(rows, layout, seen.acts, decay, spread):
        for part, made in zip(parts, spread(merge, parts), strict=True):
            count, counted, target, layer, plain = made
            kernels.tally(target, layer, plain, layout.kind, received)
            edges.move(part.before, filled, count)
            filled += count
            pairs += counted
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    received = np.ascontiguousarray(received.T)
    if not apart:
        edges.target.resize(filled, refcheck=False)
        edges.value.resize(filled, refcheck=False)
        return Sums(given, received, {}, _matrix(edges.value, edges.target, indptr, n), pairs)
    layers = {}
    for code, name in enumerate(layout.names):
        there = np.flatnonzero((edges.code[:filled] == code) & (edges.value[:filled] > 0))
        indices = np.searchsorted(there, indptr)
        layers[name] = _matrix(edges.value[there], edges.target[there], indices, n)
    return Sums(given, received, layers, None, pairs)


@dataclass(frozen=True, eq=False)
class _Edges:
    """Target, weight and, where layers are apart, layer of each edge."""

    target: npt.NDArray[np.int32]
    value: FloatArray
    code: npt.NDArray[np.int32]

    def some(self, start: int, size: int) -> tuple[npt.NDArray[Any], ...]:
        """Return room for so many edges."""
        return tuple(column[start : start + size] for column in (self.target, self.value, self.code))

    def move(self, start: int, to: int, count: int) -> None:
        """Close the gap before some edges."""
        for column in (self.target, self.value, self.code):
            if column.size and start != to:
                column[to : to + count] = column[start : start + count]


def _matrix(data: FloatArray, indices: Any, indptr: IntArray, n: int) -> csr_array:
    """Return a CSR array with indices of 32 bits wherever they do."""
    kind = np.int32 if data.size < 2**31 else np.int64
    return canonical(data, indices.astype(kind, copy=False), indptr.astype(kind), n)
