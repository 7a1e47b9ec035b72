"""The dialect of a text file: separators, comments, headers, names."""

import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.dialect import TextLayout, called, find_dialect, split
from influence_graph.interactions.log import COLUMNS

WANTED = frozenset(COLUMNS)


def found(text, format="csv", **layout):
    return find_dialect("log", text.split("\n"), format, TextLayout(wanted=WANTED, **layout))


def test_excel_declares_its_separator():
    for first in ("sep=;", '"sep=;"', "SEP=;"):
        dialect = found(f"{first}\nsource;target\nben;ann")
        assert (dialect.separator, dialect.names, dialect.skip) == (";", ("source", "target"), 2)
    assert found("sep=;\nsource;target\nben;ann", separator=";").skip == 2


@pytest.mark.parametrize(
    ("text", "names", "skip"),
    [
        ("Source Target\nben ann", ("source", "target"), 1),
        ("FROM TO\nben ann", ("source", "target"), 1),
        ("FromNodeId\tToNodeId\n1\t2", ("source", "target"), 1),
        ("x y\n1 2\n3 4", ("source", "target"), 1),
        ("rater ratee rating\nben ann 4", ("source", "target", "weight"), 1),
        ("ben ann\ncat ann", ("source", "target"), 0),
        ("1 2\n3 4", ("source", "target"), 0),
        ("% sym\n1 2", ("source", "target"), 1),
        ("# Nodes: 4\n1 2", ("source", "target"), 1),
    ],
)
def test_headers_and_comments_of_edge_lists(text, names, skip):
    dialect = found(text, "edgelist")
    assert (dialect.names, dialect.skip) == (names, skip)


def test_a_header_above_named_columns_is_none_of_the_rows():
    assert found("a,b\n1,2", names=["source", "target"]).skip == 1
    assert found("a,b\n1,2", names=["source", "target"], header=False).skip == 0
    assert found("a,b\nc,d", names=["source", "target"]).skip == 0


def test_a_comment_in_a_csv_stands_above_the_header_only():
    dialect = found("# made today\ntext,source,target\n#one,b,a")
    assert (dialect.comment, dialect.skip, dialect.names[0]) == (None, 2, "text")
    assert found("#source,target\nb,a").names == ("source", "target")
    assert found("source,target\nb,a", comment="%").comment == "%"


def test_unwanted_columns_may_share_a_name():
    assert found("id,source,target,id\n1,b,a,2").names == ("id", "source", "target", "_id_4")
    with pytest.raises(SchemaError, match="two columns are called 'target'"):
        found("source,target,target\nb,a,c")


def test_a_column_without_a_name_is_told_unless_it_is_the_first():
    def notes(header: str) -> tuple[str, ...]:
        return found(f"{header}\n0,b,a,post,7").notes

    assert notes(",source,target,kind,weight") == ()
    (told,) = notes('source,target,kind,"",')
    assert told.startswith("log: 2 columns have no name in the header and are not read, by place: 4, 5")
    assert "columns=['source', 'target', …]" in told


def test_fields_and_words():
    assert split("log", '"a,b",c', ",", '"') == ["a,b", "c"]
    assert split("log", '"a,b",c', ",", None) == ['"a', 'b"', "c"]
    assert (called("\t"), called("~")) == ("tab", "'~'")


def test_the_numbers_of_rows_that_r_writes_are_no_column():
    lines = ['"source" "target"', '"1" "ann" "bea"', '"2" "cem" "bea"']
    assert find_dialect("log.txt", lines, "edgelist", TextLayout(wanted=WANTED)).names == (
        "_unnamed_0",
        "source",
        "target",
    )
    other = ["source,target", "ann,bea,1", "cem,bea,2"]
    assert find_dialect("log.csv", other, "csv", TextLayout(wanted=WANTED)).names == ("source", "target")


def test_lines_above_the_header_are_named():
    lines = ["Export of March", "", "Source,Target", "b,a"]
    with pytest.raises(
        SchemaError, match=r"line 1: a line above the header .* is line 3.*tail -n \+3 log.csv"
    ):
        find_dialect("log.csv", lines, "csv", TextLayout(wanted=WANTED))


def test_data_of_networkx_behind_an_edge():
    with pytest.raises(
        SchemaError, match=r"networkx.read_edgelist\('e.txt', create_using=networkx.DiGraph\)"
    ):
        find_dialect("e.txt", ["1 2 {'weight': 3}"], "edgelist", TextLayout(wanted=WANTED))
