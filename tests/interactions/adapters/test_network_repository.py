"""Edge lists of Network Repository become rows of a log."""

from __future__ import annotations

from influence_graph.interactions.adapters.table import recognise

COLUMNS = "source target kind weight"


def test_it_is_known_by_what_lies_beside_it(files):
    path = files.write("a.edges", "1 2\n")
    assert recognise(path) is None
    files.write("readme.html", "<html></html>")
    found = recognise(path)
    assert found is not None
    assert found.name == "network-repository"


def test_pairs_weights_and_times(files):
    files.write("readme.html", "<html></html>")
    pairs = files.rows({"a.edges": "% a comment\n1 2\n3,4\n"}, "source target", format="network-repository")
    assert pairs == [(1, 2), (2, 1), (3, 4), (4, 3)]
    weights = files.rows({"b.edges": "1 2 5\n1 3 2\n"}, COLUMNS, format="network-repository")
    assert [row[3] for row in weights] == [5.0, 5.0, 2.0, 2.0]
    times = files.rows(
        {"c.edges": "1,2,28820\n1,3,28840.0\n"}, "source timestamp", format="network-repository"
    )
    assert [(source, time.timestamp()) for source, time in times] == [(1, 28820), (1, 28840)]
