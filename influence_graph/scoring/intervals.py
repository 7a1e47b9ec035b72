"""Intervals: how far scores could lie from what was measured, had other actors happened to act.

The bootstrap of :mod:`influence_graph.bootstrap` gives each person b replicates of the raw value. Their
quantiles, taken on the logarithm, are the interval of the raw value; the scale is frozen at the score itself,
so points inherit them. What is left out: acts that depend on one another across actors, such as everybody's
reactions to one lucky post. Where those matter, intervals are too narrow.

Rank ranges hold for the top k at once (Mogstad, Romano, Shaikh & Wilhelm 2024, section 3): each of them is
compared with everybody near on ln(1 + raw), all differences get one critical value, and the rank can be no
better than one plus those surely above, no worse than n minus those surely below.
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

#: People whose ranks get a range.
TOP = 100
#: Of the people next in rank, with how many each of the top is compared pair by pair.
CONTENDERS = 2_000
#: Fewer replicates than this say nothing about an interval.
LEAST = 20


def check_uncertainty(entry: Method, uncertainty: Any, replicates: int, confidence: float) -> None:
    """Raise a ConfigError unless the method has the interval asked for."""
    if uncertainty not in (None, "bootstrap", "own"):
        raise ConfigError(f"uncertainty is {uncertainty!r}, but it should be None, 'bootstrap' or 'own'.")
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < LEAST:
        raise ConfigError(f"replicates is {replicates!r}, but it should be a whole number, {LEAST} or more.")
    if not 0.0 < confidence < 1.0:
        raise ConfigError(f"confidence is {confidence!r}, but it should be between 0 and 1, such as 0.95.")
    if uncertainty == "bootstrap" and entry.replicates is None:
        raise ConfigError(
            f"{entry.name} has no valid interval by bootstrap: it does not say how its values vary with who "
            "happened to act. Leave uncertainty out, or take a method that has one, such as 'reactors', "
            "'engagement', 'pagerank' or 'multinetwork'."
        )


def own_intervals(scores: Scores, raw: Raw, confidence: float) -> Scores:
    """Return the scores with the interval that the method gave itself: that of its sampling alone."""
    if raw.low is None or raw.high is None:
        raise ConfigError(
            f"{scores.method} does not sample, so it has no interval of its own. Use uncertainty='bootstrap'."
        )
    if "confidence" not in scores.parameters:
        confidence = float("nan")
    nobody = np.full(len(scores.raw), np.nan)
    return _with_intervals(scores, raw.low, raw.high, nobody, nobody, confidence, 0)


def bootstrap(
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
        Of a method that declares its replicates.
    replicates : int
        How many; 4·n bytes each, twice that for people without a reaction.
    confidence : float
        Chance with which an interval should hold its value.
    seed : numpy.random.SeedSequence
        Spawns one stream a replicate.

    Returns
    -------
    Scores
        With ``intervals``. An interval always holds the measured value.
    """
    entry = get_method(scores.method)
    values, low, high = resample(
        graph, entry, scores.raw, scores.parameters, replicates=replicates, confidence=confidence, seed=seed
    )
    rank_low, rank_high = _rank_ranges(values, scores, low, high, confidence)
    return _with_intervals(scores, low, high, rank_low, rank_high, confidence, replicates)


def resample(
    graph: InfluenceGraph,
    entry: Method,
    raw: FloatArray,
    parameters: Mapping[str, Any],
    *,
    replicates: int,
    confidence: float,
    seed: np.random.SeedSequence,
) -> tuple[Float32Array, FloatArray, FloatArray]:
    """Return the raw values of all replicates, shape (n, replicates), and both ends of each interval."""
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
    # Who has no reaction may never have one.
    below[idle] = _quantiles(seen, confidence)[0]
    return values, np.minimum(below, raw), np.maximum(above, raw)


def _quantiles(values: Any, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the quantiles of each row at both tails, interpolated on the logarithm.

    The p-quantile of b replicates stands at p·(b + 1), so that b of them hold what their share says.
    """
    b = values.shape[1]
    tail = (1.0 - confidence) / 2.0
    ordered = np.sort(values, axis=1)
    found = []
    for p in (tail, 1.0 - tail):
        at = min(max(p * (b + 1) - 1.0, 0.0), b - 1.0)
        left, right = int(np.floor(at)), int(np.ceil(at))
        a, c = ordered[:, left].astype(np.float64), ordered[:, right].astype(np.float64)
        with np.errstate(divide="ignore"):
            between = np.exp((right - at) * np.log(a) + (at - left) * np.log(c)) if right > left else a
        found.append(np.where(a > 0.0, between, 0.0))
    return found[0], found[1]


def _rank_ranges(
    values: Any, scores: Scores, low: FloatArray, high: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    n, b = values.shape
    best, worst = np.full(n, np.nan), np.full(n, np.nan)
    order = np.argsort(-scores.raw, kind="stable")
    top, near = order[:TOP], order[:CONTENDERS]
    far_high = np.sort(high[order[CONTENDERS:]])
    # As on the log scale, ln(1 + r): the logarithm of next to nothing has tails that would drown all others.
    # A share's unit is one of the whole population.
    factor = len(scores.raw) if get_method(scores.method).unit == "share" else 1.0
    logs = np.log1p(factor * values[near].astype(np.float64))
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
    entry = get_method(scores.method)
    points = [
        to_points(entry.natural(raw), scores.scaled, reference=scores.reference)  # type: ignore[arg-type]
        for raw in (raw_low, raw_high)
    ]
    intervals = Intervals(
        raw_low, raw_high, points[0], points[1], rank_low, rank_high, confidence, replicates
    )
    return dataclasses.replace(scores, intervals=intervals)
