"""Figures of overposting: what is drawn is what is in the tables."""

import numpy as np
import polars as pl
import pytest

from influence_graph.report.overposting_figures import posting_curves, posting_map

OUTCOMES = ("reactions", "reactions per post", "engagement")


def curves():
    rates = (0.5, 1.0, 2.0)
    return pl.DataFrame(
        [
            {"effort": e, "overload": o, "attention_limit": 0.0, "outcome": name, "world": world,
             "rate": rate,
             "log_value": (1 - e) * np.log(rate) + 0.1 * world}
            for e in (0.0, 2.0) for o in (0.0, 1.0) for name in OUTCOMES for world in (0, 1) for rate in rates
        ]
    )  # fmt: skip


def table():
    return pl.DataFrame(
        [
            {"effort": e, "overload": o, "attention_limit": limit, "outcome": name, "elasticity": 1 - e,
             "verdict": "falls" if e > 1 else "can't tell", "turns": o == 1.0}
            for e in (0.0, 2.0) for o in (0.0, 1.0) for limit in (0.0, 3.0) for name in OUTCOMES
        ]
    )  # fmt: skip


def test_curves_are_relative_to_the_usual_rate():
    figure = posting_curves(curves())
    flat, falling = figure.axes
    assert (flat.get_title(loc="left"), falling.get_title(loc="left")) == (
        "Effort exponent 0",
        "Effort exponent 2",
    )
    assert flat.lines[0].get_ydata() == pytest.approx([0.5, 1, 2])
    assert falling.lines[0].get_ydata() == pytest.approx([2, 1, 0.5])
    # A count of reactions is there once.
    assert [text.get_text() for text in figure.legends[0].texts] == ["reactions per post", "engagement"]


def test_the_map_has_a_panel_an_outcome_and_limit_with_its_numbers():
    figure = posting_map(table())
    assert len(figure.axes) == 4
    first = figure.axes[0]
    assert first.get_title(loc="left") == "reactions\nper post"
    assert sorted(text.get_text() for text in first.texts) == ["-1.0", "-1.0↷", "1.0", "1.0↷"]
    assert "no limit" in first.get_ylabel()
    assert "3 posts seen" in figure.axes[2].get_ylabel()
    assert len(first.collections) == 1  # the boundary at 0
