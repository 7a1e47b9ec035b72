"""Rows in small batches, held or written: what comes out is what went in."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from influence_graph import read_interactions
from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters import batches as module
from influence_graph.interactions.adapters import rows as rows_module
from influence_graph.interactions.adapters.batches import Batches, joined

SCHEMA = {
    "source": pl.String(),
    "target": pl.String(),
    "kind": pl.String(),
    "network": pl.String(),
    "timestamp": pl.Datetime("us", "UTC"),
    "item": pl.String(),
    "parent": pl.String(),
    "topic": pl.String(),
}
START = datetime(2020, 1, 1, tzinfo=UTC)


def random_frames(rng, *, words):
    """Return frames of ids that are plain numbers, and, where ``words`` says so, others."""
    known = ["0", "7", "-12", "9007199254740993", *(["007", "ann", "+7", "1.0", "", "é"] * words)]
    frames = []
    for _ in range(rng.randrange(1, 12)):
        size = rng.randrange(0, 40)
        columns = {name: [rng.choice([None, *known]) for _ in range(size)] for name in SCHEMA}
        columns["source"] = [rng.choice(known) for _ in range(size)]
        columns["timestamp"] = [rng.choice([None, START + timedelta(hours=hour)]) for hour in range(size)]
        frames.append(pl.DataFrame(columns, schema=SCHEMA))
    return frames


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("held", [0, 1 << 20])
def test_rows_are_those_that_were_added(monkeypatch, seed, held):
    monkeypatch.setattr(module, "_PIECE", 30)
    monkeypatch.setattr(module, "_HELD", held)
    frames = random_frames(random.Random(seed), words=seed % 3)
    made, whole = Batches(), pl.concat(frames)
    for frame in frames:
        made.add(frame)
    texts = [pl.col(name).cast(pl.String) for name in SCHEMA if name != "timestamp"]
    pieces = [piece.with_columns(texts) for piece in made.pieces()]
    assert made.rows == whole.height
    assert_frame_equal(pl.concat([whole.clear(), *pieces]), whole)
    if whole.height:
        assert made.held == (held > 0)
        assert_frame_equal(made.lazy(whole=False).collect(), whole)
        assert {name: made.there[name] for name in SCHEMA} == {
            name: whole[name].len() - whole[name].null_count() for name in SCHEMA
        }
        lacking = whole.filter(pl.col("timestamp").is_null() & (pl.col("kind") != "follow").fill_null(True))
        assert made.untimed == lacking.height
        ends = [*whole["source"], *whole["target"].drop_nulls()]
        assert made.whole == all(re.fullmatch(r"0|-?[1-9]\d*", end) for end in ends)
        if made.whole:
            assert made.lazy(whole=True).collect()["source"].to_list() == list(map(int, whole["source"]))
    made.clear()
    assert list(made.pieces()) == []


def test_a_column_that_is_text_somewhere_is_text():
    numbers = pl.DataFrame({name: [1, None] for name in module.NUMBERED})
    texts = pl.DataFrame({name: ["x"] for name in module.NUMBERED})
    assert joined([numbers, texts])["item"].to_list() == ["1", None, "x"]
    assert joined([numbers, numbers])["item"].to_list() == [1, None, 1, None]


def test_a_disk_without_room(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_HELD", 0)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    made = Batches()
    made.add(pl.DataFrame({name: ["1"] for name in SCHEMA if name != "timestamp"} | {"timestamp": [START]}))
    with pytest.raises(SchemaError, match=r"No space left on device.*set TMPDIR"):
        list(made.pieces())


@pytest.mark.parametrize("seed", range(2))
def test_a_log_is_the_same_held_and_written(files, monkeypatch, seed):
    """Comments on comments of a tree, some twice, some of parents that are not there."""
    rng = random.Random(seed)
    comments = []
    for n in range(300):
        parent = rng.choice(["t3_x", f"t1_c{rng.randrange(-20, n + 1)}", f"t1_c{rng.randrange(n + 1)}"])
        author = rng.choice(["ann", "bea", "cem", "[deleted]", f"p{n}"])
        one = {"id": f"c{n}", "author": author, "parent_id": parent, "created_utc": 1_500_000_000 + n}
        comments += [one | {"subreddit": "s", "link_id": "t3_x"}] * (1 + (rng.random() < 0.1))
    rng.shuffle(comments)
    paths = [files.write("a.ndjson", comments[:170]), files.write("b.ndjson", comments[170:])]
    # By hand: the first record of an item counts, and a parent is of whoever wrote the first record of it.
    first = {}
    for one in comments:
        if one["author"] != "[deleted]":
            first.setdefault(one["id"], one)
    expected = [
        (one["author"], first[one["parent_id"][3:]]["author"] if one["parent_id"][3:] in first else None)
        for one in first.values()
    ]
    expected = [(a, None if a == b else b) for a, b in expected]
    logs = []
    for piece, held, batch in ((1 << 14, 1 << 15, 1 << 12), (40, 0, 7)):
        monkeypatch.setattr(module, "_PIECE", piece)
        monkeypatch.setattr(module, "_HELD", held)
        monkeypatch.setattr(rows_module, "_BATCH_ROWS", batch)
        log = read_interactions(paths)
        assert sorted(log.frame.select("source", "target").collect().rows(), key=repr) == sorted(
            expected, key=repr
        )
        logs.append(log)
    for other in logs[1:]:
        assert_frame_equal(other.frame.collect(), logs[0].frame.collect())
        assert str(other.report) == str(logs[0].report)
        assert other.rows.people.equals(logs[0].rows.people)
