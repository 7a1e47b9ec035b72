"""The panel of posts and reactions, against a log that is counted by hand and by loops."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import DataError
from influence_graph.evaluation._posting_panel import default_period, items_of, posting_panel


def thread_log(rows):
    """From (source, item, parent, day): a log whose targets follow from the parents."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "source": [row[0] for row in rows],
            "kind": ["post" if row[2] is None else "reply" for row in rows],
            "item": [row[1] for row in rows],
            "parent": [row[2] for row in rows],
            "timestamp": [start + timedelta(days=row[3]) for row in rows],
        },
        schema_overrides={"parent": pl.String},
    )
    return read_interactions(frame)


@pytest.fixture(scope="module")
def log():
    return thread_log(
        [
            ("a", "1", None, 0),
            ("b", "2", "1", 1),  # b is new to the thread of a
            ("a", "3", "2", 2),  # a is not: the thread is theirs
            ("b", "4", "1", 40),  # a second reaction of b: not new
            ("c", "5", "3", 41),  # c is new, to an item that starts nothing
            ("a", "6", None, 45),
            ("a", "7", "6", 46),  # to oneself: no reaction
        ]
    )


def test_counted_by_hand(log):
    panel = posting_panel(log, period="1mo")
    columns = ["person", "items", "threads", "reactions", "new_people", "to_threads", "since_first"]
    assert panel.select(columns).rows() == [
        ("a", 2, 1, 3, 2, 2, 0),
        ("a", 2, 1, 0, 0, 0, 31),
        ("b", 1, 0, 1, 0, 0, 0),
        ("b", 1, 0, 0, 0, 0, 30),
        ("c", 1, 0, 0, 0, 0, 0),
    ]


def test_counted_by_loops():
    rng = np.random.default_rng(2)
    rows = [(f"p{rng.integers(6)}", "0", None, 0.0)]
    for number in range(1, 120):
        parent = str(rng.integers(number)) if rng.random() < 0.7 else None
        rows.append((f"p{rng.integers(6)}", str(number), parent, number))
    panel = posting_panel(thread_log(rows), period="1mo")
    author = {item: who for who, item, _, _ in rows}
    above = {item: parent for _, item, parent, _ in rows}
    month = {item: (datetime(2024, 1, 1) + timedelta(days=day)).month for _, item, _, day in rows}
    counts = defaultdict(lambda: np.zeros(5))
    written = defaultdict(set)
    for who, item, parent, _ in rows:
        root = item
        while above[root] is not None:
            root = above[root]
        counts[who, month[item]] += [1, parent is None, 0, 0, 0]
        if parent is not None and author[parent] != who:
            new = who not in written[root]
            counts[author[parent], month[parent]] += [0, 0, 1, new, above[parent] is None]
        written[root].add(who)
    found = {
        (row["person"], row["period"].month): [
            row[name] for name in ("items", "threads", "reactions", "new_people", "to_threads")
        ]
        for row in panel.iter_rows(named=True)
    }
    assert found == {key: value.tolist() for key, value in counts.items()}


def test_threads_of_long_chains_have_one_root():
    rows = [("a", "0", None, 0)] + [("a" if i % 2 else "b", str(i), str(i - 1), i) for i in range(1, 400)]
    items = items_of(thread_log(rows))
    assert items["thread"].unique().to_list() == [0]
    assert items["starts"].sum() == 1


def test_without_parents_what_comes_in_the_period_counts():
    start = datetime(2024, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "source": ["a", "b", "c", "b"],
            "target": [None, "a", "a", "a"],
            "kind": ["post", "reply", "reply", "reply"],
            "item": ["1", "2", "3", "4"],
            "timestamp": [start, start, start + timedelta(days=1), start + timedelta(days=40)],
        }
    )
    panel = posting_panel(read_interactions(frame), period="1mo")
    assert panel.filter(pl.col("person") == "a").select("items", "received").rows() == [(1, 2)]
    assert "reactions" not in panel.columns


def test_logs_that_do_not_say_what_was_posted_are_an_error(log):
    frame = log.frame.collect()
    with pytest.raises(DataError, match="no items"):
        items_of(read_interactions(frame.drop("item", "parent")))
    with pytest.raises(DataError, match="no timestamps"):
        items_of(read_interactions(frame.drop("timestamp")))


def test_the_period_follows_from_the_span(log):
    assert default_period(log) == "1d"
    assert default_period(thread_log([("a", "1", None, 0), ("b", "2", "1", 900)])) == "1mo"
