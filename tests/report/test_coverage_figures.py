"""The figure of hiding parts: dots for networks, lines for shares."""

import polars as pl

from influence_graph.report.coverage_figures import coverage_survival


def row(**given):
    default = {
        "data": "a", "graph": "", "method": "pagerank", "what": "network", "part": "x", "share": None,
        "draw": 0, "share_hidden": 0.4, "k": 10, "survival": 0.7, "low": 0.5, "high": 0.9,
        "expected_survival": 0.95,
    }  # fmt: skip
    return default | given


def test_networks_are_dots_and_shares_lines():
    rows = [row(), row(part="y", share_hidden=0.1, survival=1.0)]
    rows += [
        row(
            what="rows",
            part="random",
            share=share,
            share_hidden=share,
            draw=draw,
            survival=1 - share - draw / 10,
        )
        for share in (0.25, 0.5)
        for draw in (0, 1)
    ]
    rows += [one | {"method": method} for one in rows for method in ("random", "engagement")]
    figure = coverage_survival(pl.DataFrame(rows, infer_schema_length=None))
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert titles == ["a · engagement", "a · pagerank"]
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[1].lines]
    assert ([0.4, 0.1], [0.7, 1.0]) in drawn
    assert any(
        x == [0.25, 0.5] and [round(one, 9) for one in y] == [0.7, 0.45] for x, y in drawn
    )  # the mean of the draws
    assert [text.get_text() for text in figure.axes[1].texts] == ["x"]
