"""Submissions and comments become rows of a log."""

from __future__ import annotations

from typing import Any

import pytest

from influence_graph import read_interactions

COLUMNS = "source target kind item parent topic"


def submission(id: str, author: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "author": author,
        "created_utc": 1_700_000_000,
        "subreddit": "reeds",
        "title": "t",
        **more,
    }


def comment(id: str, author: str, parent: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "author": author,
        "parent_id": parent,
        "created_utc": "1700000100",
        "subreddit": "reeds",
        **more,
    }


SUBMISSIONS = [
    submission("a", "ann"),
    submission("b", "[deleted]"),
    submission("c", "bea", crosspost_parent="t3_a", crosspost_parent_list=[{"author": "ann"}]),
    submission("d", "cem", crosspost_parent="t3_z", crosspost_parent_list=[]),
]
COMMENTS = [
    comment("e", "bea", "t3_a"),
    comment("f", "cem", "t1_e"),
    comment("g", "ann", "t3_b"),
    comment("h", "[deleted]", "t3_a"),
    comment("e", "bea", "t3_a", score=9),
]
EXPECTED = [
    ("ann", None, "post", "t3_a", None, "reeds"),
    ("bea", "ann", "crosspost", "t3_c", "t3_a", "reeds"),
    ("cem", None, "post", "t3_d", None, "reeds"),
    ("bea", "ann", "reply", "t1_e", "t3_a", "reeds"),
    ("cem", "bea", "reply", "t1_f", "t1_e", "reeds"),
    ("ann", None, "post", "t1_g", None, "reeds"),
]


@pytest.mark.parametrize("first", ["submissions", "comments"])
def test_the_target_is_the_author_of_the_parent_in_any_file(files, first):
    both = {"RS.ndjson": SUBMISSIONS, "RC.ndjson": COMMENTS}
    content = both if first == "submissions" else dict(reversed(both.items()))
    assert sorted(map(str, files.rows(content, COLUMNS, format="reddit"))) == sorted(map(str, EXPECTED))


def test_deleted_authors_and_repeated_records_are_counted(left_out):
    found = left_out({"RS.ndjson": SUBMISSIONS, "RC.ndjson": COMMENTS}, format="reddit")
    assert found == {"the author is deleted": 2, "the same record a second time": 1}


def test_times_are_numbers_or_text(files):
    content = {"RS.ndjson": [submission("a", "ann", created_utc=t) for t in (1_700_000_000,)]}
    content["RC.ndjson"] = [comment("e", "bea", "t3_a"), comment("f", "bea", "t3_a", created_utc=1.7e9)]
    times = files.rows(content, "timestamp", format="reddit")
    assert [time.timestamp() for (time,) in times] == [1_700_000_000, 1_700_000_100, 1_700_000_000]


def test_zstd_with_a_window_of_two_gib(files, tmp_path):
    zstd = pytest.importorskip("backports.zstd")
    path = files.write("RC.ndjson", SUBMISSIONS)
    options = {
        zstd.CompressionParameter.window_log: 31,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    packed = tmp_path / "RC.zst"
    compressor = zstd.ZstdCompressor(options=options)
    packed.write_bytes(compressor.compress(path.read_bytes()) + compressor.flush())
    log = read_interactions(packed)
    assert log.report.kept == 3
    assert any("read as Reddit submissions and comments" in note for note in log.report.notes)


def test_listings_of_the_api(files):
    import json

    deep = comment("f", "dan", "t1_e")
    answer = comment(
        "e", "cem", "t3_a", replies={"kind": "Listing", "data": {"children": [{"kind": "t1", "data": deep}]}}
    )
    more = {"kind": "more", "data": {"id": "g", "children": ["h"]}}
    listing = [
        {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": submission("a", "ann")}]}},
        {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": answer}, more]}},
    ]
    expected = [
        ("ann", None, "post", "t3_a", None, "reeds"),
        ("cem", "ann", "reply", "t1_e", "t3_a", "reeds"),
        ("dan", "cem", "reply", "t1_f", "t1_e", "reeds"),
    ]
    assert files.rows({"r.json": json.dumps(listing)}, COLUMNS, format="reddit") == expected
    flat = {"data": [submission("a", "ann"), comment("e", "cem", "t3_a"), deep]}
    assert files.rows({"p.json": json.dumps(flat)}, COLUMNS, format="reddit") == expected
