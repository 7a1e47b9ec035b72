"""Figures of experiments: from tidy tables to Matplotlib figures."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from influence_graph.errors import DataError, counted
from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

#: Measures of agreement in the order of their panels.
MEASURES = {
    "kendall_tau_b": "Kendall's $\\tau_b$",
    "spearman": "Spearman's $\\rho$",
    "top_k_overlap": "Overlap of top {k}",
}
#: Characters of a legend that fit beside each other in two columns.
_LINE = 90
#: Characters of a label of the ranks that fit beside their panel.
_LABEL = 22
#: White means nobody: one person is the palest blue that is visible in print.
_PEOPLE = ListedColormap(colormaps["Blues"](np.linspace(0.22, 1.0, 256)))


def agreement(
    table: pl.DataFrame,
    scores: pl.DataFrame,
    movers: pl.DataFrame,
    *,
    baseline: str | None = None,
) -> Figure:
    """Draw how far methods agree with a baseline, one row of panels a log and graph.

    The first panel is the density of ranks by the second method against ranks by the baseline, with the
    people whose ranks differ most marked; the others are the measures of agreement with their intervals.
    Axes of ranks are logarithmic: most people of a log have few reactions and tie, and the top matters.

    Parameters
    ----------
    table : DataFrame
        ``data``, ``graph``, ``a``, ``b``, ``measure``, ``value``, ``low``, ``high``, ``people``, ``k``
        and ``confidence``, the level of the intervals: the last two have one value.
    scores : DataFrame
        ``data``, ``graph``, ``method``, ``id``, ``rank``.
    movers : DataFrame
        ``data``, ``graph``, ``a``, ``b``, ``id``.
    baseline : str, optional
        The method that all others are compared with. Default: the first.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    methods = scores["method"].unique(maintain_order=True).to_list()
    base = baseline or methods[0]
    others = [name for name in methods if name != base]
    k, confidence = _only(table, "k"), _only(table, "confidence")
    settings = table.select("data", "graph", "people").unique(maintain_order=True).rows()
    with style():
        height = 0.45 + len(settings) * max(1.9, 0.22 * len(others) + 0.8)
        figure = Figure(figsize=(DOUBLE_COLUMN, height))
        axes = figure.subplots(len(settings), 1 + len(MEASURES), squeeze=False, width_ratios=[1.5, 1, 1, 1])
        for row, (data, graph, people) in zip(axes, settings, strict=True):
            here = (pl.col("data") == data) & (pl.col("graph") == graph)
            rank_panel(row[0], scores.filter(here), movers.filter(here), base, others[0])
            row[0].set_title(
                " · ".join(part for part in (data, graph, counted(people, "person", "people")) if part)
            )
            found = table.filter(here)
            for panel, (measure, label) in zip(row[1:], MEASURES.items(), strict=True):
                _intervals(panel, _against(found.filter(pl.col("measure") == measure), base), others)
                panel.set_xlabel(label.format(k=k), parse_math=True)
                panel.tick_params(labelleft=panel is row[1], left=panel is row[1])
        for panel, letter in zip(axes.flat, ascii_lowercase, strict=False):
            panel.annotate(
                letter,
                (0, 1),
                (-8, 5),
                "axes fraction",
                "offset points",
                ha="right",
                va="bottom",
                weight="bold",
                size=9,
                annotation_clip=False,
            )
        for panel in axes[:, 1:].T:
            _share_x(panel)
        marked, labels = axes[0, 0].get_legend_handles_labels()
        bounded = table["low"].is_not_null().any()
        dot = Line2D([], [], color="0.2", marker="o", markersize=3.6, linewidth=1.4 if bounded else 0)
        interval = f", and its {100 * confidence:g} % interval" if bounded else ""
        shown = [*labels, f"Agreement with {base}{interval}"]
        figure.legend(
            [*marked, dot],
            shown,
            loc="outside lower left",
            ncols=2 if sum(map(len, shown)) <= _LINE else 1,
            borderaxespad=0.2,
        )
    return figure


def rank_panel(
    panel: Axes,
    scores: pl.DataFrame,
    movers: pl.DataFrame,
    base: str,
    other: str,
    *,
    colours: Axes | None = None,
) -> None:
    """Draw rank against rank, the first at the upper right; equal ranks lie on the diagonal.

    Parameters
    ----------
    panel : Axes
        Of a figure with constrained layout.
    scores, movers : DataFrame
        As in :func:`agreement`, of one log and graph.
    base, other : str
        Methods on the x-axis and the y-axis.
    colours : Axes, optional
        Where it is told how many people a colour is. Default: axes that take room from the panel.
    """
    factor = mpl.rcParams["font.size"] / 8
    ranks = {name: scores.filter(pl.col("method") == name).select("id", "rank") for name in (base, other)}
    both = ranks[base].join(ranks[other], on="id", suffix="_other").sort("id")
    last = float(both.height)
    drawn = panel.hexbin(
        both["rank"].to_numpy(),
        both["rank_other"].to_numpy(),
        gridsize=26,
        xscale="log",
        yscale="log",
        extent=(0, np.log10(last), 0, np.log10(last)),
        norm=LogNorm(vmin=1),
        mincnt=1,
        cmap=_PEOPLE,
        linewidths=0.15,
    )
    panel.plot([1, last], [1, last], color="0.4", linewidth=0.6 * factor, linestyle=(0, (4, 3)))
    pair = movers.filter(pl.col("a").is_in([base, other]) & pl.col("b").is_in([base, other]))
    apart = both.filter(pl.col("id").is_in(pair["id"].to_list()))
    panel.scatter(
        apart["rank"].to_numpy(),
        apart["rank_other"].to_numpy(),
        s=14 * factor**2,
        facecolors="none",
        edgecolors=COLOURS[1],
        linewidths=0.9 * factor,
        label=f"The {counted(len(apart), 'person', 'people')} whose ranks by {base} and {other} differ most",
        zorder=3,
    )
    margin = last**0.03
    decades = range(0, int(np.log10(last)) + 1, 1 if last < 1e4 else 2)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_ticks([10.0**power for power in decades])
        axis.set_major_formatter("{x:,.0f}")
        axis.set_minor_locator(NullLocator())
    panel.set(
        xlim=(last * margin, 1 / margin),
        ylim=(last * margin, 1 / margin),
        box_aspect=1,
        xlabel=fill(f"Rank by {base}", _LABEL),
        ylabel=fill(f"Rank by {other}", _LABEL),
    )
    place: dict[str, Any] = {"ax": panel, "shrink": 0.8, "aspect": 16, "pad": 0.02}
    bar = panel.figure.colorbar(drawn, format="{x:,.0f}", **(place if colours is None else {"cax": colours}))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.set_title("People", fontsize=7 * factor, loc="left")
    bar.ax.tick_params(labelsize=6 * factor)
    bar.outline.set_linewidth(0.4)


def _intervals(panel: Axes, rows: dict[str, tuple[Any, ...]], names: Sequence[str]) -> None:
    """Draw a dot and its interval for each method, the first at the top."""
    panel.grid(axis="x")
    for place, name in enumerate(names):
        value, low, high = rows[name]
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        if value is None or not np.isfinite(value):
            panel.annotate(
                "undefined", (0.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=7
            )
            continue
        if low is not None:
            panel.hlines(place, low, high, color=colour, linewidth=1.4)
        panel.plot(value, place, marker=marker, color=colour, markersize=3.6, clip_on=False, zorder=3)
    panel.set_yticks(range(len(names)), names)
    panel.xaxis.set_major_formatter("{x:g}")
    panel.set_ylim(len(names) - 0.5, -0.5)


def _against(table: pl.DataFrame, base: str) -> dict[str, tuple[Any, ...]]:
    """Return value, low and high of every pair with the baseline, by the other method."""
    pairs = table.filter((pl.col("a") == base) | (pl.col("b") == base))
    return {
        (row["b"] if row["a"] == base else row["a"]): (row["value"], row["low"], row["high"])
        for row in pairs.iter_rows(named=True)
    }


def _only(table: pl.DataFrame, column: str) -> Any:
    """Return the one value of a column."""
    values = table[column].unique().to_list()
    if len(values) != 1:
        raise DataError(f"The column {column!r} has the values {values}; a figure shows one of them. Filter.")
    return values[0]


def _share_x(panels: Sequence[Axes]) -> None:
    """Give the panels of one measure one range that holds 0, 1 and every interval."""
    low = min(0.0, *(panel.get_xlim()[0] for panel in panels))
    for panel in panels:
        panel.set_xlim(low if low < -0.02 else -0.02, 1.02)
        panel.set_xticks([0, 0.5, 1] if low >= -0.02 else [-0.5, 0, 0.5, 1] if low < -0.25 else [0, 0.5, 1])
