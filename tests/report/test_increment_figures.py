"""The figure of increments has a panel a log and two marks a method."""

from influence_graph.evaluation.effects import effects_frame
from influence_graph.report.increment_figures import increments_by_log


def test_a_panel_a_log_and_two_marks_a_method():
    rows = [
        {"data": data, "contrast": f"counts + {method} - counts{end}", "value": 0.1, "low": 0.0, "high": 0.2}
        for data in ("one", "two")
        for method in ("pagerank", "h_index")
        for end in ("", ", rewired", ", smallest found")
    ]
    figure = increments_by_log(effects_frame(rows))
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["one", "two"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["pagerank", "h_index"]
    assert len(figure.axes[0].collections) == 4
    assert increments_by_log(effects_frame([])).axes
