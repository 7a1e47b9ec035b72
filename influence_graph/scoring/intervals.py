"""Confidence intervals of scores: sampling variability over episodes (bootstrap).

The bootstrap of :mod:`influence_graph.bootstrap` gives b replicates of each natural value. Their quantiles on
ln(1 + value) are the interval of the value; the scale is frozen at that of the point estimates and maps them
to points. Confidence sets of ranks are made from pairwise differences of replicates of the same draws, to
which nothing unobserved is added, by :mod:`influence_graph.scoring.rank_sets`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import Draw, Float32Array, Replicates, reactors_of, replicated, replicated_logs
from influence_graph.episodes import Episodes, episodes_of
from influence_graph.errors import ConfigError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.limits import check_limits
from influence_graph.methods import EdgesOnly, Method, NaturalUnit, Raw, get_method
from influence_graph.scoring._scale import scale as to_points
from influence_graph.scoring.rank_sets import Ranks, compared_with, rank_sets
from influence_graph.scoring.scores import Intervals, Scores

#: Number of people, by rank, whose ranks get a confidence set unless others are named.
TOP = 100
#: The least number of replicates.
LEAST = 20
_ROWS = 1 << 16


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


def check_uncertainty(
    entry: Method, uncertainty: Any, replicates: int, confidence: float, ranks: str = "marginal"
) -> None:
    """Raise a ConfigError unless the method has this interval and its parameters are in range."""
    if uncertainty not in (None, "bootstrap", "own"):
        raise ConfigError(f"uncertainty is {uncertainty!r}, but it should be None, 'bootstrap' or 'own'.")
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < LEAST:
        raise ConfigError(f"replicates is {replicates!r}, but it should be an integer, {LEAST} or more.")
    check_limits({"replicates": replicates})
    if not 0.0 < confidence < 1.0:
        raise ConfigError(f"confidence is {confidence!r}, but it should be between 0 and 1, such as 0.95.")
    if ranks not in get_args(Ranks):
        raise ConfigError(f"ranks is {ranks!r}. {nearest(ranks, get_args(Ranks))}")
    if uncertainty == "bootstrap" and not entry.reads_edges:
        raise ConfigError(
            f"{entry.name} has no interval by bootstrap: no reaction changes its values. Leave uncertainty "
            "out, or use a method of reactions, such as 'reactors', 'engagement' or 'pagerank'."
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
    bounds = raw.low, raw.high
    return _with_intervals(
        scores, bounds, [raw.unit.of(end) for end in bounds], unranked, unranked, confidence, 0
    )


def bootstrap_intervals(
    graph: InfluenceGraph,
    scores: Scores,
    *,
    replicates: int = 100,
    confidence: float = 0.95,
    seed: np.random.SeedSequence,
    ranks: Ranks = "marginal",
    people: Sequence[Any] | None = None,
) -> Scores:
    """Return the scores with bootstrap intervals.

    Parameters
    ----------
    graph : InfluenceGraph
        The graph that was scored.
    scores : Scores
        Scores of that graph.
    replicates : int
        Number of replicates; 4·n bytes each.
    confidence : float in (0, 1)
        Confidence level.
    seed : numpy.random.SeedSequence
        Spawns one stream a replicate.
    ranks : {"marginal", "simultaneous"}
        Whether the confidence set of each rank holds with this confidence, or all of them together do.
    people : sequence of ids, optional
        Whose ranks get a confidence set. None: the ``TOP`` highest.

    Returns
    -------
    Scores
        With ``intervals``. An interval always contains the point estimate. O(n·replicates·log replicates),
        and O(k·n·replicates) for the ranks of k people, besides the replicates themselves.

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
    entry, natural, n = get_method(scores.method), scores.natural, len(scores.raw)
    episodes = episodes_of(graph)
    prepared = replicates_of(entry, scores.parameters, episodes)
    chosen = np.argsort(-natural, kind="stable")[:TOP] if people is None else graph.positions(people)
    rows = np.union1d(compared_with(reactors_of(episodes)), chosen)
    logs, roots = replicated(prepared, episodes, natural, count=replicates, seed=seed, ranked=rows)
    low, high = natural_bounds(logs, natural, confidence, prepared, episodes)
    del logs
    caused = natural if prepared.caused is None else prepared.caused(natural)
    sets = rank_sets(
        roots,
        rows,
        natural,
        chosen,
        reactors=reactors_of(episodes),
        caused=caused,
        confidence=confidence,
        ranks=ranks,
    )
    rank_low, rank_high = np.full((2, n), np.nan)
    rank_low[chosen], rank_high[chosen] = sets
    raw = _raw_bounds((low, high), scores.raw, scores.unit)
    return _with_intervals(scores, raw, [low, high], rank_low, rank_high, confidence, replicates)


def raw_intervals(
    graph: InfluenceGraph,
    entry: Method,
    raw: Raw,
    parameters: Mapping[str, Any],
    *,
    replicates: int,
    confidence: float,
    seed: np.random.SeedSequence,
) -> tuple[FloatArray, FloatArray]:
    """Return both bounds of each person's raw value.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, with its log.
    entry : Method
        The method.
    raw : Raw
        What it returned for the graph.
    parameters : mapping
        All parameters of the method.
    replicates, confidence, seed
        As for :func:`bootstrap_intervals`.

    Returns
    -------
    low, high : ndarray of float64, shape (n,)
        With low ≤ raw value ≤ high.
    """
    episodes = episodes_of(graph)
    prepared = replicates_of(entry, parameters, episodes)
    logs = replicated_logs(prepared, episodes, raw.natural, count=replicates, seed=seed)
    return _raw_bounds(
        natural_bounds(logs, raw.natural, confidence, prepared, episodes), raw.values, raw.unit
    )


def _raw_bounds(
    natural: tuple[FloatArray, FloatArray], values: FloatArray, unit: NaturalUnit
) -> tuple[FloatArray, FloatArray]:
    """Return natural bounds as raw bounds, which contain the values in spite of rounding."""
    low, high = (unit.to_raw(end) for end in natural)
    return np.minimum(low, values), np.maximum(high, values)


def replicates_of(entry: Method, parameters: Mapping[str, Any], episodes: Episodes) -> Replicates:
    """Return the replicates of a method: those that it declares, or the method itself on replicate graphs.

    The second way needs nothing of the method. Its replicates are centred, as a graph in which a third of the
    pairs is absent has fewer paths than the log; and no reactions are added that were not seen.

    Parameters
    ----------
    entry : Method
        Any method.
    parameters : mapping
        All parameters of the method.
    episodes : Episodes
        Those of the graph that was scored.
    """
    declared = None if entry.replicates is None else entry.replicates(episodes, parameters)
    if declared is not None:
        return declared
    graph, needs = episodes.graph, entry.needed(parameters)

    def values(draw: Draw) -> FloatArray:
        part = episodes.replicate(draw.multiplicity, edges_only=not needs)
        if not needs:
            part = EdgesOnly.of(graph.ids, part.adjacency, graph.weighting, method=entry.name)
        sampling = {"rng": draw.stream()} if entry.samples else {}
        return entry.function(part, **parameters, **sampling).natural

    return Replicates(values, caused=None, centred=True, threaded=False)


def natural_bounds(
    logs: Float32Array, natural: FloatArray, confidence: float, prepared: Replicates, episodes: Episodes
) -> tuple[FloatArray, FloatArray]:
    """Return both bounds of each person's interval, in the natural unit.

    Parameters
    ----------
    logs : ndarray of float32, shape (n, b)
        ln(1 + natural value) by replicate.
    natural : ndarray of float64, shape (n,)
        The point estimates.
    confidence : float
        Confidence level.
    prepared : Replicates
        What ``logs`` were made by.
    episodes : Episodes
        Those of the graph.

    Returns
    -------
    low, high : ndarray of float64, shape (n,)
        With low ≤ natural ≤ high.
    """
    low, high = (np.expm1(end) for end in _quantiles(logs, confidence))
    if prepared.caused is not None:
        low[reactors_of(episodes) == 0] = 0.0
    return np.minimum(low, natural), np.maximum(high, natural)


def _quantiles(values: Any, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the quantiles of each row at both levels: order statistic p·(b + 1), "weibull" in NumPy.

    Shape (n, b) to two arrays of shape (n,), a block of rows at a time.
    """
    n, levels = len(values), interval_levels(confidence)
    found = np.empty((2, n))
    for first in range(0, n, _ROWS):
        block = values[first : first + _ROWS].astype(np.float64)
        found[:, first : first + _ROWS] = np.quantile(block, levels, axis=1, method="weibull")
    return found[0], found[1]


def _with_intervals(
    scores: Scores,
    raw: Sequence[FloatArray],
    natural: Sequence[FloatArray],
    rank_low: FloatArray,
    rank_high: FloatArray,
    confidence: float,
    replicates: int,
) -> Scores:
    points = [
        to_points(end, scores.scaled, reference=scores.reference)  # type: ignore[arg-type]
        for end in natural
    ]
    intervals = Intervals(raw[0], raw[1], points[0], points[1], rank_low, rank_high, confidence, replicates)
    return dataclasses.replace(scores, intervals=intervals)
