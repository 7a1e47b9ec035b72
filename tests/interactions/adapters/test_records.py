"""Opening files for adapters: compression, byte order marks, JSON by line and in arrays."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import msgspec
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions import json_text
from influence_graph.interactions.adapters import records
from influence_graph.interactions.adapters.records import (
    json_records,
    lines,
    open_binary,
    read_head,
    read_text,
)
from influence_graph.interactions.adapters.rows import Rows

BOM = b"\xef\xbb\xbf"


class Post(msgspec.Struct):
    id: int | None = None
    text: str | None = None


def found_in(path):
    """Return id and text of each record; None for one of another type."""
    return [None if post is None else (post.id, post.text) for post in json_records(path, Post)]


def test_elements_of_an_array_are_records(files):
    # 2⁵³ + 1 is no float: an id that went through one would come back even.
    content = [
        {"id": 2**53 + 1, "text": "ä\u2028\U0001f600", "other": {"deep": [1, None, 2.5]}},
        {"id": "no number"},
        7,
        {"text": None},
        {},
    ]
    for text in (json.dumps(content), BOM.decode() + " " + json.dumps(content, indent=1)):
        expected = [(2**53 + 1, "ä\u2028\U0001f600"), None, None, (None, None), (None, None)]
        assert found_in(files.write("posts.json", text)) == expected


def test_a_long_array_is_never_held_as_a_whole(files):
    text = "x" * 100_000
    path = files.write("posts.json", json.dumps([{"id": n, "text": text} for n in range(200)]))
    found_in(path)
    tracemalloc.start()
    try:
        total = sum(post.id for post in json_records(path, Post))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 200 * 199 // 2
    assert peak < path.stat().st_size / 4


HOSTILE = {
    '{"id": NaN}': "NaN is no JSON",
    '{"other": Infinity}': "Infinity is no JSON",
    '{"text": "\\ud800"}': "half of a character",
    '{"other": ' + "[" * 100_000 + "]" * 100_000 + "}": "nests too deeply",
    '{"id": 1} {"id": 2}': "Extra data",
    '{"id": 1': "at character",
}


@pytest.mark.parametrize("one", HOSTILE, ids=list(HOSTILE.values()))
def test_a_line_and_an_element_get_the_same_answer(files, one):
    for name, content, place in (
        ("a.ndjson", f'{{"id": 1}}\n{one}\n{{"id": 3}}\n', "line 2"),
        ("a.json", f'[{{"id": 1}}, {one}, {{"id": 3}}]', "element 2"),
    ):
        if place == "element 2" and not one.endswith("}"):
            continue
        path = files.write(name, content)
        with pytest.raises(SchemaError, match=f"{place}: .*is not a JSON object: .*{HOSTILE[one]}"):
            found_in(path)
        with pytest.raises(SchemaError, match=f"{place}: this is not a JSON object"):
            list(json_records(path, Post, Rows(secret=True)))
        rows = Rows(skip=True)
        assert [post.id for post in json_records(path, Post, rows)] == [1, 3]
        assert rows.left_out == {"not a JSON object": 1}


@pytest.mark.parametrize("number", ["1e400", "1" * 400])
def test_numbers_that_nobody_asked_for_may_be_of_any_size(files, number):
    for name, content in (("a.ndjson", '{{"id": 1, "other": {}}}'), ("a.json", '[{{"id": 1, "other": {}}}]')):
        assert found_in(files.write(name, content.format(number))) == [(1, None)]


def test_a_line_that_is_too_long_is_refused(files, monkeypatch):
    monkeypatch.setattr(records, "LONGEST_LINE", 100)
    monkeypatch.setattr(json_text, "LONGEST_LINE", 100)
    long = '{"id": 1, "text": "' + "x" * 200 + '"}'
    with pytest.raises(SchemaError, match="line 2 is longer than"):
        found_in(files.write("a.ndjson", f'{{"id": 1}}\n{long}\n'))


def test_lines_of_json(files):
    path = files.write("posts.ndjson", BOM + b'{"id": 1}\n\n{"id": "x"}\r\n{"id": 3, "more": [1]}')
    assert found_in(path) == [(1, None), None, (3, None)]


def test_one_object_over_several_lines(files):
    assert found_in(files.write("post.json", json.dumps({"id": 4, "text": "a"}, indent=2))) == [(4, "a")]


def test_a_line_that_is_no_json_is_named_after_those_before_it(files):
    found = json_records(files.write("posts.ndjson", '{"id": 1}\n{"id": 2}\noops\n{"id": 4}\n'), Post)
    assert [next(found).id, next(found).id] == [1, 2]
    with pytest.raises(SchemaError, match=r"posts\.ndjson, line 3: 'oops' is not a JSON object"):
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
