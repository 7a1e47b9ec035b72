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
