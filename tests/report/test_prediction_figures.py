"""Figures of prediction: a panel a log, a line a method."""

import numpy as np

from influence_graph.evaluation.effects import effects_frame
from influence_graph.report.prediction_figures import concordance_by_half_life, contrasts_by_log

ROWS = [
    {"data": data, "graph": graph, "contrast": contrast, "measure": "C", "among": among, "value": 0.1,
     "low": 0.0 if graph != "no decay" else None, "high": 0.2 if graph != "no decay" else None}
    for data in ("one", "two")
    for graph in ("no decay", "half-life 1 horizon")
    for contrast in ("reactors", "pagerank", "pagerank - reactors", "random - reactors")
    for among in ("active", "active, 20 reactors", "everybody")
]  # fmt: skip


def test_contrasts_have_a_panel_a_log_and_a_line_a_risk_set():
    figure = contrasts_by_log(effects_frame(ROWS))
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["one", "two"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["pagerank", "random"]
    assert len(figure.axes[0].collections) == 6
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "active",
        "active, 20 reactors",
        "everybody",
    ]


def test_half_lives_are_in_order_with_no_decay_last():
    figure = concordance_by_half_life(effects_frame(ROWS))
    assert len(figure.axes) == 4
    labels = [label.get_text() for label in figure.axes[-1].get_xticklabels()]
    assert labels == ["1", "none"]
    assert np.allclose([line.get_ydata() for line in figure.axes[0].lines], 0.1)


def test_a_log_without_effects_is_an_empty_figure():
    assert contrasts_by_log(effects_frame([])).axes
    assert concordance_by_half_life(effects_frame([])).axes
