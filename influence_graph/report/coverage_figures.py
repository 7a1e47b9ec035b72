"""The figure of hiding parts of a log: how much of the top survives."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

_CHOICES = {
    ("rows", "random"): "rows at random",
    ("rows", "oldest"): "the oldest rows",
    ("rows", "latest"): "the latest rows",
    ("people", "random"): "what people at random do",
    ("people", "most popular"): "what the most popular do",
    ("people", "newest"): "what the newest do",
}
_NAMED = {"network": COLOURS[1], "kind": COLOURS[2]}
_MOST_ROWS, _MOST_COLUMNS = 6, 3


def coverage_survival(table: pl.DataFrame, *, methods: int = _MOST_COLUMNS) -> Figure:
    """Draw the share of the top that survives against the share of reactions hidden.

    Dots are single networks and kinds, with intervals over the people of the top; lines are shares of rows
    and people; the dashed line is what is expected if the hidden share is a random one of everybody's.

    Parameters
    ----------
    table : DataFrame
        Of the template ``coverage``.
    methods : int
        How many of the methods to draw, the first; "random" never.

    Returns
    -------
    Figure
        As wide as a page of two columns; a row of panels a log, a column a method.
    """
    named = [one for one in table["method"].unique(maintain_order=True) if one != "random"]
    preferred = [one for one in ("engagement", "reactors", "pagerank") if one in named]
    shown = [*preferred, *(one for one in named if one not in preferred)][:methods]
    logs = table.select("data", "graph").unique(maintain_order=True).rows()[:_MOST_ROWS]
    k = int(table["k"].max())  # type: ignore[arg-type]
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.7 + 1.9 * len(logs)))
        panels = figure.subplots(len(logs), len(shown), sharex=True, sharey=True, squeeze=False)
        for row, (data, graph) in zip(panels, logs, strict=True):
            for panel, method in zip(row, shown, strict=True):
                here = table.filter(
                    pl.col("data") == data, pl.col("graph") == graph, pl.col("method") == method
                )
                _survival(panel, here)
                panel.set_title(" · ".join(part for part in (data, graph, method) if part))
            row[0].set_ylabel(f"Of the top {k}, still there")
        for panel in panels[-1]:
            panel.set_xlabel("Share of reactions hidden")
        panels[0, 0].set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.05))
        handles = [Line2D([], [], color=colour, marker="o", linewidth=0) for colour in _NAMED.values()]
        handles += [
            Line2D([], [], color=COLOURS[0 if what == "rows" else 3], marker=MARKERS[number])
            for number, (what, _) in enumerate(_CHOICES)
        ]
        handles.append(Line2D([], [], color="0.4", linestyle=(0, (4, 3))))
        labels = [*(f"one {name}" for name in _NAMED), *_CHOICES.values(), "expected of a random share"]
        figure.legend(handles, labels, loc="outside lower left", ncols=3)
    return figure


def _survival(panel: Axes, here: pl.DataFrame) -> None:
    panel.grid()
    expected = here.group_by("share_hidden").agg(pl.col("expected_survival").mean()).sort("share_hidden")
    whole = pl.DataFrame({"share_hidden": [0.0], "expected_survival": [1.0]})
    expected = pl.concat([whole, expected])
    panel.plot(*(expected[name].to_numpy() for name in expected.columns), color="0.4", linestyle=(0, (4, 3)))
    for number, (what, part) in enumerate(_CHOICES):
        rows = here.filter(pl.col("what") == what, pl.col("part") == part)
        if rows.height:
            line = rows.group_by("share").agg(pl.col("share_hidden", "survival").mean()).sort("share")
            panel.plot(
                line["share_hidden"].to_numpy(),
                line["survival"].to_numpy(),
                color=COLOURS[0 if what == "rows" else 3],
                marker=MARKERS[number],
                markersize=3,
                linewidth=0.7,
            )
    for what, colour in _NAMED.items():
        rows = here.filter(pl.col("what") == what).sort("share_hidden", descending=True)
        panel.vlines(
            rows["share_hidden"].to_numpy(), rows["low"].to_numpy(), rows["high"].to_numpy(),
            color=colour, linewidth=0.8,
        )  # fmt: skip
        panel.plot(
            rows["share_hidden"].to_numpy(), rows["survival"].to_numpy(), "o", color=colour, markersize=3.6
        )
        for name, x, y in rows.select("part", "share_hidden", "survival").head(1).iter_rows():
            panel.annotate(name, (x, y), (4, 2), textcoords="offset points", fontsize=6)
