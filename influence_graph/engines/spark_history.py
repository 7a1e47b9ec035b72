"""Scores over time on Spark: a graph for each time, and the history that this process makes of the values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.engines.spark_graph import SparkGraph, build
from influence_graph.engines.spark_log import SparkLog
from influence_graph.engines.spark_methods import SparkMethod, local_raw, spark_method
from influence_graph.engines.spark_session import check_running, here
from influence_graph.errors import ConfigError, DataError
from influence_graph.history._history import History
from influence_graph.history._score_history import follow, scale_over_time
from influence_graph.interactions.timestamps import instant, microseconds
from influence_graph.methods import Raw, get_method


@dataclass(frozen=True, eq=False)
class SparkTimeline:
    """The people and times of a log, and the values of each time.

    Attributes
    ----------
    log : SparkLog
        The log.
    weighting : mapping
        Parameters of ``build_graph``.
    compute : callable
        The method.
    parameters : mapping
        All its parameters.
    ids : polars.Series
        Everybody whom the log ever names, sorted.
    first, last : int
        The ends of its times, in microseconds since 1970.
    """

    log: SparkLog
    weighting: Mapping[str, Any]
    compute: SparkMethod
    parameters: Mapping[str, Any]
    ids: pl.Series
    first: int
    last: int

    def places(self, people: Iterable[int | str]) -> IntArray:
        """Return the positions of people.

        Raises
        ------
        DataError
            If somebody is not in the log.
        """
        known = {person: place for place, person in enumerate(self.ids.to_list())}
        asked = list(dict.fromkeys(people))
        unknown = [person for person in asked if person not in known]
        if unknown:
            raise DataError(f"{unknown[0]!r} is not among the {len(self.ids):,} people of this log.")
        return np.array([known[person] for person in asked], dtype=np.int64)

    def walk(self, times: Sequence[int], *, skip_lacking: bool) -> Iterator[tuple[Any, Raw]]:
        """Yield the values of all who are present at each time at which there is an edge."""
        for time in times:
            try:
                graph = build(self.log, as_of=instant(time), **self.weighting)
                ids, raw = local_raw(graph, self.compute(graph, self.parameters))
            except DataError:
                if skip_lacking and time != times[-1]:
                    continue
                raise
            present = np.zeros(len(self.ids), dtype=bool)
            present[self.ids.search_sorted(ids).to_numpy()] = True
            yield self._moment(time, present, graph), raw
            graph.free()

    def _moment(self, time: int, present: Any, graph: SparkGraph) -> Any:
        # The edges stay on the cluster; only their number is asked for.
        edges = SimpleNamespace(data=np.broadcast_to(1.0, graph.n_edges))
        return SimpleNamespace(time=instant(time), present=present, edges=edges)


def history(
    log: SparkLog,
    method: str = "pagerank",
    *,
    every: str | timedelta = "1d",
    people: Iterable[int | str] | None = None,
    reference: Any = "so far",
    scale: Any = "log",
    uncertainty: str | None = None,
    kinds: Mapping[str, float] | None = None,
    other: float | None = None,
    half_life: str | timedelta | float | None = None,
    saturation: str | float | None = None,
    **parameters: Any,
) -> History:
    """Score people at regular times; the parameters are those of ``score_history``.

    Raises
    ------
    DataError
        If the log has no timestamps or no edge, or a person is not in it.
    ConfigError
        If the method has no form on Spark, or a parameter is unknown or out of range.
    """
    from pyspark.sql import functions as F

    check_running(log.session)
    if uncertainty is not None:
        raise ConfigError(
            "uncertainty= has no form on Spark: intervals resample the log in this process. Leave it out."
        )
    entry, compute = get_method(method), spark_method(method)
    resolved = entry.resolve(parameters)
    moving = scale_over_time(reference, entry, resolved, scale)
    if log.report.span is None:
        raise DataError(
            "A history needs to know when things happened, and this log has no timestamps. "
            "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
        )
    ends = [log.frame.select(F.col(end).alias("id")) for end in ("source", "target")]
    ids = here(ends[0].unionByName(ends[1]).filter("id IS NOT NULL").distinct()).to_series().sort()
    first, last = (microseconds(end) for end in log.report.span)
    weighting = {"kinds": kinds, "other": other, "half_life": half_life, "saturation": saturation}
    timeline = SparkTimeline(log, weighting, compute, resolved, ids, first, last)
    return follow(timeline, timeline, moving, every=every, people=people)
