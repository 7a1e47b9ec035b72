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
from influence_graph.errors import DataError, nearest
from influence_graph.methods.natural_unit import OWN_VALUE, NaturalUnit
from influence_graph.methods.ties import merge_ties
from influence_graph.scoring._scale import Reference, Scale
from influence_graph.scoring._scale import scale as to_points
from influence_graph.scoring.aligned import aligned_values
from influence_graph.tabular import Tabular
from influence_graph.visible import frame_html, frame_text


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
class Scores(Tabular):
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

    @classmethod
    def from_values(
        cls,
        graph: Any,
        values: Any,
        *,
        name: str = "values",
        scale: Scale = "log",
        unit: NaturalUnit | None = None,
        resolution: float = 0.0,
    ) -> Scores:
        """Make scores of numbers from elsewhere: of NetworkX or igraph, a column, a model of one's own.

        They compare, scale and plot like those of a method.

        Parameters
        ----------
        graph : InfluenceGraph
            n people.
        values : mapping of id to number, array_like of shape (n,), or frame with ``id`` and one more column
            One finite number ≥ 0 for each person. An array is in the order of ``graph.ids``; a mapping or a
            frame, in which everybody is there once, in any order.
        name : str
            What to call them.
        scale : {"log", "quantile", "linear"}
            How they become points.
        unit : NaturalUnit, optional
            What 1 means. None: the largest value of shares that sum to 1 is n·x, anything else itself.
        resolution : float
            Values no further apart than this tie.

        Returns
        -------
        Scores
            O(n log n).

        Raises
        ------
        DataError
            If a person has no value, or somebody has one who is not in the graph, or one is no finite
            number ≥ 0.

        Examples
        --------
        >>> import polars as pl
        >>> from influence_graph import InfluenceGraph
        >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
        >>> Scores.from_values(graph, {"a": 9, "b": 1, "c": 0}, name="mine").score.round(1)
        array([100. ,  30.8,   1. ])
        """
        raw = aligned_values(graph, values, name)
        unit = unit or (
            NaturalUnit("the average person", factor=float(len(raw)))
            if len(raw) and abs(raw.sum() - 1.0) < 1e-6
            else OWN_VALUE
        )
        natural = unit.of(merge_ties(raw, resolution))
        frozen = Reference(np.sort(natural), method=name)
        points = to_points(natural, scale, reference=frozen)
        return cls(
            graph.ids, raw, points, name, {}, scale, {}, frozen, graph.fingerprint, unit=unit,
            resolution=resolution,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.raw)

    def __contains__(self, person: object) -> bool:
        return person in self._places

    def __getitem__(self, person: Any) -> dict[str, Any]:
        """Return the row of one person: ``scores["ann"]["rank"]``.

        Raises
        ------
        DataError
            If the person has no score; the message names those most alike.
        """
        place = self._places.get(person)
        if place is None:
            alike = list(self._places)[:100_000]
            raise DataError(
                f"{person!r} is not among the {len(self):,} people scored. {nearest(person, alike)}"
            )
        return self.frame.row(place, named=True)

    @cached_property
    def _places(self) -> dict[Any, int]:
        return {person: place for place, person in enumerate(self.ids.to_list())}

    def join(self, frame: Any, *, on: str = "id") -> pl.DataFrame:
        """Return the frame with the columns of the scores beside each person, in its order.

        Parameters
        ----------
        frame : frame
            polars, pandas, or anything with the Arrow PyCapsule interface.
        on : str
            Its column of ids. A person without a score gets nulls.

        Raises
        ------
        DataError
            If there is no such column, or its ids are of another type.
        """
        given = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
        if on not in given.columns:
            raise DataError(f"The frame has no column {on!r}. {nearest(on, given.columns)}")
        people = given[on]
        if people.dtype.is_integer():
            given = given.with_columns(people.cast(pl.Int64))
        if given[on].dtype != self.ids.dtype:
            raise DataError(
                f"The column {on!r} holds {people.dtype}, and the ids of the scores are {self.ids.dtype}. "
                f"Cast it: frame.with_columns(pl.col({on!r}).cast(pl.{self.ids.dtype}))."
            )
        return given.join(
            self.frame, left_on=on, right_on="id", how="left", maintain_order="left", suffix="_score"
        )

    def by_group(self, groups: Any, *, top: float = 0.1) -> pl.DataFrame:
        """Return one row a group of people: how many, and how high they rank.

        Parameters
        ----------
        groups : mapping of id to group, or frame with ``id`` and one more column
            Communities, parties, countries. People without a group are left out.
        top : float in (0, 1)
            Which share of all people counts as the top.

        Returns
        -------
        polars.DataFrame
            ``group``, ``people``, ``median_score``, ``median_percentile``, ``share_in_top`` (of the group's
            people), ``best`` (the id of its highest); largest group first.
        """
        if isinstance(groups, Mapping):
            groups = {"id": list(groups), "group": list(groups.values())}
        given = groups if isinstance(groups, pl.DataFrame) else pl.DataFrame(groups)
        others = [name for name in given.columns if name != "id"]
        if "id" not in given.columns or len(others) != 1:
            raise DataError(
                f"groups has the columns {given.columns}; expected 'id' and one more, the group. "
                "Select them: frame.select('id', 'community')."
            )
        joined = self.join(given.rename({others[0]: "group"})).drop_nulls(["group", "rank"])
        limit = top * len(self)
        return (
            joined.sort("rank", "id")
            .group_by("group")
            .agg(
                people=pl.len(),
                median_score=pl.col("score").median(),
                median_percentile=pl.col("percentile").median(),
                share_in_top=(pl.col("rank") <= limit).mean(),
                best=pl.col("id").first(),
            )
            .sort("people", "group", descending=[True, False])
        )

    def _main_table(self) -> pl.DataFrame:
        return self.frame.sort("rank", "id")

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
        notes = "".join(f"\n{name}: {value}" for name, value in self.diagnostics.items())
        return f"{self._described()}\n{frame_text(self.top())}{notes}"

    def _repr_html_(self) -> str:
        notes = ", ".join(f"{name}: {value}" for name, value in self.diagnostics.items())
        return f"<p>{html.escape(self._described())}</p>{frame_html(self.top())}<p>{html.escape(notes)}</p>"
