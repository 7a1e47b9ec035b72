"""Delimited text and lines of JSON: what lines hold, before anything is made of it."""

import json
from contextlib import contextmanager

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph.errors import SchemaError
from influence_graph.interactions import text
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.nested import with_nested
from influence_graph.interactions.text import SURPLUS, check_text, open_delimited, open_ndjson

LAYOUT = TextLayout(wanted=frozenset({"source", "target"}))
WITH_KIND = TextLayout(wanted=frozenset({"source", "target", "kind"}))


def rows(content, format="csv", layout=LAYOUT):
    return open_delimited("log", content, format, layout).frame.collect().drop(SURPLUS).rows()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n", b"\r"])
def test_no_line_end_is_a_part_of_an_id(end):
    assert rows(end.join([b"source,target", b"b,a", b"c,a", b""])) == [("b", "a"), ("c", "a")]
    quoted = end.join([b"source,target,text", b'b,a,"x"', b'c,a,"y"', b""])
    assert [row[:2] for row in rows(quoted)] == [("b", "a"), ("c", "a")]


def test_columns_that_nobody_wants_are_named_and_not_kept():
    table = open_delimited("log", b"text,source,Type,target\nx,b,y,a\n", "csv", LAYOUT)
    assert table.names == ("text", "source", "Type", "target", SURPLUS)
    assert table.frame.collect_schema().names() == ["source", "Type", "target", SURPLUS]


def test_quoted_text_keeps_its_line_ends():
    assert rows(b'source,target\n"b\rx",a\rc,a\n') == [("b\rx", "a"), ("c", "a")]


def test_both_comment_marks_of_edge_lists():
    content = b"% sym\n# made today\n1 2\n%3 4\n#5 6\n7 8\n"
    table = open_delimited("log", content, "edgelist", LAYOUT)
    assert table.frame.collect().drop(SURPLUS).rows() == [("1", "2"), ("7", "8")]
    assert "2 lines among the rows start with '#'" in table.notes[0]


def test_a_row_of_a_csv_may_begin_with_a_comment_mark():
    every = TextLayout()
    assert rows(b"text,source,target\n#one,b,a\n%two,c,a\n", layout=every) == [
        ("#one", "b", "a"),
        ("%two", "c", "a"),
    ]


def test_a_mark_within_quotes_is_no_comment():
    table = open_delimited("log", b'source,target,text\nb,a,"x\n#y"\n', "csv", TextLayout())
    assert table.notes == ()
    assert table.frame.collect()["text"].to_list() == ["x\n#y"]


def test_spaces_within_quotes_are_seen():
    assert open_delimited("log", b"source,target\n1, 2\n", "csv", LAYOUT).bare_spaces
    assert not open_delimited("log", b'source,target\n1," 2"\n', "csv", LAYOUT).bare_spaces
    assert open_delimited("log", b'source,target\n1,"a b"\n', "csv", LAYOUT).bare_spaces


def test_what_is_beyond_the_last_column_is_kept_aside():
    frame = open_delimited("log", b"source,target\nb,a\nb,a,x\n", "csv", LAYOUT).frame.collect()
    assert frame[SURPLUS].to_list() == [None, "x"]


def test_first_line_only_where_rows_are_lines():
    assert open_delimited("log", b"source,target\nb,a\n", "csv", LAYOUT).first_line == 2
    assert open_delimited("log", b'source,target\n"b\nb",a\n', "csv", LAYOUT).first_line is None


def test_text_is_checked():
    assert check_text("log", b"\xef\xbb\xbfa") == (b"a", ())
    for wrong, said in (
        (b"a\0", "binary"),
        (b"caf\xe9", "not UTF-8"),
        (b"PAR1", "Parquet"),
        (b"\xff\xfea", "UTF-16"),
    ):
        with pytest.raises(SchemaError, match=said):
            check_text("log", wrong)
        with pytest.raises(SchemaError, match=said):
            check_text("log", wrong, skip=True)


def test_lines_that_are_no_text_can_be_left_out():
    text, unread = check_text("log", b"a,b\ncaf\xe9,b\nc\0,d\ne,f\n", skip=True)
    assert text == b"a,b\ne,f\n"
    assert [(one.reason, one.rows) for one in unread] == [("a line that is not UTF-8 text", 2)]
    with pytest.raises(SchemaError, match="line 3: a byte that is not UTF-8 within a quoted field"):
        check_text("log", b'a,b\n"x\ncaf\xe9",b\n', skip=True)


def test_lines_of_json():
    content = b'{"source": 1, "target": "a"}\n{"source": 2, "target": null}\n'
    table = open_ndjson("log", content, LAYOUT).frame.collect()
    assert table.schema == {"source": pl.Int64, "target": pl.String}
    skipping = TextLayout(skip=True)
    found = open_ndjson("log", content + b"[1]\n", skipping)
    assert [(one.reason, one.rows) for one in found.unread] == [("not a JSON object", 1)]


FIELDS = st.one_of(
    st.none(),
    st.integers(-5, 2**63 - 1),
    st.sampled_from([2**63, 2**64 - 1, 1e400, 1.5, -0.0, 12.0, True, "12", "007", "ann", "é", "\ud83d"]),
    st.lists(st.integers(0, 2), max_size=2),
    st.dictionaries(st.sampled_from(["id", "x"]), st.integers(0, 3), max_size=2),
)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["source", "target", "kind", "text"]), FIELDS), min_size=1),
    st.integers(1, 200),
    st.sampled_from([["source", "target"], ["source", "target.id"], ["source.id", "source.x", "target"]]),
)
def test_wanted_fields_are_those_of_a_table_of_all(monkeypatch_of_head, records, head, wanted):
    """What the first lines tell of the types is what all lines tell, whatever follows."""
    content = b"".join(json.dumps(one).replace("Infinity", "1e400").encode() + b"\n" for one in records)

    def read(wanted_only):
        with monkeypatch_of_head(head, wanted_only):
            try:
                table = open_ndjson("log", content, TextLayout(wanted=frozenset(wanted)))
                frame = with_nested(table.frame, wanted).collect()
            except SchemaError:
                return None
        there = [name for name in wanted if name in frame.columns]
        there = [name for name in there if frame[name].null_count() < frame.height]
        return {name: (frame.schema[name], frame[name].to_list()) for name in there}

    found = read(wanted_only=True)
    every = read(wanted_only=False)
    if every is not None:  # a value of a field that nobody wants may break a table of all
        assert found == every


@pytest.fixture(scope="module")
def monkeypatch_of_head():
    @contextmanager
    def patched(head, wanted_only):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text, "_HEAD", head)
            if not wanted_only:
                patch.setattr(text, "_wanted_fields", lambda content, layout: None)
            yield

    return patched


def test_a_field_that_the_first_lines_lack_is_found(monkeypatch):
    monkeypatch.setattr(text, "_HEAD", 64)
    lines = [b'{"source": 1, "target": 2, "text": "x"}'] * 5
    table = open_ndjson("log", b"\n".join([*lines, b'{"source": 1, "target": 2, "kind": "like"}']), WITH_KIND)
    assert table.frame.collect()["kind"].to_list() == [None] * 5 + ["like"]
    nested = [b'{"account": {"id": 7, "x": [1]}, "target": 2}', b'{"account": {"id": "ann"}, "target": 2}']
    layout = TextLayout(wanted=frozenset({"account.id", "target"}))
    table = open_ndjson("log", b"\n".join([nested[0]] * 5), layout)
    assert table.frame.collect_schema()["account"] == pl.Struct({"id": pl.Int64})
    table = open_ndjson("log", b"\n".join([*[nested[0]] * 5, nested[1]]), layout)
    assert with_nested(table.frame, layout.wanted).collect()["account.id"].to_list() == ["7"] * 5 + ["ann"]
    table = open_ndjson("log", b"\n".join([*lines, b'{"source": "ann", "target": 2}']), WITH_KIND)
    assert table.frame.collect()["source"].to_list() == ["1"] * 5 + ["ann"]


def test_objects_over_several_lines_and_a_key_that_stands_twice():
    pretty = b'{\n "source": 1,\n "target": 2\n}\n{\n "source": 3, "target": 4\n}\n'
    assert open_ndjson("log", pretty, LAYOUT).frame.collect()["source"].to_list() == [1, 3]
    marked = b'\x1e{"source": 1, "target": 2}\n\x1e{"source": 3, "target": 4}\n'
    assert open_ndjson("log", marked, LAYOUT).frame.collect()["source"].to_list() == [1, 3]
    twice = b'{"source": 1, "target": 2}\n{"source": 1, "target": 2, "target": 3}\n'
    with pytest.raises(SchemaError, match=r"line 2: .* the key 'target' stands twice"):
        open_ndjson("log", twice, LAYOUT)
