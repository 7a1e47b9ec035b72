"""The figure of the template calibration: moments of logs and of the simulation fitted to them."""

from __future__ import annotations

import polars as pl
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, style


def moment_fit(parts: pl.DataFrame, moments: pl.DataFrame) -> Figure:
    """Draw the moments of the parts of each log, those fitted and those checked, and of the simulation.

    Parameters
    ----------
    parts, moments : DataFrame
        Of the template ``calibration``.

    Returns
    -------
    Figure
        A panel a moment, a row in it a log; each moment on its own scale.
    """
    names = [
        name for name in moments["moment"].unique(maintain_order=True) if parts[name].is_not_null().any()
    ]
    logs = moments["data"].unique(maintain_order=True).to_list()
    columns = 4
    rows = -(-len(names) // columns)
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.4 + rows * (0.75 + 0.25 * len(logs))))
        axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for panel in axes[len(names) :]:
            panel.set_visible(False)
        for panel, name in zip(axes, names, strict=False):
            for height, log in enumerate(logs):
                here = parts.filter(pl.col("data") == log)
                for use, shift, colour in (("fitted", -0.15, COLOURS[0]), ("checked", 0.15, COLOURS[2])):
                    values = here.filter(pl.col("use") == use)[name].drop_nulls().to_list()
                    panel.plot(
                        values, [height + shift] * len(values), "|", color=colour, markersize=8,
                        label=use if height == 0 else None,
                    )  # fmt: skip
                row = moments.filter((pl.col("data") == log) & (pl.col("moment") == name))
                value = row["simulated"][0] if row.height and row["fitted"][0] is not None else None
                if value is not None:
                    label = "simulated" if height == 0 else None
                    panel.plot(value, height, "o", color=COLOURS[1], markersize=4, label=label)
            panel.set_title(name.replace("_", " "), fontsize=7)
            panel.set_yticks(range(len(logs)), logs)
            panel.set_ylim(len(logs) - 0.5, -0.5)
            panel.grid(axis="x")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure
