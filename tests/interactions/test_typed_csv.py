"""Delimited text that is typed at once: the same as read as text, or not at all."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions import typed_csv
from influence_graph.interactions.read import read_interactions
from influence_graph.interactions.typed_csv import typed_table

ROLES = {name: name for name in ("source", "target", "weight", "timestamp")}


def typed(text, names="source,target", marks=(",", None, '"')):
    return typed_table(text.encode(), names.split(","), ROLES, marks, skip=0)


def test_plain_integers_and_text():
    assert typed("1,2\n-3,0\n").schema == {"source": pl.Int64, "target": pl.Int64}
    assert typed("b,a\n3,0\n").rows() == [("b", "a"), ("3", "0")]
    assert typed('1,"2"\n').rows() == [(1, 2)]


@pytest.mark.parametrize("field", ["007", "+7", " 7", "7 ", "-0", "00"])
def test_integers_that_would_come_back_otherwise_are_left_to_text(field):
    many = "1,2\n" * 1_000
    assert typed(f"{many}{field},2\n") is None
    assert typed(f"{many}2,{field}\n") is None
    assert typed(f"1,2\n{field},2\n").rows() == [("1", "2"), (field, "2")]


@pytest.mark.parametrize("field", ["7.0", "nan", "ann", "9223372036854775808"])
def test_what_is_no_integer_below_integers_is_left_to_text(field):
    many = "1,2\n" * 1_000
    assert typed(f"{many}{field},2\n") is None


def test_times_and_weights():
    table = typed("b,a,2,2012-07-04T08:00:00Z\n", "source,target,weight,timestamp")
    assert table.rows() == [("b", "a", 2.0, datetime(2012, 7, 4, 8, tzinfo=UTC))]
    for time in (
        "2012-07-04",
        "1341388800",
        "Wed Jul 04 08:00:00 +0000 2012",
        "2012-07-04T08:00:00+01:00",
        "",
    ):
        assert typed(f"b,a,2,{time}\n", "source,target,weight,timestamp") is None
    assert typed("b,a,many,2012-07-04T08:00:00Z\n", "source,target,weight,timestamp") is None


def test_rows_of_another_length_are_left_to_text():
    assert typed("1,2\n1,2,3\n") is None
    assert typed("1\n", "source") is None


@pytest.mark.parametrize("weight", [[1, 2], [1, 2**60 + 1], [1, None], [1.5, 2.0]])
@pytest.mark.parametrize(
    "times", [["2018-10-10T20:19:24Z"] * 2, ["2018-10-10T20:19:24Z", "2018-10-10"], None]
)
def test_json_that_is_plainly_written_reads_as_json_does(tmp_path, monkeypatch, weight, times):
    path = tmp_path / "log.ndjson"
    rows = [{"source": n, "target": 9, "weight": weight[n]} for n in range(2)]
    rows = [row | ({"timestamp": times[n]} if times else {}) for n, row in enumerate(rows)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def answer():
        try:
            log = read_interactions(path)
            return log.frame.collect().rows(), str(log.report)
        except SchemaError as error:
            return str(error)

    fast = answer()
    monkeypatch.setattr(typed_csv, "typed_columns", lambda frame, roles: None)
    assert answer() == fast
