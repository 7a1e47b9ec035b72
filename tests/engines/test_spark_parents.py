"""Rows that name a parent and no target react to its author, as in this process."""

from typing import Any

import polars as pl

from influence_graph import read_interactions

POSTS = pl.DataFrame(
    [
        # The first row that names an item is its author's.
        ("ann", "post", "x", "1", None),
        ("bea", "post", "x", "1", None),
        ("cem", "reply", "x", "2", "1"),
        ("dia", "reply", "y", "3", "1"),  # of another network, and there only
        ("eve", "reply", "x", "4", "77"),  # unknown: a post of its own
        ("fay", "retweet", "x", None, "77"),  # unknown: nothing
        ("gil", "like", "x", None, "4"),
        ("ann", "post", "x", "9", None),
        ("bea", "post", "y", "9", None),
        ("hal", "like", "z", None, "9"),  # two authors on two networks: unknown
    ],
    ["source", "kind", "network", "item", "parent"],
    orient="row",
)


def _rows(log: Any, frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(frame.select("source", "target", "kind", "network", "item", "parent").rows(), key=str)


def test_targets_are_those_of_this_process(to_spark: Any) -> None:
    here = read_interactions(POSTS, on_error="skip")
    there = read_interactions(to_spark(POSTS), engine="spark", on_error="skip")
    expected = _rows(here, here.frame.with_columns(pl.lit(None).alias("_")).collect())
    found = _rows(there, pl.DataFrame(there.frame.toArrow()))
    assert found == expected
    assert ("cem", "ann", "reply", "x", "2", "1") in found
    assert ("eve", None, "post", "x", "4", None) in found
    assert there.report.kept == here.report.kept == 8
