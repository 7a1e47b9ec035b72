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


def test_acts_recorded_under_two_kinds_are_noted_as_in_this_process(to_spark: Callable[..., Any]) -> None:
    acts = [("a", "b", day, kind) for day in ("01", "02", "03") for kind in ("reply", "mention", "quote")]
    acts += [("a", "c", "04", "mention"), ("a", "c", "05", "quote"), ("a", "d", "06", "quote")]
    acts += [("b", "c", "05", "quote"), ("a", "b", "07", "reply"), ("a", "b", "07", "reply")]
    times = [f"2024-01-{day}" for _, _, day, _ in acts]
    # Follows without a time are the same people at no time, which is not the same time.
    acts += [("a", "b", "", "follow"), ("a", "b", "", "follow")]
    rows = pl.DataFrame(
        {
            "source": [act[0] for act in acts],
            "target": [act[1] for act in acts],
            "kind": [act[3] for act in acts],
            "timestamp": [*times, None, None],
        }
    )
    here, there = read_interactions(rows), read_interactions(to_spark(rows), engine="spark")
    noted = [note for note in there.report.notes if "may be recorded under two kinds" in note]
    assert [note.split(" (same")[0] for note in noted] == [
        "3 of 4 'mention' rows are there as 'quote' too",
        "3 of 4 'mention' rows are there as 'reply' too",
        "3 of 5 'reply' rows are there as 'mention' too",
        "3 of 5 'reply' rows are there as 'quote' too",
    ]
    assert noted == [note for note in here.report.notes if "may be recorded under two kinds" in note]
