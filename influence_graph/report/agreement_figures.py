"""Agreement of methods with noise and without, on one log, across halves, corrected; and against a sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from influence_graph.errors import counted
from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style
from influence_graph.report.figures import MEASURES
from influence_graph.report.score_figures import sweep_lines

#: Log and measure of each panel, and its heading.
_PANELS = (
    ("this log", "kendall_tau_b", "On this log\n$\\tau_b$ of noisy ranks"),
    ("independent halves", "kendall_tau_b", "Across halves of the log\n$\\tau_b$, noise not shared"),
    ("corrected", "log_pearson", "Corrected for noise\ncorrelation of log scores"),
)
_POPULATIONS = ("everybody", "with a reaction")


def noise(parts: pl.DataFrame, *, baseline: str | None = None) -> Figure:
    """Draw how far methods agree with a baseline on the log, across halves of it, and without noise.

    Parameters
    ----------
    parts : DataFrame
        ``data``, ``graph``, ``log``, ``over``, ``a``, ``b``, ``measure``, ``value``, ``low``, ``high``,
        ``level``, ``people``.
    baseline : str, optional
        The method that all others are compared with. Default: the first ``a``.

    Returns
    -------
    Figure
        One row of panels a log and graph that has the baseline, one line a method; circles are over
        everybody, squares over people with a reaction. In the middle, a line is each method with itself:
        nothing reaches further.
    """
    base = baseline or parts["a"][0]
    with_base = parts.filter((pl.col("a") == base) | (pl.col("b") == base))
    shown = with_base if with_base.height else parts
    settings = shown.select("data", "graph").unique(maintain_order=True).rows()
    others = [name for name in dict.fromkeys([*parts["a"], *parts["b"]]) if name != base]
    with style():
        height = 0.75 + len(settings) * max(1.2, 0.34 * len(others) + 0.5)
        figure = Figure(figsize=(DOUBLE_COLUMN, height))
        panels = figure.subplots(len(settings), len(_PANELS), squeeze=False, sharex=True)
        for row, (data, graph) in zip(panels, settings, strict=True):
            here = parts.filter(data=data, graph=graph)
            for number, (panel, (log, measure, title)) in enumerate(zip(row, _PANELS, strict=True)):
                _dots(panel, here.filter(log=log, measure=measure), base, others)
                panel.set_yticks(range(len(others)), others if number == 0 else [], parse_math=False)
                panel.tick_params(axis="y", length=0)
                if panel in panels[0]:
                    panel.set_title(title, parse_math=True)
            people = here.filter(over="everybody")["people"][0]
            name = " · ".join(part for part in (data, graph) if part)
            row[0].set_ylabel(f"{name}\n{counted(people, 'person', 'people')}")
        level = parts["level"].drop_nulls()
        told = f", with {100 * level[0]:g} % intervals" if len(level) else ""
        dots: list[Any] = [
            Line2D([], [], color=COLOURS[number], marker=MARKERS[number], markersize=3.6, linestyle="")
            for number in range(len(_POPULATIONS))
        ]
        itself = Line2D([], [], color="0.25", marker="|", markersize=7, linestyle="")
        figure.legend(
            [*dots, itself],
            [f"With {base}, over everybody", f"Over those with a reaction{told}", "Each with itself"],
            loc="outside lower left",
            ncols=3,
            handletextpad=0.4,
        )
    return figure


def agreement_sweep(table: pl.DataFrame, *, baseline: str | None = None) -> Figure:
    """Draw each measure of agreement with a baseline against the parameter of the graph that was swept.

    Parameters
    ----------
    table : DataFrame
        ``data``, ``a``, ``b``, ``measure``, ``value``, ``low``, ``high``, ``k``, ``parameter`` (its name, the
        same in all rows), ``at`` (its value) and ``rest`` (what else was swept).
    baseline : str, optional
        The method that all others are compared with. Default: the first ``a``.

    Returns
    -------
    Figure
        One row of panels a log and ``rest``, one column a measure, one line a method.
    """
    base = baseline or table["a"][0]
    pairs = table.filter((pl.col("a") == base) | (pl.col("b") == base)).with_columns(
        method=pl.when(pl.col("a") == base).then("b").otherwise("a")
    )
    rows = pairs.select("data", "rest").unique(maintain_order=True).rows()
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.6 + 1.75 * len(rows)))
        panels = figure.subplots(len(rows), len(MEASURES), squeeze=False, sharey="col")
        for row, (data, rest) in zip(panels, rows, strict=True):
            here = pairs.filter(data=data, rest=rest)
            for panel, (measure, label) in zip(row, MEASURES.items(), strict=True):
                sweep_lines(here.filter(measure=measure), x="at", ax=panel)
                panel.get_legend().remove()
                panel.set_xlabel(table["parameter"][0], parse_math=False)
                panel.set_ylabel(label.format(k=table["k"][0]), parse_math=True)
            row[0].set_title(" · ".join(part for part in (data, rest) if part), loc="left", parse_math=False)
        lines = panels[0, 0].get_lines()
        names = pairs["method"].unique(maintain_order=True).to_list()
        figure.legend(
            lines,
            names,
            loc="outside lower left",
            ncols=4,
            title=f"With {base}",
            alignment="left",
        )
    return figure


def _dots(panel: Axes, table: pl.DataFrame, base: str, others: list[str]) -> None:
    """Draw value and interval of each pair with the baseline, and each method with itself."""
    panel.grid(axis="x")
    for number, over in enumerate(_POPULATIONS):
        shift = 0.34 * number - 0.17
        found = table.filter(over=over)
        for place, name in enumerate(others):
            pair = found.filter(
                ((pl.col("a") == base) & (pl.col("b") == name))
                | ((pl.col("a") == name) & (pl.col("b") == base))
            )
            value, low, high = pair.select("value", "low", "high").row(0) if pair.height else (None,) * 3
            if value is None or not np.isfinite(value):
                panel.annotate("missing", (0.02, place + shift), xycoords=("axes fraction", "data"),
                               va="center", fontsize=6, color="0.4")  # fmt: skip
                continue
            if low is not None:
                panel.hlines(place + shift, low, high, color=COLOURS[number], linewidth=1.3)
            panel.plot(value, place + shift, MARKERS[number], color=COLOURS[number], markersize=3.6,
                       linestyle="", clip_on=False, zorder=3)  # fmt: skip
            own = found.filter((pl.col("a") == name) & (pl.col("b") == name))
            if own.height and own["value"][0] is not None:
                panel.plot(own["value"][0], place + shift, "|", color="0.25", markersize=7, linestyle="")
    panel.set_ylim(len(others) - 0.5, -0.5)
    panel.set_xlim(min(-0.02, panel.get_xlim()[0]), 1.02)
    panel.xaxis.set_major_formatter("{x:g}")
