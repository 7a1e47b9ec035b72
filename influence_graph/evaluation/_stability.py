"""How far a score is the same next time: between halves of a period, and between adjacent periods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of, jackknife
from influence_graph.evaluation.log_arrays import Reactions
from influence_graph.evaluation.log_parts import LogParts
from influence_graph.evaluation.origins import auto_horizon, periods
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.scoring.scores import Scores

HALVES, ADJACENT = "halves of a period", "adjacent periods"


def intraclass_correlation(values: npt.ArrayLike) -> float:
    """Return the intraclass correlation ICC(A,1) of n people measured k times: absolute agreement.

    (MS_R − MS_E)/(MS_R + (k − 1)·MS_E + k/n·(MS_C − MS_E)), with the mean squares of rows (people), columns
    (occasions) and error of a two-way analysis of variance (McGraw & Wong 1996, case 2; Shrout & Fleiss's
    ICC(2,1)). It is 1 if everybody has the same value each time, and lower also if all values move.

    Parameters
    ----------
    values : array_like, shape (n, k)
        Finite, n ≥ 2, k ≥ 2.

    Returns
    -------
    float
        At most 1; NaN if all values are equal.

    Raises
    ------
    DataError
        If there are fewer than two people or occasions, or a value is not finite.

    Examples
    --------
    >>> shrout_fleiss = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> round(intraclass_correlation(shrout_fleiss), 2)
    0.29
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        raise DataError("An intraclass correlation takes finite values of 2 people or more, 2 times or more.")
    n, k = table.shape
    mean = table.mean()
    rows = k * ((table.mean(axis=1) - mean) ** 2).sum() / (n - 1)
    columns = n * ((table.mean(axis=0) - mean) ** 2).sum() / (k - 1)
    total = ((table - mean) ** 2).sum()
    error = (total - (n - 1) * rows - (k - 1) * columns) / ((n - 1) * (k - 1))
    below = rows + (k - 1) * error + k / n * (columns - error)
    return float((rows - error) / below) if below > 0.0 else float("nan")


def stability(
    log: Interactions,
    build: Callable[[Interactions], InfluenceGraph],
    scored: Callable[[InfluenceGraph], dict[str, Scores]],
    *,
    horizon: timedelta | None = None,
    draws: int = 3,
    folds: int = 40,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
) -> pl.DataFrame:
    """Measure how far points from 1 to 100 are the same in both halves of a period, and in the next period.

    Points are 1 + 99·ln(1 + r)/ln(1 + r_top), r in the natural unit. The intraclass correlation is over
    people who are active (a source) in the period, or in both periods, and is averaged over periods and over
    deals of the episodes into halves. (Among people chosen by a reaction in either half, those with one
    reaction have it in one half and not in the other: the correlation would be negative.)

    Parameters
    ----------
    log : Interactions
        With timestamps.
    build : callable
        From a log to a graph.
    scored : callable
        From a graph to scores by name.
    horizon : timedelta, optional
        Length of a period. Default: :func:`~influence_graph.evaluation.origins.auto_horizon`.
    draws : int
        Deals of the episodes of a period into halves.
    folds : int
        Folds of people for the jackknife. Points are kept: intervals are about who is scored.
    confidence : float in (0, 1)
        Confidence level.
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    DataFrame
        ``method``, ``between`` (:data:`HALVES`, :data:`ADJACENT`), ``value``, ``low``, ``high``, ``periods``,
        ``people`` (distinct). A method that fails on a part has no value there.

    Raises
    ------
    DataError
        If the log has no timestamps, or is shorter than two periods.
    """
    on_folds, on_deals = np.random.SeedSequence(int(np.random.default_rng(rng).integers(2**63))).spawn(2)
    length = horizon or auto_horizon(log)
    reactions = Reactions.of(log)
    moments = periods(reactions.time, length, length, periods=1)
    if not moments:
        raise DataError(f"The log is shorter than one period of {length}. Set a shorter horizon.")
    fold = folds_of(len(reactions.people), min(folds, len(reactions.people)), np.random.default_rng(on_folds))
    pairs: dict[tuple[str, str], list[FloatArray]] = {}
    people: dict[tuple[str, str], list[IntArray]] = {}
    before: tuple[int, IntArray, dict[str, FloatArray]] | None = None
    span = round(length.total_seconds() * 1e6)
    names: dict[str, None] = {}
    for moment, stream in zip(moments, on_deals.spawn(len(moments)), strict=True):
        start, end = (_moment(one) for one in (moment - span, moment))
        active = np.unique(reactions.source[reactions.between(moment - span, moment)])
        graph = build(log.between(start + timedelta(microseconds=1), end + timedelta(microseconds=1)))
        scores = scored(graph)
        names |= dict.fromkeys(scores)
        at = reactions.people.search_sorted(graph.ids).to_numpy()
        now = {name: _natural(one, at, len(reactions.people)) for name, one in scores.items()}
        if before is not None and moment - before[0] <= span:
            in_both = np.intersect1d(before[1], active)
            for name in scores.keys() & before[2].keys():
                both = np.stack([before[2][name], now[name]], axis=1)
                _keep(pairs, people, (name, ADJACENT), both, in_both)
        before = moment, active, now
        for first, second in _halves(graph, list(scores.values()), draws, stream):
            for number, name in enumerate(scores):
                both = np.zeros((len(reactions.people), 2))
                both[at, 0], both[at, 1] = first[number], second[number]
                _keep(pairs, people, (name, HALVES), both, active)
    rows = []
    for name in names:
        for between in (HALVES, ADJACENT):
            tables, who = pairs.get((name, between), []), people.get((name, between), [])
            value = _mean_icc(tables)
            others = [
                _mean_icc([table[fold[at] != number] for table, at in zip(tables, who, strict=True)])
                for number in range(int(fold.max()) + 1)
            ]
            found = jackknife(value, others, confidence=confidence)
            count = len(np.unique(np.concatenate(who))) if who else 0
            high = min(float(found.high), 1.0)  # which no correlation passes
            rows.append((name, between, value, float(found.low), high, len(tables), count))
    columns = ["method", "between", "value", "low", "high", "periods", "people"]
    return pl.DataFrame(rows, columns, orient="row").fill_nan(None)


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _natural(scores: Scores, at: IntArray, n: int) -> FloatArray:
    """Return the natural values of all people of the log, 0 for who is not in the graph."""
    found = np.zeros(n)
    found[at] = scores.natural
    return found


def _halves(
    graph: InfluenceGraph, scores: Sequence[Scores], draws: int, seed: np.random.SeedSequence
) -> list[tuple[FloatArray, FloatArray]]:
    """Return the natural values of all methods on both halves of the episodes, for each deal."""
    parts = LogParts(graph, scores)
    found = []
    for stream in seed.spawn(max(draws, 1)):
        deal, one, two = stream.spawn(3)
        first, second = parts.deal(2, np.random.default_rng(deal))
        found.append((parts.values(first, seed=one).natural, parts.values(second, seed=two).natural))
    return found


def _keep(
    pairs: dict[tuple[str, str], list[FloatArray]],
    people: dict[tuple[str, str], list[IntArray]],
    key: tuple[str, str],
    both: FloatArray,
    who: IntArray,
) -> None:
    """Add the points of some people at two times; NaN: the method failed there."""
    if not np.isfinite(both).all():
        return
    logs = np.log1p(np.maximum(both, 0.0))
    top = logs.max(axis=0)
    if len(who) < 2 or not (top > 0.0).all():
        return
    pairs.setdefault(key, []).append((1.0 + 99.0 * logs / top)[who])
    people.setdefault(key, []).append(who)


def _mean_icc(tables: Sequence[FloatArray]) -> float:
    known = [intraclass_correlation(table) for table in tables if len(table) >= 2]
    return float(np.mean(known)) if known else float("nan")
