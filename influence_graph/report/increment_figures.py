"""Figures of what graph methods add to counts."""

from __future__ import annotations

import polars as pl
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, style


def increments_by_log(effects: pl.DataFrame) -> Figure:
    """Draw what each graph method adds to counts, one panel a log, with the rewired null beside it.

    Parameters
    ----------
    effects : DataFrame
        The table ``effects`` of the template ``increment``.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    plain = effects.filter(pl.col("contrast").str.ends_with(" - counts"))
    logs = plain["data"].unique(maintain_order=True).to_list()
    contrasts = plain["contrast"].unique(maintain_order=True).to_list()
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 1.0 + 0.3 * max(1, len(contrasts))))
        axes = figure.subplots(1, max(1, len(logs)), squeeze=False, sharey=True)[0]
        for panel, log in zip(axes, logs, strict=False):
            panel.axvline(0, color="0.4", linewidth=0.6)
            for ending, colour, marker, shift, label in (
                ("", COLOURS[0], "o", -0.13, "this log"),
                (", rewired", COLOURS[1], "s", 0.13, "rewired logs"),
            ):
                for place, contrast in enumerate(contrasts):
                    found = effects.filter(
                        (pl.col("data") == log) & (pl.col("contrast") == contrast + ending)
                    )
                    if not found.height:
                        continue
                    value, low, high = (found[name][0] for name in ("value", "low", "high"))
                    if low is not None:
                        panel.hlines(place + shift, low, high, color=colour, linewidth=1.2)
                    panel.plot(value, place + shift, marker, color=colour, markersize=3,
                               label=label if place == 0 else None)  # fmt: skip
            names = [one.removeprefix("counts + ").removesuffix(" - counts") for one in contrasts]
            panel.set_yticks(range(len(names)), names)
            panel.set_ylim(len(names) - 0.5, -0.5)
            panel.set_title(log)
            panel.grid(axis="x")
            panel.set_xlabel("Share of deviance added")
        handles, labels = axes[0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower left", ncols=2)
    return figure
