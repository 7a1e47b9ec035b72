"""Rows of a log by positions, against the rows that polars returns."""

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions
from influence_graph.graph.located_rows import located_rows


@pytest.mark.parametrize("integers", [True, False])
@pytest.mark.parametrize("timed", [True, False])
def test_rows_are_those_of_the_frame(integers, timed):
    rng = np.random.default_rng(2)
    source, target = rng.integers(0, 30, (2, 400)) * 7
    frame = pl.DataFrame(
        {
            "source": source,
            "target": pl.Series(np.where(source == target, target + 7, target)),
            "kind": rng.choice(["like", "reply", "post", "follow"], 400),
            "network": rng.choice(["x", "y"], 400),
            "weight": rng.random(400),
        }
    ).with_columns(target=pl.when(pl.col("kind") != "post").then("target"))
    if timed:
        frame = frame.with_columns(timestamp=pl.lit(1_700_000_000) + rng.integers(0, 9999, 400))
    if not integers:
        frame = frame.with_columns(pl.col("source", "target").cast(pl.String))
    graph = build_graph(read_interactions(frame))
    kinds = {"like": 1.0, "post": 0.5, "follow": 0.0}
    found = located_rows(graph, kinds)
    wanted = graph.log.frame.filter(pl.col("kind").is_in(list(kinds))).collect()
    place = {person: at for at, person in enumerate(graph.ids)} | {None: -1}
    assert found.source.tolist() == [place[person] for person in wanted["source"]]
    assert found.target.tolist() == [place[person] for person in wanted["target"]]
    assert found.weight.tolist() == [
        kinds[kind] * weight for kind, weight in wanted.select("kind", "weight").iter_rows()
    ]
    assert found.time.tolist() == (wanted["timestamp"].dt.epoch("us").to_list() if timed else [])


def test_no_row_is_of_an_unknown_kind():
    graph = build_graph(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    assert [len(column) for column in located_rows(graph, {"other": 1.0})[:3]] == [0, 0, 0]
