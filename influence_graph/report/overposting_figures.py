"""Figures of the template overposting: curves against the posting rate, and the map of verdicts."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

_VERDICTS = {"falls": "#D55E00", "can't tell": "0.85", "rises": "#56B4E9"}


def posting_curves(curves: pl.DataFrame) -> Figure:
    """Draw the logarithm of each outcome against the posting rate, relative to the usual rate.

    A panel an exponent of effort, without overload and attention limit (or with the least of each).

    Parameters
    ----------
    curves : DataFrame
        Of the template ``overposting``.

    Returns
    -------
    Figure
        As wide as a page of two columns. Bands: two standard errors over worlds.
    """
    least = {name: curves[name].min() for name in ("overload", "attention_limit")}
    kept = curves.filter(*(pl.col(name) == value for name, value in least.items()))
    efforts = sorted(kept["effort"].unique())
    outcomes = _shown(kept)
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 2.5))
        panels = figure.subplots(1, len(efforts), sharey=True, squeeze=False)[0]
        for panel, effort in zip(panels, efforts, strict=True):
            _curves(panel, kept.filter(pl.col("effort") == effort), outcomes)
            panel.set_title(f"Effort exponent {effort:g}")
            panel.set_xlabel("Posting rate (usual = 1)")
        panels[0].set_ylabel("Value relative to the usual rate")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(6, len(outcomes)))
    return figure


def posting_map(table: pl.DataFrame) -> Figure:
    """Draw where in the swept range an outcome falls, rises or neither is sure; the line is elasticity 0.

    Parameters
    ----------
    table : DataFrame
        ``map`` of the template ``overposting``.

    Returns
    -------
    Figure
        A row of panels an attention limit, a panel an outcome; numbers are elasticities at the usual rate.
    """
    outcomes = _shown(table)
    limits = sorted(table["attention_limit"].unique(), key=lambda value: value or np.inf, reverse=True)
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.6 + 1.5 * len(limits)))
        axes = figure.subplots(len(limits), len(outcomes), sharex=True, sharey=True, squeeze=False)
        for number, (row, limit) in enumerate(zip(axes, limits, strict=True)):
            for panel, outcome in zip(row, outcomes, strict=True):
                here = (pl.col("outcome") == outcome) & (pl.col("attention_limit") == limit)
                _map(panel, table.filter(here))
                if number == 0:
                    panel.set_title(outcome.replace(" per", "\nper"), fontsize=7)
            said = "no limit" if not limit else f"{limit:g} posts seen"
            row[0].set_ylabel(f"{said}\nEffort exponent")
        figure.supxlabel("Exponent of the receiver's overload", fontsize=8)
        patches = [Patch(color=colour, label=name) for name, colour in _VERDICTS.items()]
        figure.legend(handles=patches, loc="outside upper center", ncols=3)
    return figure


def _shown(table: pl.DataFrame) -> list[str]:
    """Return the outcomes to draw: a count of reactions is there as the method ``engagement``."""
    outcomes = table["outcome"].unique(maintain_order=True).to_list()
    return [name for name in outcomes if name != "reactions" or "engagement" not in outcomes]


def _curves(panel: Axes, table: pl.DataFrame, outcomes: list[str]) -> None:
    for place, outcome in enumerate(outcomes):
        wide = table.filter(pl.col("outcome") == outcome).pivot("rate", index="world", values="log_value")
        rates = np.array([float(name) for name in wide.columns[1:]])
        values = wide.select(wide.columns[1:]).to_numpy()
        values = values[np.isfinite(values).all(axis=1)]
        if not len(values):
            continue
        usual = int(np.argmin(np.abs(np.log(rates))))
        change = values - values[:, [usual]]
        mean = change.mean(axis=0)
        error = change.std(axis=0, ddof=1) / np.sqrt(len(change)) if len(change) > 1 else np.zeros(len(mean))
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        panel.fill_between(
            rates, np.exp(mean - 2 * error), np.exp(mean + 2 * error), color=colour, alpha=0.2, linewidth=0
        )
        panel.plot(rates, np.exp(mean), color=colour, marker=marker, markersize=3, label=outcome)
    panel.axhline(1, color="0.4", linewidth=0.6, linestyle=(0, (4, 3)))
    panel.set(xscale="log", yscale="log")
    panel.set_xticks(ticks := [0.25, 1, 4], [f"{tick:g}" for tick in ticks])
    panel.minorticks_off()
    panel.yaxis.set_major_formatter("{x:g}")


def _map(panel: Axes, table: pl.DataFrame) -> None:
    overload, effort = sorted(table["overload"].unique()), sorted(table["effort"].unique())
    values = np.full((len(effort), len(overload)), np.nan)
    for row in table.iter_rows(named=True):
        x, y = overload.index(row["overload"]), effort.index(row["effort"])
        values[y, x] = row["elasticity"]
        panel.add_patch(_cell(x, y, _VERDICTS[row["verdict"]]))
        mark = "↷" if row["turns"] else ""
        panel.text(
            x, y, f"{round(row['elasticity'], 1) + 0.0:.1f}{mark}", ha="center", va="center", fontsize=6
        )
    if min(values.shape) > 1 and np.nanmin(values) < 0 < np.nanmax(values):
        panel.contour(values, levels=[0.0], colors="black", linewidths=1.0)
    panel.set(xlim=(-0.5, len(overload) - 0.5), ylim=(-0.5, len(effort) - 0.5))
    panel.set_xticks(range(len(overload)), [f"{value:g}" for value in overload])
    panel.set_yticks(range(len(effort)), [f"{value:g}" for value in effort])


def _cell(x: int, y: int, colour: str) -> Patch:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.6)
