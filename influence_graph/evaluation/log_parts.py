"""Methods re-run on parts of a log: halves and thirds by episodes, with and without some of the actors."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import BoolArray, FloatArray, Int32Array, IntArray
from influence_graph.episodes import episodes_of
from influence_graph.errors import InfluenceGraphError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.csr import canonical
from influence_graph.linalg.degree_order import TraversalOrder
from influence_graph.linalg.row_shares import row_totals
from influence_graph.methods import get_method
from influence_graph.methods.edges_only import EdgesOnly
from influence_graph.scoring._score import raw_values
from influence_graph.scoring.scores import Scores

_T = TypeVar("_T")


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
        self._in_pointers = np.concatenate(
            [[0], np.cumsum(np.bincount(adjacency.indices, minlength=graph.n))]
        )
        self._order = graph.traversal.order
        self._log_sources = self._sources_of_log() if any(entry.needs for entry, _ in self._methods) else None

    def values(
        self, multiplicity: IntArray, *, kept: BoolArray | None = None, seed: np.random.SeedSequence
    ) -> Values:
        """Return what each method says of all people on a part of the log; O(m + n) besides the methods.

        Parameters
        ----------
        multiplicity : ndarray of int, shape (E,)
            How often each episode counts: 0 or 1.
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
        edges = self._edges(multiplicity, kept)
        reacted = np.diff(edges.in_edges.indptr) > 0
        found = Values(np.full(shape, np.nan), np.full(shape, np.nan), [0.0] * shape[0], reacted)
        whole: InfluenceGraph | None = None
        for number, ((entry, parameters), stream) in enumerate(
            zip(self._methods, seed.spawn(len(self._methods)), strict=True)
        ):
            part: InfluenceGraph = edges
            if entry.needs:
                whole = whole or self._rows(multiplicity, kept)
                part = whole
            else:
                object.__setattr__(edges, "_method", entry.name)
            try:
                raw = raw_values(part, entry, parameters, np.random.default_rng(stream))
            except InfluenceGraphError as error:
                self.failures.append((number, str(error)))
                continue
            found.raw[number], found.natural[number] = raw.values, raw.natural
            found.resolution[number] = raw.resolution
        return found

    def reacted(self, multiplicity: IntArray, *, kept: BoolArray | None = None) -> BoolArray:
        """Return who has a reaction in a part of the log, shape (n,)."""
        weight = self._weights(multiplicity, kept)
        targets = self.graph.adjacency.indices[weight > 0.0]
        return np.bincount(targets, minlength=self.graph.n) > 0

    def _weights(self, multiplicity: IntArray, kept: BoolArray | None) -> FloatArray:
        weight = self.episodes.edge_weights(multiplicity)
        return weight if kept is None else weight * kept[self._source]

    def _edges(self, multiplicity: IntArray, kept: BoolArray | None) -> _Part:
        graph, weight = self.graph, self._weights(multiplicity, kept)
        outgoing = _compressed(weight, graph.adjacency.indices, graph.adjacency.indptr)
        incoming = _compressed(weight[self._transposed], self._sources_in, self._in_pointers)
        part = _Part.of(graph.ids, outgoing, graph.weighting, method="")
        object.__setattr__(part, "in_edges", incoming)
        object.__setattr__(part, "_whole_order", self._order)
        return part  # type: ignore[return-value]

    def _rows(self, multiplicity: IntArray, kept: BoolArray | None) -> InfluenceGraph:
        """Return the graph of a part for methods that read more than edges."""
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


def over_threads(task: Callable[[int], _T], count: int) -> list[_T]:
    """Return ``task(0)`` … ``task(count − 1)``, run on as many threads as numba may use, one each."""
    import numba
    from numba.np.ufunc.parallel import threading_layer

    threads = min(numba.get_num_threads(), count)
    # Numba's own thread pool of this name ends the process if two threads use it at once.
    if threads < 2 or threading_layer() == "workqueue":  # type: ignore[no-untyped-call]
        return [task(number) for number in range(count)]
    with ThreadPoolExecutor(threads, initializer=lambda: numba.set_num_threads(1)) as pool:
        return list(pool.map(task, range(count)))


class _Part(EdgesOnly):
    """Edges of a part of a log, in the order of traversal of the whole log."""

    @cached_property
    def traversal(self) -> TraversalOrder:
        """The edges in rank order, in two chunks: each thread sweeps a part of its own, in place."""
        adjacency, in_edges = self.adjacency, self.in_edges
        whole: IntArray = self._whole_order
        outs, ins = np.diff(adjacency.indptr) > 0, np.diff(in_edges.indptr) > 0
        group = np.where(ins, np.where(outs, 0, 1), 2).astype(np.int8)
        order = whole[np.argsort(group[whole], kind="stable")]
        ranks = np.empty_like(order)
        ranks[order] = np.arange(len(order))
        largest = float(adjacency.data.max()) if adjacency.nnz else 1.0
        totals = row_totals(adjacency.indptr, adjacency.data, np.array([0, self.n]))
        strength = (totals[0] / largest * totals[1])[order]
        active = int(np.count_nonzero(group == 0))
        made = TraversalOrder(order, ranks, active, strength, largest, adjacency, in_edges, totals)
        cuts = np.unique([0, active, self.n]).astype(np.int64)
        object.__setattr__(made, "incoming", dataclasses.replace(made.incoming, cuts=cuts))
        return made


def _compressed(weight: FloatArray, indices: Any, indptr: Any) -> csr_array:
    """Return the CSR array without its entries of weight 0."""
    there = weight > 0.0
    before = np.concatenate([[0], np.cumsum(there)])
    return canonical(weight[there], indices[there], before[indptr], len(indptr) - 1)
