"""The figure of the template frontier: prediction at the top against resistance."""

from __future__ import annotations

import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style

_TICKS = [scale * 10.0**power for power in range(-6, 7) for scale in (1.0, 3.0)]
#: Drawn hollow: the capped count, and the control.
TOY, CONTROL = "min(reactors, 10)", "permuted"


def frontier_plane(table: pl.DataFrame, *, least: int = 20) -> Figure:
    """Draw each method as a point, C at the top against least cost, with both intervals, and the frontier.

    Parameters
    ----------
    table : DataFrame
        ``frontier`` of the template.
    least : int
        How many reactors the people have among whom C is measured.

    Returns
    -------
    Figure
        A panel a log. Up and right is better; the dotted lines are three times and .9 of the baseline's cost.
    """
    logs = table["data"].unique(maintain_order=True).to_list()
    methods = table["method"].unique(maintain_order=True).to_list()
    looks = {
        name: (COLOURS[at % len(COLOURS)], MARKERS[at % len(MARKERS)], at >= len(COLOURS))
        for at, name in enumerate(methods)
    }
    with style():
        rows = -(-max(1, len(logs)) // 2)
        figure = Figure(figsize=(DOUBLE_COLUMN, 1.0 + 2.4 * rows))
        panels = figure.subplots(rows, min(2, max(1, len(logs))), squeeze=False).ravel()
        for panel, data in zip(panels, logs, strict=False):
            part = table.filter(pl.col("data") == data)
            _plane(panel, part, looks)
            panel.set_title(f"{data} ({part['people'][0]:,} people with {least} reactors)", fontsize=8)
        for panel in panels[len(logs) :]:
            panel.set_visible(False)
        figure.supxlabel("Least cost to put a new account at the top, relative to reactors", fontsize=8)
        figure.supylabel("C of future reactors", fontsize=8)
        named: dict[str, Artist] = {}
        for panel in panels:
            handles, labels = panel.get_legend_handles_labels()
            named |= dict(zip(labels, handles, strict=True))
        figure.legend(list(named.values()), list(named), loc="outside upper center", ncols=3)
    return figure


def _plane(panel: Axes, table: pl.DataFrame, looks: dict[str, tuple[str, str, bool]]) -> None:
    scale = table.filter(pl.col("ratio").is_not_null() & (pl.col("ratio") > 0))
    for row in scale.iter_rows(named=True):
        colour, marker, again = looks[row["method"]]
        hollow = again or row["method"] == TOY or CONTROL in row["method"]
        unit = row["cost"] / row["ratio"]
        for low, high, along in (
            (row["cost_low"], row["cost_high"], True), (row["prediction_low"], row["prediction_high"], False)
        ):  # fmt: skip
            if low is None or high is None:
                continue
            x = [low / unit, high / unit] if along else [row["ratio"]] * 2
            # An interval by Student's t may reach beyond what C can be.
            y = [row["prediction"]] * 2 if along else [max(low, 0.0), min(high, 1.0)]
            panel.plot(x, y, color=colour, linewidth=0.8)
        panel.plot(
            [row["ratio"]],
            [row["prediction"]],
            linestyle="none",
            marker=marker,
            markersize=9 if hollow else 5,
            color=colour,
            markerfacecolor="white" if hollow else colour,
            label=row["method"],
            zorder=2 if hollow else 3,
        )
    edge = scale.filter(pl.col("on_frontier")).sort("ratio")
    panel.plot(edge["ratio"].to_numpy(), edge["prediction"].to_numpy(), color="0.5", linewidth=1.0, zorder=0)
    for line in (0.9, 3.0):
        panel.axvline(line, color="0.6", linewidth=0.6, linestyle=":")
    panel.set(xscale="log")
    low, high = panel.get_xlim()
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panel.minorticks_off()
