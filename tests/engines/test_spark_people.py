"""The table of people on Spark, counted by hand."""

from collections.abc import Callable
from typing import Any

import polars as pl

from influence_graph import build_graph, read_interactions


def test_what_rows_say_of_people(to_spark: Callable[..., Any]) -> None:
    """Network x has items, so its posts are distinct items; y has none, so they are rows."""
    rows = pl.DataFrame(
        {
            "source": ["ann", "ann", "bob", "cat", "cat", "bob", "ann", "dan"],
            "target": [None, None, "ann", "ann", "bob", "ann", None, "ann"],
            "kind": ["post", "post", "reply", "like", "like", "follow", "post", "follow"],
            "network": ["x", "x", "x", "x", "x", "x", "y", "x"],
            "item": ["1", "1", "2", "1", "2", None, None, None],
            "weight": [1.0, 1.0, 2.0, 1.0, 3.0, 1.0, 1.0, 1.0],
            "timestamp": [f"2024-01-0{day}" for day in (1, 2, 3, 4, 5, 6, 7, 8)],
        }
    )
    log = read_interactions(to_spark(rows), engine="spark")
    people = pl.DataFrame(build_graph(log, kinds={"like": 1, "reply": 1, "follow": 0}).nodes.toArrow())
    people = people.sort("id")
    assert people["id"].to_list() == ["ann", "bob", "cat", "dan"]
    expected = {
        "posts": [2, 1, 0, 0],
        "posts_given": [0, 2, 0, 0],
        "given_follow": [0, 1, 0, 1],
        "given_like": [0, 0, 4, 0],
        "given_reply": [0, 2, 0, 0],
        "received_follow": [2, 0, 0, 0],
        "received_like": [1, 3, 0, 0],
        "received_reply": [2, 0, 0, 0],
        "reactors": [2, 1, 0, 0],
    }
    assert people.select(list(expected)).to_dict(as_series=False) == expected
    days = {name: people[name].dt.day().to_list() for name in ("first_seen", "last_seen", "last_reaction")}
    assert days == {
        "first_seen": [1, 3, 4, 8],
        "last_seen": [8, 6, 5, 8],
        "last_reaction": [4, 5, None, None],
    }
