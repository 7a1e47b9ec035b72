"""How scores change: the score at regular times over a log, on one scale so that days compare."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.weighting import half_life_seconds
from influence_graph.history.timeline import Moment, Timeline
from influence_graph.history.values_over_time import ValuesOverTime
from influence_graph.interactions.log import Interactions
from influence_graph.methods import get_method
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


@dataclass(frozen=True, eq=False)
class History:
    """Scores of some people over time.

    Attributes
    ----------
    frame : polars.DataFrame
        One row a time and person, from when the log first names them: ``time``, ``id``, ``raw``, ``score``
        (on the frozen scale), ``own`` (points on the scale of that time alone), ``percentile``, ``rank``
        (among those named so far). With intervals also ``raw_low``, ``raw_high``, ``low``, ``high``.
    drift : polars.DataFrame
        How the scale would have moved, one row a time: ``time``, ``people``, ``edges``, ``top`` (the largest
        raw in natural units), ``top_score`` (what 100 at that time is on the frozen scale),
        ``above_reference`` (people above its top, who get 100).
    method : str
        The method.
    parameters : mapping
        All its parameters.
    scaled : str
        How raw values became points.
    every : str
        The step.
    frozen : str
        Which reference: "last", "first", "own" or "given".
    reference : Reference or None
        The frozen scale; None if every time has its own.
    """

    frame: pl.DataFrame
    drift: pl.DataFrame
    method: str
    parameters: Mapping[str, Any]
    scaled: str
    every: str
    frozen: str
    reference: Reference | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, words and lists."""
        return {
            "method": self.method,
            "parameters": dict(self.parameters),
            "scale": self.scaled,
            "every": self.every,
            "reference": self.frozen,
            "history": self.frame.to_dicts(),
            "drift": self.drift.to_dicts(),
        }

    def to_json(self) -> str:
        """Return :meth:`to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, default=str)

    def __str__(self) -> str:
        first, last = self.drift.row(0, named=True), self.drift.row(-1, named=True)
        with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, float_precision=2):
            latest = self.frame.filter(pl.col("time") == last["time"]).sort("rank", "id")
            return (
                f"Scores by {self.method} every {self.every}, {first['time']:%Y-%m-%d %H:%M} to "
                f"{last['time']:%Y-%m-%d %H:%M} UTC, scale frozen: {self.frozen}. "
                f"100 at the start is {first['top_score']:.1f} on it, at the end {last['top_score']:.1f}.\n"
                f"{latest}"
            )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


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
    (and what the method needs) to the first that has seen every row. PageRank starts each time from the
    time before; the edges are brought forward, not built anew. Methods that read more than edges get a
    graph built anew.

    Parameters
    ----------
    log : Interactions, or whatever ``read_interactions`` accepts
        With timestamps.
    method : str
        A registered method.
    every : str or timedelta
        The step: ``"1h"``, ``"1d"``.
    people : iterable of ids, optional
        Whose history. None: the ten who are highest at the end, a choice made with hindsight.
    reference : {"last", "first", "own"}, Reference or Scores
        The scale of all times: that of the last time (its top is known with hindsight, the raw values are
        not touched by it), of the first, one given; or each time's own, on which days do not compare.
    scale : {"log", "quantile", "linear"}
        How raw values become points.
    kinds, other, half_life, saturation
        As in :func:`influence_graph.build_graph`.
    uncertainty, replicates, confidence
        As in :func:`influence_graph.score`: "bootstrap" gives each time an interval, on the same scale, each
        for itself. It costs ``replicates`` scorings a time.
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
        raise ConfigError(f"uncertainty is {uncertainty!r}, but a history has bands by 'bootstrap' only.")
    check_uncertainty(entry, uncertainty, replicates, confidence)
    frozen, fixed = _reference(reference, method)
    weighting: dict[str, Any] = {
        "kinds": kinds, "other": other, "half_life": half_life, "saturation": saturation
    }  # fmt: skip
    timeline = Timeline(log, **weighting)
    times = _times(timeline, every)

    seed = int(np.random.default_rng(rng).integers(2**63))
    at = ValuesOverTime(timeline, entry, resolved, log, weighting, seed if entry.samples else None)

    # The end comes first: it says who is highest, and where the scale ends.
    end = next(at.walk(times[-1:], patient=False), None)
    if end is None:
        raise DataError("The log makes no edge with these weights by kind, so there is no history to score.")
    if people is None:
        there = np.flatnonzero(end[0].present)
        chosen = there[np.lexsort((there, -end[1]))[:MOST_BY_DEFAULT]]
    else:
        chosen = timeline.places(people)
    if frozen == "last":
        fixed = Reference.of(entry.natural(end[1]), method, resolved)

    found: list[pl.DataFrame] = []
    drift: list[tuple[Any, ...]] = []
    for moment, values in chain(at.walk(times[:-1], patient=True), [end]):
        natural = entry.natural(values)
        if fixed is None and frozen == "first":
            fixed = Reference.of(natural, method, resolved)
        own = Reference.of(natural) if scale == "quantile" else Reference(natural.max(keepdims=True))
        of_all = fixed or own
        rows = _people_at(moment, values, natural, chosen, timeline.ids, scale, of_all, own)
        if uncertainty:
            _, *ends = raw_intervals(
                at.graph(moment), entry, values, resolved,
                replicates=replicates, confidence=confidence, seed=np.random.SeedSequence(seed),
            )  # fmt: skip
            who = _numbers(moment, chosen)
            for name, end_of in zip(("low", "high"), ends, strict=True):
                points = to_points(entry.natural(end_of)[who], scale, reference=of_all)
                rows = rows.with_columns(
                    pl.Series(f"raw_{name}", end_of[who], pl.Float64), pl.Series(name, points, pl.Float64)
                )
        found.append(rows)
        top = float(natural.max())
        drift.append(
            (
                moment.time, len(values), int(np.count_nonzero(moment.edges.data)), top,
                float(to_points([top], scale, reference=of_all)[0]), int((natural > of_all.top).sum()),
            )
        )  # fmt: skip
    return History(
        pl.concat(found),
        pl.DataFrame(drift, _DRIFT, orient="row"),
        method, resolved, scale, str(every), frozen, fixed,
    )  # fmt: skip


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
    try:
        seconds = half_life_seconds(every)
    except ConfigError as error:
        raise ConfigError(
            str(error).replace("half_life is", "every is").replace("; None: no decay", "")
        ) from None
    step = round(1e6 * (seconds or 0.0))
    if step < 1:
        raise ConfigError(f"every is {every!r}, but it should be a length of time: '1h', '1d'.")
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
    """Return the rows of the people chosen who have been named by now."""
    there, at = chosen[moment.present[chosen]], _numbers(moment, chosen)
    higher = np.array([np.count_nonzero(values > value) for value in values[at]], dtype=np.float64)
    tied = np.array([np.count_nonzero(values == value) for value in values[at]], dtype=np.float64)
    rank = higher + (tied + 1.0) / 2.0
    return pl.DataFrame(
        {
            "time": [moment.time] * len(there),
            "id": ids.gather(there),
            "raw": values[at],
            "score": to_points(natural[at], scale, reference=reference),
            "own": to_points(natural[at], scale, reference=own),
            "percentile": 100.0 * (len(values) - rank + 0.5) / len(values),
            "rank": rank,
        },
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )


def _numbers(moment: Moment, chosen: IntArray) -> IntArray:
    """Return the positions of those chosen who are present, among all who are."""
    return np.asarray(np.cumsum(moment.present)[chosen[moment.present[chosen]]] - 1)
