"""Opening files for adapters: compression, byte order marks, JSON by line and in arrays."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import msgspec
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters import records
from influence_graph.interactions.adapters.records import (
    json_records,
    lines,
    open_binary,
    read_head,
    read_text,
)

BOM = b"\xef\xbb\xbf"


class Post(msgspec.Struct):
    id: int | None = None
    text: str | None = None


def found_in(path):
    """Return id and text of each record; None for one of another type."""
    return [None if post is None else (post.id, post.text) for post in json_records(path, Post)]


@pytest.fixture
def streamed(monkeypatch):
    """Read arrays of 16 bytes or more record by record, as those of 64 MiB are, and say if that was done."""
    ijson = pytest.importorskip("ijson")
    calls, items = [], ijson.items

    def counted(file, *args, **options):
        calls.append(args)
        return items(file, *args, **options)

    monkeypatch.setattr(ijson, "items", counted)
    monkeypatch.setattr(records, "_WHOLE_BYTES", 16)
    return calls


def test_a_long_array_gives_what_a_short_one_gives(files, streamed, monkeypatch):
    # 2⁵³ + 1 is no float: an id that went through one would come back even.
    content = [
        {"id": 2**53 + 1, "text": "ä\u2028\U0001f600", "other": {"deep": [1, None, 2.5]}},
        {"id": "no number"},
        7,
        {"text": None},
        {},
    ]
    path = files.write("posts.json", json.dumps(content))
    expected = [(2**53 + 1, "ä\u2028\U0001f600"), None, None, (None, None), (None, None)]
    assert found_in(path) == expected
    assert streamed == [("item",)]
    monkeypatch.setattr(records, "_WHOLE_BYTES", 1 << 26)
    assert found_in(path) == expected
    assert len(streamed) == 1


@pytest.mark.parametrize(("size", "times"), [(16, 1), (17, 0)])
def test_the_limit_is_a_size_of_the_content(files, streamed, monkeypatch, size, times):
    path = files.write("posts.json", b'[{"id": 123456}]'[:16])
    assert path.stat().st_size == 16
    monkeypatch.setattr(records, "_WHOLE_BYTES", size)
    assert found_in(path) == [(123456, None)]
    assert len(streamed) == times


def test_the_size_that_counts_is_the_decompressed_one(files, streamed):
    content = json.dumps([{"id": 5}] * 1_000).encode()
    path = files.write("posts.json.gz", gzip.compress(content))
    assert found_in(path) == [(5, None)] * 1_000
    assert len(streamed) == 1


def test_a_long_array_is_never_held_as_a_whole(files, streamed, monkeypatch):
    text = "x" * 10_000
    path = files.write("posts.json", json.dumps([{"id": n, "text": text} for n in range(500)]))
    monkeypatch.setattr(records, "_WHOLE_BYTES", 1 << 10)
    tracemalloc.start()
    try:
        total = sum(post.id for post in json_records(path, Post))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 500 * 499 // 2
    assert peak < path.stat().st_size / 4


def test_records_before_the_damage_of_a_long_array_are_yielded(files, streamed):
    # ijson parses 64 KiB at a time: the first record lies in a block before that of the damage.
    first = {"id": 1, "text": "x" * 70_000}
    path = files.write("posts.json", json.dumps([first, first])[:-5])
    found = json_records(path, Post)
    assert next(found) == Post(**first)
    with pytest.raises(SchemaError, match=r"(?s)posts\.json: not a whole JSON array .*Get it again"):
        next(found)


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("content", ['[{"id": 1}, {"id": 2', '[{"id": 1}, {"id": 2}] and more'])
def test_an_array_that_is_cut_short_or_goes_on_is_refused(files, request, content, long):
    if long:
        request.getfixturevalue("streamed")
    with pytest.raises(SchemaError, match="not a whole JSON array"):
        found_in(files.write("posts.json", content))


@pytest.mark.parametrize("limit", [16, 1 << 26])
def test_a_byte_order_mark_before_an_array_is_skipped(files, monkeypatch, limit):
    monkeypatch.setattr(records, "_WHOLE_BYTES", limit)
    path = files.write("posts.json", BOM + b' [{"id": 1}, {"id": 2}]')
    assert found_in(path) == [(1, None), (2, None)]


def test_lines_of_json(files):
    path = files.write("posts.ndjson", BOM + b'{"id": 1}\n\n{"id": "x"}\r\n{"id": 3, "more": [1]}')
    assert found_in(path) == [(1, None), None, (3, None)]


def test_one_object_over_several_lines(files):
    assert found_in(files.write("post.json", json.dumps({"id": 4, "text": "a"}, indent=2))) == [(4, "a")]


def test_a_line_that_is_no_json_is_named_after_those_before_it(files):
    found = json_records(files.write("posts.ndjson", '{"id": 1}\n{"id": 2}\noops\n{"id": 4}\n'), Post)
    assert [next(found).id, next(found).id] == [1, 2]
    with pytest.raises(SchemaError, match=r"posts\.ndjson, line 3: 'oops\\n' is not a JSON object"):
        next(found)


def zstd(content):
    try:
        from compression import zstd
    except ImportError:
        zstd = pytest.importorskip("backports.zstd")
    return zstd.compress(content)


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstd])
def test_compression_is_known_by_the_content_not_the_name(files, compress):
    path = files.write("anything.txt", compress(BOM + b"one\ntwo"))
    with open_binary(path) as file:
        assert file.read() == BOM + b"one\ntwo"
    assert read_head(path) == b"one\ntwo"
    assert list(lines(path)) == [b"one\n", b"two"]
    assert read_text(path) == "one\ntwo"


def test_the_head_of_a_damaged_file_is_empty(files):
    assert read_head(files.write("a.gz", b"\x1f\x8b and no more")) == b""
    assert read_head(files.folder / "not there") == b""
    assert read_head(files.write("b.txt", b"abcdef"), 4) == b"abcd"


def test_other_encodings_are_tried_in_turn_and_the_last_is_reported(files):
    path = files.write("a.txt", "naïve".encode("latin-1"))
    assert read_text(path, "ascii", "latin-1") == "naïve"
    with pytest.raises(SchemaError, match=r"a\.txt: byte 2 is not UTF-8\. Save the file in UTF-8\."):
        read_text(path)
