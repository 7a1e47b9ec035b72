"""Figures of how well scores predict what follows."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style


def contrasts_by_log(
    effects: pl.DataFrame,
    *,
    baseline: str = "reactors",
    graph: str = "half-life 1 horizon",
    measure: str = "C",
    margin: float = 0.02,
) -> Figure:
    """Draw the difference of each method from the baseline, one panel a log, one line a risk set.

    Parameters
    ----------
    effects : DataFrame
        The table ``effects``; contrasts ``"method - baseline"``.
    baseline : str
        The method at 0.
    graph : str
        How the label of the graph ends: the decay at which all are compared.
    measure : str
        Which measure.
    margin : float
        Half the width of the grey band of differences that would not matter.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    end = f" - {baseline}"
    shown = effects.filter(
        pl.col("contrast").str.ends_with(end)
        & (pl.col("measure") == measure)
        & pl.col("graph").str.ends_with(graph)
    )
    logs = shown["data"].unique(maintain_order=True).to_list()
    methods = shown["contrast"].unique(maintain_order=True).to_list()
    among = shown["among"].unique(maintain_order=True).to_list()
    with style():
        columns = max(1, len(logs))
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.9 + 0.24 * max(1, len(methods))))
        axes = figure.subplots(1, columns, squeeze=False, sharey=True)[0]
        for panel, log in zip(axes, logs, strict=False):
            panel.axvspan(-margin, margin, color="0.92", linewidth=0)
            panel.axvline(0, color="0.4", linewidth=0.6)
            rows = shown.filter(pl.col("data") == log)
            for number, inside in enumerate(among):
                for place, method in enumerate(methods):
                    found = rows.filter((pl.col("contrast") == method) & (pl.col("among") == inside))
                    if not found.height or found["value"][0] is None:
                        continue
                    at = place + (number - (len(among) - 1) / 2) * 0.22
                    if found["low"][0] is not None:
                        panel.hlines(
                            at, found["low"][0], found["high"][0], color=COLOURS[number], linewidth=1.1
                        )
                    panel.plot(
                        found["value"][0], at, MARKERS[number], color=COLOURS[number], markersize=2.8,
                        label=inside if place == _first(rows, inside, methods) else None,
                    )  # fmt: skip
            panel.set_title(log)
            panel.grid(axis="x")
            low, high = panel.get_xlim()
            panel.set_xlim(max(low, -1.0), min(high, 1.0))  # a difference of shares; intervals may be wider
            panel.set_yticks(range(len(methods)), [method.removesuffix(end) for method in methods])
            panel.set_ylim(len(methods) - 0.5, -0.5)
            panel.set_xlabel(f"Δ{measure} to {baseline}")
        handles = {
            label: one
            for panel in axes
            for one, label in zip(*panel.get_legend_handles_labels(), strict=True)
        }
        if handles:
            figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=3)
    return figure


def _first(rows: pl.DataFrame, inside: str, methods: list[str]) -> int:
    """Return the place of the first method that has a value in this risk set."""
    found = rows.filter((pl.col("among") == inside) & pl.col("value").is_not_null())["contrast"].to_list()
    return next((place for place, method in enumerate(methods) if method in found), 0)


def concordance_by_half_life(
    effects: pl.DataFrame, *, baseline: str = "reactors", among: str = "active"
) -> Figure:
    """Draw C against the half-life, one panel a log and risk set, one line a method.

    Parameters
    ----------
    effects : DataFrame
        The table ``effects``; contrasts that are one method alone.
    baseline : str
        Drawn thick.
    among : str
        How the names of the risk sets begin.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    alone = ~pl.col("contrast").str.contains(" - ") & ~pl.col("contrast").is_in(["newcomers", "ceiling"])
    shown = effects.filter(alone & (pl.col("measure") == "C") & pl.col("among").str.starts_with(among))
    half_life = (
        pl.col("graph").str.extract(r"half-life ([0-9.e+-]+) horizon$").cast(pl.Float64).fill_null(np.inf)
    )
    shown = shown.with_columns(half_life=half_life)
    logs = shown["data"].unique(maintain_order=True).to_list()
    sets = shown["among"].unique(maintain_order=True).to_list()
    methods = shown["contrast"].unique(maintain_order=True).to_list()
    steps = sorted(set(shown["half_life"].to_list()))
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.8 + 1.7 * max(1, len(sets))))
        axes = figure.subplots(max(1, len(sets)), max(1, len(logs)), squeeze=False, sharex=True)
        for at, (row, inside) in enumerate(zip(axes, sets, strict=False)):
            for panel, log in zip(row, logs, strict=False):
                for number, method in enumerate(methods):
                    found = shown.filter(
                        (pl.col("data") == log) & (pl.col("among") == inside) & (pl.col("contrast") == method)
                    ).sort("half_life")
                    panel.plot(
                        [steps.index(one) for one in found["half_life"]], found["value"].to_list(),
                        color=COLOURS[number % len(COLOURS)], marker=MARKERS[number // len(COLOURS)],
                        markersize=2.5, linewidth=1.8 if method == baseline else 0.8, label=method,
                        linestyle="-" if number < len(COLOURS) else "--",
                    )  # fmt: skip
                panel.set_title("" if at else log)
                panel.set_xticks(
                    range(len(steps)), ["none" if np.isinf(one) else f"{one:g}" for one in steps]
                )
                panel.grid(axis="y")
            row[0].set_ylabel(f"C, {inside}")
        for panel in axes[-1]:
            panel.set_xlabel("Half-life (horizons)")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower left", ncols=6)
    return figure
