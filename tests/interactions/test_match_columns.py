"""Which column is which, and what a message says that works as it stands."""

import json
from pathlib import Path

import polars as pl
import pytest

from influence_graph.errors import ConfigError, SchemaError
from influence_graph.interactions.match_columns import check_columns, match_columns
from influence_graph.interactions.read import read_interactions
from influence_graph.interactions.sources import Part

ENDS = ("source", "target")


def part(*names):
    return Part(
        "log", pl.LazyFrame({name: ["x"] for name in names}), text=False, held=True, names=list(names)
    )


def test_columns_are_taken_by_their_names_unless_the_caller_says_otherwise():
    assert match_columns(part("source", "target", "x"), None, ENDS) == {
        "source": "source",
        "target": "target",
    }
    swapped = match_columns(part("source", "target"), {"source": "target", "target": "source"}, ENDS)
    assert swapped == {"source": "target", "target": "source"}
    # A column that is taken for another is not read twice.
    taken = match_columns(part("source", "target", "kind"), {"target": "kind"}, ENDS)
    assert taken == {"source": "source", "target": "kind"}
    by_place = match_columns(part("a", "b", "c"), ["source", None, "target"], ENDS)
    assert by_place == {"source": "a", "target": "c"}


@pytest.mark.parametrize("columns", ["source", 7, {"sauce": "a"}, {"a": "source"}, ["source", "source"]])
def test_what_is_no_naming_of_columns_is_refused(columns):
    with pytest.raises(ConfigError, match="columns"):
        check_columns(columns)
    check_columns(None)
    check_columns({"source": "a"})


def test_the_target_by_its_parent(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("author,id,parent_id,created_utc\nb,2,1,1600000000\na,1,,1600000000\n")
    with pytest.raises(SchemaError) as error:
        read_interactions(path)
    columns = {"source": "author", "timestamp": "created_utc", "item": "id", "parent": "parent_id"}
    assert f"columns={columns!r}" in str(error.value)
    assert read_interactions(path, columns=columns, kind="reply").report.kept == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"data": [{"source": "b", "target": "a"}], "meta": {}}', "the records are in 'data'"),
        ('{"nodes": [{"id": "b"}], "links": [{"source": "b", "target": "a"}]}', "edges='links'"),
        ('{"source": {"$oid": "1"}, "target": {"$oid": "2"}}', "by its path: 'source.$oid'"),
        ('{"source": ["b"], "target": ["a"]}', "explode makes a row of each"),
        ('{"source": {"0": "b"}, "target": {"0": "a"}}', "df.to_json(orient='records', lines=True)"),
    ],
)
def test_json_of_another_shape(tmp_path, content, said):
    (tmp_path / "log.json").write_text(content)
    with pytest.raises(SchemaError) as error:
        read_interactions(tmp_path / "log.json")
    assert said in str(error.value)


def test_a_path_and_records_as_the_messages_say(tmp_path):
    path = tmp_path / "log.json"
    path.write_text('{"source": {"$oid": "b"}, "target": {"$oid": "a"}}\n')
    columns = {"source": "source.$oid", "target": "target.$oid"}
    assert read_interactions(path, columns=columns).frame.collect()["source"].to_list() == ["b"]
    path.write_text('{"data": [{"source": "b", "target": "a"}]}')
    with pytest.raises(SchemaError) as error:
        read_interactions(path)
    code = str(error.value).split("as an array: ")[1].removesuffix(".")
    exec(code.replace("records.json", str(tmp_path / "records.json")), {"json": json, "Path": Path})
    assert read_interactions(tmp_path / "records.json").report.kept == 1
