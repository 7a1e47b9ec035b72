"""The figure of elasticities to posting: what is drawn where."""

import polars as pl
import pytest

from influence_graph.report.posting_figures import posting_elasticities


def row(**given):
    default = {
        "data": "a", "period": "1mo", "outcome": "reactions", "regressor": "items",
        "model": "person and list-period effects", "among": "all", "value": 1.0, "low": 0.9, "high": 1.1,
        "null_low": None, "null_high": None, "p": None, "rows": 10, "people": 5, "score": False,
    }  # fmt: skip
    return default | given


@pytest.fixture
def table():
    rows = [
        row(null_low=-0.1, null_high=0.2),
        row(model="log-log without zeros", among="reactions > 0", value=0.6, low=None, high=None),
        row(outcome="pagerank", score=True, value=0.5, low=-9.0, high=12.0),
        row(outcome="pagerank", score=True, regressor="threads, items held"),
        row(data="b", outcome="received", value=0.2),
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_every_elasticity_is_on_its_line(table):
    figure = posting_elasticities(table)
    first, second = figure.axes
    assert [first.get_title(loc="left"), second.get_title(loc="left")] == ["a", "b"]
    labels = [label.get_text() for label in first.get_yticklabels()]
    assert labels == [
        "reactions by items",
        "reactions by items, log-log without zeros",
        "received in the period by items",
        "score by pagerank by items",
    ]
    dots = {(line.get_xdata()[0], line.get_ydata()[0]) for line in first.lines if len(line.get_xdata()) == 1}
    assert dots == {(1.0, 0), (0.6, 1), (0.5, 3)}
    (null,) = first.patches
    assert (null.get_x(), round(null.get_width(), 9)) == (-0.1, 0.3)
    # Break-even lines, and limits that an endless interval does not stretch.
    assert {line.get_xdata()[0] for line in first.lines if list(line.get_ydata()) == [0, 1]} == {0, 1}
    assert first.get_xlim()[1] < 3
