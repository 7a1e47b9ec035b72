"""SNAP edge lists become rows of a log."""

from __future__ import annotations

COLUMNS = "source target kind weight"


def test_directed_and_undirected(files):
    directed = "# Directed graph: x\n# FromNodeId\tToNodeId\r\n0\t4\r\n2\t0\r\n"
    assert files.rows({"a.txt": directed}, "source target", format="snap") == [(0, 4), (2, 0)]
    undirected = directed.replace("Directed", "Undirected")
    assert files.rows({"b.txt": undirected}, "source target", format="snap") == [
        (0, 4),
        (4, 0),
        (2, 0),
        (0, 2),
    ]


def test_signs(files):
    signed = "# FromNodeId\tToNodeId\tSign\n0\t1\t-1\n1\t0\t1\n"
    rows = files.rows({"a.txt": signed}, COLUMNS, format="snap")
    assert rows == [(0, 1, "distrust", 1.0), (1, 0, "trust", 1.0)]


def test_whole_seconds_are_times(files):
    rows = files.rows({"a.txt": "1 2 1082040961\n3 4 1082155839\n"}, "source timestamp", format="snap")
    assert [(source, time.timestamp()) for source, time in rows] == [(1, 1082040961), (3, 1082155839)]


def test_a_file_that_is_cut_short_is_told(files):
    whole = "# Undirected graph: x\n# Nodes: 3 Edges: 2\n# FromNodeId\tToNodeId\n0\t4\n2\t0\n"
    (one,) = files.read({"a.txt": whole}, format="snap")
    assert not any("announced" in note for note in one.notes)
    (one,) = files.read({"a.txt": whole.removesuffix("2\t0\n")}, format="snap")
    assert any("2 edges are announced, and 1 there" in note for note in one.notes)
