"""GraphML becomes rows of a log; what networkx writes is what networkx has."""

from __future__ import annotations

import networkx as nx

COLUMNS = "source target kind weight"

OWN = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="w" for="edge" attr.name="weight" attr.type="double"><default>1.5</default></key>
  <key id="k" for="edge" attr.name="kind" attr.type="string"/>
  <graph edgedefault="directed">
    <node id="a"/><node id="b"/>
    <edge source="a" target="b"><data key="w">2</data><data key="k">reply</data></edge>
    <edge source="a" target="b"/>
    <edge source="b" target="a" directed="false"/>
    <edge source="a" target="z"/>
    <edge source="a" target="b"><data key="w">0</data></edge>
  </graph>
</graphml>"""


def test_rows(files, left_out):
    assert files.rows({"a.graphml": OWN}, COLUMNS, format="graphml") == [
        ("a", "b", "reply", 2.0),
        ("a", "b", "interaction", 1.5),
        ("b", "a", "interaction", 1.5),
        ("a", "b", "interaction", 1.5),
    ]
    lost = left_out({"a.graphml": OWN}, format="graphml")
    assert lost == {"an edge of weight 0": 1, "an edge of a node that is not declared": 1}


def test_against_networkx(files, tmp_path):
    graph = nx.gnp_random_graph(30, 0.1, seed=1, directed=True)
    for position, (one, other) in enumerate(graph.edges):
        graph.edges[one, other]["weight"] = 1.0 + position
    nx.write_graphml(graph, tmp_path / "x.graphml")
    content = (tmp_path / "x.graphml").read_text()
    rows = files.rows({"a.graphml": content}, "source target weight", format="graphml")
    assert sorted(rows) == sorted(graph.edges.data("weight"))


def test_another_namespace_is_told(files):
    [found] = files.read({"a.graphml": OWN.replace("http://", "http:/ /")}, format="graphml")
    said = "of the namespace 'http:/ /graphml.graphdrawing.org/xmlns'"
    assert any(said in note for note in found.notes)
    [found] = files.read({"a.graphml": OWN}, format="graphml")
    assert not any("of the namespace" in note for note in found.notes)


def test_hyperedges_and_other_data_are_told(files, left_out):
    content = OWN.replace(
        '<edge source="a" target="z"/>',
        '<hyperedge><endpoint node="a"/><endpoint node="b"/></hyperedge>',
    ).replace('attr.name="kind"', 'attr.name="colour"')
    assert left_out({"a.graphml": content}, format="graphml")["an edge of more than two nodes"] == 1
    (one,) = files.read({"a.graphml": content}, format="graphml")
    assert "attributes of edges that are not read: 'colour'" in one.notes[1]
