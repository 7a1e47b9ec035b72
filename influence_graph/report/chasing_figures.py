"""Figures of the template chasing: contrasts of arms, the map over the swept range, shares of chasers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

_STARTS = ("off the optimum", "at the optimum")
_SETTING = re.compile(r"effort ([\d.]+), answers ([\d.]+)×, strength ([\d.]+)")
_LOWER, _HIGHER, _NEITHER = "#D55E00", "#56B4E9", "0.85"


def chasing_contrasts(effects: pl.DataFrame) -> Figure:
    """Draw contrasts of arms in score and reactions in the base setting, a colour a method.

    Parameters
    ----------
    effects : DataFrame
        Of the template ``chasing``.

    Returns
    -------
    Figure
        As wide as a page of two columns: rows score and reactions, columns the two starts.
    """
    base = effects.filter(pl.col("graph").str.starts_with("base") & pl.col("contrast").str.contains(" - "))
    contrasts = base.filter(pl.col("measure") == "score")["contrast"].unique(maintain_order=True).to_list()
    methods = base["among"].str.split(", ").list.first().unique(maintain_order=True).to_list()
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 4.6))
        axes = figure.subplots(2, 2, sharey="row", sharex="row")
        measures = {"score": "Difference in points", "reactions": "Difference in reactions a step"}
        for row, (measure, label) in zip(axes, measures.items(), strict=True):
            names = [name for name in contrasts if measure == "score" or "rival" not in name]
            for panel, start in zip(row, _STARTS, strict=True):
                _dots(panel, base.filter(pl.col("measure") == measure), names, methods, start)
                panel.set_xlabel(label)
        for panel, start in zip(axes[0], _STARTS, strict=True):
            panel.set_title(f"Start {start}")
        handles, labels = axes[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(methods))
    return figure


def chasing_map(effects: pl.DataFrame) -> Figure:
    """Draw where chasing lowers the score, over the exponent of effort and the effect of being answered.

    Parameters
    ----------
    effects : DataFrame
        Of the template ``chasing``.

    Returns
    -------
    Figure
        Rows: chaser − steady, and steady − best honest rival. Columns: the two starts. Numbers are points;
        orange is surely below 0, blue surely above, grey neither.
    """
    score = effects.filter(pl.col("measure") == "score")
    method = score["among"][0].split(", ")[0] if score.height else ""
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 4.4))
        axes = figure.subplots(2, 2, sharex=True, sharey=True)
        contrasts = ("chaser - steady", "steady - best honest rival")
        for row, contrast in zip(axes, contrasts, strict=True):
            for panel, start in zip(row, _STARTS, strict=True):
                here = (pl.col("contrast") == contrast) & (pl.col("among") == f"{method}, {start}")
                _map(panel, score.filter(here))
                panel.set_title(f"{contrast.replace('-', '−')}, start {start}")
        figure.supxlabel("Exponent of effort", fontsize=8)
        figure.supylabel("Effect of being answered, times the measured one", fontsize=8)
    return figure


def chasing_shares(effects: pl.DataFrame) -> Figure:
    """Draw direct effect, spillover and total of chasing on the score against the share of chasers.

    Parameters
    ----------
    effects : DataFrame
        Of the template ``chasing``.

    Returns
    -------
    Figure
        A panel a method.
    """
    table = effects.filter(pl.col("graph").str.starts_with("share ") & (pl.col("measure") == "score"))
    methods = table["among"].unique(maintain_order=True).to_list()
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 2.4))
        panels = figure.subplots(1, max(1, len(methods)), sharey=True, squeeze=False)[0]
        for panel, method in zip(panels, methods, strict=False):
            for place, name in enumerate(("direct", "spillover", "total")):
                part = table.filter((pl.col("among") == method) & (pl.col("contrast") == f"chasing, {name}"))
                share = part["graph"].str.split(" ").list.last().cast(pl.Float64).to_numpy()
                value, low, high = (
                    part[column].fill_null(np.nan).to_numpy() for column in ("value", "low", "high")
                )
                at = 100 * share * (1 + 0.04 * (place - 1))
                panel.errorbar(
                    at, value, np.abs([value - low, high - value]), color=COLOURS[place],
                    marker=MARKERS[place], label=name, elinewidth=1,
                )  # fmt: skip
            panel.axhline(0, color="0.4", linewidth=0.6, linestyle=(0, (4, 3)))
            panel.set_title(method)
            panel.set_xlabel("Share of chasers (%)")
        panels[0].set_ylabel("Difference in points")
        panels[0].legend()
    return figure


def _dots(panel: Axes, table: pl.DataFrame, names: Sequence[str], methods: Sequence[str], start: str) -> None:
    panel.grid(axis="x")
    panel.axvline(0, color="0.4", linewidth=0.6)
    for place, method in enumerate(methods):
        part = table.filter(pl.col("among") == f"{method}, {start}")
        rows = {row["contrast"]: row for row in part.iter_rows(named=True)}
        for height, name in enumerate(names):
            if name not in rows or rows[name]["value"] is None:
                continue
            y = height + 0.22 * (place - (len(methods) - 1) / 2)
            colour = COLOURS[place % len(COLOURS)]
            if rows[name]["low"] is not None:
                panel.hlines(y, rows[name]["low"], rows[name]["high"], color=colour, linewidth=1.2)
            label = method if height == 0 else None
            marker = MARKERS[place % len(MARKERS)]
            panel.plot(
                rows[name]["value"], y, marker=marker, color=colour, markersize=3, label=label, linestyle=""
            )
    panel.set_yticks(range(len(names)), [name.replace(" - ", " − ") for name in names])
    panel.set_ylim(len(names) - 0.5, -0.5)


def _map(panel: Axes, table: pl.DataFrame) -> None:
    cells = {}
    strengths = [match[3] for graph in table["graph"] if (match := _SETTING.search(graph))]
    usual = max(set(strengths), key=strengths.count) if strengths else ""
    for row in table.iter_rows(named=True):
        match = _SETTING.search(row["graph"])
        if match and match[3] == usual:
            cells[float(match[1]), float(match[2])] = row
    efforts = sorted({effort for effort, _ in cells})
    times = sorted({value for _, value in cells})
    for (effort, value), row in cells.items():
        x, y = efforts.index(effort), times.index(value)
        low, high = row["low"], row["high"]
        sure = low is not None and (low > 0 or high < 0)
        colour = (_HIGHER if low > 0 else _LOWER) if sure else _NEITHER
        panel.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white"))
        interval = "" if low is None else f"\n[{low:.1f}, {high:.1f}]"
        panel.text(x, y, f"{row['value']:.1f}{interval}", ha="center", va="center", fontsize=6.5)
    panel.set(xlim=(-0.5, max(len(efforts), 1) - 0.5), ylim=(-0.5, max(len(times), 1) - 0.5))
    panel.set_xticks(range(len(efforts)), [f"{value:g}" for value in efforts])
    panel.set_yticks(range(len(times)), [f"{value:g}" for value in times])
