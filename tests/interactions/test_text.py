"""Delimited text: what lines hold, before anything is made of it."""

import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.text import SURPLUS, check_text, open_delimited

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
