"""What all graph files share."""

from __future__ import annotations

import polars as pl

from influence_graph.interactions.adapters.edges import add_edge, add_edges, names_of
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


def test_labels_are_names_only_where_each_has_its_own():
    rows = Rows()
    assert names_of({"1": "ann", "2": "bea"}, rows, what="id") == {"1": "ann", "2": "bea"}
    assert names_of({"1": None, "2": None}, rows, what="id") == {"1": "1", "2": "2"}
    assert rows.notes == []
    assert names_of({"1": "ann", "2": "ann"}, rows, what="id") == {"1": "1", "2": "2"}
    assert names_of({"1": "ann", "2": None}, rows, what="id") == {"1": "1", "2": "2"}
    assert [note.rpartition("labels ")[2] for note in rows.notes] == ["some stand twice", "some have none"]
