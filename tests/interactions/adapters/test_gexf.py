"""GEXF becomes rows of a log; what networkx writes is what networkx has."""

from __future__ import annotations

import networkx as nx

COLUMNS = "source target kind weight"

OWN = """<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
  <graph mode="dynamic" timeformat="date">
    <attributes class="edge"><attribute id="0" title="Kind" type="string"/></attributes>
    <nodes><node id="1.0" label="x"/><node id="b" label="x"/></nodes>
    <edges>
      <edge source="1.0" target="b" type="directed" weight="2" start="2024-01-02">
        <attvalues><attvalue for="0" value="reply"/></attvalues></edge>
      <edge source="b" target="1.0" {start}/>
    </edges>
  </graph>
</gexf>"""


def test_rows(files):
    content = {"a.gexf": OWN.replace("{start}", "")}
    assert files.rows(content, COLUMNS + " timestamp", format="gexf") == [
        ("1.0", "b", "reply", 2.0, None),
        ("b", "1.0", "interaction", 1.0, None),
        ("1.0", "b", "interaction", 1.0, None),
    ]
    (one,) = files.read(content, format="gexf")
    assert "1 edge has a start and 1 have none" in one.notes[1]


def test_times_where_every_edge_has_one(files):
    content = {"a.gexf": OWN.replace("{start}", 'start="2024-01-03T10:00:00"')}
    times = files.rows(content, "timestamp", format="gexf")
    assert [time.isoformat() for (time,) in times] == [
        "2024-01-02T00:00:00+00:00",
        "2024-01-03T10:00:00+00:00",
        "2024-01-03T10:00:00+00:00",
    ]


def test_against_networkx(files, tmp_path):
    graph = nx.gnp_random_graph(30, 0.1, seed=2, directed=True)
    nx.write_gexf(graph, tmp_path / "x.gexf")
    rows = files.rows({"a.gexf": (tmp_path / "x.gexf").read_text()}, "source target", format="gexf")
    assert sorted(rows) == sorted(graph.edges)


SPELLS = """<gexf xmlns="http://gexf.net/1.3" version="1.3">
<graph defaultedgetype="directed" timeformat="date">
<attributes class="edge" mode="dynamic"><attribute id="w" title="weight" type="float"/>
<attribute id="c" title="colour" type="string"/></attributes>
<nodes><node id="a"/><node id="b"/></nodes>
<edges>{edges}</edges></graph></gexf>"""


def test_what_changes_with_time_is_told(files):
    one = '<edge source="a" target="b"><spells><spell start="2024-01-02"/>{more}</spells></edge>'
    columns = "source target weight timestamp"
    (row,) = files.rows({"a.gexf": SPELLS.format(edges=one.format(more=""))}, columns, format="gexf")
    assert row[3].isoformat() == "2024-01-02T00:00:00+00:00"
    two = SPELLS.format(edges=one.format(more='<spell start="2024-03-02"/>'))
    (found,) = files.read({"a.gexf": two}, format="gexf")
    assert "no edge has one date at which it begins: read without times" in found.notes[1]
    values = (
        '<attvalue for="w" value="1" start="2024-01-02"/><attvalue for="w" value="5" start="2024-02-02"/>'
    )
    edge = f'<edge source="a" target="b" timestamp="2024-01-02"><attvalues>{values}'
    edge += '<attvalue for="c" value="red"/></attvalues></edge>'
    (found,) = files.read({"a.gexf": SPELLS.format(edges=edge)}, format="gexf")
    assert found.frame.collect()["weight"].to_list() == [5.0]
    assert "1 edge has a weight that changes with time: the last is read" in found.notes[1]
    assert "attributes of edges that are not read: 'colour'" in found.notes[2]


def test_edges_of_nodes_that_are_not_there(files, left_out):
    content = SPELLS.format(edges='<edge source="a" target="c"/><edge source="a" target="b"/>')
    assert left_out({"a.gexf": content}, format="gexf") == {"an edge of a node that is not declared": 1}
    late = content.replace("</graph>", '<nodes><node id="c"/></nodes></graph>')
    assert files.rows({"a.gexf": late}, "source target", format="gexf") == [("a", "b"), ("a", "c")]
