"""A graph of edges only refuses what a method has not declared that it reads."""

import polars as pl
import pytest

from influence_graph import ConfigError, InfluenceGraph
from influence_graph.methods.edges_only import EdgesOnly


@pytest.fixture
def part():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    return EdgesOnly.of(graph.ids, graph.adjacency, graph.weighting, method="busy")


def test_edges_and_ids_are_there(part):
    assert part.n == 3
    assert part.in_strength.tolist() == [2.0, 0.0, 0.0]
    assert part.positions(["c"]).tolist() == [2]
    assert part.traversal is not None
    assert repr(part) == "<EdgesOnly: 3 people, 2 edges>"


@pytest.mark.parametrize(
    ("read", "need"), [("layers", "layers"), ("kinds", "layers"), ("nodes", "nodes"), ("log", "events")]
)
def test_the_error_says_which_need_to_declare(part, read, need):
    with pytest.raises(ConfigError, match=rf"busy reads graph\.\w+ .*Add needs={{'{need}'}} to its @method"):
        getattr(part, read)
