"""Everybody's raw values at one moment after another, each reached from the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.history.timeline import Moment, Timeline
from influence_graph.interactions.log import Interactions
from influence_graph.linalg.residual_push import solve_locally
from influence_graph.linalg.row_shares import transition_shares
from influence_graph.methods import Method


@dataclass(frozen=True, eq=False)
class ValuesOverTime:
    """A method to be followed through a log.

    Attributes
    ----------
    timeline : Timeline
        The log made ready.
    entry : Method
        The method, and
    parameters : mapping
        all its parameters.
    log : Interactions
        For methods that read more than edges.
    weighting : mapping
        How their graphs are built: the parameters of ``build_graph``.
    seed : int or None
        For methods that sample: the same draws at every time.
    """

    timeline: Timeline
    entry: Method
    parameters: Mapping[str, Any]
    log: Interactions
    weighting: Mapping[str, Any]
    seed: int | None

    def walk(self, times: Sequence[int], *, patient: bool) -> Iterator[tuple[Moment, FloatArray]]:
        """Yield the raw values of all who are present at each time at which there is an edge.

        Parameters
        ----------
        times : sequence of int
            Microseconds since 1970, ascending.
        patient : bool
            Whether to pass over times at which the log does not yet have what the method needs.
        """
        moments = (moment for moment in self.timeline.walk(times) if moment.edges.data.any())
        if self.entry.name == "pagerank" and self.parameters["personalization"] is None:
            return _pagerank_over_time(moments, self.parameters)
        if self.entry.name in ("engagement", "reactors"):
            return _counts_over_time(moments, distinct=self.entry.name == "reactors")
        return self._any_over_time(moments, patient)

    def graph(self, moment: Moment) -> InfluenceGraph:
        """Return the graph of a moment, with what the method reads of it."""
        if _reads_edges_only(self.entry):
            return self.timeline.graph(moment)
        return build_graph(self.log, as_of=moment.time, **self.weighting)

    def _any_over_time(self, moments: Iterator[Moment], patient: bool) -> Iterator[tuple[Moment, FloatArray]]:
        """Yield everybody's values by any method; where it can start warm, it does."""
        entry = self.entry
        last: FloatArray | None = None
        warm = self.parameters.get("initial", 0) is None
        for moment in moments:
            present = moment.present
            graph = self.graph(moment)
            options = dict(self.parameters)
            if warm and last is not None:
                guess = last[present]
                options["initial"] = np.where(guess > 0, guess, guess[guess > 0].mean())
            sampling = {} if self.seed is None else {"rng": np.random.default_rng(self.seed)}
            try:
                values = np.asarray(entry.function(graph, **options, **sampling).values, dtype=np.float64)
            except DataError:
                if patient and last is None:
                    continue
                raise
            last = np.zeros(len(present))
            last[present] = values
            yield moment, values


def _pagerank_over_time(
    moments: Iterator[Moment], parameters: Mapping[str, Any]
) -> Iterator[tuple[Moment, FloatArray]]:
    """Yield everybody's PageRank at each time, from that of the time before.

    Without personalization x is y/Σy with y = 1 + d·Pᵀy: a person's row of P changes only when they act,
    and a newcomer adds a 1, so y is wrong only near what happened since.
    """
    d, stays = parameters["damping"], parameters["dangling"] == "self"
    y = np.zeros(0)
    for moment in moments:
        edges, present = moment.edges, moment.present
        y = y if len(y) else np.zeros(len(present))
        factors = d * transition_shares(edges)
        start = present.astype(np.float64)
        np.maximum(y, start, out=y)
        # Back in x = G(x) the residual is at most twice as long, so tol holds.
        solve_locally(edges.indptr, edges.indices, factors, start, y, relative=parameters["tol"] / 2.0)
        x = y[present]
        if stays:
            acts = np.bincount(
                np.repeat(np.arange(len(y)), np.diff(edges.indptr)), weights=edges.data, minlength=len(y)
            )
            x = np.where(acts[present] > 0, x, x / (1.0 - d))
        yield moment, x / x.sum()


def _counts_over_time(moments: Iterator[Moment], *, distinct: bool) -> Iterator[tuple[Moment, FloatArray]]:
    """Yield everybody's reactions, or reactors, at each time."""
    for moment in moments:
        edges = moment.edges
        weight = (edges.data > 0).astype(np.float64) if distinct else edges.data
        received = np.zeros(len(moment.present))
        received += np.bincount(edges.indices, weights=weight, minlength=len(received))
        yield moment, received[moment.present]


def _reads_edges_only(entry: Method) -> bool:
    rank = not entry.needs and entry.function.__module__.startswith("influence_graph.centrality.")
    return rank or entry.name in ("engagement", "reactors")
