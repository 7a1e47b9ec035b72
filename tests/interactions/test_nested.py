"""Fields inside of fields, against the same paths followed in Python's dictionaries."""

from __future__ import annotations

import json

import polars as pl
import pytest

from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.nested import with_nested
from influence_graph.interactions.sources import open_source

RECORDS = [
    {
        "id": 1,
        "account": {"id": "ann", "home": {"host": "x", "age": 3}},
        "a.b": "dotted",
        "a": {"b": "inner"},
    },
    {"id": 2, "account": {"id": "bea", "home": None}, "a.b": None, "a": {"b": "inner"}},
    {"id": 3, "account": None, "a.b": "dotted", "a": None},
]


def followed(record, path):
    for name in path.split("."):
        record = None if record is None else record[name]
    return record


@pytest.mark.parametrize("path", ["account.id", "account.home.host", "account.home.age"])
def test_a_path_is_followed_and_ends_where_there_is_nothing(path):
    found = with_nested(pl.LazyFrame(RECORDS), [path]).collect()
    assert found[path].to_list() == [followed(record, path) for record in RECORDS]
    assert found.columns == [*RECORDS[0], path]


def test_several_paths_at_once_keep_their_types():
    found = with_nested(pl.LazyFrame(RECORDS), ["account.home.age", "account.id", "account.home"])
    schema = found.collect_schema()
    assert list(schema)[-3:] == ["account.home.age", "account.id", "account.home"]
    assert schema["account.home.age"] == pl.Int64()
    assert schema["account.home"] == pl.Struct({"host": pl.String(), "age": pl.Int64()})


def test_a_column_with_a_dot_in_its_name_comes_before_a_field():
    assert with_nested(pl.LazyFrame(RECORDS), ["a.b"]).collect()["a.b"].to_list() == [
        "dotted",
        None,
        "dotted",
    ]


@pytest.mark.parametrize(
    "path", ["id", "nowhere", "nowhere.id", "account.x", "account.id.x", "id.x", "account."]
)
def test_a_path_that_leads_nowhere_adds_nothing(path):
    frame = pl.LazyFrame(RECORDS)
    assert with_nested(frame, [path]).collect().equals(frame.collect())


def test_paths_of_a_file_of_lines_are_columns_where_they_are_wanted(tmp_path):
    path = tmp_path / "log.ndjson"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    wanted = ("account.id", "account.home.host", "account.nothing")
    (part,) = open_source(path, format=None, layout=TextLayout(wanted=frozenset(wanted)))
    assert set(wanted[:2]) <= set(part.names)
    assert wanted[2] not in part.names
    found = part.frame.select(wanted[:2]).collect().rows()
    assert found == [tuple(followed(record, path) for path in wanted[:2]) for record in RECORDS]
