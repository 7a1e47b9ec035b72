"""Everybody's raw values at one moment after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.history.timeline import Timeline
from influence_graph.interactions.log import Interactions
from influence_graph.methods.declaration import Method
from influence_graph.methods.moment import Moment
from influence_graph.methods.raw import Raw


@dataclass(frozen=True, eq=False)
class ValuesOverTime:
    """A method to be followed through a log, in the fastest way that its declaration allows.

    A method with an incremental form is followed by that; one that declares no needs is run on the edges of
    each moment; any other on a graph built for each moment.

    Attributes
    ----------
    timeline : Timeline
        The edges of the log over time.
    entry : Method
        The method.
    parameters : mapping
        All its parameters.
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

    def walk(self, times: Sequence[int], *, skip_lacking: bool) -> Iterator[tuple[Moment, Raw]]:
        """Yield the raw result of all who are present at each time at which there is an edge.

        Parameters
        ----------
        times : sequence of int
            Microseconds since 1970, ascending.
        skip_lacking : bool
            Whether to skip the first times, at which the log does not yet have what the method needs.
        """
        moments = (moment for moment in self.timeline.walk(times) if moment.edges.data.any())
        step = self.entry.over_time(self.parameters) if self.entry.over_time is not None else None
        if step is not None:
            return ((moment, step(moment)) for moment in moments)
        return self._on_graphs(moments, skip_lacking)

    def graph(self, moment: Moment, *, with_log: bool = False) -> InfluenceGraph:
        """Return the graph of a moment, with what the method declares that it reads, or with its log."""
        if self.entry.needed(self.parameters) or with_log:
            return build_graph(self.log, as_of=moment.time, **self.weighting)
        return self.timeline.graph(moment, self.entry.name)

    def _on_graphs(self, moments: Iterator[Moment], skip_lacking: bool) -> Iterator[tuple[Moment, Raw]]:
        """Run the method on the graph of each moment, from the values of the moment before if it can."""
        entry = self.entry
        last: FloatArray | None = None
        warm = "initial" in self.parameters and self.parameters["initial"] is None
        for moment in moments:
            present = moment.present
            graph = self.graph(moment)
            options = dict(self.parameters)
            if warm and last is not None:
                guess = last[present]
                options["initial"] = np.where(guess > 0, guess, guess[guess > 0].mean())
            sampling = {} if self.seed is None else {"rng": np.random.default_rng(self.seed)}
            try:
                raw = entry.function(graph, **options, **sampling)
            except DataError:
                if skip_lacking and last is None:
                    continue
                raise
            last = np.zeros(len(present))
            last[present] = raw.values
            yield moment, raw
