"""Figures of one number a person: transfer between networks, numbers needed, and points next time."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, SINGLE_COLUMN, style

_LABELS = {"one number": "one\nnumber", "two numbers": "two", "a number a network": "one a\nnetwork"}
_PASTS = ("the same network", "all networks", "the other networks")


def one_number(matrix: pl.DataFrame, predictors: pl.DataFrame, numbers: pl.DataFrame) -> Figure:
    """Draw how well the past on one network predicts the future on another, and how many numbers are needed.

    Parameters
    ----------
    matrix : DataFrame
        ``data``, ``past``, ``future``, ``value``: C.
    predictors : DataFrame
        ``data``, ``network``, ``past``, ``value``, ``low``, ``high``.
    numbers : DataFrame
        ``data``, ``controls``, ``model``, ``value``, ``low``, ``high``.

    Returns
    -------
    Figure
        One row of three panels a log: the matrix; C by network from the past there, on all networks and on
        the others; the share of variance in other people's reactions that one number, two, and one a network
        predict.
    """
    logs = matrix["data"].unique(maintain_order=True).to_list()
    with style():
        heights = [max(2.1, 0.26 * (matrix.filter(data=name)["future"].n_unique() + 2)) for name in logs]
        figure = Figure(figsize=(DOUBLE_COLUMN, sum(heights) + 0.5))
        axes = figure.subplots(
            len(logs), 3, squeeze=False, width_ratios=[1.35, 1, 0.85], height_ratios=heights
        )
        for row, name in zip(axes, logs, strict=True):
            _matrix(row[0], matrix.filter(data=name))
            row[0].set_title(f"{name}: C between networks", parse_math=False)
            _pasts(row[1], predictors.filter(data=name))
            _needed(row[2], numbers.filter(data=name))
    return figure


def _matrix(panel: Axes, table: pl.DataFrame) -> None:
    names = sorted({*table["past"], *table["future"]})
    values = np.full((len(names), len(names)), np.nan)
    for past, future, value in table.select("past", "future", "value").iter_rows():
        values[names.index(past), names.index(future)] = value
    drawn = panel.imshow(values, vmin=0.2, vmax=0.8, cmap="PuOr", aspect="auto")
    small = 5.0 if len(names) > 8 else 6.5
    for place in zip(*np.nonzero(np.isfinite(values)), strict=True):
        dark = abs(values[place] - 0.5) > 0.22
        panel.annotate(
            f"{values[place]:.2f}".lstrip("0"), (place[1], place[0]), ha="center", va="center",
            fontsize=small, color="white" if dark else "black",
        )  # fmt: skip
    panel.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor",
                     fontsize=small + 0.5, parse_math=False)  # fmt: skip
    panel.set_yticks(range(len(names)), names, fontsize=small + 0.5, parse_math=False)
    panel.set(xlabel="Reactors after, on", ylabel="Reactors before, on")
    panel.tick_params(length=0)
    bar = panel.figure.colorbar(drawn, ax=panel, shrink=0.6, aspect=18, pad=0.02)
    bar.ax.tick_params(labelsize=6)
    bar.outline.set_linewidth(0.4)


def _pasts(panel: Axes, table: pl.DataFrame) -> None:
    names = table["network"].unique(maintain_order=True).to_list()
    panel.grid(axis="x")
    for number, past in enumerate(_PASTS):
        label: str | None = past
        for place, name in enumerate(names):
            for value, low, high in (
                table.filter(network=name, past=past).select("value", "low", "high").rows()
            ):
                at = place + 0.26 * (number - 1)
                if low is not None:
                    panel.hlines(at, low, high, color=COLOURS[number], linewidth=0.9)
                panel.plot(value, at, MARKERS[number], color=COLOURS[number], markersize=2.8, linestyle="",
                           label=label, zorder=3)  # fmt: skip
                label = None
    shown = ["all of these" if name == "any" else name for name in names]
    panel.axvline(0.5, color="0.4", linewidth=0.6)
    panel.set_yticks(range(len(names)), shown, fontsize=5.5 if len(names) > 8 else 6.5, parse_math=False)
    panel.tick_params(axis="y", length=0)
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.set_xlabel("C of reactors after, from the past on")
    panel.legend(loc="lower left", bbox_to_anchor=(-0.05, 1.0), fontsize=6, borderaxespad=0.1,
                 handletextpad=0.2, labelspacing=0.15)  # fmt: skip


def _needed(panel: Axes, table: pl.DataFrame) -> None:
    panel.grid(axis="y")
    models = table["model"].unique(maintain_order=True).to_list()
    if not models:
        panel.set_axis_off()
        return
    for number, controls in enumerate(table["controls"].unique(maintain_order=True)):
        found = table.filter(controls=controls)
        at = np.arange(len(models)) + 0.16 * number - 0.08
        panel.plot(
            at, found["value"], MARKERS[number] + "-", color=COLOURS[number + 4], markersize=4, label=controls
        )
        bounded = found["low"].is_not_null().to_numpy()
        panel.vlines(
            at[bounded], found["low"].to_numpy()[bounded], found["high"].to_numpy()[bounded],
            color=COLOURS[number + 4], linewidth=1.1,
        )  # fmt: skip
    panel.axhline(0.0, color="0.4", linewidth=0.6)
    panel.set_xticks(range(len(models)), [_LABELS.get(name, name) for name in models], fontsize=6.5)
    panel.set_xlim(-0.4, len(models) - 0.6)
    panel.set_ylabel("Variance predicted", fontsize=7)
    panel.legend(
        loc="lower left", bbox_to_anchor=(-0.1, 1.0), fontsize=6, borderaxespad=0.1, labelspacing=0.15
    )


def points_again(stability: pl.DataFrame) -> Figure:
    """Draw how far points from 1 to 100 are the same in halves of a period, and in the next period.

    Parameters
    ----------
    stability : DataFrame
        ``data``, ``graph``, ``method``, ``between``, ``value``, ``low``, ``high``.

    Returns
    -------
    Figure
        One panel a log and graph: the intraclass correlation of each method; 1 is the same points.
    """
    settings = stability.select("data", "graph").unique(maintain_order=True).rows()
    methods = stability["method"].unique(maintain_order=True).to_list()
    with style():
        figure = Figure(
            figsize=(SINGLE_COLUMN if len(settings) == 1 else DOUBLE_COLUMN, 0.9 + 0.2 * len(methods))
        )
        axes = figure.subplots(1, len(settings), squeeze=False, sharey=True, sharex=True)[0]
        for panel, (data, graph) in zip(axes, settings, strict=True):
            panel.grid(axis="x")
            here = stability.filter(data=data, graph=graph)
            for number, between in enumerate(here["between"].unique(maintain_order=True)):
                label: str | None = between
                for place, name in enumerate(methods):
                    for value, low, high in (
                        here.filter(method=name, between=between).select("value", "low", "high").rows()
                    ):
                        if value is None:
                            continue
                        at = place + 0.3 * number - 0.15
                        if low is not None:
                            panel.hlines(at, low, high, color=COLOURS[number], linewidth=1.2)
                        panel.plot(value, at, MARKERS[number], color=COLOURS[number], markersize=3.4,
                                   linestyle="", label=label, zorder=3)  # fmt: skip
                        label = None
            panel.set_title(" · ".join(part for part in (data, graph) if part), parse_math=False)
            panel.axvline(0.0, color="0.4", linewidth=0.6)
            panel.set_xlabel("Intraclass correlation of points")
            panel.set_yticks(range(len(methods)), methods, parse_math=False)
            panel.tick_params(axis="y", length=0)
        axes[0].set_ylim(len(methods) - 0.5, -0.5)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
    return figure
