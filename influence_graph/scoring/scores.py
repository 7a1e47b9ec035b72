"""The result of scoring: raw value, points, percentile and rank of each person."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.methods.natural_unit import OWN_VALUE, NaturalUnit
from influence_graph.methods.ties import merge_ties
from influence_graph.scoring._scale import Reference

_DISPLAY: Mapping[str, Any] = {
    "tbl_hide_dataframe_shape": True,
    "tbl_hide_column_data_types": True,
    "float_precision": 4,
}


@dataclass(frozen=True, eq=False)
class Intervals:
    """Confidence intervals of raw values, points and ranks.

    Attributes
    ----------
    raw_low, raw_high : ndarray of float64, shape (n,)
        Interval of the raw value.
    low, high : ndarray of float64, shape (n,)
        Interval of the points, on the frozen scale.
    rank_low, rank_high : ndarray of float64, shape (n,)
        Confidence set of the rank (1 is the highest) of the 100 highest, or of those who were named; NaN for
        the others.
    confidence : float
        Confidence level; NaN if the method's own interval does not follow it.
    replicates : int
        Number of bootstrap replicates; 0 for a method's own interval.
    """

    raw_low: FloatArray
    raw_high: FloatArray
    low: FloatArray
    high: FloatArray
    rank_low: FloatArray
    rank_high: FloatArray
    confidence: float
    replicates: int


@dataclass(frozen=True, eq=False)
class Scores:
    """The influence of all people by one method.

    Points of different methods do not compare; percentiles and ranks do.

    Attributes
    ----------
    ids : polars.Series
        The n people, in the order of the graph.
    raw : ndarray of float64, shape (n,)
        Raw values of the method.
    score : ndarray of float64, shape (n,)
        Points between 1 and 100.
    method : str
        Name of the method.
    parameters : mapping
        All its parameters, defaults included.
    scaled : str
        Name of the scale: "log", "quantile" or "linear".
    diagnostics : mapping
        Iterations, residual, counts.
    reference : Reference
        The scale used; give it to a later ``score`` to make points compare.
    fingerprint : str
        Fingerprint of the graph.
    intervals : Intervals or None
        None unless ``uncertainty`` was given.
    unit : NaturalUnit
        From raw to natural values, and whether these compare between populations.
    resolution : float, or ndarray of float64 of shape (n,)
        Bound on the numerical error of ``raw``: values no further apart tie.
    """

    ids: pl.Series
    raw: FloatArray
    score: FloatArray
    method: str
    parameters: Mapping[str, Any]
    scaled: str
    diagnostics: Mapping[str, Any]
    reference: Reference
    fingerprint: str
    intervals: Intervals | None = None
    unit: NaturalUnit = OWN_VALUE
    resolution: float | FloatArray = 0.0

    @cached_property
    def tied(self) -> FloatArray:
        """Raw values, those no further apart than the resolution being one value, shape (n,)."""
        return merge_ties(self.raw, self.resolution)

    @cached_property
    def natural(self) -> FloatArray:
        """Tied raw values in the natural unit, shape (n,)."""
        return self.unit.of(self.tied)

    @cached_property
    def codes(self) -> IntArray:
        """For each person the number of distinct tied values below theirs: the order, without rounding."""
        return np.unique(self.tied, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def rank(self) -> FloatArray:
        """Rank of the tied raw values: 1 is the highest, ties have their average."""
        _, value, times = np.unique(self.tied, return_inverse=True, return_counts=True)
        return (len(self.tied) - np.cumsum(times) + (times + 1) / 2.0)[value]

    @cached_property
    def percentile(self) -> FloatArray:
        """Share of people below, half of the ties included, in percent: 100·(n − rank + ½)/n."""
        n = max(len(self.raw), 1)
        return 100.0 * (n - self.rank + 0.5) / n

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a person: ``id``, ``raw``, ``score``, ``percentile``, ``rank``.

        With intervals also ``raw_low``, ``raw_high``, ``low`` and ``high`` (of the score), ``rank_low`` and
        ``rank_high`` (null for people whose ranks were not asked for).
        """
        columns = {"raw": self.raw, "score": self.score, "percentile": self.percentile, "rank": self.rank}
        if self.intervals is not None:
            names = ("raw_low", "raw_high", "low", "high", "rank_low", "rank_high")
            columns |= {name: getattr(self.intervals, name) for name in names}
        frame = pl.DataFrame({"id": self.ids, **columns})
        return frame.with_columns(pl.col("^rank_(low|high)$").fill_nan(None))

    def top(self, k: int = 10) -> pl.DataFrame:
        """Return the rows of the k highest people; ties in the order of ids."""
        return self.frame.sort("rank", "id").head(k)

    def _described(self) -> str:
        settings = ", ".join(
            f"{name}={value!r}" for name, value in self.parameters.items() if value is not None
        )
        return f"Scores of {len(self.raw):,} people by {self.method}({settings}), {self.scaled} scale"

    def __repr__(self) -> str:
        with pl.Config(**_DISPLAY):
            notes = "".join(f"\n{name}: {value}" for name, value in self.diagnostics.items())
            return f"{self._described()}\n{self.top()}{notes}"

    def _repr_html_(self) -> str:
        with pl.Config(**_DISPLAY):
            table = self.top()._repr_html_()
        notes = ", ".join(f"{name}: {value}" for name, value in self.diagnostics.items())
        return f"<p>{html.escape(self._described())}</p>{table}<p>{html.escape(notes)}</p>"
