"""Acts told twice, and copies on several networks, on Spark: counted by hand."""

from collections.abc import Callable
from typing import Any

import polars as pl

from influence_graph import read_interactions


def test_an_act_told_twice_an_answer_to_oneself_and_two_copies(to_spark: Callable[..., Any]) -> None:
    rows = pl.DataFrame(
        {
            "source": ["b", "b", "a", "a", "c", "c"],
            "target": ["a", "a", "a", "a", "a", "a"],
            "kind": ["reply", "mention", "reply", "like", "reply", "reply"],
            "network": ["x", "x", "x", "x", "x", "y"],
            "item": ["1", None, "2", "2", "3", "3"],
            "timestamp": ["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03"],
        }
    )
    log = read_interactions(to_spark(rows), engine="spark", one_act=["reply", "mention"])
    assert dict(log.report.left_out.select("reason", "rows").rows()) == {
        "recorded twice: a mention that is there as another kind": 1,
        "self-interaction": 1,
    }
    kept = sorted(map(tuple, log.frame.select("source", "target", "kind", "weight").collect()), key=str)
    assert kept == [
        ("a", None, "post", 1.0),
        ("b", "a", "reply", 1.0),
        ("c", "a", "reply", 0.5),
        ("c", "a", "reply", 0.5),
    ]
    assert any(note.startswith("1 answer to oneself counts as a post") for note in log.report.notes)
    assert any(note.startswith("2 rows are copies of 1 interaction") for note in log.report.notes)
