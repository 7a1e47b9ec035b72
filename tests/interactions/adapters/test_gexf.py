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
