"""How scores change: the score at regular times over a log, on one scale so that times compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.engine import engine_of
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.weighting import duration_seconds
from influence_graph.history._history import History
from influence_graph.history.timeline import Timeline
from influence_graph.history.values_over_time import ValuesOverTime
from influence_graph.interactions.log import Interactions
from influence_graph.methods.declaration import Method, get_method
from influence_graph.methods.moment import Moment
from influence_graph.methods.natural_unit import NaturalUnit
from influence_graph.methods.raw import Raw
from influence_graph.scoring._scale import Reference, Scale
from influence_graph.scoring._scale import scale as to_points
from influence_graph.scoring.frozen_scale import check_population, check_reference, freeze
from influence_graph.scoring.intervals import check_uncertainty, raw_intervals
from influence_graph.scoring.scores import Scores

Frozen: TypeAlias = Literal["so far", "last", "first", "own"]
#: More steps than this are a mistake in ``every``.
MOST_STEPS = 20_000
#: People followed where nobody is named.
MOST_BY_DEFAULT = 10
_DRIFT: dict[str, Any] = {
    "time": pl.Datetime("us", "UTC"),
    "people": pl.Int64,
    "edges": pl.Int64,
    "top": pl.Float64,
    "top_score": pl.Float64,
    "above_reference": pl.Int64,
}


def score_history(
    log: Interactions | Any,
    method: str = "pagerank",
    *,
    every: str | timedelta = "1d",
    people: Iterable[int | str] | None = None,
    reference: Frozen | Reference | Scores = "so far",
    scale: Scale = "log",
    kinds: Mapping[str, float] | None = None,
    other: float | None = None,
    half_life: str | timedelta | float | None = None,
    saturation: str | float | None = None,
    uncertainty: Literal["bootstrap"] | None = None,
    replicates: int = 100,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
    **parameters: Any,
) -> History:
    """Score people at regular times over a log, each time by the rows up to then only.

    Times are the multiples of ``every`` since 1970 in UTC, from the first at which the log has an edge
    (and what the method needs) to the first that has seen every row. The edges of each time are updated from
    those of the time before, and so are the values of a method that declares ``over_time``. A method that
    declares needs (see :func:`influence_graph.method`) gets a graph built for each time, which is slower.

    Parameters
    ----------
    log : Interactions, or whatever ``read_interactions`` accepts
        With timestamps.
    method : str
        A registered method.
    every : str or timedelta
        The step: ``"1h"``, ``"1d"``.
    people : iterable of ids, optional
        People to follow. None: the ten who are highest at the end, a choice made with hindsight.
    reference : {"so far", "last", "first", "own"}, Reference or Scores
        The scale. "so far": 100 is the largest value up to that time, so later rows change no earlier
        number; with scale="quantile" the distribution of that time. Frozen for all times: that of the last
        time (its top is known with hindsight), of the first, or one given. "own": each time has its own.
        A method whose unit does not compare between populations has "own" only, as people join.
    scale : {"log", "quantile", "linear"}
        How raw values become points.
    kinds, other, half_life, saturation
        As in :func:`influence_graph.build_graph`.
    uncertainty, replicates, confidence
        As in :func:`influence_graph.score`: "bootstrap" gives each time an interval on the same scale,
        marginal for each time. It costs ``replicates`` scorings for each time.
    rng : Generator, int or None
        For methods that sample and for intervals: the same draws at every time.
    **parameters
        The method's own.

    Returns
    -------
    History
        For T times, m pairs and n people O(T·(m + n)) plus the scoring, 20·m bytes.

    Raises
    ------
    DataError
        If the log has no timestamps, no edge, or a person is not in it.
    ConfigError
        If a parameter is unknown or out of range, or the reference does not hold for the method.

    Examples
    --------
    >>> rows = pl.DataFrame(
    ...     {
    ...         "source": ["b", "c", "d"],
    ...         "target": ["a", "a", "b"],
    ...         "timestamp": ["2024-01-01", "2024-01-02", "2024-01-03"],
    ...     }
    ... )
    >>> history = score_history(rows, "engagement", people=["a", "b"])
    >>> history.frame.pivot("id", index="time", values="score")["b"].round(1).to_list()
    [1.0, 1.0, 63.5]
    """
    if (elsewhere := engine_of(log)) is not None:
        settings: dict[str, Any] = {
            "every": every, "people": people, "reference": reference, "scale": scale, "kinds": kinds,
            "other": other, "half_life": half_life, "saturation": saturation, "uncertainty": uncertainty,
        }  # fmt: skip
        return elsewhere.history(log, method, **settings, **parameters)  # type: ignore[no-any-return]
    if not isinstance(log, Interactions):
        from influence_graph.interactions.read import read_interactions

        log = read_interactions(log)
    entry = get_method(method)
    resolved = entry.resolve(parameters)
    if uncertainty not in (None, "bootstrap"):
        raise ConfigError(f"uncertainty is {uncertainty!r}, but a history has intervals by 'bootstrap' only.")
    check_uncertainty(entry, uncertainty, replicates, confidence)
    scales = scale_over_time(reference, entry, resolved, scale)
    resolved = dict(scales.parameters)
    weighting: dict[str, Any] = {
        "kinds": kinds, "other": other, "half_life": half_life, "saturation": saturation
    }  # fmt: skip
    timeline = Timeline(log, **weighting)
    seed = int(np.random.default_rng(rng).integers(2**63))
    at = ValuesOverTime(timeline, entry, resolved, log, weighting, seed if entry.samples else None)

    def intervals(moment: Moment, raw: Raw) -> tuple[FloatArray, FloatArray]:
        return raw_intervals(
            at.graph(moment, with_log=True), entry, raw, resolved,
            replicates=replicates, confidence=confidence, seed=np.random.SeedSequence(seed),
        )  # fmt: skip

    return follow(
        timeline, at, scales, every=every, people=people, intervals=intervals if uncertainty else None
    )


def follow(
    timeline: Any,
    at: Any,
    moving: ScaleOverTime,
    *,
    every: str | timedelta,
    people: Iterable[int | str] | None,
    intervals: Callable[[Moment, Raw], tuple[FloatArray, FloatArray]] | None = None,
) -> History:
    """Return the history of people, wherever the values of each time come from.

    Parameters
    ----------
    timeline
        ``ids``, ``first`` and ``last`` of its times, ``places(people)``.
    at
        ``walk(times, skip_lacking=…)`` yields each moment and its values.
    moving : ScaleOverTime
        The scale.
    every, people
        As for :func:`score_history`.
    intervals : callable, optional
        From a moment and its values to both ends of the intervals.
    """
    times, frozen, scale = _times(timeline, every), moving.frozen, moving.scale
    # With hindsight: who is highest in the end, and the scale of the last time.
    end = _end(at, times) if people is None or frozen == "last" else None
    chosen = _highest(*(end or _end(at, times))) if people is None else timeline.places(people)
    moments = at.walk(times, skip_lacking=True)
    if frozen == "last" and end is not None:
        moving.at(end[1], timeline.ids.filter(pl.Series(end[0].present)))
        moments = chain(at.walk(times[:-1], skip_lacking=True), [end])

    found: list[pl.DataFrame] = []
    drift: list[tuple[Any, ...]] = []
    for moment, raw in moments:
        natural = raw.natural
        shared, own = moving.at(raw, timeline.ids.filter(pl.Series(moment.present)))
        rows = _people_at(moment, raw, natural, chosen, timeline.ids, scale, shared, own)
        if intervals is not None:
            ends = intervals(moment, raw)
            rows = _with_intervals(rows, raw.unit, ends, _numbers(moment, chosen), scale, shared)
        found.append(rows)
        drift.append(_drift_at(moment, natural, scale, shared))
    if not found:
        # The reason is that of the last time: what the log or its edges lack.
        _end(at, times)
    table = pl.DataFrame(drift, _DRIFT, orient="row")
    return History(
        pl.concat(found), table, moving.entry.name, moving.parameters, scale, str(every), frozen, moving.fixed
    )


class ScaleOverTime:
    """The scale at one time after another.

    Parameters
    ----------
    frozen : str
        How it follows time: one of ``Frozen``, or "given".
    fixed : Reference or None
        The scale that is given.
    entry, parameters
        The method.
    scale : Scale
        How raw values become points.
    """

    def __init__(
        self, frozen: str, fixed: Reference | None, entry: Method, parameters: Mapping[str, Any], scale: Scale
    ) -> None:
        self.frozen, self.fixed, self.entry, self.parameters = frozen, fixed, entry, parameters
        self.scale, self.quantile = scale, scale == "quantile"

    def at(self, raw: Raw, ids: pl.Series) -> tuple[Reference, Reference]:
        """Return the scale of this time, and that of this time alone, from the values of those present.

        Raises
        ------
        ConfigError
            If the unit of the method does not compare between times, as people join.
        """
        own = Reference(np.sort(raw.natural) if self.quantile else raw.natural.max(keepdims=True))
        if self.frozen == "own":
            return own, own
        if self.fixed is not None and self.frozen == "given":
            check_population(self.fixed, self.entry, raw, ids)
        elif not raw.unit.comparable:
            raise ConfigError(
                f"{self.entry.name} has no natural unit with these parameters, so its points at different "
                f"times do not compare: {raw.unit.reason}. Take reference='own', and compare percentiles "
                "or ranks."
            )
        if self.frozen == "so far":
            values = own.distribution
            if self.fixed is not None and not self.quantile:
                values = np.maximum(values, self.fixed.top)
            self.fixed = Reference(values, self.entry.name, self.parameters, version=self.entry.version)
        elif self.fixed is None:
            self.fixed = freeze(self.entry, self.parameters, raw, ids)
        return self.fixed, own


def _end(at: ValuesOverTime, times: Sequence[int]) -> tuple[Moment, Raw]:
    """Return the values of the last time.

    Raises
    ------
    DataError
        If the log has no edge, or lacks what the method needs.
    """
    end = next(at.walk(times[-1:], skip_lacking=False), None)
    if end is None:
        raise DataError("The log makes no edge with these weights by kind, so there is no history to score.")
    return end


def _highest(moment: Moment, raw: Raw) -> IntArray:
    """Return the positions of those who are highest at a moment, ties in the order of the ids."""
    present = np.flatnonzero(moment.present)
    return present[np.lexsort((present, -raw.tied))[:MOST_BY_DEFAULT]]


def scale_over_time(
    given: Frozen | Reference | Scores, entry: Method, parameters: dict[str, Any], scale: Scale
) -> ScaleOverTime:
    """Return the scale that ``reference=`` asks for; one that is given must hold for the method."""
    if isinstance(given, Scores):
        given = given.reference
    if isinstance(given, Reference):
        parameters = entry.settle(parameters, frozen=given.parameters, graph=None)
        check_reference(given, entry, parameters)
        return ScaleOverTime("given", given, entry, parameters, scale)
    if given not in get_args(Frozen):
        raise ConfigError(f"reference is {given!r}. {nearest(given, get_args(Frozen))} Or give Scores.")
    return ScaleOverTime(given, None, entry, parameters, scale)


def _times(timeline: Timeline, every: str | timedelta) -> list[int]:
    """Return the multiples of the step from the first timestamp's to the one that has seen them all."""
    step = round(1e6 * duration_seconds(every, "every"))
    if step < 1:
        raise ConfigError(f"every is {every!r}, but it should be a microsecond or longer: '1h', '1d'.")
    first, last = -(-timeline.first // step), -(-timeline.last // step)
    if last - first >= MOST_STEPS:
        raise ConfigError(
            f"every={every!r} makes {last - first + 1:,} times, at most {MOST_STEPS:,}. Take a longer step."
        )
    return [step * number for number in range(first, last + 1)]


def _people_at(
    moment: Moment,
    raw: Raw,
    natural: FloatArray,
    chosen: IntArray,
    ids: pl.Series,
    scale: Scale,
    reference: Reference,
    own: Reference,
) -> pl.DataFrame:
    """Return the rows of the chosen people who are present."""
    present, at = chosen[moment.present[chosen]], _numbers(moment, chosen)
    values = raw.tied
    higher = np.array([np.count_nonzero(values > value) for value in values[at]], dtype=np.float64)
    tied = np.array([np.count_nonzero(values == value) for value in values[at]], dtype=np.float64)
    rank = higher + (tied + 1.0) / 2.0
    return pl.DataFrame(
        {
            "time": [moment.time] * len(present),
            "id": ids.gather(present),
            "raw": raw.values[at],
            "score": to_points(natural[at], scale, reference=reference),
            "own": to_points(natural[at], scale, reference=own),
            "percentile": 100.0 * (len(values) - rank + 0.5) / len(values),
            "rank": rank,
        },
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )


def _with_intervals(
    rows: pl.DataFrame,
    unit: NaturalUnit,
    ends: Sequence[FloatArray],
    at: IntArray,
    scale: Scale,
    reference: Reference,
) -> pl.DataFrame:
    """Return the rows of the people at these positions with both ends of their raw values and points."""
    columns: dict[str, pl.Series] = {}
    for name, end in zip(("low", "high"), ends, strict=True):
        points = to_points(unit.of(end)[at], scale, reference=reference)
        columns |= {
            f"raw_{name}": pl.Series(end[at], dtype=pl.Float64),
            name: pl.Series(points, dtype=pl.Float64),
        }
    return rows.with_columns(**columns)


def _drift_at(moment: Moment, natural: FloatArray, scale: Scale, reference: Reference) -> tuple[Any, ...]:
    """Return the row of ``drift`` at a moment."""
    top = float(natural.max())
    return (
        moment.time,
        len(natural),
        int(np.count_nonzero(moment.edges.data)),
        top,
        float(to_points([top], scale, reference=reference)[0]),
        int((natural > reference.top).sum()),
    )


def _numbers(moment: Moment, chosen: IntArray) -> IntArray:
    """Return the positions of the chosen people who are present, among all present."""
    return np.asarray(np.cumsum(moment.present)[chosen[moment.present[chosen]]] - 1)
