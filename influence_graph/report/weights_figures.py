"""The figure of rank ranges over a space of weights."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, style

_COLUMNS = 3


def rank_ranges(table: pl.DataFrame, summary: pl.DataFrame) -> Figure:
    """Draw the range of the rank of each of the top, a panel a log and space of weights: in the band.

    Pale: no weights of the region give a rank outside; dark: ranks that some weights give. A range that ends
    left of the vertical line is certain to be in the top.

    Parameters
    ----------
    table : DataFrame
        The table ``rank_ranges`` of the template ``weights``.
    summary : DataFrame
        Its table ``weights``.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    keys = ["data", "graph", "space", "region"]
    band = table.filter(pl.col("region") != "interior")
    table = band if band.height else table
    shown = table.select(keys).unique(maintain_order=True).rows(named=True)
    rows = -(-len(shown) // _COLUMNS)
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.5 + 2.0 * rows))
        panels = figure.subplots(rows, _COLUMNS, squeeze=False)
        for panel in panels.flat[len(shown) :]:
            panel.set_axis_off()
        for panel, key in zip(panels.flat, shown, strict=False):
            where = [pl.col(name) == key[name] for name in keys]
            known = summary.filter(*where).row(0, named=True)
            _ranges(panel, table.filter(*where), known["k"])
            title = " · ".join(key[name] for name in ("data", "graph") if key[name])
            counts = f"{known['certain']} of {known['k']} certain, {known['possible']:,} possible"
            panel.set_title(f"{title}: {key['space']}, {key['region']}\n{counts}", fontsize=6.5)
        for row in panels:
            row[0].set_ylabel("Rank by the base")
        for panel in panels.flat[max(0, len(shown) - _COLUMNS) : len(shown)]:
            panel.set_xlabel("Rank over all weights")
        handles = [
            Line2D([], [], color=colour, linewidth=2)
            for colour in ("0.8", COLOURS[0], COLOURS[2])
        ]  # fmt: skip
        labels = ["not excluded", "some weights give it", "in the top whatever the weights"]
        figure.legend(handles, labels, loc="outside lower left", ncols=3)
    return figure


def _ranges(panel: Axes, table: pl.DataFrame, k: int) -> None:
    rank, low, high, first, last = (
        table[name].to_numpy() for name in ("rank", "low", "high", "seen_low", "seen_high")
    )
    certain = high <= k
    panel.hlines(rank, low, high, color="0.8", linewidth=1.2)
    for chosen, colour in ((~certain, COLOURS[0]), (certain, COLOURS[2])):
        panel.hlines(rank[chosen], first[chosen], last[chosen], color=colour, linewidth=1.0)
    panel.axvline(k, color="0.4", linewidth=0.6, linestyle=(0, (4, 3)))
    panel.set(xscale="log", xlim=(0.9, max(float(high.max()), k) * 1.3), ylim=(k + 1, 0))
    panel.xaxis.set_major_formatter("{x:,.0f}")
    panel.xaxis.set_minor_locator(NullLocator())
