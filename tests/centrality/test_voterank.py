"""VoteRank against NetworkX."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConfigError, InfluenceGraph
from influence_graph.centrality import voterank


@given(st.data())
def test_voterank_equals_networkx(matrices, as_networkx, data):
    matrix = data.draw(matrices(largest=12))
    graph = InfluenceGraph.from_scipy(matrix)
    # NetworkX lets people vote for those who point at them.
    peer = nx.voterank(as_networkx(matrix).reverse())
    ours = voterank(graph).values
    wanted = np.zeros(graph.n)
    wanted[peer] = len(peer) - np.arange(len(peer))
    np.testing.assert_array_equal(ours, wanted)
    first = voterank(graph, k=2).values
    assert sorted(np.flatnonzero(first)) == sorted(peer[:2])


def test_the_first_elected_has_most_votes():
    dense = np.zeros((5, 5))
    dense[1:, 0] = dense[0, 1] = dense[1, 2] = 1
    assert voterank(InfluenceGraph.from_scipy(dense), k=1).values.tolist() == [1, 0, 0, 0, 0]


def test_k_is_checked():
    with pytest.raises(ConfigError, match="'k' is 0"):
        voterank(InfluenceGraph.from_scipy([[0, 1], [1, 0]]), k=0)
