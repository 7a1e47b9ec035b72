"""Needs are known words, and what a graph lacks is said."""

import polars as pl
import pytest

from influence_graph import ConfigError, DataError, InfluenceGraph, Raw, method
from influence_graph.methods.needs import _NEEDS, check_needs


def test_an_unknown_need_is_refused_when_it_is_declared():
    with pytest.raises(ConfigError, match=r"declares the need 'node'\. Did you mean 'nodes'"):

        @method("needy", version=1, needs={"node"})
        def needy(graph: InfluenceGraph) -> Raw:
            return Raw(graph.in_strength)


@pytest.mark.parametrize("need", sorted(set(_NEEDS) - {"layers", "nodes"}))
def test_a_graph_of_edges_lacks(need):
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))
    with pytest.raises(DataError, match="some_method needs"):
        check_needs("some_method", graph, frozenset({need}))
    check_needs("some_method", graph, frozenset({"layers", "nodes"}))
