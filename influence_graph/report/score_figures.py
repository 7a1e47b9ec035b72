"""Figures of scores: parts of one, histories of a few, their distribution, the agreement of methods.

Names of people are text, never mathematics: an id such as ``$x$`` or ``_bot`` is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from influence_graph.report._style import COLOURS, MARKERS, SINGLE_COLUMN, style

_UP, _DOWN, _BASE = COLOURS[0], COLOURS[1], "#8a8a8a"
_MEASURES = {
    "kendall_tau_b": "Kendall's tau-b",
    "spearman": "Spearman's rho",
    "top_k_overlap": "Overlap of top {k}",
    "rank_biased_overlap": "Rank-biased",
}


def waterfall(
    parts: pl.DataFrame, *, total: str = "score", xlabel: str = "Points", width: float = SINGLE_COLUMN
) -> Figure:
    """Draw parts that add up, one below the other, each starting where the previous one ends.

    Parameters
    ----------
    parts : DataFrame
        Two columns: the name of each part and its value, which may be negative. For example
        ``Explanation.attribution``.
    total : str
        Name of the sum, drawn last.
    xlabel : str
        What the values are.
    width : float
        In inches. Default: one column of a two-column page.

    Returns
    -------
    Figure
        Drawn in the style of this package.

    Examples
    --------
    >>> waterfall(pl.DataFrame({"part": ["base", "reply"], "points": [1.0, 42.0]})).axes[0].get_xlabel()
    'Points'
    """
    names = [_short(name) for name in parts.to_series(0).to_list()]
    values = parts.to_series(1).to_numpy().astype(np.float64)
    ends = np.cumsum(values)
    starts = ends - values
    with style():
        figure = Figure(figsize=(width, 0.62 + 0.27 * (len(names) + 1)))
        axes = figure.subplots()
        low, high = float(min(0.0, starts.min(), ends.min())), float(max(ends.max(), starts.max(), 1e-12))
        for place, (start, value) in enumerate(zip(starts, values, strict=True)):
            colour = _BASE if names[place] == "base" else _UP if value >= 0 else _DOWN
            axes.barh(place, value, left=start, height=0.66, color=colour)
            axes.plot(
                [ends[place]] * 2, [place - 0.33, place + 1.33], color="#808080", linewidth=0.6, zorder=0
            )
            _beside(axes, max(start, start + value), place, f"{value:+.1f}", high - low)
        axes.barh(len(names), ends[-1], height=0.66, color=COLOURS[2])
        _beside(axes, float(ends[-1]), len(names), f"{ends[-1]:.1f}", high - low, weight="bold")
        axes.set_yticks(range(len(names) + 1), [*names, total])
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel=xlabel, ylim=(len(names) + 0.5, -0.5), xlim=(low * 1.1, high + 0.17 * (high - low)))
        if low < 0:
            axes.axvline(0, color="#808080", linewidth=0.6)
    return figure


def history_lines(
    frame: pl.DataFrame, *, ylabel: str = "Score", markers: bool | None = None, width: float = SINGLE_COLUMN
) -> Figure:
    """Draw the scores of a few people over time, with bands where there are intervals.

    Parameters
    ----------
    frame : DataFrame
        ``time``, ``id``, ``score``, and for bands ``low``, ``high``. For example ``History.frame``.
    ylabel : str
        What the scores are.
    markers : bool, optional
        Whether each time has a marker. Default: if there are at most 40 times.
    width : float
        In inches. Default: one column of a two-column page.

    Returns
    -------
    Figure
        One line a person: seven colours, then other dashes.
    """
    people = frame["id"].unique(maintain_order=True).to_list()
    with_markers = frame["time"].n_unique() <= 40 if markers is None else markers
    with style():
        rows = -(-len(people) // 3)
        figure = Figure(figsize=(width, 2.3 + 0.17 * rows))
        axes = figure.subplots()
        axes.grid(axis="y")
        drawn = []
        for number, person in enumerate(people):
            one = frame.filter(pl.col("id") == person).sort("time")
            time: Any = one["time"].dt.replace_time_zone(None).to_numpy()
            colour = COLOURS[number % len(COLOURS)]
            dashes = ("-", "--", ":")[number // len(COLOURS) % 3]
            marker: Any = MARKERS[number % len(MARKERS)] if with_markers or one.height == 1 else None
            drawn += axes.plot(
                time, one["score"].to_numpy(), color=colour, marker=marker, markersize=3, linestyle=dashes
            )
            if {"low", "high"} <= set(one.columns):
                axes.fill_between(
                    time, one["low"].to_numpy(), one["high"].to_numpy(), color=colour, alpha=0.18, linewidth=0
                )
        axes.set(ylabel=ylabel, ylim=(0, 104))
        locator = mdates.AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_xlabel("Time (UTC)")
        figure.legend(drawn, [_short(name) for name in people], loc="outside lower left", ncols=3)
    return figure


def distribution(scores: Mapping[str, npt.NDArray[np.float64]], *, width: float = SINGLE_COLUMN) -> Figure:
    """Draw a histogram of scores for each method.

    The axis of counts is logarithmic: most people have few reactions.

    Parameters
    ----------
    scores : mapping of str to ndarray
        Between 1 and 100, by method.
    width : float
        In inches. Default: one column of a two-column page.

    Returns
    -------
    Figure
        Drawn in the style of this package.
    """
    edges = np.linspace(1, 100, 34)
    with style():
        figure = Figure(figsize=(width, 0.55 + 0.85 * len(scores)))
        panels = figure.subplots(len(scores), 1, sharex=True, squeeze=False)[:, 0]
        most = 1.0
        for panel, (number, (name, points)) in zip(panels, enumerate(scores.items()), strict=True):
            counts, _ = np.histogram(points, edges)
            most = max(most, float(counts.max()))
            colour = COLOURS[number % len(COLOURS)]
            panel.bar(edges[:-1], counts, np.diff(edges) * 0.92, align="edge", color=colour)
            panel.set_yscale("log")
            panel.set_title(_short(name), pad=2)
            panel.set_ylabel("People")
        for panel in panels:
            panel.set(xlim=(0, 101), ylim=(0.6, most * 2))
            panel.yaxis.set_major_locator(_decades(most))
            panel.yaxis.set_major_formatter("{x:,.0f}")
            panel.minorticks_off()
        panels[-1].set_xlabel("Score")
        panels[-1].set_xticks([1, 25, 50, 75, 100])
    return figure


def agreement_dots(table: pl.DataFrame, *, k: int, width: float = SINGLE_COLUMN) -> Figure:
    """Draw how far each pair of methods agrees, by every measure, with its interval.

    Parameters
    ----------
    table : DataFrame
        ``a``, ``b``, ``measure``, ``value``, ``low``, ``high``. For example ``Comparison.table``.
    k : int
        Size of the top, for the label.
    width : float
        In inches. Default: one column of a two-column page.

    Returns
    -------
    Figure
        Drawn in the style of this package.
    """
    pairs = table.select("a", "b").unique(maintain_order=True).rows()
    labels = [f"{a}\n{b}" for a, b in pairs]
    with style():
        figure = Figure(figsize=(width, 0.9 + 0.66 * len(pairs)))
        panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
        for panel, (number, (measure, title)) in zip(panels, enumerate(_MEASURES.items()), strict=True):
            panel.grid(axis="x")
            panel.set_title(title.format(k=k))
            found = table.filter(pl.col("measure") == measure)
            for place, row in enumerate(found.iter_rows(named=True)):
                if row["value"] is None or not np.isfinite(row["value"]):
                    panel.annotate("undefined", (0.05, place), fontsize=7, va="center")
                    continue
                if row["low"] is not None:
                    panel.hlines(place, row["low"], row["high"], color=COLOURS[0], linewidth=1.4)
                panel.plot(
                    row["value"], place, "o", color=COLOURS[0], markersize=3.6, clip_on=False, zorder=3
                )
            low = float(table["low"].fill_null(0.0).fill_nan(0.0).min() or 0.0)  # type: ignore[arg-type]
            panel.set(ylim=(len(pairs) - 0.5, -0.5), xlim=(-0.03 if low >= 0 else -1.03, 1.03))
            panel.set_yticks(range(len(pairs)), labels)
            panel.tick_params(axis="y", length=0, labelleft=number % 2 == 0)
            panel.set_xticks([0, 0.5, 1] if low >= 0 else [-1, 0, 1], minor=False)
            panel.xaxis.set_major_formatter("{x:g}")
    return figure


def _beside(axes: Axes, x: float, y: float, text: str, width: float, weight: str = "normal") -> None:
    axes.annotate(text, (x + 0.015 * width, y), va="center", fontsize=7, weight=weight)


def _short(name: object) -> str:
    """Return a name on one line of at most 24 characters, without unprintable ones."""
    plain = "".join(character if character.isprintable() else " " for character in str(name))
    return plain[:23] + "…" if len(plain) > 24 else plain or " "


def _decades(most: float) -> FixedLocator:
    top = int(np.ceil(np.log10(max(most, 10.0))))
    return FixedLocator([10.0**power for power in range(0, top + 1, max(1, top // 3))])
