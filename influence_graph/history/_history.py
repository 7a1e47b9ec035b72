"""Scores over time, as frames, text and JSON."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from influence_graph.scoring._scale import Reference
from influence_graph.tabular import Tabular
from influence_graph.visible import frame_text


@dataclass(frozen=True, eq=False)
class History(Tabular):
    """Scores of people over time.

    Attributes
    ----------
    frame : polars.DataFrame
        One row for each time and person, from when the log first names them: ``time``, ``id``, ``raw``,
        ``score`` (on the scale of ``frozen``), ``own`` (points on the scale of that time alone),
        ``percentile``, ``rank`` (among those named so far). With intervals also
        ``raw_low``, ``raw_high``, ``low``, ``high``.
    drift : polars.DataFrame
        How the scale would have moved, one row for each time: ``time``, ``people``, ``edges``, ``top`` (the
        largest raw value in natural units), ``top_score`` (the points of that top),
        ``above_reference`` (the number of people above the top of the scale, who get 100).
    method : str
        The method.
    parameters : mapping
        All its parameters.
    scaled : str
        How raw values became points.
    every : str
        The step.
    frozen : str
        Which scale: "so far", "last", "first", "own" or "given".
    reference : Reference or None
        The scale, for "so far" that of the last time; None if every time has its own.
    """

    frame: pl.DataFrame
    drift: pl.DataFrame
    method: str
    parameters: Mapping[str, Any]
    scaled: str
    every: str
    frozen: str
    reference: Reference | None

    def _main_table(self) -> pl.DataFrame:
        return self.frame

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
        latest = self.frame.filter(pl.col("time") == last["time"]).sort("rank", "id")
        return (
            f"Scores by {self.method} every {self.every}, {first['time']:%Y-%m-%d %H:%M} to "
            f"{last['time']:%Y-%m-%d %H:%M} UTC, scale frozen: {self.frozen}. "
            f"100 at the start is {first['top_score']:.1f} on it, at the end {last['top_score']:.1f}.\n"
            f"{frame_text(latest, rows=10)}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
