"""The figure of calibration: a panel a moment that some log says, with parts and simulation."""

import polars as pl

from influence_graph.report.calibration_figures import moment_fit


def test_parts_and_simulation_are_drawn_where_the_log_says():
    parts = pl.DataFrame(
        {
            "data": ["a", "a", "b"],
            "use": ["fitted", "checked", "fitted"],
            "reciprocity": [0.1, 0.2, 0.3],
            "delay": pl.Series([None, None, None], dtype=pl.Float64),
        }
    )
    moments = pl.DataFrame(
        {
            "data": ["a", "a", "b", "b"],
            "moment": ["reciprocity", "delay"] * 2,
            "fitted": [0.1, None, 0.3, None],
            "simulated": [0.15, 1.0, 0.25, 1.0],
        }
    )
    figure = moment_fit(parts, moments)
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title(loc="left") for panel in shown] == ["reciprocity"]
    drawn = sorted(value for line in shown[0].lines for value in line.get_xdata())
    assert drawn == [0.1, 0.15, 0.2, 0.25, 0.3]
    assert [label.get_text() for label in shown[0].get_yticklabels()] == ["a", "b"]
