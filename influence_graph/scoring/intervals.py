"""Confidence intervals of scores: sampling variability over actors (bootstrap).

The bootstrap of :mod:`influence_graph.bootstrap` gives b replicates of each raw value. Their quantiles,
interpolated on the logarithm, are the interval of the raw value; the scale is frozen at that of the point
estimates and maps them to points. Dependence between actors, such as many reactions to one popular post, is
not modelled: where it matters, intervals are too narrow.

Intervals of ranks hold simultaneously for the top 100 (Mogstad, Romano, Shaikh & Wilhelm 2024, section 3):
each of them is compared with every near contender on ln(1 + raw), all differences share one critical value,
and the rank is no better than one plus the number of people significantly above, and no worse than n minus
the number significantly below.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import draw_replicates
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Method, Raw, get_method
from influence_graph.scoring._scale import scale as to_points
from influence_graph.scoring.scores import Intervals, Scores

Float32Array: TypeAlias = npt.NDArray[np.float32]

#: Number of people whose ranks get an interval.
TOP = 100
#: Number of people, by rank, to whom each of the top is compared pair by pair.
CONTENDERS = 2_000
#: The least number of replicates.
LEAST = 20


def interval_levels(confidence: float) -> tuple[float, float]:
    """Return the levels of both quantiles of a central interval: (1 − confidence)/2 and 1 minus that.

    Every interval made of replicates takes its levels from here.

    Examples
    --------
    >>> interval_levels(0.5)
    (0.25, 0.75)
    """
    tail = (1.0 - confidence) / 2.0
    return tail, 1.0 - tail


def check_uncertainty(entry: Method, uncertainty: Any, replicates: int, confidence: float) -> None:
    """Raise a ConfigError unless the method has this interval and its parameters are in range."""
    if uncertainty not in (None, "bootstrap", "own"):
        raise ConfigError(f"uncertainty is {uncertainty!r}, but it should be None, 'bootstrap' or 'own'.")
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < LEAST:
        raise ConfigError(f"replicates is {replicates!r}, but it should be an integer, {LEAST} or more.")
    if not 0.0 < confidence < 1.0:
        raise ConfigError(f"confidence is {confidence!r}, but it should be between 0 and 1, such as 0.95.")
    if uncertainty == "bootstrap" and entry.replicates is None:
        raise ConfigError(
            f"{entry.name} has no valid interval by bootstrap: it declares no replicates. Leave uncertainty "
            "out, or use a method that declares them, such as 'reactors', 'engagement' or 'pagerank'."
        )


def own_intervals(scores: Scores, raw: Raw, confidence: float) -> Scores:
    """Return the scores with the method's own interval: the Monte Carlo error of a method that samples."""
    if raw.low is None or raw.high is None:
        raise ConfigError(
            f"{scores.method} does not sample, so it has no interval of its own. Use uncertainty='bootstrap'."
        )
    if "confidence" not in scores.parameters:
        confidence = float("nan")
    unranked = np.full(len(scores.raw), np.nan)
    return _with_intervals(scores, raw.low, raw.high, unranked, unranked, confidence, 0)


def bootstrap_intervals(
    graph: InfluenceGraph,
    scores: Scores,
    *,
    replicates: int = 100,
    confidence: float = 0.95,
    seed: np.random.SeedSequence,
) -> Scores:
    """Return the scores with bootstrap intervals.

    Parameters
    ----------
    graph : InfluenceGraph
        The graph that was scored.
    scores : Scores
        Scores of that graph by a method that declares its replicates.
    replicates : int
        Number of replicates; 4·n bytes each, twice that for people without a reaction.
    confidence : float in (0, 1)
        Confidence level.
    seed : numpy.random.SeedSequence
        Spawns one stream a replicate.

    Returns
    -------
    Scores
        With ``intervals``. An interval always contains the point estimate. O(n·replicates·log replicates)
        besides the replicates themselves.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import score
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> plain = score(graph, "reactors")
    >>> intervals = bootstrap_intervals(graph, plain, seed=np.random.SeedSequence(1)).intervals
    >>> bool(intervals.raw_low[0] < plain.raw[0] < intervals.raw_high[0])
    True
    """
    entry = get_method(scores.method)
    values, low, high = raw_intervals(
        graph, entry, scores.raw, scores.parameters, replicates=replicates, confidence=confidence, seed=seed
    )
    rank_low, rank_high = _rank_intervals(values, scores, low, high, confidence)
    return _with_intervals(scores, low, high, rank_low, rank_high, confidence, replicates)


def raw_intervals(
    graph: InfluenceGraph,
    entry: Method,
    raw: FloatArray,
    parameters: Mapping[str, Any],
    *,
    replicates: int,
    confidence: float,
    seed: np.random.SeedSequence,
) -> tuple[Float32Array, FloatArray, FloatArray]:
    """Return the raw values of all replicates and both bounds of each person's interval.

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    entry : Method
        A method that declares its replicates.
    raw : ndarray of float64, shape (n,)
        The point estimates.
    parameters : mapping
        All parameters of the method.
    replicates, confidence, seed
        As for :func:`bootstrap_intervals`.

    Returns
    -------
    values : ndarray of float32, shape (n, replicates)
        Raw values by replicate.
    low, high : ndarray of float64, shape (n,)
        Bounds, with low ≤ raw ≤ high.
    """
    assert entry.replicates is not None
    of_draws = entry.replicates(graph, raw, dict(parameters))
    idle = np.flatnonzero(np.bincount(graph.adjacency.indices, minlength=graph.n) == 0)
    values = np.empty((graph.n, replicates), dtype=np.float32)
    seen = np.empty((len(idle), replicates), dtype=np.float32)
    done = 0
    for draws in draw_replicates(graph.n, replicates, seed):
        part = of_draws(draws)
        columns = slice(done, done + part.all.shape[1])
        values[:, columns], seen[:, columns] = part.all, part.seen[idle]
        done = columns.stop
    below, above = _quantiles(values, confidence)
    # Without a reaction so far the lower bound is that without the unseen actors.
    below[idle] = _quantiles(seen, confidence)[0]
    return values, np.minimum(below, raw), np.maximum(above, raw)


def _quantiles(values: Any, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the quantiles of each row at both levels, interpolated on the logarithm.

    Shape (n, b) to two arrays of shape (n,). The p-quantile is order statistic p·(b + 1): "weibull" in NumPy.
    """
    b = values.shape[1]
    ordered = np.sort(values, axis=1)
    found = []
    for level in interval_levels(confidence):
        at = min(max(level * (b + 1) - 1.0, 0.0), b - 1.0)
        left, right = int(np.floor(at)), int(np.ceil(at))
        a, c = ordered[:, left].astype(np.float64), ordered[:, right].astype(np.float64)
        with np.errstate(divide="ignore"):
            between = np.exp((right - at) * np.log(a) + (at - left) * np.log(c)) if right > left else a
        found.append(np.where(a > 0.0, between, 0.0))
    return found[0], found[1]


def _rank_intervals(
    values: Any, scores: Scores, low: FloatArray, high: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Return simultaneous intervals of the ranks of the top; NaN for the others. O(TOP·CONTENDERS·b)."""
    n, b = values.shape
    best, worst = np.full(n, np.nan), np.full(n, np.nan)
    order = np.argsort(-scores.raw, kind="stable")
    top, near = order[:TOP], order[:CONTENDERS]
    far_high = np.sort(high[order[CONTENDERS:]])
    # ln(1 + r), as on the log scale: ln r of values near zero would dominate the critical value.
    logs = np.log1p(scores.unit.of(values[near].astype(np.float64), at=near))
    middle = logs.mean(axis=1)
    spread = np.empty((len(top), len(near)))
    largest = np.zeros(b)
    for j in range(len(top)):
        apart = logs[j] - logs
        apart -= apart.mean(axis=1, keepdims=True)
        spread[j] = np.sqrt((apart * apart).sum(axis=1) / (b - 1))
        apart /= np.where(spread[j] > 0.0, spread[j], np.inf)[:, None]
        np.maximum(largest, np.abs(apart).max(axis=0), out=largest)
    critical = np.quantile(largest, confidence, method="higher")
    for j, person in enumerate(top):
        margin = critical * spread[j]
        distance = middle - middle[j]
        best[person] = 1 + np.count_nonzero(distance > margin)
        # People beyond the contenders who are not surely below.
        reach = len(far_high) - np.searchsorted(far_high, low[person], side="left")
        worst[person] = len(near) - np.count_nonzero(-distance > margin) + reach
    return best, worst


def _with_intervals(
    scores: Scores,
    raw_low: FloatArray,
    raw_high: FloatArray,
    rank_low: FloatArray,
    rank_high: FloatArray,
    confidence: float,
    replicates: int,
) -> Scores:
    points = [
        to_points(scores.unit.of(raw), scores.scaled, reference=scores.reference)  # type: ignore[arg-type]
        for raw in (raw_low, raw_high)
    ]
    intervals = Intervals(
        raw_low, raw_high, points[0], points[1], rank_low, rank_high, confidence, replicates
    )
    return dataclasses.replace(scores, intervals=intervals)
