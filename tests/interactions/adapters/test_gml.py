"""GML becomes rows of a log; what networkx writes is what networkx has."""

from __future__ import annotations

import networkx as nx
import pytest

from influence_graph.errors import SchemaError

COLUMNS = "source target kind weight"

OWN = """Creator "me"
graph
[
  directed 1
  # a comment
  node [ id 1 label "B&#246;" ]
  node [ id 2 label "cem ]" graphics [ x 1 ] ]
  edge
  [
    source 1
    target 2
    value 3
  ]
  edge [ source 1 target 2 weight 2 kind "reply" ]
  edge [ source 1 target 9 ]
]
"""


def test_rows(files, left_out):
    assert files.rows({"a.gml": OWN}, COLUMNS, format="gml") == [
        ("Bö", "cem ]", "interaction", 3.0),
        ("Bö", "cem ]", "reply", 2.0),
    ]
    assert left_out({"a.gml": OWN}, format="gml") == {"an edge of a node that is not declared": 1}


def test_without_directed_edges_go_both_ways(files):
    content = "graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] ]"
    assert files.rows({"a.gml": content}, "source target", format="gml") == [(1, 2), (2, 1)]


def test_a_file_cut_short_is_refused(files):
    with pytest.raises(SchemaError, match="ends inside a list"):
        files.read({"a.gml": OWN[:-30]}, format="gml")


def test_against_networkx(files):
    graph = nx.gnp_random_graph(30, 0.1, seed=3, directed=True)
    content = "\n".join(nx.generate_gml(graph))
    assert sorted(files.rows({"a.gml": content}, "source target", format="gml")) == sorted(graph.edges)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("directed 1", "directed 1 directed 0", "directed is"),
        ("directed 1", "directed true", "directed is"),
        ("id 2 label", "id 1 label", "two nodes have one id"),
        ("Creator", "graph [ node [ id 1 ] ] Creator", "there are 2 graphs"),
        ("  directed", "  1 directed", "'1' stands where a key should"),
        ("edge [ source 1 target 9 ]", "%dge [ source 1 target 9 ]", "'%dge' stands where a key should"),
        ("edge [ source 1 target 9 ]", "edge 4 source [ target 9 ]", "a node or an edge is no list"),
        ('kind "reply"', 'kind reply"', "a quote in line 14 that is not closed stands"),
    ],
)
def test_what_says_two_things_is_refused(files, old, new, said):
    with pytest.raises(SchemaError, match=said):
        files.read({"a.gml": OWN.replace(old, new)}, format="gml")


def test_an_edge_that_says_one_thing_twice_is_left_out(files, left_out):
    content = OWN.replace("source 1 target 9", "source 1 source 2 target 2")
    assert left_out({"a.gml": content}, format="gml") == {"an edge that says one thing twice": 1}
    (one,) = files.read({"a.gml": OWN.replace("value 3", 'value 3 colour "red" colour "blue"')}, format="gml")
    assert "attributes of edges that are not read: 'colour'" in one.notes[1]
