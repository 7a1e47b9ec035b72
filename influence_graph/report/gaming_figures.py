"""Figures of the template gaming: least costs by method, and what a detector leaves."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from influence_graph.report._style import COLOURS, DOUBLE_COLUMN, MARKERS, style


def attack_costs(costs: pl.DataFrame, attacks: pl.DataFrame) -> Figure:
    """Draw the least cost of each method, by log, for each person that is lifted into the narrowest top.

    Parameters
    ----------
    costs, attacks : DataFrame
        Of the template ``gaming``.

    Returns
    -------
    Figure
        A panel a log; a point is the median over the prices, its line the range over the cone.
    """
    logs = costs["data"].unique(maintain_order=True).to_list()
    methods = costs["method"].unique(maintain_order=True).to_list()
    persons = costs["person"].unique(maintain_order=True).to_list()
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.8 + 0.28 * len(methods) * -(-max(1, len(logs)) // 2)))
        shape = (max(1, -(-len(logs) // 2)), min(2, max(1, len(logs))))
        panels = figure.subplots(*shape, sharey=True, sharex=True, squeeze=False).ravel()
        for panel, data in zip(panels, logs, strict=False):
            part = costs.filter(pl.col("data") == data)
            narrow = part.filter(pl.col("top") == part["top"].min())
            for place, person in enumerate(persons):
                for at, method in enumerate(methods):
                    found = narrow.filter((pl.col("person") == person) & (pl.col("method") == method))["cost"]
                    if not len(found):
                        continue
                    y = at + 0.22 * (place - (len(persons) - 1) / 2)
                    low, mid, high = found.min(), found.median(), found.max()
                    panel.plot([low, high], [y, y], color=COLOURS[place], linewidth=1.0)
                    panel.plot([mid], [y], color=COLOURS[place], marker=MARKERS[place], markersize=3.5)
            top, people = (
                part["top"].to_numpy().min(),
                int(attacks.filter(pl.col("data") == data)["people"][0]),
            )
            panel.set_title(f"{data}: into the top {float(top):.1%} of {people:,}", fontsize=8)
            panel.set(xscale="log")
            panel.xaxis.set_major_formatter("{x:g}")
            panel.xaxis.set_minor_formatter(NullFormatter())
            panel.grid(axis="x", linewidth=0.3)
        for panel in panels[len(logs) :]:
            panel.set_visible(False)
        for panel in panels[max(0, len(logs) - shape[1]) : len(logs)]:
            panel.tick_params(labelbottom=True)  # the lowest of its column
        panels[0].set_yticks(range(len(methods)), methods)
        panels[0].invert_yaxis()
        figure.supxlabel("Least cost found, in new accounts (line: range over prices)", fontsize=8)
        handles = [
            Line2D([], [], color=COLOURS[at], marker=MARKERS[at], label=person)
            for at, person in enumerate(persons)
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def bites_back(table: pl.DataFrame) -> Figure:
    """Draw recall, and what fan clubs and other people lose, at each false positive rate.

    Parameters
    ----------
    table : DataFrame
        ``detection`` of the template ``gaming``.

    Returns
    -------
    Figure
        Left: recall of each attack's accounts. Right: the share of reactors that honest people lose.
    """
    farmed = table.drop_nulls("recall")
    rates = sorted(farmed["false_positive_rate"].unique())
    rows = farmed.select("data", "method", "attack").unique(maintain_order=True)
    names = [f"{data}, {method}: {attack}" for data, method, attack in rows.iter_rows()]
    with style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 1.3 + 0.16 * max(4, len(names))))
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        for place, rate in enumerate(rates):
            part = farmed.filter(pl.col("false_positive_rate") == rate)
            values = rows.join(part, on=["data", "method", "attack"], how="left", maintain_order="left")[
                "recall"
            ]
            left.plot(
                values.to_numpy(), np.arange(len(names)) + 0.2 * place, linestyle="none",
                marker=MARKERS[place], color=COLOURS[place], label=f"false positives {rate:.1%}",
            )  # fmt: skip
            lost = part.select(pl.col("fans_lost").mean(), pl.col("others_lost").mean()).row(0)
            at = np.arange(2) + 0.35 * (place - (len(rates) - 1) / 2)
            right.bar(at, [value or 0.0 for value in lost], width=0.3, color=COLOURS[place])
        left.set_yticks(range(len(names)), names, fontsize=6)
        left.invert_yaxis()
        left.set(xlim=(-0.03, 1.03), xlabel="Recall: share of the attacker's accounts found")
        right.set_xticks([0, 1], ["people\nwith a\nfan club", "others\nwith an\naudience"])
        right.set_ylim(0.0, max(0.01, right.get_ylim()[1]))
        right.set_ylabel("Share of real reactors removed")
        figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
