"""Pajek files become rows of a log."""

from __future__ import annotations

import networkx as nx
import pytest

from influence_graph import read_interactions
from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.pajek import _Network

COLUMNS = "source target kind weight"

OWN = """*Vertices 4
1 "ann q" 0.1 0.2 0.5 ellipse
2 bea
3 cem [5-9]
4 "dan"
*Arcs :1 "retweet"
1 2 3
2 1 1 [7]
*Edges
% a comment
3 4 -2.5
*Arcslist
4 1 2
"""


def test_rows(files):
    assert files.rows({"a.net": OWN}, COLUMNS, format="pajek") == [
        ("ann q", "bea", "retweet", 3.0),
        ("bea", "ann q", "retweet", 1.0),
        ("cem", "dan", "distrust", 2.5),
        ("dan", "cem", "distrust", 2.5),
        ("dan", "ann q", "interaction", 1.0),
        ("dan", "bea", "interaction", 1.0),
    ]


def test_a_matrix(files):
    content = "*Vertices 2\n*Matrix\n0 1\n2.5 0\n"
    assert files.rows({"a.net": content}, "source target weight", format="pajek") == [
        (1, 2, 1.0),
        (2, 1, 2.5),
    ]


def test_against_networkx(files):
    graph = nx.MultiDiGraph(nx.gnp_random_graph(20, 0.1, seed=4, directed=True))
    content = "\n".join(nx.generate_pajek(graph))
    assert sorted(files.rows({"a.net": content}, "source target", format="pajek")) == sorted(graph.edges())


def test_lines_that_are_damaged_are_counted_or_refused(files):
    text = (
        '*Vertices 3\n1 "a"\n2 "b"\n3 "c"\n*Arcs\n1 2 2%.0\n1 3 1 w 4 c Blue\n2 3 1.04 8 1.0\n2 3 [no]\n3 2\n'
    )
    rows = [("a", "c", None, 1.0), ("c", "b", None, 1.0)]
    assert files.rows({"a.net": text}, COLUMNS, format="pajek") == rows
    found = read_interactions(files.write("b.net", text), format="pajek").report
    assert found.left_out.rows() == [(found.files["file"][0], "a line that is no edge", 3)]
    with pytest.raises(SchemaError, match="line 3: a vertex whose label is not closed or is another above"):
        read_interactions(files.write("c.net", text.replace('2 "b"', '1 "b"')), format="pajek")
    latin = files.write("d.net", text.replace('"b"', '"dón"').encode("latin-1"))
    assert any("not UTF-8 and was read as cp1250" in note for note in read_interactions(latin).report.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('*Vertices 2\n1  fay o"\n2 "b"\n*Arcs\n1 2\n', "line 2: a vertex whose label is not closed"),
        ('2 "b"\n*Vertices 2\n1 "a"\n*Arcs\n1 2\n', "line 1: a line before \\*Vertices"),
    ],
)
def test_a_label_that_lost_its_quote_and_a_line_that_lost_its_place_are_refused(files, content, said):
    with pytest.raises(SchemaError, match=said):
        files.read({"a.net": content}, format="pajek")


def test_tabs_and_comments_of_two_kinds(files):
    content = '/* by me */\n% and me\n*Vertices 2\n1\t"ann q"\n2\tbea\n*Arcs\n1\t2\t3\n'
    assert files.rows({"a.net": content}, "source target weight", format="pajek") == [("ann q", "bea", 3.0)]


@pytest.mark.parametrize("block", [7, 40, 1 << 20])
@pytest.mark.parametrize("labels", ['{n} "p {n}"', "{n} p{n}", ""])
@pytest.mark.parametrize("kind", ["*Arcs", '*Edges :2 "trust"'])
def test_lines_at_once_are_those_one_by_one(files, monkeypatch, block, labels, kind):
    """What is plainly written is read many lines at a time, and says the same."""
    vertices = "".join(labels.format(n=n) + "\n" for n in range(1, 31)) if labels else ""
    lines = "".join(f"{1 + n * 7 % 30} {1 + n * 11 % 30} {n % 4 - 1}\n" for n in range(60)) + "31 2\n\n5\n"
    content = {"a.net": f"*Vertices 30\n{vertices}{kind}\n{lines}*Matrix\n{'0 ' * 29}2\n0 1\n"}

    def found():
        (one,) = files.read(content, format="pajek")
        return one.frame.collect(), one.left_out, one.notes

    monkeypatch.setattr("influence_graph.interactions.adapters.records._TEXT", block)
    rows, lost, notes = found()
    monkeypatch.setattr(_Network, "take", lambda network, block: False)
    again, *others = found()
    assert rows.equals(again)
    assert [lost, notes] == others
    assert rows.height > 40


def test_what_has_no_one_reading(files, left_out):
    two = '*Vertices 4 2\n1 "a"\n2 "b"\n3 "p"\n4 "q"\n*Edges\n1 3\n'
    with pytest.raises(SchemaError, match="two modes, of 2 and 2 vertices"):
        files.read({"a.net": two}, format="pajek")
    assert left_out({"a.net": "*Vertices 2\n*Matrix\n0\n1 0\n1 0\n"}, format="pajek") == {
        "a line that is no edge": 2
    }
    (one,) = files.read({"a.net": "*Vertices 2\n*Arcs\n1 2 1 [3-4]\n"}, format="pajek")
    assert "1 line has intervals of time, which count from no date and are not read" in one.notes[1]
