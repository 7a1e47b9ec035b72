"""From raw columns to the columns of a log, and what makes a row unusable."""

from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.inspect_columns import survey
from influence_graph.interactions.read import read_interactions
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import ROW, open_source
from influence_graph.interactions.validate import FILE, NO_ERRORS, PROBLEM, given, validated


def problems_of(frame, rules=None, ids=None):
    """Return the problem of each row, or None, and the columns made."""
    rules = rules or Rules()
    (part,) = open_source(frame, format=None, layout=TextLayout())
    made, problems = validated(survey(part, rules), rules, ids=ids or pl.String(), unit=None, file=3)
    table = made.collect()
    return [problems[code - 1].reason if code else None for code in table[PROBLEM]], table


def test_each_row_has_its_first_problem():
    frame = pl.DataFrame(
        {
            "source": ["a", None, "a", "a", "a", " "],
            "target": ["b", "b", None, "b", "b", None],
            "kind": ["like", "like", "like", "post", "", "post"],
            "weight": [1.0, -1.0, 1.0, 1.0, 0.0, 1.0],
        }
    )
    reasons, table = problems_of(frame)
    assert reasons == [
        None,
        "the source is empty",
        "the target is empty and the kind is not 'post'",
        "a 'post' has a target",
        "the kind is empty",
        "the source is empty",
    ]
    assert table[ROW].to_list() == [1, 2, 3, 4, 5, 6]
    assert set(table[FILE]) == {3}


def test_signed_weights_become_distrust():
    frame = pl.DataFrame({"source": ["a", "a"], "target": ["b", "c"], "weight": [-2.0, 3.0]})
    assert problems_of(frame)[0] == ["the weight is below zero", None]
    reasons, table = problems_of(frame, Rules(signed=True))
    assert reasons == [None, None]
    assert table.select("kind", "weight").rows() == [("distrust", 2.0), ("interaction", 3.0)]


def test_ids_as_integers_and_as_text():
    frame = pl.DataFrame({"source": [1.0, 2.5, 2.0**60], "target": [3, 3, 3]})
    assert problems_of(frame, ids=pl.Int64())[0] == [None, "the source is no id", "the source is no id"]
    assert problems_of(frame, ids=pl.String())[1]["target"].to_list() == ["3"] * 3


def test_what_counts_as_given():
    for values, there in (
        ([1.0, float("nan"), None], [True, False, False]),
        (["a", " ", None], [True, False, False]),
    ):
        column = pl.DataFrame({"x": values})
        found = column.select(given(pl.col("x"), column.schema["x"])).to_series().to_list()
        assert found == there


def test_what_is_no_error():
    assert {"empty line", "the header again"} == NO_ERRORS


@pytest.mark.parametrize(("unit", "second", "beyond"), [("ms", 10**3, 2**60), ("us", 10**6, 2**62)])
def test_a_time_outside_of_the_years_1_to_9999_can_not_be_used(unit, second, beyond):
    fine = datetime(2019, 3, 1, tzinfo=UTC)
    times = pl.Series("timestamp", [int(fine.timestamp()) * second, beyond])
    frame = pl.DataFrame({"source": [1, 2], "target": [2, 3]})
    frame = frame.with_columns(times.cast(pl.Datetime(unit, "UTC")))
    with pytest.raises(SchemaError, match=rf"row 2: .* {beyond} .*in the years 1 to 9999"):
        read_interactions(frame)
    log = read_interactions(frame, on_error="skip")
    assert log.frame.collect()["timestamp"].to_list() == [fine]


def test_a_date_outside_of_the_years_1_to_9999_can_not_be_used():
    dates = pl.Series("timestamp", [17_956, 2**30], dtype=pl.Int32).cast(pl.Date)
    frame = pl.DataFrame({"source": [1, 2], "target": [2, 3]}).with_columns(dates)
    assert read_interactions(frame, on_error="skip").report.kept == 1


#: One bad row a rule: the column that is at fault, its value, and the problem.
BAD = [
    ("source", None, "the source is empty"),
    ("source", 2.5, "the source is no id"),
    ("target", None, "the target is empty and the kind is not 'post'"),
    ("target", 2.0**54, "the target is no id"),
    ("kind", " ", "the kind is empty"),
    ("kind", "post", "a 'post' has a target"),
    ("timestamp", None, "the timestamp is empty"),
    ("timestamp", "soon", "the timestamp does not parse"),
    ("weight", " ", "the weight is empty"),
    ("weight", "heavy", "the weight is not a number"),
    ("weight", "inf", "the weight is not finite"),
    ("weight", "0", "the weight is zero"),
    ("weight", "-1", "the weight is below zero"),
    ("item", 0.5, "the item is no id"),
    ("parent", 0.5, "the parent is no id"),
    ("topic", 0.5, "the topic is no id"),
]
GOOD = {
    **{"source": 1.0, "target": 2.0, "kind": "like", "timestamp": "2020-01-02T00:00:00Z", "weight": "1"},
    **{"item": 3.0, "parent": 4.0, "topic": 5.0},
}


def test_each_rule_finds_its_own_row_and_no_other():
    rows = [GOOD, *(GOOD | {column: value} for column, value, _ in BAD)]
    reasons, _ = problems_of(pl.DataFrame(rows, infer_schema_length=None), ids=pl.Int64())
    assert reasons == [None, *(reason for *_, reason in BAD)]
    assert len(set(reasons)) == len(BAD) + 1
