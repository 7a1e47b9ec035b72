"""Figures of the experiments: tidy tables in, a Matplotlib figure out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from influence_graph.report.style import COLOURS, DOUBLE_COLUMN, MARKERS, style

#: Measures of agreement in the order of their panels, and the lowest value each can take.
_MEASURES = {"kendall_tau_b": "Kendall's $\\tau_b$", "spearman": "Spearman's $\\rho$", "top_k_overlap": "Top-{k} overlap"}


def agreement(
    table: pl.DataFrame, scores: pl.DataFrame, movers: pl.DataFrame, *, k: int = 100, baseline: str | None = None
) -> Figure:
    """Draw how far methods agree with a baseline, one row of panels a log and graph.

    On the left everybody's percentile by the second method against their percentile by the baseline,
    as a density, with the biggest movers marked; then each measure of agreement with its interval.

    Parameters
    ----------
    table : DataFrame
        ``data``, ``graph``, ``a``, ``b``, ``measure``, ``value``, ``low``, ``high``, ``people``.
    scores : DataFrame
        ``data``, ``graph``, ``method``, ``id``, ``percentile``.
    movers : DataFrame
        ``data``, ``graph``, ``a``, ``b``, ``percentile_a``, ``percentile_b``.
    k : int
        Size of the top, for the label of its panel.
    baseline : str, optional
        The method all others are held against. Default: the first.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    methods = scores["method"].unique(maintain_order=True).to_list()
    base = baseline or methods[0]
    others = [name for name in methods if name != base]
    settings = table.select("data", "graph", "people").unique(maintain_order=True).rows()
    with style():
        height = 0.5 + len(settings) * max(1.75, 0.24 * len(others) + 0.7)
        figure = Figure(figsize=(DOUBLE_COLUMN, height))
        axes = figure.subplots(
            len(settings), 1 + len(_MEASURES), squeeze=False, width_ratios=[1.25, 1, 1, 1]
        )
        for row, (data, graph, people) in zip(axes, settings, strict=True):
            here = (pl.col("data") == data) & (pl.col("graph") == graph)
            _ranks(row[0], scores.filter(here), movers.filter(here), base, others[0])
            row[0].set_title(" · ".join(part for part in (data, graph, f"{people:,} people") if part))
            found = table.filter(here)
            for panel, (measure, label) in zip(row[1:], _MEASURES.items(), strict=True):
                _intervals(panel, _against(found.filter(pl.col("measure") == measure), base), others)
                panel.set_xlabel(f"{label.format(k=k)} with {base}")
                panel.tick_params(labelleft=panel is row[1])
        for panel in axes[:, 1:].T:
            _share_x(panel)
    return figure


def _ranks(panel: Axes, scores: pl.DataFrame, movers: pl.DataFrame, base: str, other: str) -> None:
    """Draw percentile against percentile: equal methods lie on the diagonal."""
    x, y = (scores.filter(pl.col("method") == name)["percentile"].to_numpy() for name in (base, other))
    # Percentiles come one to a person and graph, so both columns are in the order of the ids.
    drawn = panel.hexbin(
        x, y, gridsize=28, extent=(0, 100, 0, 100), norm=LogNorm(vmin=1), mincnt=1, cmap="Blues", linewidths=0.15
    )
    panel.plot([0, 100], [0, 100], color="0.4", linewidth=0.6, linestyle=(0, (4, 3)))
    pair = movers.filter(pl.col("a").is_in([base, other]) & pl.col("b").is_in([base, other]))
    ends = [pair[name].to_numpy() for name in ("percentile_a", "percentile_b")]
    first, second = ends if not len(pair) or pair["a"][0] == base else ends[::-1]
    panel.scatter(
        first, second, s=14, facecolors="none", edgecolors=COLOURS[1], linewidths=0.9, label=f"{len(pair)} biggest movers",
        clip_on=False, zorder=3,
    )  # fmt: skip
    panel.set(
        xlim=(0, 100), ylim=(0, 100), box_aspect=1, xticks=[0, 50, 100], yticks=[0, 50, 100],
        xlabel=f"Percentile by {base}", ylabel=f"Percentile by {other}",
    )  # fmt: skip
    bar = panel.figure.colorbar(drawn, ax=panel, shrink=0.9, aspect=18, pad=0.03)
    bar.set_label("People")
    bar.outline.set_linewidth(0.4)


def _intervals(panel: Axes, rows: dict[str, tuple[Any, ...]], names: Sequence[str]) -> None:
    """Draw a dot and its interval for each method, the first at the top."""
    panel.grid(axis="x")
    for place, name in enumerate(names):
        value, low, high = rows[name]
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        if value is None or not np.isfinite(value):
            panel.annotate("undefined", (0.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=7)
            continue
        if low is not None:
            panel.hlines(place, low, high, color=colour, linewidth=1.4)
        panel.plot(value, place, marker=marker, color=colour, markersize=4)
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.5, -0.5)


def _against(table: pl.DataFrame, base: str) -> dict[str, tuple[Any, ...]]:
    """Return value, low and high of every pair with the baseline, by the other method."""
    pairs = table.filter((pl.col("a") == base) | (pl.col("b") == base))
    return {
        (row["b"] if row["a"] == base else row["a"]): (row["value"], row["low"], row["high"])
        for row in pairs.iter_rows(named=True)
    }


def _share_x(panels: Sequence[Axes]) -> None:
    """Give the panels of one measure one range that holds 0, 1 and every interval."""
    low = min(0.0, *(panel.get_xlim()[0] for panel in panels))
    for panel in panels:
        panel.set_xlim(low if low < -0.02 else -0.02, 1.02)
        panel.set_xticks([0, 0.5, 1] if low >= -0.02 else [-0.5, 0, 0.5, 1] if low < -0.25 else [0, 0.5, 1])
