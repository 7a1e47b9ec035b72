"""The figure of sensitivity: bars as long as the effects, and indices where there are some."""

import polars as pl
import pytest

from influence_graph.report.sensitivity_figures import sensitivity

MORRIS = pl.DataFrame(
    {
        "outcome": ["x", "x", "y - z", "y - z"],
        "parameter": ["a", "b_c", "b_c", "a"],
        "mu_star": [2.0, 1.0, 5.0, 0.0],
        "mu_star_error": [0.1, None, 0.2, 0.0],
    }
)
SOBOL = pl.DataFrame(
    {"outcome": ["x", "y - z"], "parameter": ["a", "a"], "first": [0.5, 0.1], "first_error": [0.1, 0.1],
     "total": [0.7, 0.2], "total_error": [0.1, None]}
)  # fmt: skip


def test_bars_are_effects_in_order():
    figure = sensitivity(MORRIS, SOBOL.clear())
    assert len(figure.axes) == 2
    assert [bar.get_width() for bar in figure.axes[0].patches] == [2, 1]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b c"]
    assert figure.axes[1].get_title(loc="left") == "y − z"


def test_indices_have_a_row_of_their_own():
    figure = sensitivity(MORRIS, SOBOL)
    assert len(figure.axes) == 4
    assert [bar.get_width() for bar in figure.axes[2].patches] == pytest.approx([0.5, 0.7])
