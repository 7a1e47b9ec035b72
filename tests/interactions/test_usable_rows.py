"""Rows that can be used, and the one complaint about those that can not."""

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.inspect_columns import survey
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import Part
from influence_graph.interactions.tally import Tally
from influence_graph.interactions.usable_rows import usable_rows

ROWS = pl.DataFrame(
    {
        "source": ["bea", "cem", "", "dia", "bea"],
        "target": ["ann", "ann", "ann", "ann", "ann"],
        "weight": [1.0, -2.0, 1.0, -3.0, 1.0],
        "memo": ["x"] * 5,
    }
)


def used(*, skip, secret=False):
    part = Part("log", ROWS.lazy(), text=False, held=True, names=ROWS.columns)
    tally = Tally([part], sampled=None)
    frame = usable_rows([survey(part, Rules())], Rules(), tally, skip=skip, separate=False, secret=secret)
    return frame.collect(), tally


def test_the_first_bad_row_is_named_and_all_are_counted():
    with pytest.raises(SchemaError) as error:
        used(skip=False)
    text = str(error.value)
    assert text.startswith("log, row 2: column 'weight' is -2.0: ")
    assert "2 rows have this problem. 1 more: " in text


def test_no_value_is_shown_of_a_secret_log():
    with pytest.raises(SchemaError) as error:
        used(skip=False, secret=True)
    assert "row 2" in str(error.value)
    assert "-2.0" not in str(error.value)


def test_bad_rows_are_left_out_by_reason():
    frame, tally = used(skip=True)
    assert frame["weight"].to_list() == [1.0, 1.0]
    report = tally.report_of_some()
    assert (report.read, report.kept) == (5, 2)
    assert sorted(report.left_out["rows"].to_list()) == [1, 2]
    assert report.notes == ("log: columns not read: 'memo'",)
