"""The interactions with one person, from layers and from rows."""

import numpy as np
import polars as pl
import pytest

from influence_graph import (
    ConfigError,
    DataError,
    InfluenceGraph,
    build_graph,
    explain,
    read_interactions,
    score,
)
from influence_graph.explaining.interactions_received import interactions_received


def test_unsaturated_counts_are_sums_over_rows(log, weights):
    graph = build_graph(log, kinds={**weights, "follow": 0}, half_life="4d")
    person = score(graph, "engagement").top(1)["id"][0]
    weighed = (
        log.frame.filter(
            (pl.col("target") == person) & pl.col("kind").is_in(["retweet", "reply", "like", "mention"])
        )
        .collect()
        .with_columns(
            value=pl.col("kind").replace_strict(weights, return_dtype=pl.Float64)
            * pl.col("weight")
            * (
                2.0
                ** (
                    -(pl.lit(graph.weighting.as_of) - pl.col("timestamp")).dt.total_microseconds()
                    / (4 * 86_400e6)
                )
            ),
            period=pl.col("timestamp").dt.truncate("1d"),
            reactor="source",
        )
    )
    for by in (["kind"], ["network"], ["reactor"], ["period"], ["kind", "network", "reactor", "period"]):
        truth = weighed.group_by(by).agg(pl.col("value").sum()).sort(by)
        told = explain(graph, person, "engagement", by=by).decomposition.sort(by)
        assert told.select(by).equals(truth.select(by))
        np.testing.assert_allclose(told["value"], truth["value"], rtol=1e-12)


def test_layers_and_rows_agree(graph, weights):
    person = int(graph.positions(score(graph, "engagement").top(1)["id"])[0])
    by_layer, by_row = (interactions_received(graph, person, weights, period) for period in (None, "10000d"))
    key = ["source", "kind", "network"]
    frames = [
        found.frame.select("kind", "network").with_columns(source=found.source, weight=found.weight).sort(key)
        for found in (by_layer, by_row)
    ]
    assert frames[0].select(key).equals(frames[1].select(key))
    np.testing.assert_allclose(frames[0]["weight"], frames[1]["weight"], rtol=1e-12)
    assert len(frames[0]) > 20


def test_an_unfollow_ends_a_follow_and_a_follow_does_not_decay():
    log = read_interactions(
        pl.DataFrame(
            {
                "source": ["b", "b", "c", "b", "d"],
                "target": ["a"] * 5,
                "kind": ["follow", "unfollow", "follow", "like", "like"],
                "timestamp": ["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-02", "2024-01-03"],
            }
        )
    )
    graph = build_graph(log, kinds={"follow": 3, "like": 1}, half_life="1d")
    found = interactions_received(graph, 0, {"follow": 3.0, "like": 1.0}, "1d")
    assert graph.ids.gather(found.source).to_list() == ["b", "c", "d"]
    assert found.weight.tolist() == [0.5, 3.0, 1.0]
    assert found.frame["period"].dt.day().to_list() == [2, 1, 3]


def test_kinds_of_weight_zero_are_left_out(graph, weights):
    only = dict.fromkeys(weights, 0.0) | {"like": 1.0}
    assert interactions_received(graph, 5, only, None).frame["kind"].unique().to_list() in (["like"], [])


def test_a_period_names_itself_in_errors(graph):
    with pytest.raises(ConfigError, match=r"^period is 'soon', but it should be a number and a unit"):
        explain(graph, graph.ids[0], by=("period",), period="soon")


def test_periods_need_rows():
    bare = InfluenceGraph.from_edges(pl.DataFrame({"source": [1], "target": [2]}))
    with pytest.raises(DataError, match="rows of the log"):
        interactions_received(bare, 1, {"edge": 1.0}, "1d")
