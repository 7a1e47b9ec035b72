"""The figure of told against recomputed: a panel a method and question."""

import polars as pl

from influence_graph.report.explanation_figures import told_recomputed


def test_a_point_a_telling_and_an_empty_panel_where_nothing_is_told():
    rows = [
        ("a", "h_index", "one part", "Shapley", 3.0, 4.0),
        ("a", "pagerank", "one part", "Shapley", 5.0, 7.0),
        ("a", "pagerank", "one part", "decomposition", 6.5, 7.0),
        ("a", "pagerank", "change", "decomposition", 2.0, 2.0),
    ]
    columns = ["data", "method", "question", "telling", "told", "recomputed"]
    figure = told_recomputed(pl.DataFrame(rows, schema=columns, orient="row"))
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert titles == ["pagerank: one part", "pagerank: change", "h_index: one part", "h_index: change"]
    dots = {
        (float(x), float(y))
        for line in figure.axes[0].lines
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    assert {(5.0, 7.0), (6.5, 7.0)} <= dots
    assert figure.axes[3].texts[0].get_text() == "not told"
