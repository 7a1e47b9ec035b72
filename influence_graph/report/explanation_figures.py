"""The figure of what explanations tell against what recomputing gives."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

_QUESTIONS = ("one part", "two parts", "largest reactor", "change")
_FIRST = ("pagerank", "reactors", "engagement")


def told_recomputed(table: pl.DataFrame, *, methods: int = 3) -> Figure:
    """Draw points told against points recomputed: a row of panels a method, a column a question.

    On the diagonal the explanation holds; the grey band is one point to either side.

    Parameters
    ----------
    table : DataFrame
        Of the template ``explanation``.
    methods : int
        How many of the methods to draw: PageRank and counts of reactors and reactions, then others.

    Returns
    -------
    Figure
        As wide as a page of two columns. All logs are in one panel, in different colours.
    """
    there = table["method"].unique(maintain_order=True).to_list()
    first = [one for one in _FIRST if one in there]
    shown = [*first, *(one for one in there if one not in first)][:methods]
    questions = [one for one in _QUESTIONS if (table["question"] == one).any()]
    logs = table["data"].unique(maintain_order=True).to_list()
    tellings = table["telling"].unique(maintain_order=True).to_list()
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.7 + 1.75 * len(shown)))
        panels = figure.subplots(len(shown), len(questions), squeeze=False)
        for row, method in zip(panels, shown, strict=True):
            for panel, question in zip(row, questions, strict=True):
                rows = table.filter(pl.col("method") == method, pl.col("question") == question)
                _scatter(panel, rows, logs, tellings)
                panel.set_title(f"{method}: {question}")
            row[0].set_ylabel("Points recomputed")
        for panel in panels[-1]:
            panel.set_xlabel("Points told")
        handles = [
            Line2D([], [], color=COLOURS[i % len(COLOURS)], marker="o", linewidth=0) for i in range(len(logs))
        ]
        handles += [
            Line2D([], [], color="0.4", marker=MARKERS[i], linewidth=0, markerfacecolor="none")
            for i in range(len(tellings))
        ]
        figure.legend(handles, [*logs, *tellings], loc="outside lower left", ncols=4)
    return figure


def _scatter(panel: Axes, rows: pl.DataFrame, logs: list[str], tellings: list[str]) -> None:
    if rows.is_empty():
        panel.annotate("not told", (0.5, 0.5), xycoords="axes fraction", ha="center", fontsize=7)
        panel.set_xticks([])
        panel.set_yticks([])
        return
    values = rows.select("told", "recomputed").to_numpy()
    low, high = float(values.min()), float(values.max())
    low, high = min(low, -1.0) - 1.0, max(high, 1.0) + 1.0
    panel.fill_between([low, high], [low - 1, high - 1], [low + 1, high + 1], color="0.9", linewidth=0)
    panel.plot([low, high], [low, high], color="0.4", linewidth=0.6, linestyle=(0, (4, 3)))
    for number, telling in enumerate(tellings):
        for place, log in enumerate(logs):
            part = rows.filter(pl.col("data") == log, pl.col("telling") == telling)
            panel.plot(
                part["told"].to_numpy(),
                part["recomputed"].to_numpy(),
                MARKERS[number],
                color=COLOURS[place % len(COLOURS)],
                markersize=2.6,
                markerfacecolor="none",
                markeredgewidth=0.5,
            )
    panel.set(xlim=(low, high), ylim=(low, high))
