"""Methods re-run on parts of a log: halves and thirds by episodes, with and without some of the actors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, Int32Array, IntArray
from influence_graph.episodes import episodes_of
from influence_graph.errors import InfluenceGraphError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.csr import canonical
from influence_graph.linalg.degree_order import Edges, TraversalOrder
from influence_graph.linalg.row_shares import row_total
from influence_graph.methods import get_method
from influence_graph.methods.edges_only import EdgesOnly
from influence_graph.scoring._score import raw_values
from influence_graph.scoring.scores import Scores


class Values(NamedTuple):
    """What M methods say of n people.

    Attributes
    ----------
    raw, natural : ndarray of float64, shape (M, n)
        Raw values, and the same in the natural unit of each method.
    resolution : list of float or ndarray of float64 of shape (n,)
        Bounds on the error of the raw values of each method: what is no further apart ties.
    reacted : ndarray of bool, shape (n,)
        Who has a reaction.
    """

    raw: FloatArray
    natural: FloatArray
    resolution: list[Any]
    reacted: BoolArray

    @classmethod
    def of(cls, scores: Sequence[Scores], places: Sequence[IntArray], reacted: BoolArray) -> Values:
        """Return those of the same n people, who have these positions in each of the scores."""
        taken = list(zip(scores, places, strict=True))
        raw = np.array([one.raw[at] for one, at in taken])
        natural = np.array([one.natural[at] for one, at in taken])
        near = [
            one.resolution[at] if isinstance(one.resolution, np.ndarray) else one.resolution
            for one, at in taken
        ]
        return cls(raw, natural, near, reacted)


class LogPart(NamedTuple):
    """A part of a log.

    Attributes
    ----------
    chosen : ndarray of bool, shape (E,)
        Which episodes are in it.
    weight : ndarray of float64, shape (m,)
        The weight of each edge of the whole graph.
    incoming : ndarray of float64, shape (m,)
        The same in the order of the targets.
    """

    chosen: BoolArray
    weight: FloatArray
    incoming: FloatArray


class LogParts:
    """Runs the methods of a few scores on parts of the log that they are of.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    scores : sequence of Scores
        Of this graph, by M methods.

    Attributes
    ----------
    episodes : Episodes
        The episodes of the log: E.
    actors : ndarray of int64
        The people with an edge to somebody.
    failures : list of (int, str)
        Number of the method and message of the error, of each run that failed.
    """

    def __init__(self, graph: InfluenceGraph, scores: Sequence[Scores]) -> None:
        self.graph, self.episodes = graph, episodes_of(graph)
        self.failures: list[tuple[int, str]] = []
        self._methods = [(get_method(one.method), dict(one.parameters)) for one in scores]
        adjacency = graph.adjacency
        lengths = np.diff(adjacency.indptr)
        self.actors = np.flatnonzero(lengths)
        self._source = np.repeat(np.arange(graph.n, dtype=np.int32), lengths)
        # Where each entry of the transpose is in ``adjacency.data``.
        self._transposed = np.argsort(adjacency.indices, kind="stable")
        self._sources_in = self._source[self._transposed]
        counts = np.bincount(adjacency.indices, minlength=graph.n)
        self._in_pointers = np.append(0, np.cumsum(counts)).astype(adjacency.indptr.dtype)
        self._order = graph.traversal.order
        self._log_sources = (
            self._sources_of_log() if any(entry.needed(given) for entry, given in self._methods) else None
        )

    def part(self, chosen: BoolArray) -> LogPart:
        """Return the part of the log that these episodes are, shape (E,). O(p) for p parts of edges."""
        weight = self.episodes.edge_weights(chosen.astype(np.float64))
        return LogPart(chosen, weight, weight[self._transposed])

    def deal(self, pieces: int, rng: np.random.Generator) -> list[LogPart]:
        """Deal the episodes into parts of about one size."""
        dealt = rng.integers(pieces, size=self.episodes.count)
        return [self.part(dealt == number) for number in range(pieces)]

    def values(self, part: LogPart, *, kept: BoolArray | None = None, seed: np.random.SeedSequence) -> Values:
        """Return what each method says of all people on a part of the log; O(m + n) besides the methods.

        Parameters
        ----------
        part : LogPart
            The episodes that count.
        kept : ndarray of bool, shape (n,), optional
            Whose interactions count; None: everybody's.
        seed : numpy.random.SeedSequence
            For methods that sample.

        Returns
        -------
        Values
            NaN throughout for a method that fails on this part: it is in ``failures``.
        """
        shape = len(self._methods), self.graph.n
        edges = self._edges(part, kept)
        reacted = np.diff(edges.in_edges.indptr) > 0
        found = Values(np.empty(shape), np.empty(shape), [0.0] * shape[0], reacted)
        whole: InfluenceGraph | None = None
        for number, ((entry, parameters), stream) in enumerate(
            zip(self._methods, seed.spawn(len(self._methods)), strict=True)
        ):
            graph: InfluenceGraph = edges
            if entry.needed(parameters):
                whole = whole or self._rows(part.chosen, kept)
                graph = whole
            else:
                object.__setattr__(edges, "_method", entry.name)
            try:
                raw = raw_values(graph, entry, parameters, np.random.default_rng(stream))
            except InfluenceGraphError as error:
                self.failures.append((number, str(error)))
                found.raw[number] = found.natural[number] = np.nan
                continue
            found.raw[number], found.natural[number] = raw.values, raw.unit.of(raw.values)
            found.resolution[number] = raw.resolution
        return found

    def reacted(self, part: LogPart, *, kept: BoolArray | None = None) -> BoolArray:
        """Return who has a reaction in a part of the log, shape (n,)."""
        everybody = np.ones(self.graph.n, dtype=bool) if kept is None else kept
        return _targets(part.weight, self._source, self.graph.adjacency.indices, everybody)

    def _edges(self, part: LogPart, kept: BoolArray | None) -> _Part:
        graph, adjacency = self.graph, self.graph.adjacency
        everybody = np.ones(graph.n, dtype=bool) if kept is None else kept
        outgoing = _kept_rows(part.weight, adjacency.indptr, adjacency.indices, everybody)
        incoming = _kept_columns(part.incoming, self._in_pointers, self._sources_in, everybody)
        made = _Part.of(graph.ids, canonical(*outgoing, graph.n), graph.weighting, method="")
        object.__setattr__(made, "in_edges", canonical(*incoming, graph.n))
        object.__setattr__(made, "_whole_order", self._order)
        return made  # type: ignore[return-value]

    def _rows(self, chosen: BoolArray, kept: BoolArray | None) -> InfluenceGraph:
        """Return the graph of a part for methods that read more than edges."""
        multiplicity = chosen.astype(np.int64)
        if kept is None or self._log_sources is None:
            return self.episodes.replicate(multiplicity)
        # Each episode becomes two: of those who are kept, and of those who are left out.
        found, absent = self.episodes, (~kept).astype(np.int32)
        assert found.rows is not None
        split = dataclasses.replace(
            found,
            count=2 * found.count,
            episode=2 * found.episode + absent[self._source[found.edge]],
            rows=2 * found.rows + absent[self._log_sources],
        )
        return split.replicate(np.stack([multiplicity, np.zeros_like(multiplicity)], axis=1).ravel())

    def _sources_of_log(self) -> Int32Array | None:
        """Return the position in ``graph.ids`` of the source of each row of the log."""
        if self.graph.log is None:
            return None
        rows = self.graph.log.rows
        position = self.graph.positions(rows.people).astype(np.int32)
        of_rows: Int32Array = position[np.concatenate([batch.source for batch in rows.batches])]
        return of_rows


class _Part(EdgesOnly):
    """Edges of a part of a log, in the order of traversal of the whole log."""

    @cached_property
    def traversal(self) -> TraversalOrder:
        """The edges in rank order; the active rows are one chunk, which one thread sweeps in place."""
        adjacency, in_edges = self.adjacency, self.in_edges
        order, ranks, active = _grouped(self._whole_order, adjacency.indptr, in_edges.indptr)
        totals = np.zeros(self.n), np.zeros(self.n)
        pointers = np.zeros(self.n + 1, dtype=np.int64)
        columns, shares = np.empty(in_edges.nnz, np.int32), np.empty(in_edges.nnz)
        _in_rank_order(
            (adjacency.indptr, adjacency.data),
            (in_edges.indptr, in_edges.indices, in_edges.data),
            order, ranks, *totals, pointers, columns, shares,
        )  # fmt: skip
        largest = float(adjacency.data.max()) if adjacency.nnz else 1.0
        strength = (totals[0] / largest * totals[1])[order]
        reached = int(np.count_nonzero(np.diff(in_edges.indptr)))
        made = TraversalOrder(order, ranks, active, reached, strength, largest, adjacency, in_edges, totals)
        cuts = np.unique([0, active, self.n]).astype(np.int64)
        object.__setattr__(made, "incoming", Edges(pointers, columns, shares, cuts, active))
        return made


@njit(cache=True, nogil=True)
def _kept_rows(
    weight: FloatArray, pointers: Int32Array, columns: Int32Array, kept: BoolArray
) -> tuple[FloatArray, Int32Array, Int32Array]:
    """Return data, columns and pointers of the rows that are kept, without entries of weight 0."""
    count = 0
    ends = np.zeros_like(pointers)
    for u in range(len(kept)):
        if kept[u]:
            for e in range(pointers[u], pointers[u + 1]):
                count += weight[e] > 0.0
        ends[u + 1] = count
    data, indices = np.empty(count), np.empty(count, columns.dtype)
    at = 0
    for u in range(len(kept)):
        if kept[u]:
            for e in range(pointers[u], pointers[u + 1]):
                if weight[e] > 0.0:
                    data[at], indices[at] = weight[e], columns[e]
                    at += 1
    return data, indices, ends


@njit(cache=True, nogil=True)
def _kept_columns(
    weight: FloatArray, pointers: Int32Array, columns: Int32Array, kept: BoolArray
) -> tuple[FloatArray, Int32Array, Int32Array]:
    """Return those of the columns that are kept, of the transpose."""
    size = len(weight)
    data, indices, ends = np.empty(size), np.empty(size, columns.dtype), np.zeros_like(pointers)
    at = 0
    for v in range(len(pointers) - 1):
        for e in range(pointers[v], pointers[v + 1]):
            if weight[e] > 0.0 and kept[columns[e]]:
                data[at], indices[at] = weight[e], columns[e]
                at += 1
        ends[v + 1] = at
    return data[:at].copy(), indices[:at].copy(), ends


@njit(cache=True, nogil=True)
def _targets(weight: FloatArray, source: Int32Array, target: Int32Array, kept: BoolArray) -> BoolArray:
    """Return who has an edge of weight above 0 from somebody who is kept."""
    found = np.zeros(len(kept), np.bool_)
    for e in range(len(weight)):
        if weight[e] > 0.0 and kept[source[e]]:
            found[target[e]] = True
    return found


@njit(cache=True, nogil=True)
def _grouped(whole: IntArray, outs: Int32Array, ins: Int32Array) -> tuple[IntArray, IntArray, int]:
    """Return order, ranks and the number of the active: the groups of a traversal, each as in ``whole``."""
    n = len(whole)
    order, ranks = np.empty(n, np.int64), np.empty(n, np.int64)
    sizes = np.zeros(4, np.int64)
    for v in range(n):
        into = ins[v + 1] > ins[v]
        sizes[(1 if outs[v + 1] > outs[v] else 2) if into else 3] += 1
    active = sizes[1]
    starts = np.cumsum(sizes)
    for v in whole:
        into = ins[v + 1] > ins[v]
        group = (0 if outs[v + 1] > outs[v] else 1) if into else 2
        order[starts[group]], ranks[v] = v, starts[group]
        starts[group] += 1
    return order, ranks, active


@njit(cache=True, nogil=True)
def _in_rank_order(
    outgoing: tuple[Int32Array, FloatArray],
    incoming: tuple[Int32Array, Int32Array, FloatArray],
    order: IntArray,
    ranks: IntArray,
    largest: FloatArray,
    total: FloatArray,
    pointers: IntArray,
    columns: Int32Array,
    shares: FloatArray,
) -> None:
    """Write the totals of the rows, and the in-edges in rank order with their shares."""
    out_pointers, out_weights = outgoing
    in_pointers, sources, weights = incoming
    # What each edge needs of its source, side by side in memory.
    of_source = np.empty((len(order), 4))
    for u in range(len(order)):
        largest[u], total[u] = row_total(out_weights, out_pointers[u], out_pointers[u + 1])
        of_source[u, 0], of_source[u, 1], of_source[u, 2] = largest[u], total[u], ranks[u]
    at = 0
    for i in range(len(order)):
        v = order[i]
        for e in range(in_pointers[v], in_pointers[v + 1]):
            u = sources[e]
            columns[at] = np.int32(of_source[u, 2])
            shares[at] = weights[e] / of_source[u, 0] / of_source[u, 1]
            at += 1
        pointers[i + 1] = at
