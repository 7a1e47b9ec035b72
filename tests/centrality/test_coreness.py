"""Coreness, h-index, collective influence and VoteRank against igraph, NetworkX and brute force."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import InfluenceGraph
from influence_graph.centrality._collective_influence import collective_influence
from influence_graph.centrality._coreness import coreness
from influence_graph.centrality._h_index import h_index, h_of_neighbours, local_h_index
from influence_graph.centrality._voterank import voterank


@given(st.data(), st.sampled_from(["in", "out", "all"]))
def test_coreness_equals_igraph(matrices, as_igraph, data, degree):
    matrix = data.draw(matrices(largest=14))
    ours = coreness(InfluenceGraph.from_scipy(matrix), degree=degree).values
    np.testing.assert_array_equal(ours, as_igraph(matrix).coreness(mode=degree))


def weighted_cores(dense):
    """Definition: largest level at which a person is in the group left by pruning all below it."""
    result = np.zeros(len(dense))
    left = np.ones(len(dense), dtype=bool)
    level = 0.0
    while left.any():
        part = dense * left[:, None] * left[None, :]
        value = np.where(left, np.sqrt((part > 0).sum(axis=0) * part.sum(axis=0)), np.inf)
        level = max(level, value.min())
        out = value <= level * (1 + 1e-12)
        result[out] = level
        left &= ~out
    return result


@given(st.data())
def test_weighted_coreness_equals_pruning_by_hand(matrices, data):
    matrix = data.draw(matrices(largest=12, smallest=0.1, heaviest=10))
    ours = coreness(InfluenceGraph.from_scipy(matrix), weighted=True).values
    np.testing.assert_allclose(ours, weighted_cores(matrix.toarray()), rtol=1e-9, atol=1e-9)


@given(st.data())
def test_weights_of_1_leave_coreness_alone(matrices, data):
    matrix = data.draw(matrices(largest=14))
    matrix.data[:] = 1.0
    graph = InfluenceGraph.from_scipy(matrix)
    np.testing.assert_allclose(coreness(graph, weighted=True).values, coreness(graph).values)


def by_definition(values):
    ordered = sorted(values, reverse=True)
    return sum(value > at for at, value in enumerate(ordered))


@given(st.data())
def test_h_index_equals_its_definition_and_ends_in_coreness(matrices, data):
    matrix = data.draw(matrices(largest=14))
    graph = InfluenceGraph.from_scipy(matrix)
    dense = matrix.toarray() > 0
    degree = dense.sum(axis=0)
    wanted = [by_definition(degree[dense[:, v]]) for v in range(graph.n)]
    np.testing.assert_array_equal(h_index(graph).values, wanted)
    np.testing.assert_array_equal(local_h_index(graph).values, wanted + dense.T @ np.array(wanted))
    h = degree.astype(np.int64)
    for _ in range(graph.n):
        h = h_of_neighbours(graph.in_edges.indptr, graph.in_edges.indices, h)
    np.testing.assert_array_equal(h, coreness(graph).values)


@given(st.data(), st.integers(1, 3))
def test_collective_influence_equals_networkx_distances(matrices, as_networkx, data, distance):
    matrix = data.draw(matrices(largest=12))
    steps = dict(nx.all_pairs_shortest_path_length(as_networkx(matrix).reverse()))
    less = np.maximum((matrix.toarray() > 0).sum(axis=0) - 1, 0)
    wanted = [
        less[v] * sum(less[u] for u, away in steps[v].items() if away == distance)
        for v in range(matrix.shape[0])
    ]
    ours = collective_influence(InfluenceGraph.from_scipy(matrix), distance=distance)
    np.testing.assert_array_equal(ours.values, wanted)


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


def test_depth_follows_reactors():
    # Everybody acts on 0; 0, 1, 2 act on each other in a ring.
    dense = np.zeros((5, 5))
    dense[1:, 0] = dense[0, 1] = dense[1, 2] = dense[2, 0] = 1
    graph = InfluenceGraph.from_scipy(dense)
    assert coreness(graph).values.tolist() == [1, 1, 1, 0, 0]
    assert coreness(graph, degree="out").values.tolist() == [1, 1, 1, 1, 1]
    assert voterank(graph, k=1).values.argmax() == 0


def test_k_is_checked():
    from influence_graph import ConfigError

    with pytest.raises(ConfigError, match="'k' is 0"):
        voterank(InfluenceGraph.from_scipy([[0, 1], [1, 0]]), k=0)
