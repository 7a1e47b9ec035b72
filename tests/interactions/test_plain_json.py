"""Flat JSON objects, against Python's own parser and against the reading that takes any JSON."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from influence_graph import read_interactions
from influence_graph.interactions import plain_json, text
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.plain_json import plain_ndjson

ROLES = {name: name for name in ("source", "target", "weight", "timestamp")}


@pytest.fixture
def read(tmp_path):
    """Return a function that reads lines of JSON, given as text or as objects."""

    def table(content, *, roles=ROLES):
        path = tmp_path / "log.ndjson"
        if not isinstance(content, str | bytes):
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return plain_ndjson(path, COLUMNS, roles)

    return table


def random_rows(rng, size):
    """Return rows of one type a column, with gaps, other fields, and names in changing order."""
    numbers = rng.random() < 0.5
    rows = []
    for _ in range(size):
        known = [0, 7, -12, 10**17, 123456] if numbers else ["a", "é", "07", "a b", "13 bytes long"]
        ids = rng.sample(known, 2)
        row = {
            "source": ids[0],
            "target": None if rng.random() < 0.2 else ids[1],
            "kind": rng.choice(["like", "reply", "a kind of more than twelve bytes, ä"]),
            "weight": rng.choice([1, 2.5, 0.1, 1234567.000001, 3]),
            "text": rng.choice(['say "x" \\ \n\t', "", "ü", "/", "\x7f"]),
            "lang": rng.choice([None, True, False, -0.5, 12, "en"]),
            "timestamp": f"20{rng.randrange(10, 30)}-0{rng.randrange(1, 10)}-1{rng.randrange(10)}T01:02:03Z",
        }
        if rng.random() < 0.2:
            del row["lang"]
        names = list(row)
        if rng.random() < 0.3:
            rng.shuffle(names)
        rows.append({name: row[name] for name in names})
    return rows


@pytest.mark.parametrize("seed", range(20))
def test_values_are_those_of_pythons_parser_whatever_the_blocks(read, seed, monkeypatch):
    rng = random.Random(seed)
    rows = random_rows(rng, 40)
    for size in (1 << 23, 300):
        monkeypatch.setattr(plain_json, "_BLOCK", size)
        found = read(rows)
        assert found.names == tuple(dict.fromkeys(name for row in rows for name in row))
        assert found.timed
        for name in ("source", "target", "kind", "weight"):
            assert found.frame[name].to_list() == [row.get(name) for row in rows], name
        expected = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        assert found.frame["timestamp"].to_list() == expected


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"])
def test_times_of_all_centuries(read, form):
    rng = random.Random(4)
    times = [datetime.fromtimestamp(rng.randrange(-62_135_596_800, 253_402_300_800), UTC) for _ in range(500)]
    times += [datetime(*day, tzinfo=UTC) for day in ((2000, 2, 29), (1, 1, 1), (9999, 12, 31), (1900, 3, 1))]
    written = [time.strftime(form).rjust(len(times[0].strftime(form)), "0") for time in times]
    found = read([{"source": 1, "target": 2, "timestamp": text} for text in written])
    assert found.frame["timestamp"].to_list() == times


@pytest.mark.parametrize(
    "time",
    [
        *("2019-02-29T00:00:00Z", "2019-13-01T00:00:00Z", "2019-01-01T24:00:00Z", "2019-01-01T00:00:60Z"),
        *("2019-1-001T00:00:00Z", "2019-01-01T00:00:00z", "2019-01-01 00:00:00Z", "0000-01-01T00:00:00Z"),
        *("2019-01-01T 1:00:00Z", "2019-01-01T00:00:00.5Z", "+019-01-01T00:00:00Z", "2019-01-01"),
    ],
)
def test_other_times_stay_text(read, time):
    found = read([{"source": 1, "target": 2, "timestamp": time}])
    assert found.frame["timestamp"].to_list() == [time]
    assert not found.timed


GOOD = '{"source": 1, "target": 2}\n'


@pytest.mark.parametrize(
    "line",
    [
        '{"source": 1, "target": 2, "source": 3}',  # a name twice
        '{"source": 1, "target": true}',
        '{"source": 1, "target": "2"}',  # text beside numbers
        '{"source": 1, "target": 1e3}',
        '{"source": 1, "target": NaN}',
        '{"source": 1, "target": 02}',
        '{"source": 1, "target": -0}',
        '{"source": 1, "target": 1234567890123456789}',
        '{"source": 1, "target": {"id": 2}}',
        '{"source": 1, "target": [2]}',
        '{"source": 1, "target": 2, "text": [}',
        '{"source": 1, "target": 2, "text": "\\ud83d"}',
        '{"source": 1, "target": 2, "text": "\\x"}',
        '{"source": 1, "target": 2, "text": "\\u12g4"}',
        '{"source": 1, "target": 2, "text": "a\tb"}',
        '{"source": 1, "target": 2, "text": "open}',
        '{"source": 1, "target": 2, "text": nul}',
        '{"source": 1, "target": 2, "text": }',
        '{"source": 1, "target": 2, "text" 1}',
        '{"source": 1, "target": 2,}',
        '{"source": 1, "target": 2} {}',
        '{"source": 1, "target": 2',
        '{"source": 1 "target": 2}',
        '{"so\\u0075rce": 1, "target": 2}',
        '{"source": 1, "target": 2, "weight": 1e999}',
        "{}",
        "[1]",
        "nothing",
    ],
)
def test_what_is_not_plain_is_left_to_the_other_reading(read, line):
    assert read(GOOD + GOOD).frame.rows() == [(1, 2), (1, 2)]
    for content in (GOOD + line, line + "\n" + GOOD):
        assert read(content) is None, content
    # Text and whole numbers in different columns are no mixture.
    assert (read(line) is None) == (line != '{"source": 1, "target": "2"}')


@pytest.mark.parametrize("cut", range(1, len(GOOD) - 1))
def test_a_file_that_is_cut_short_is_not_plain(read, cut):
    assert read(GOOD + GOOD[:cut]) is None


def test_bytes_that_are_not_utf8(read):
    assert read(b'{"source": "\xff", "target": "b"}') is None
    assert read('{"source": "ÿ", "target": "b"}'.encode()).frame.rows() == [("ÿ", "b")]
    assert read("\ufeff" + GOOD).frame.rows() == [(1, 2)]


def test_more_names_than_are_compared(read):
    row = {"source": 1, "target": 2}
    assert read([row | {f"n{i}": i for i in range(100)}]).frame.rows() == [(1, 2)]
    assert read([row | {f"n{i}": i for i in range(400)}]) is None


@pytest.mark.parametrize("seed", range(6))
def test_a_log_is_the_one_that_the_other_reading_gives(tmp_path, seed, monkeypatch):
    rows = [row for row in random_rows(random.Random(seed), 200) if row["target"] not in (None, "")]
    path = tmp_path / "log.ndjson"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    logs = []
    for least in (0, 1 << 30):
        monkeypatch.setattr(text, "_LARGE", least)
        logs.append(read_interactions(path, on_error="skip", leave_out="b"))
        logs.append(read_interactions(path, on_error="skip"))
    for one, other in zip(logs[:2], logs[2:], strict=True):
        assert_frame_equal(one.frame.collect(), other.frame.collect())
        assert str(one.report) == str(other.report)
        assert one.fingerprint == other.fingerprint


def test_fields_that_nobody_asked_for_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_LARGE", 0)
    path = tmp_path / "log.ndjson"
    path.write_text('{"source": 1, "target": 2, "lang": "en"}\n{"source": 1, "extra": 5, "target": 2}\n')
    log = read_interactions(path)
    assert f"{path}: columns not read: 'lang', 'extra'" in log.report.notes
    assert log.frame.collect_schema()["source"] == pl.Int64()
