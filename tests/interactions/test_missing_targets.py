"""Targets of rows that only name their parent, as files and frames have them."""

from __future__ import annotations

import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import SchemaError

ROWS = pl.DataFrame(
    {
        "source": ["ann", "bea", "cem", "dan"],
        "kind": ["post", "reply", "reply", "reply"],
        "item": ["1", "2", "3", "4"],
        "parent": [None, "1", "2", "404"],
    }
)
EXPECTED = [
    ("ann", None, "post", "1", None),
    ("bea", "ann", "reply", "2", "1"),
    ("cem", "bea", "reply", "3", "2"),
    ("dan", None, "post", "4", None),
]


def rows(source, **options):
    frame = read_interactions(source, **options).frame.collect()
    return frame.select("source", "target", "kind", "item", "parent").rows()


def test_a_frame_and_text_without_targets(tmp_path):
    ROWS.write_csv(tmp_path / "a.csv")
    ROWS.write_ndjson(tmp_path / "a.ndjson")
    assert rows(ROWS) == rows(tmp_path / "a.csv") == rows(tmp_path / "a.ndjson") == EXPECTED


def test_parents_in_another_file(tmp_path):
    ROWS[:1].write_csv(tmp_path / "a.csv")
    ROWS[1:].write_csv(tmp_path / "b.csv")
    assert rows(tmp_path) == EXPECTED


def test_without_targets_a_row_without_parent_is_a_post():
    rows = {"source": ["ann", "ben", "cat"], "item": ["c1", "c2", "c3"], "parent": [None, "c1", "c1"]}
    log = read_interactions(pl.DataFrame(rows), kind="reply")
    found = log.frame.select("source", "target", "kind").collect().rows()
    assert found == [("ann", None, "post"), ("ben", "ann", "reply"), ("cat", "ann", "reply")]
    with pytest.raises(SchemaError, match="the target is empty"):
        read_interactions(pl.DataFrame(rows), kind="like")


def test_only_empty_targets_are_filled():
    given = ROWS.with_columns(target=pl.Series([None, None, "eve", None], dtype=pl.String))
    assert rows(given) == [*EXPECTED[:2], ("cem", "eve", "reply", "3", "2"), EXPECTED[3]]


def test_names_of_the_callers():
    columns = {"source": "who", "item": "id", "parent": "on", "kind": "what"}
    renamed = ROWS.rename(columns).with_columns(what=pl.col("what").replace({"post": "P"}))
    assert rows(renamed, columns=columns, kind_names={"P": "post"}) == EXPECTED


def test_networks_are_apart_unless_the_item_is_one_persons():
    both = pl.DataFrame(
        {
            "source": ["ann", "bea", "cem", "dan"],
            "kind": ["post", "post", "reply", "reply"],
            "network": ["x", "y", "y", "z"],
            "item": ["1", "1", "2", "3"],
            "parent": [None, None, "1", "2"],
        }
    )
    assert [row[:3] for row in rows(both)][2:] == [("cem", "bea", "reply"), ("dan", "cem", "reply")]


def test_a_retweet_of_nobody_is_no_row():
    lost = ROWS.with_columns(kind=pl.Series(["post", "reply", "reply", "retweet"]))
    with pytest.raises(SchemaError, match="row 4"):
        read_interactions(lost)
    assert read_interactions(lost, on_error="skip").report.kept == 3
