"""KONECT networks become rows of a log."""

from __future__ import annotations

import pytest

from influence_graph.errors import SchemaError

COLUMNS = "source target kind weight"


def test_weights_and_times(files, left_out):
    content = {"out.x": "% asym positive\n% 3 3 3\n1 2\t2 1138206644\n2 1 1 1138206645.0\n3 1 1 0\n"}
    rows = files.rows(content, COLUMNS + " timestamp", format="konect")
    assert [(*row[:4], row[4].timestamp()) for row in rows] == [
        (1, 2, None, 2.0, 1138206644),
        (2, 1, None, 1.0, 1138206645),
    ]
    assert left_out(content, format="konect") == {"no time, and other rows of the file have one": 1}


def test_signs_directions_and_changes(files):
    signed = "% asym signed\n1 2 1\n2 3 -1\n"
    both = "% sym unweighted\n1 2\n"
    changes = "% asym dynamic\n1 2 1 1138206644\n1 2 -1 1138206645\n"
    assert files.rows({"out.a": signed}, COLUMNS, format="konect") == [
        (1, 2, "trust", 1.0),
        (2, 3, "distrust", 1.0),
    ]
    assert files.rows({"out.b": both}, "source target", format="konect") == [(1, 2), (2, 1)]
    assert files.rows({"out.c": changes}, COLUMNS, format="konect") == [
        (1, 2, "follow", 1.0),
        (1, 2, "unfollow", 1.0),
    ]


def test_a_bipartite_graph_is_refused(files):
    with pytest.raises(SchemaError, match="project it on one side"):
        files.read({"out.d": "% bip unweighted\n1 1\n"}, format="konect")


def test_a_file_that_is_cut_short_is_told_and_a_carriage_return_ends_a_line(files):
    (one,) = files.read({"out.e": "% asym positive\n% 3 2 2\n1 2 1 5\n2 1 1 6\n"}, format="konect")
    assert "3 edges are announced, and 2 there: the file may be cut short" in one.notes[1]
    (one,) = files.read({"out.e": "% asym positive\n% 2 2 2\n1 2\r2 1\r"}, format="konect")
    assert one.frame.collect().select("source", "target").rows() == [(1, 2), (2, 1)]
    assert len(one.notes) == 1
    for broken in ("1 2 1 5\n3\r 1 1 6\n", "1 2 1 5\n3\n"):
        with pytest.raises(SchemaError, match="Expected rows of"):
            files.read({"out.e": f"% asym positive\n{broken}"}, format="konect")


def test_times_beyond_the_calendar_are_not_known(files, left_out):
    content = {"out.x": "% asym positive\n1 2 2 1138206644\n2 1 1 inf\n3 1 1 1e300\n"}
    assert left_out(content, format="konect") == {"no time, and other rows of the file have one": 2}
