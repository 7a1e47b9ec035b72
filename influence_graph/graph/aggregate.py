"""From the rows of a log to sums by person and pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph import kernels
from influence_graph.graph.decay import Decay
from influence_graph.graph.kernels import EdgeArrays, LayerTable
from influence_graph.graph.layer_index import LayerIndex
from influence_graph.graph.partition import Block, Memory, blocks_by_source
from influence_graph.interactions.encoded_log import ALWAYS, Batch, Rows, Spread
from influence_graph.linalg.csr import canonical

NEVER = np.iinfo(np.int64).max
#: Tables of activity that are filled at a time: one a thread costs more memory than it saves time.
_TABLES = 2


@dataclass(frozen=True, eq=False)
class Activity:
    """When each person was active, in microseconds since 1970, and how much.

    Attributes
    ----------
    first, last : ndarray of int64, shape (n,)
        First and last row that names each person; ``NEVER`` and ``ALWAYS`` where no row has a time.
    reaction : ndarray of int64, shape (n,)
        Last event received; ``ALWAYS`` if there is none.
    given : ndarray of int64, shape (n,)
        Rows with a target of which each person is the source.
    untimed : int
        Rows that decay and have no time.
    """

    first: IntArray
    last: IntArray
    reaction: IntArray
    given: IntArray
    untimed: int


def activity(rows: Rows, index: LayerIndex, spread: Spread) -> Activity:
    """Return when each person was active, and how much. O(rows)."""
    n = len(rows.people)
    decays = ~index.is_state[index.layer] if index.is_state.size else np.ones(index.layer.size, dtype=bool)

    def fill(batches: list[Batch]) -> tuple[IntArray, int]:
        table = np.empty((n, 4), dtype=np.int64)
        table[:] = NEVER, ALWAYS, ALWAYS, 0
        untimed = 0
        for batch in batches:
            label = batch.label.astype(np.int32, copy=False)
            untimed += kernels.record_activity(
                batch.source, batch.target, label, batch.times(), index.event, decays, table, ALWAYS
            )
        return table, untimed

    groups = [rows.batches[start::_TABLES] for start in range(_TABLES)]
    tables = list(spread(fill, [group for group in groups if group]))
    total, untimed = tables[0]
    for table, lacking in tables[1:]:
        np.minimum(total[:, 0], table[:, 0], out=total[:, 0])
        np.maximum(total[:, 1:3], table[:, 1:3], out=total[:, 1:3])
        total[:, 3] += table[:, 3]
        untimed += lacking
    first, last, reaction, given = (np.ascontiguousarray(column) for column in total.T)
    return Activity(first, last, reaction, given, untimed)


def post_sums(rows: Rows, n: int) -> FloatArray:
    """Return the weight of each person's posts, added up by time, then in the order of the rows."""
    own = ((batch, np.flatnonzero(batch.target < 0)) for batch in rows.batches)
    posts = [batch.picked(some) for batch, some in own if some.size]
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
    merged : csr_array or None
        Σ weights·layer, where no layers were asked for.
    pairs : int
        Pairs with a layer of weight above 0.
    """

    given: FloatArray
    received: FloatArray
    layers: dict[tuple[str, str], csr_array]
    merged: csr_array | None
    pairs: int


def aggregate(
    rows: Rows,
    index: LayerIndex,
    given_rows: IntArray,
    *,
    decay: Decay | None,
    weights: Mapping[str, float],
    separate: bool,
    spread: Spread,
) -> Sums:
    """Return the sums of the rows by pair and layer.

    Blocks follow one another in the order of sources. In a block, rows are sorted by source, target, layer,
    time and place in the log, and each run of one source, target and layer is added up from left to right.

    Parameters
    ----------
    rows, index
        The rows, and the layers of their labels.
    given_rows : ndarray of int64, shape (n,)
        Rows with a target of which each person is the source.
    decay : callable or None
        The share that is left of an event of each time.
    weights : mapping of str to float
        Weight of each kind.
    separate : bool
        Whether to return layers, or their weighted sum.
    spread : callable
        Runs a function over a list.
    """
    n, size = len(rows.people), int(given_rows.sum())
    table = LayerTable(index.is_state, np.array([weights[kind] for kind, _ in index.names]), index.kind)
    given, received = np.zeros((len(index.kinds), n)), np.zeros((n, len(index.kinds)))
    # As large as they can get: memory that is not written to is not taken.
    edges = EdgeArrays(np.empty(size, np.int32), np.empty(size), np.empty(size if separate else 0, np.int32))
    lengths, memory = np.zeros(n, dtype=np.int64), Memory()

    def sum_block(block: Block) -> Any:
        own = edges.rows(block.before, block.before + block.size)
        rows = block.sorted_rows(memory.of(block.size))
        return kernels.sum_runs(rows, table, block.layout, separate, own, block.runs(), lengths, given)

    filled = pairs = 0
    for blocks in blocks_by_source(rows, index, given_rows, decay, spread):
        for block, (count, with_weight, runs) in zip(blocks, spread(sum_block, blocks), strict=True):
            kernels.add_received(block.runs().first(runs), block.layout, index.kind, received)
            _close_gap(edges, block.before, filled, count)
            filled += count
            pairs += with_weight
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    received = np.ascontiguousarray(received.T)
    if not separate:
        edges.target.resize(filled, refcheck=False)
        edges.weight.resize(filled, refcheck=False)
        return Sums(given, received, {}, canonical(edges.weight, edges.target, indptr, n), pairs)
    layers = {}
    for code, name in enumerate(index.names):
        kept = np.flatnonzero((edges.layer[:filled] == code) & (edges.weight[:filled] > 0))
        layers[name] = canonical(edges.weight[kept], edges.target[kept], np.searchsorted(kept, indptr), n)
    return Sums(given, received, layers, None, pairs)


def _close_gap(edges: EdgeArrays, start: int, to: int, count: int) -> None:
    """Move ``count`` edges from ``start`` down to ``to``."""
    for column in edges:
        if column.size and start != to:
            column[to : to + count] = column[start : start + count]
