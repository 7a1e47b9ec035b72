"""The figure of scores against human judgement, membership of a group and the outcome of items."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

_PAIRS = "judged pairs"
_BOUNDS = ("a second judge", "the best model, at most")


def judgement(table: pl.DataFrame) -> Figure:
    """Draw one panel a question: pairs judged, members of a group, the outcome of items.

    Parameters
    ----------
    table : DataFrame
        ``data``, ``graph``, ``asked``, ``among``, ``what``, ``measure``, ``value``, ``low``, ``high``,
        ``people``, ``members``: the table ``judgement`` of the template.

    Returns
    -------
    Figure
        A line is an interval. Of judged pairs, the band is where the best possible model may lie: from the
        agreement of a second judge to the bound that it implies. Of members, circles compare all pairs,
        squares only people as active and as long there.
    """
    panels = table.select("data", "graph", "asked", "among").unique(maintain_order=True).rows(named=True)
    lines = [_lines(table, one).height for one in panels]
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    with style():
        deepest = [max(lines[row * columns : (row + 1) * columns]) for row in range(rows)]
        figure = Figure(figsize=(DOUBLE_COLUMN, sum(0.75 + 0.165 * one for one in deepest) + 0.25))
        axes = figure.subplots(
            rows, columns, squeeze=False, height_ratios=[0.75 + 0.165 * one for one in deepest]
        )
        for panel, one in zip(axes.flat, panels, strict=False):
            _panel(panel, table.filter(**one), one)
        for panel in axes.flat[len(panels) :]:
            panel.set_axis_off()
    return figure


def _lines(table: pl.DataFrame, one: dict[str, Any]) -> pl.DataFrame:
    found = table.filter(**one)
    return found.select("what").unique(maintain_order=True).filter(~pl.col("what").is_in(_BOUNDS))


def _panel(panel: Axes, table: pl.DataFrame, one: dict[str, Any]) -> None:
    panel.grid(axis="x")
    known = table.filter(measure="R2")
    table = table.filter(pl.col("measure") != "R2") if known.height else table
    names = _lines(table, one)["what"].to_list()
    measures = table["measure"].unique(maintain_order=True).to_list()
    for number, measure in enumerate(measures):
        shift = 0.0 if len(measures) == 1 else 0.34 * number - 0.17
        for place, name in enumerate(names):
            value, low, high = table.filter(what=name, measure=measure).select("value", "low", "high").row(0)
            if value is None:
                continue
            if low is not None:
                panel.hlines(place + shift, low, high, color=COLOURS[number], linewidth=1.2)
            panel.plot(value, place + shift, MARKERS[number], color=COLOURS[number], markersize=3.2, zorder=3)
    asked, people = one["asked"], table["people"][0]
    if asked == _PAIRS:
        bounds = [table.filter(what=name)["value"].to_list() for name in _BOUNDS]
        if all(found and found[0] is not None for found in bounds):
            panel.axvspan(bounds[0][0], bounds[1][0], color="0.9", zorder=0)
            panel.axvline(bounds[0][0], color="0.4", linewidth=0.8, linestyle=(0, (4, 3)))
        panel.set_xlabel("Pairs judged as a human did; dashed: a second judge")
        title = f"{one['data']}: which of two, {people:,} people"
        _upright(panel, table, chance=0.5)
    elif measures[0].startswith("C"):
        panel.axvline(0.5, color="0.4", linewidth=0.8)
        panel.set_xlabel(
            "C of members" + ("; squares: others as active, as long" if len(measures) > 1 else "")
        )
        title = f"{one['data']}: {asked}, {table['members'][0]} of {people:,} {_among(one)}"
        _upright(panel, table, chance=0.5)
    else:
        panel.axvline(0.0, color="0.4", linewidth=0.8)
        what, share = known.select("what", "value").row(0)
        panel.set_xlabel(f"Variance added to the {share:.3f} that {what} tell")
        title = f"{one['data']}: {asked}, {people:,} authors"
    panel.set_yticks(range(len(names)), names, parse_math=False, fontsize=6.5)
    panel.tick_params(axis="y", length=0)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.set_title(title.replace("_", " "), parse_math=False)


def _among(one: dict[str, Any]) -> str:
    return "people" if one["among"] == "everybody" else f"{one['among']} lately"


def _upright(panel: Axes, table: pl.DataFrame, chance: float) -> None:
    """Let the panel show chance, and every interval as far as the measure goes."""
    low = np.nanmin([chance, *table["low"].drop_nulls(), *table["value"].drop_nulls()])
    high = np.nanmax([*table["high"].drop_nulls(), *table["value"].drop_nulls()])
    panel.set_xlim(max(low - 0.02, 0.0), min(high + 0.02, 1.01))
