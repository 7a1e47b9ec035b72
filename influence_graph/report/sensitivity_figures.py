"""The figure of the template sensitivity: elementary effects and Sobol indices."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, style


def sensitivity(morris: pl.DataFrame, sobol: pl.DataFrame) -> Figure:
    """Draw the mean size of elementary effects, and first-order and total indices, a column an outcome.

    Parameters
    ----------
    morris, sobol : DataFrame
        Of the template ``sensitivity``; ``sobol`` may be empty.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    outcomes = morris["outcome"].unique(maintain_order=True).to_list()
    most = max(morris.filter(pl.col("outcome") == name).height for name in outcomes)
    rows = 1 + (sobol.height > 0)
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.7 + 0.17 * most + (1.3 if rows == 2 else 0)))
        ratios = [0.17 * most, 1.0][:rows]
        axes = figure.subplots(rows, len(outcomes), squeeze=False, height_ratios=ratios)
        for panel, outcome in zip(axes[0], outcomes, strict=True):
            part = morris.filter(pl.col("outcome") == outcome)
            place = np.arange(part.height)
            size, error = part["mu_star"].to_numpy(), part["mu_star_error"].fill_null(0.0).to_numpy()
            panel.barh(place, size, xerr=error, color=COLOURS[0], height=0.65, error_kw={"elinewidth": 0.8})
            panel.set_yticks(place, [name.replace("_", " ") for name in part["parameter"]])
            panel.invert_yaxis()
            panel.set_title(outcome.replace(" - ", " − "))
            panel.set_xlabel("Mean size of elementary effects (whole range)")
        for panel, outcome in zip(axes[-1] if rows == 2 else [], outcomes, strict=False):
            part = sobol.filter(pl.col("outcome") == outcome)
            place = np.arange(part.height)
            for shift, name, colour in ((-0.18, "first", COLOURS[4]), (0.18, "total", COLOURS[1])):
                error = part[f"{name}_error"].fill_null(0.0).to_numpy()
                panel.barh(
                    place + shift, part[name].to_numpy(), xerr=error, height=0.34, color=colour, label=name,
                    error_kw={"elinewidth": 0.8},
                )  # fmt: skip
            panel.set_yticks(place, [name.replace("_", " ") for name in part["parameter"]])
            panel.invert_yaxis()
            panel.set_xlabel("Sobol index")
        if rows == 2:
            figure.legend(*axes[-1][0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
