"""What all graph files share."""

from __future__ import annotations

import ast
import re

import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.interactions.adapters.edges import add_edge, add_edges, known_by_labels
from influence_graph.interactions.adapters.rows import Rows

CASES = [("a", "b", 2.0, True), ("b", "c", 1.5, False), ("c", "c", 1.0, False), ("a", "c", -3.0, True)]
EXPECTED = [
    ("a", "b", None, 2.0),
    ("b", "c", None, 1.5),
    ("c", "b", None, 1.5),
    ("c", "c", None, 1.0),
    ("a", "c", "distrust", 3.0),
]


def rows_of(rows: Rows) -> list[tuple[object, ...]]:
    rows.flush()
    columns = ("source", "target", "kind", "weight")
    return [row for piece in rows.batches.pieces() for row in piece.select(columns).rows()]


def test_directions_and_signs_one_by_one_and_in_frames():
    one_by_one, in_frames = Rows(), Rows()
    for source, target, weight, directed in CASES:
        add_edge(one_by_one, source, target, weight=weight, directed=directed)
        frame = pl.DataFrame({"source": [source], "target": [target], "weight": [weight]})
        add_edges(in_frames, frame, directed=directed)
    assert rows_of(one_by_one) == EXPECTED
    assert rows_of(in_frames) == EXPECTED


def test_edges_without_a_usable_weight_are_counted():
    rows = Rows()
    for weight in (0, "nan", "much"):
        add_edge(rows, "a", "b", directed=True, weight=weight)
    weights = [0.0, float("inf"), None]
    add_edges(
        rows, pl.DataFrame({"source": list("abc"), "target": list("bca"), "weight": weights}), directed=True
    )
    assert rows.left_out == {"an edge of weight 0": 2, "an edge whose weight is no number": 4}
    assert rows_of(rows) == []


def test_what_a_sign_made_of_edges_is_told_once_with_two_examples_and_the_option():
    rows = Rows()
    for source, weight in (("a", -1), ("b", 2.5), ("c", -3.0)):
        add_edge(rows, source, "d", directed=False, weight=weight)
    edges = pl.DataFrame({"source": ["e", "f"], "target": ["g", "g"], "weight": [-7.0, 1.0]})
    add_edges(rows, edges, directed=True)
    assert rows.signs.notes(secret=False) == [
        "3 edges have a weight below zero ('a' → 'd' -1, 'c' → 'd' -3): read as kind 'distrust', with the "
        "weight's size; kind_names={'distrust': 'interaction'} reads them as a usual kind"
    ]
    assert "'a'" not in rows.signs.notes(secret=True)[0]


SIGNED = {
    "a.graphml": '<graphml><key id="w" for="edge" attr.name="weight"/><graph edgedefault="directed">'
    '<node id="1"/><node id="2"/><edge source="1" target="2"><data key="w">-2</data></edge>'
    "</graph></graphml>",
    "a.gexf": '<gexf><graph defaultedgetype="directed"><edges><edge source="1" target="2" weight="-2"/>'
    "</edges></graph></gexf>",
    "a.gml": "graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 weight -2 ] ]",
    "a.net": "*Vertices 2\n*Arcs\n1 2 -2\n",
    "a.mtx": "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 -2\n",
    "out.a": "% asym weighted\n1 2 -2\n",
    "a.txt": "# FromNodeId\tToNodeId\tWeight\n1\t2\t-2\n",
    "a.csv": "Source,Target,Type,Weight\n1,2,Directed,-2\n",
}


@pytest.mark.parametrize("name", SIGNED)
def test_every_graph_format_tells_a_sign_and_the_option_that_it_names_works(tmp_path, name):
    (tmp_path / name).write_text(SIGNED[name])
    log = read_interactions(tmp_path / name)
    assert log.kinds == {"distrust": 1}
    told = [note for note in log.report.notes if "1 edge has a weight below zero" in note]
    assert len(told) == 1
    option = re.search(r"kind_names=(\{.*?\})", told[0])
    again = read_interactions(tmp_path / name, kind_names=ast.literal_eval(option[1]))
    assert again.frame.select("source", "target", "kind", "weight").collect().rows() == [
        (1, 2, "interaction", 2.0)
    ]


def test_labels_are_names_only_where_each_has_its_own():
    rows = Rows()
    for labels, known in ((["ann", "bea"], True), ([None, None], False), ([], False)):
        assert known_by_labels(pl.Series(labels, dtype=pl.String), rows, what="id") is known
    assert rows.notes == []
    for labels in (["ann", "ann"], ["ann", None], ["ann", ""]):
        assert not known_by_labels(pl.Series(labels), rows, what="id")
    assert [note.rpartition("labels ")[2] for note in rows.notes] == [
        "some stand twice",
        "some have none",
        "some have none",
    ]
