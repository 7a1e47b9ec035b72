"""Comparison of methods by their rankings of the same people."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from numbers import Integral, Real
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation import rank_agreement as agreement
from influence_graph.scoring.intervals import interval_levels
from influence_graph.scoring.scores import Scores

MEASURES = ("kendall_tau_b", "spearman", "top_k_overlap", "rank_biased_overlap")
_DISPLAY: Mapping[str, Any] = {
    "tbl_hide_dataframe_shape": True,
    "tbl_hide_column_data_types": True,
    "float_precision": 3,
    "tbl_rows": 40,
}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Agreement of methods on who is influential.

    Attributes
    ----------
    table : polars.DataFrame
        One row per pair of methods and measure: ``a``, ``b``, ``measure``, ``value``, and the bounds of its
        interval, ``low`` and ``high``.
    movers : polars.DataFrame
        The people with the largest difference of percentiles: ``a``, ``b``, ``id``, ``percentile_a``,
        ``percentile_b``, ``change`` = percentile_b − percentile_a, largest absolute change first.
    people : int
        Number of people ranked.
    settings : mapping
        ``k``, ``persistence``, ``resamples``, ``confidence``.
    """

    table: pl.DataFrame
    movers: pl.DataFrame
    people: int
    settings: Mapping[str, Any]

    def _heading(self) -> str:
        how = self.settings
        return (
            f"Agreement over {self.people:,} people, top k = {min(how['k'], self.people):,}, "
            f"{how['confidence']:.0%} intervals by resampling people {how['resamples']} times"
        )

    def __repr__(self) -> str:
        with pl.Config(**_DISPLAY):
            return f"{self._heading()}\n{self.table}\nFurthest apart, in percentiles\n{self.movers.head(10)}"

    def _repr_html_(self) -> str:
        with pl.Config(**_DISPLAY):
            table, movers = self.table._repr_html_(), self.movers.head(10)._repr_html_()
        return f"<p>{html.escape(self._heading())}</p>{table}<p>Furthest apart, in percentiles</p>{movers}"


def compare(
    scores: Mapping[str, Scores],
    *,
    k: int = 100,
    persistence: float = 0.98,
    resamples: int = 200,
    confidence: float = 0.95,
    movers: int = 10,
    rng: np.random.Generator | int | None = 0,
) -> Comparison:
    """Compare every pair of scores by rank and percentile, never by points.

    Kendall's tau-b, Spearman's rho, the overlap of the top k and rank-biased overlap, each with a percentile
    interval from resampling people with replacement. :mod:`influence_graph.evaluation.rank_agreement`
    documents how each measure treats ties.

    Parameters
    ----------
    scores : mapping of str to Scores
        At least two, of the same people.
    k : int
        Number of people that are the top.
    persistence : float in (0, 1)
        Parameter p of rank-biased overlap.
    resamples : int
        Number of bootstrap replicates; with 0, ``low`` and ``high`` are null.
    confidence : float in (0, 1)
        Confidence level of the intervals.
    movers : int
        Number of people to list per pair of methods.
    rng : Generator, int or None
        Source of randomness (SPEC 7); every replicate has its own stream.

    Returns
    -------
    Comparison
        In O(pairs · resamples · n log n).

    Raises
    ------
    DataError
        If there are fewer than two scores, or they are of different people.
    ConfigError
        If a parameter is out of range.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph, score
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> graph = InfluenceGraph.from_edges(edges)
    >>> both = {name: score(graph, name) for name in ("pagerank", "engagement")}
    >>> compare(both, k=1, resamples=0).table["value"].to_list()
    [1.0, 1.0, 1.0, 1.0]
    """
    _check(scores, k, persistence, resamples, confidence, movers)
    ids = next(iter(scores.values())).ids
    codes = {name: agreement.dense_codes(one.raw) for name, one in scores.items()}
    # One stream per replicate, and the same replicates for every pair.
    streams = np.random.SeedSequence(int(np.random.default_rng(rng).integers(2**63))).spawn(resamples)
    rows: list[tuple[Any, ...]] = []
    apart: list[pl.DataFrame] = []
    for a, b in combinations(scores, 2):
        order = np.argsort(codes[a], kind="stable")

        def measured(counts: IntArray, a: str = a, b: str = b, order: IntArray = order) -> list[float]:
            pair = codes[a], codes[b], counts
            return [
                agreement.tau_b_in_order(order, *pair),
                agreement.spearman_of_codes(*pair),
                agreement.overlap_of_codes(*pair, k),
                agreement.rank_biased_of_codes(*pair, persistence),
            ]

        values = measured(np.ones(len(ids), np.int64))
        low: Any = [None] * 4
        high: Any = [None] * 4
        if resamples:
            drawn = np.array([measured(_draw(len(ids), seed)) for seed in streams]).T
            # A replicate in which a ranking is constant has no correlation.
            low, high = zip(*(_interval(one[np.isfinite(one)], confidence) for one in drawn), strict=True)
        rows += zip([a] * 4, [b] * 4, MEASURES, values, low, high, strict=True)
        apart.append(_movers(ids, a, b, scores, movers))
    schema = dict.fromkeys(("a", "b", "measure"), pl.String) | dict.fromkeys(
        ("value", "low", "high"), pl.Float64
    )
    settings = {"k": k, "persistence": persistence, "resamples": resamples, "confidence": confidence}
    return Comparison(pl.DataFrame(rows, schema, orient="row"), pl.concat(apart), len(ids), settings)


def _check(
    scores: Mapping[str, Scores],
    k: int,
    persistence: float,
    resamples: int,
    confidence: float,
    movers: int,
) -> None:
    if not isinstance(scores, Mapping) or not all(isinstance(one, Scores) for one in scores.values()):
        raise DataError(
            f"compare takes a mapping of names to Scores, such as {{'pagerank': score(graph)}}; "
            f"this is a {type(scores).__name__}."
        )
    if len(scores) < 2:
        raise DataError(f"A comparison takes at least two scores; {len(scores)} given.")
    for name, value, good in (
        ("k", k, isinstance(k, Integral) and k >= 1),
        ("persistence", persistence, isinstance(persistence, Real) and 0 < persistence < 1),
        ("resamples", resamples, isinstance(resamples, Integral) and resamples >= 0),
        ("confidence", confidence, isinstance(confidence, Real) and 0 < confidence < 1),
        ("movers", movers, isinstance(movers, Integral) and movers >= 0),
    ):
        if not good:
            raise ConfigError(
                f"compare: {name} is {value!r}, but k should be at least 1, persistence and confidence "
                "between 0 and 1, resamples and movers at least 0; k, resamples and movers integers."
            )
    first, *others = scores.items()
    for name, one in others:
        if not one.ids.equals(first[1].ids):
            raise DataError(
                f"{first[0]!r} ranks {len(first[1].ids):,} people and {name!r} {len(one.ids):,} others. "
                "Score the same graph, or graphs of the same people."
            )
    if not len(first[1].ids):
        raise DataError("These scores have no people to rank. Score a graph that has some.")


def _interval(drawn: FloatArray, confidence: float) -> list[float]:
    return np.quantile(drawn, interval_levels(confidence)).tolist() if len(drawn) else [math.nan, math.nan]


def _draw(n: int, seed: np.random.SeedSequence) -> IntArray:
    return np.bincount(np.random.default_rng(seed).integers(0, n, n), minlength=n).astype(np.int64)


def _movers(ids: pl.Series, a: str, b: str, scores: Mapping[str, Scores], most: int) -> pl.DataFrame:
    people = pl.DataFrame(
        {"id": ids, "percentile_a": scores[a].percentile, "percentile_b": scores[b].percentile}
    ).with_columns(change=pl.col("percentile_b") - pl.col("percentile_a"))
    furthest = people.sort(pl.col("change").abs(), "id", descending=[True, False]).head(most)
    return furthest.select(pl.lit(a).alias("a"), pl.lit(b).alias("b"), pl.all())
