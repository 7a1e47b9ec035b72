"""How scores change: the score at regular times over a log, on one scale so that times compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.weighting import duration_seconds
from influence_graph.history._history import History
from influence_graph.history.timeline import Timeline
from influence_graph.history.values_over_time import ValuesOverTime
from influence_graph.interactions.log import Interactions
from influence_graph.methods.declaration import get_method
from influence_graph.methods.moment import Moment
from influence_graph.methods.natural_unit import NaturalUnit
from influence_graph.methods.raw import Raw
from influence_graph.scoring._scale import Reference, Scale
from influence_graph.scoring._scale import scale as to_points
from influence_graph.scoring.intervals import check_uncertainty, raw_intervals
from influence_graph.scoring.scores import Scores

Frozen: TypeAlias = Literal["last", "first", "own"]
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
    reference: Frozen | Reference | Scores = "last",
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
    reference : {"last", "first", "own"}, Reference or Scores
        The scale of all times: that of the last time (its top is known with hindsight; raw values do not
        depend on it), of the first, or one given; or for each time its own, on which times do not compare.
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
        If a parameter is unknown or out of range, or the reference is of another method.

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
    >>> history.frame.pivot("id", index="time", values="score")["a"].round(1).to_list()
    [63.5, 100.0, 100.0]
    """
    if not isinstance(log, Interactions):
        from influence_graph.interactions.read import read_interactions

        log = read_interactions(log)
    entry = get_method(method)
    resolved = entry.resolve(parameters)
    if uncertainty not in (None, "bootstrap"):
        raise ConfigError(f"uncertainty is {uncertainty!r}, but a history has intervals by 'bootstrap' only.")
    check_uncertainty(entry, uncertainty, replicates, confidence)
    frozen, fixed = _reference(reference, method)
    weighting: dict[str, Any] = {
        "kinds": kinds, "other": other, "half_life": half_life, "saturation": saturation
    }  # fmt: skip
    timeline = Timeline(log, **weighting)
    times = _times(timeline, every)
    seed = int(np.random.default_rng(rng).integers(2**63))
    at = ValuesOverTime(timeline, entry, resolved, log, weighting, seed if entry.samples else None)

    # The last time comes first: it says who is highest, and where the scale ends.
    end = next(at.walk(times[-1:], skip_lacking=False), None)
    if end is None:
        raise DataError("The log makes no edge with these weights by kind, so there is no history to score.")
    chosen = _highest(*end) if people is None else timeline.places(people)
    if frozen == "last":
        fixed = Reference.of(end[1].natural, method, resolved)

    found: list[pl.DataFrame] = []
    drift: list[tuple[Any, ...]] = []
    for moment, raw in chain(at.walk(times[:-1], skip_lacking=True), [end]):
        natural = raw.natural
        if fixed is None and frozen == "first":
            fixed = Reference.of(natural, method, resolved)
        own = Reference.of(natural) if scale == "quantile" else Reference(natural.max(keepdims=True))
        shared = fixed or own
        rows = _people_at(moment, raw.values, natural, chosen, timeline.ids, scale, shared, own)
        if uncertainty:
            ends = raw_intervals(
                at.graph(moment, with_log=True), entry, raw, resolved,
                replicates=replicates, confidence=confidence, seed=np.random.SeedSequence(seed),
            )  # fmt: skip
            rows = _with_intervals(rows, raw.unit, ends, _numbers(moment, chosen), scale, shared)
        found.append(rows)
        drift.append(_drift_at(moment, natural, scale, shared))
    table = pl.DataFrame(drift, _DRIFT, orient="row")
    return History(pl.concat(found), table, method, resolved, scale, str(every), frozen, fixed)


def _highest(moment: Moment, raw: Raw) -> IntArray:
    """Return the positions of those who are highest at a moment, ties in the order of the ids."""
    present = np.flatnonzero(moment.present)
    return present[np.lexsort((present, -raw.values))[:MOST_BY_DEFAULT]]


def _reference(given: Frozen | Reference | Scores, method: str) -> tuple[str, Reference | None]:
    if isinstance(given, Scores):
        given = given.reference
    if isinstance(given, Reference):
        if given.method not in ("", method):
            raise ConfigError(
                f"The reference scale was made by {given.method!r}, and this history is by {method!r}. "
                "Points of different methods do not compare; make the reference with the same method."
            )
        return "given", given
    if given not in get_args(Frozen):
        raise ConfigError(f"reference is {given!r}. {nearest(given, get_args(Frozen))} Or give Scores.")
    return given, None


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
    values: FloatArray,
    natural: FloatArray,
    chosen: IntArray,
    ids: pl.Series,
    scale: Scale,
    reference: Reference,
    own: Reference,
) -> pl.DataFrame:
    """Return the rows of the chosen people who are present."""
    present, at = chosen[moment.present[chosen]], _numbers(moment, chosen)
    higher = np.array([np.count_nonzero(values > value) for value in values[at]], dtype=np.float64)
    tied = np.array([np.count_nonzero(values == value) for value in values[at]], dtype=np.float64)
    rank = higher + (tied + 1.0) / 2.0
    return pl.DataFrame(
        {
            "time": [moment.time] * len(present),
            "id": ids.gather(present),
            "raw": values[at],
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
