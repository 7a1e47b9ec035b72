"""Weights by id become a distribution."""

import polars as pl
import pytest

from influence_graph import ConfigError, DataError, InfluenceGraph
from influence_graph.centrality.personalization import distribution, scaled_weights


@pytest.fixture
def graph():
    return InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))


def test_weights_are_scaled_also_where_their_sum_overflows(graph):
    assert distribution(graph, {"c": 3, "a": 1}).tolist() == [0.25, 0.0, 0.75]
    assert distribution(graph, {"c": 1e308, "a": 1e308}).tolist() == [0.5, 0.0, 0.5]
    at, shares = scaled_weights(graph, {"c": 1.0})
    assert (at.tolist(), shares.tolist()) == ([2], [1.0])


def test_no_weight_and_no_such_person(graph):
    with pytest.raises(ConfigError, match="sum to 0"):
        distribution(graph, {"a": 0.0})
    with pytest.raises(DataError, match="'z' is not among"):
        distribution(graph, {"z": 1.0})
