"""The rows that an adapter adds, one by one or as a frame, and how their times are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from influence_graph.interactions.adapters import rows as module
from influence_graph.interactions.adapters.rows import RECORD, YIELDING, Rows, iso_time, twitter_time


def frame_of(rows):
    """Return all rows, ids as text."""
    rows.flush()
    texts = pl.col("source", "target", "item", "parent").cast(pl.String)
    return pl.concat([piece.with_columns(texts) for piece in rows.batches.pieces()])


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_rows_keep_their_order_and_fields_over_batches_and_frames(monkeypatch):
    monkeypatch.setattr(module, "_BATCH_ROWS", 4)
    rows = Rows("home")
    expected = []
    for n in range(11):
        rows.record += 1
        network = "away" if n % 3 == 0 else None
        parent = None if n % 2 else f"p{n}"
        rows.add(f"s{n}", f"t{n}", "reply", item=f"i{n}", parent=parent, network=network, weight=n / 2)
        expected.append((f"s{n}", f"t{n}", "reply", network or "home", n / 2, f"i{n}", parent, None, n + 1))
        if n == 5:
            rows.add_frame(pl.DataFrame({"source": ["a", "b"], "target": ["c", "d"]}))
            expected += [
                ("a", "c", None, "home", 1.0, None, None, None, 7),
                ("b", "d", None, "home", 1.0, None, None, None, 8),
            ]
            # The frame took two numbers, so what follows is counted from there.
            assert rows.record == 8
            rows.record -= 2
    columns = ["source", "target", "kind", "network", "weight", "item", "parent", "topic", RECORD]
    assert frame_of(rows).select(columns).rows() == expected


def test_the_types_are_the_same_with_rows_and_with_a_frame():
    one, two = Rows(), Rows()
    one.add("a", "b", "like", "2020-01-02T03:04:05Z")
    two.add_frame(pl.DataFrame({"source": ["a"], "target": ["b"], "timestamp": [EPOCH]}))
    schema = frame_of(one).schema
    assert schema["timestamp"] == pl.Datetime("us", "UTC")
    assert {n: kind for n, kind in frame_of(two).schema.items() if n != "timestamp"} == {
        n: kind for n, kind in schema.items() if n != "timestamp"
    }
    assert list(Rows().batches.pieces()) == []


def test_a_record_that_yields_comes_after_every_other():
    rows = Rows(record=9)
    rows.add("a", None, "post", record=rows.record + YIELDING)
    rows.add("a", None, "post")
    assert frame_of(rows)[RECORD].to_list() == [2**62 + 9, 9]


@pytest.mark.parametrize(
    ("time", "seen", "expected"),
    [
        ("1970-01-01T00:00:05Z", None, 5),
        ("1970-01-01T00:00:05Z", 3_000_000, 3),
        ("1970-01-01T00:00:05Z", 8_000_000, 5),
        (7_000_000, None, 7),
        (7_000_000, 2_000_000, 2),
        (7_000_000, 9_000_000, 7),
        (None, 4_000_000, 4),
        ("soon", 4_000_000, 4),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_the_earlier_of_what_is_written_and_what_the_server_saw(time, seen, expected):
    rows = Rows()
    rows.add("z", "z", "like", "1970-01-01T00:00:01Z")  # a batch in which a text is read
    rows.add("a", "b", "like", time, seen=seen)
    found = frame_of(rows)["timestamp"][1]
    assert found == (None if expected is None else EPOCH + timedelta(seconds=expected))


def test_what_is_left_out_is_summed_by_reason():
    rows = Rows()
    for reason, count in (("a", 1), ("b", 5), ("a", 3)):
        rows.leave_out(reason, count)
    rows.leave_out("b")
    assert rows.left_out == {"a": 4, "b": 6}


@pytest.mark.parametrize(
    "text",
    ["2024-05-01T09:00:00.123456Z", "2024-05-01T09:00:00+05:30", "2024-05-01 09:00:00", "20240501T090000Z"],
)
def test_iso_times_are_those_of_the_standard_library(text):
    expected = datetime.fromisoformat(text)
    expected = expected.replace(tzinfo=expected.tzinfo or UTC)
    assert iso_time(pl.Series([text, None, "no time"])).to_list() == [expected, None, None]


def test_times_of_twitter():
    texts = pl.Series(
        ["Wed Apr 04 09:00:00 +0000 2018", "Sat Feb 29 23:30:00 -0200 2020", "2018-04-04", None]
    )
    two_west = timezone(timedelta(hours=-2))
    assert twitter_time(texts).to_list() == [
        datetime(2018, 4, 4, 9, tzinfo=UTC),
        datetime(2020, 2, 29, 23, 30, tzinfo=two_west),
        None,
        None,
    ]
