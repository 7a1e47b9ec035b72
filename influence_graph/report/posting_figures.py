"""The figure of elasticities to posting."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, style

_SAID = {
    "received": "received in the period",
    "new_people": "people new to the thread",
    "to_threads": "reactions to threads",
}


def posting_elasticities(table: pl.DataFrame) -> Figure:
    """Draw elasticities of reactions and scores to posting, a column of panels a log.

    The line at 0 is where posting more changes nothing (a count rises right of it), that at 1 where each item
    gets as much as before. Grey: the interval of estimates after each person's periods were permuted.

    Parameters
    ----------
    table : DataFrame
        Of the template ``posting``.

    Returns
    -------
    Figure
        As wide as a page of two columns.
    """
    held = (pl.col("regressor") == "threads, items held") & ~pl.col("score")
    table = table.filter(pl.col("regressor").is_in(["items", "threads"]) | held)
    logs = table["data"].unique(maintain_order=True).to_list()
    keys = ["score", "outcome", "regressor", "model", "among"]
    rows = table.select(keys).unique(maintain_order=True).sort("score", maintain_order=True)
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.8 + 0.17 * rows.height))
        panels = figure.subplots(1, len(logs), sharey=True, squeeze=False)[0]
        for panel, data in zip(panels, logs, strict=True):
            here = table.filter(pl.col("data") == data)
            for place, key in enumerate(rows.iter_rows(named=True)):
                one = here.filter(*(pl.col(name) == key[name] for name in keys))
                if one.height:
                    _draw(panel, place, one.row(0, named=True))
            panel.axvline(0, color="0.5", linewidth=0.6)
            panel.axvline(1, color="0.5", linewidth=0.6, linestyle=(0, (4, 3)))
            panel.set(title=data, xlabel="Elasticity")
            panel.tick_params(axis="y", length=0)
            panel.set_xlim(*_limits(here))
        panels[0].set_yticks(range(rows.height), [_label(key) for key in rows.iter_rows(named=True)])
        panels[0].set_ylim(rows.height - 0.5, -0.5)
        figure.legend(
            [
                Line2D([], [], color=COLOURS[0], marker="o", markersize=3.6),
                Line2D([], [], color=COLOURS[1], marker="X", linewidth=0, markersize=4.5),
                Patch(color="0.85"),
                Line2D([], [], color="0.5", linewidth=0.6),
                Line2D([], [], color="0.5", linewidth=0.6, linestyle=(0, (4, 3))),
            ],
            [
                "Poisson, robust to people",
                "log-log, periods without reactions dropped",
                "periods permuted",
                "0: posting changes nothing",
                "1: each item gets as much as before",
            ],
            loc="outside lower left",
            ncols=3,
        )
    return figure


def _draw(panel: Axes, place: int, row: dict[str, float]) -> None:
    if row["null_low"] is not None:
        panel.barh(place, row["null_high"] - row["null_low"], left=row["null_low"], height=0.7, color="0.85")
    if row["low"] is None:
        panel.plot(row["value"], place, "X", color=COLOURS[1], markersize=4.5)
        return
    panel.hlines(place, row["low"], row["high"], color=COLOURS[0], linewidth=1.4)
    panel.plot(row["value"], place, "o", color=COLOURS[0], markersize=3.6)


def _limits(table: pl.DataFrame) -> tuple[float, float]:
    """Return limits that hold 0, 1 and all values, and intervals as far as they are no wider than that."""
    values = table["value"].to_numpy()
    ends = np.clip(np.concatenate([table["low"].fill_null(0.0), table["high"].fill_null(0.0)]), -1.5, 2.5)
    return float(min(-0.2, *values, *ends)) - 0.05, float(max(1.2, *values, *ends)) + 0.05


def _label(key: dict[str, str]) -> str:
    outcome = f"score by {key['outcome']}" if key["score"] else _SAID.get(key["outcome"], key["outcome"])
    regressor = key["regressor"].replace("threads", "threads started")
    model = "" if key["model"] == "person and list-period effects" else f", {key['model']}"
    among = "" if key["among"] in ("all", "reactions > 0") else f", {key['among']}"
    return f"{outcome} by {regressor}{model}{among}"
