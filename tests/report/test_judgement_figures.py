"""The figure of judgement: a panel a question, with what is in the table."""

import polars as pl
import pytest

from influence_graph.report.judgement_figures import judgement

COLUMNS = ["data", "graph", "asked", "among", "what", "measure", "value", "low", "high", "people", "members"]
ROWS = [
    ("PeerIndex", "", "judged pairs", "", "learned weights", "accuracy", 0.77, 0.74, 0.80, 949, None),
    ("PeerIndex", "", "judged pairs", "", "posts", "accuracy", 0.64, 0.60, 0.68, 949, None),
    ("PeerIndex", "", "judged pairs", "", "a second judge", "accuracy", 0.74, 0.70, 0.78, 949, None),
    ("PeerIndex", "", "judged pairs", "", "the best model, at most", "accuracy", 0.85, 0.8, 0.9, 949, None),
    ("lists", "", "in_core", "everybody", "pagerank", "C", 0.9, 0.8, 1.0, 80, 7),
    ("lists", "", "in_core", "everybody", "pagerank", "C within strata", 0.6, None, None, 80, 7),
    ("X", "", "views", "", "followers", "R2", 0.44, 0.4, 0.48, 30, None),
    ("X", "", "views", "", "pagerank", "R2 added", 0.02, 0.01, 0.03, 30, None),
]


def test_each_question_has_its_panel():
    pairs, members, views, nothing = judgement(pl.DataFrame(ROWS, COLUMNS, orient="row")).axes
    assert not nothing.axison
    points = [line.get_xdata()[0] for line in pairs.lines if line.get_marker() == "o"]
    assert points == [0.77, 0.64]  # bounds are no models
    assert [label.get_text() for label in pairs.get_yticklabels()] == ["learned weights", "posts"]
    (band,) = pairs.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((0.74, 0.85))
    assert members.get_title(loc="left") == "lists: in core, 7 of 80 people"
    assert {line.get_marker(): line.get_xdata()[0] for line in members.lines[:2]} == {"o": 0.9, "s": 0.6}
    assert views.get_xlabel() == "Variance added to the 0.440 that followers tell"
    assert [line.get_xdata()[0] for line in views.lines if line.get_marker() == "o"] == [0.02]
    assert [label.get_text() for label in views.get_yticklabels()] == ["pagerank"]


def test_one_question_alone():
    (panel,) = judgement(pl.DataFrame(ROWS[4:6], COLUMNS, orient="row")).axes
    assert panel.get_xlabel().startswith("C of members; squares")
