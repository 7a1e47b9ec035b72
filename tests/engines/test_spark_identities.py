"""Accounts become people on Spark as they do here."""

from typing import Any

import polars as pl

from influence_graph import build_graph, read_interactions


def test_people_of_an_identity_table(to_spark: Any) -> None:
    rows = pl.DataFrame(
        {
            "source": ["ann", "Ann", "bea", "c/d", "ann"],
            "target": ["bea", "bea", "ann", "bea", "Ann"],
            "network": ["x", "y", "x", "y", "x"],
            "kind": "like",
        }
    )
    people = pl.DataFrame(
        {
            "network": ["x", "y", "x", "y"],
            "account": ["ann", "Ann", "Ann", "nobody"],
            "person": ["A", "A", "A", "N"],
        }
    )
    how: dict[str, Any] = {"identities": people, "leave_out": ["nobody-here"]}
    here = read_interactions(rows, **how)
    there = read_interactions(to_spark(rows), engine="spark", **how)
    assert there.report.left_out["rows"].to_list() == here.report.left_out["rows"].to_list() == [1]
    assert set(there.report.notes) == set(here.report.notes)
    assert build_graph(there).to_local().to_edges().equals(build_graph(here).to_edges())
