"""The last log and the last graph of a run, kept in memory between its cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from influence_graph.errors import DataError
from influence_graph.experiment.plan import Source
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions


class LogCache:
    """Loads logs and builds graphs; consecutive cells of one log share them.

    Each process of a run has its own, and it ends with the process. At most one log and one graph are in
    memory.
    """

    def __init__(self) -> None:
        self._log: tuple[str, Interactions] | None = None
        self._graph: tuple[tuple[str, str], InfluenceGraph] | None = None

    def log(self, source: Source) -> Interactions:
        """Return the log of a source.

        Raises
        ------
        DataError
            If the data has changed since the plan was made.
        """
        if self._log is None or self._log[0] != source.fingerprint:
            self._log = self._graph = None  # free the memory before the next log is loaded
            log = source.load()
            if log.fingerprint != source.fingerprint:
                raise DataError(
                    f"The data of {source.label!r} changed while the experiment ran. Run it again."
                )
            self._log = source.fingerprint, log
        return self._log[1]

    def graph(self, source: Source, parameters: Mapping[str, Any]) -> InfluenceGraph:
        """Return the graph of a source, built with these parameters of ``build_graph``."""
        key = source.fingerprint, repr(sorted(parameters.items()))
        if self._graph is None or self._graph[0] != key:
            self._graph = None
            self._graph = key, build_graph(self.log(source), **parameters)
        return self._graph[1]
