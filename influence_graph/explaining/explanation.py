"""One person's score explained, as text, JSON and frames."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from influence_graph.methods.decomposition import FEATURES, REACTIONS
from influence_graph.tabular import Tabular
from influence_graph.visible import visible

_ROWS_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Explanation(Tabular):
    """Where one person's score comes from.

    Attributes
    ----------
    person : int or str
        The id.
    people : int
        How many were scored.
    method : str
        The method.
    parameters : mapping
        All its parameters.
    scaled : str
        How raw values became points.
    raw, score, percentile, rank : float
        As in :class:`Scores`. For PageRank ``raw`` is solved to 1e-12 of itself, closer than the ``tol``
        at which scoring stops.
    by : tuple of str
        The words by which the decomposition is grouped.
    decomposition : polars.DataFrame
        The raw value in parts: ``part`` ("reactions", "features", or what the method calls a part, such as
        "teleport"), a column for each of ``by``, ``value``, ``share``. The values add up to ``raw``.
    attributed_to : str or None
        What the points are attributed to.
    attribution : polars.DataFrame
        ``part``, ``points``: the base of 1, then the Shapley value of each part, which may be
        negative. They add up to ``score``.
    counterfactuals : polars.DataFrame
        ``without`` ("kind", "network", "reactor"), ``part``, ``score``, ``change``: the score that the
        person would have without a part, recomputed on the same scale.
    fingerprint : str
        Of the graph.
    """

    person: int | str
    people: int
    method: str
    parameters: Mapping[str, Any]
    scaled: str
    raw: float
    score: float
    percentile: float
    rank: float
    by: tuple[str, ...]
    decomposition: pl.DataFrame
    attributed_to: str | None
    attribution: pl.DataFrame
    counterfactuals: pl.DataFrame
    fingerprint: str

    def _main_table(self) -> pl.DataFrame:
        return self.decomposition

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, words and lists."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        frames = ("decomposition", "attribution", "counterfactuals")
        values |= {name: getattr(self, name).to_dicts() for name in frames}
        return values | {"by": list(self.by), "parameters": dict(self.parameters)}

    def to_json(self) -> str:
        """Return :meth:`to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, default=str)

    def sentence(self) -> str:
        """Return the score in one sentence."""
        return (
            f"{self.person} has {self.score:.1f} of 100 points by {self.method}: "
            f"rank {self.rank:,.10g} of {self.people:,} (percentile {_cut(self.percentile)})."
        )

    def changes(self) -> list[str]:
        """Return the counterfactuals as text: ``without replies: 43 instead of 57``."""
        found = []
        for row in self.counterfactuals.iter_rows(named=True):
            of = "" if row["without"] == "kind" else f"{row['without']} "
            found.append(f"without {of}{row['part']}: {row['score']:.1f} instead of {self.score:.1f}")
        return found

    def __str__(self) -> str:
        lines = [self.sentence()]
        if self.by:
            lines.append(f"Raw value {self.raw:.6g}, by {', '.join(self.by)}:")
            rows = self.decomposition.head(_ROWS_SHOWN)
            for row in rows.iter_rows(named=True):
                lines.append(f"  {row['value']:>12.6g}  {row['share']:>6.1%}  {part_label(row, self.by)}")
            more = self.decomposition.slice(_ROWS_SHOWN)
            if more.height:
                value, share = float(more["value"].sum()), float(more["share"].sum())
                lines.append(f"  {value:>12.6g}  {share:>6.1%}  {more.height:,} more parts")
        if self.attribution.height:
            lines.append(f"Points by {self.attributed_to} (Shapley values):")
            lines += [f"  {points:>+12.2f}  {part}" for part, points in self.attribution.iter_rows()]
            lines.append(f"  {self.score:>12.2f}  together")
        if self.counterfactuals.height:
            lines.append("Recomputed:")
            lines += [f"  {change}" for change in self.changes()]
        return "\n".join(map(visible, lines))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def part_label(row: Mapping[str, Any], by: Sequence[str]) -> str:
    """Return the label of a row of a decomposition."""
    words = []
    for word in by:
        value = row.get(word)
        if value is not None:
            words.append(f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00") if word == "period" else str(value))
    if row["part"] in (REACTIONS, FEATURES):
        return " · ".join(words) or str(row["part"])
    # In brackets, so that it is not taken for a person of that name.
    return " · ".join([f"({row['part']})", *words])


def _cut(percentile: float) -> str:
    """Return a percentile as text, never rounded up to 100."""
    return (
        f"{np.floor(percentile * 10) / 10:.1f}"
        if percentile < 99.9
        else f"{np.floor(percentile * 1000) / 1000:.3f}"
    )
