"""What a report says first: each sentence from numbers, none where the log can't answer."""

from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl

from influence_graph import InfluenceGraph, score
from influence_graph.report.answers import _since, answers


def test_since_when_is_the_end_of_the_last_time_behind():
    times = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 6)]

    def said(ranks):
        rows = {"time": times, "id": ["ann"] * 5, "rank": [float(rank) for rank in ranks]}
        return _since("ann", SimpleNamespace(frame=pl.DataFrame(rows), every="1d"))

    assert "since 2024-01-04" in said([1, 1, 2, 1, 1])
    assert "since 2024-01-01" in said([1, 1, 1, 1, 1])
    assert said([1, 1, 1, 1, 1.5]) == ""


def test_what_a_log_cannot_answer_has_no_sentence():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": [1, 2], "target": [3, 3]}))
    section = answers({"reactors": score(graph, "reactors")}, None, None, None)
    assert section.texts == [
        "By reactors, 3 is the most influential of 3 people, with 100.0 of 100 points; "
        "1 (1.0) and 2 (1.0) come next."
    ]
