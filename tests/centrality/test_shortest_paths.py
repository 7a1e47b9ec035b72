"""Betweenness and closeness: exact values against igraph, and coverage of the intervals."""

import functools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array

from influence_graph import InfluenceGraph
from influence_graph.centrality import betweenness, closeness


@given(st.data())
def test_all_pivots_equal_igraph(matrices, as_igraph, data):
    matrix = data.draw(matrices(largest=12))
    graph, peer = InfluenceGraph.from_scipy(matrix), as_igraph(matrix)
    np.testing.assert_allclose(betweenness(graph).values, peer.betweenness(directed=True), atol=1e-9)
    distances = np.array(peer.distances(mode="out"), dtype=float)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_allclose(closeness(graph).values, (1 / distances).sum(axis=0), atol=1e-12)
    result = betweenness(graph)
    np.testing.assert_array_equal(result.low, result.high)


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(4)
    n = 250
    ends = rng.integers(0, n, (2, 5 * n)) * rng.integers(0, 2, (2, 5 * n))
    return InfluenceGraph.from_scipy(coo_array((rng.random(5 * n) + 0.1, ends), shape=(n, n)))


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("measure", [betweenness, closeness])
def test_intervals_hold_the_truth_and_are_the_bernstein_bound(crowd, measure, confidence):
    exact = measure(crowd, pivots=crowd.n).values
    n, k = crowd.n, 200
    sample = measure(crowd, pivots=k, confidence=confidence, rng=3)
    assert ((sample.low <= exact) & (exact <= sample.high)).mean() >= confidence
    assert np.corrcoef(sample.values, exact)[0, 1] > 0.95
    # Maurer & Pontil 2009, theorem 4, both sides: margin = √(2V ln(4/δ)/k) + 7 R ln(4/δ) / (3(k − 1)).
    drawn = np.random.default_rng(3).integers(0, n, size=k)
    each = np.array([contributions(crowd, measure, s) for s in range(n)])[drawn]
    largest = n - 2.0 if measure is betweenness else 1.0
    log = np.log(4.0 / (1.0 - confidence))
    margin = np.sqrt(2.0 * each.var(axis=0, ddof=1) * log / k) + 7.0 * largest * log / (3.0 * (k - 1))
    np.testing.assert_allclose(sample.values, n * each.mean(axis=0), atol=1e-8)
    np.testing.assert_allclose(sample.high, n * np.minimum(each.mean(axis=0) + margin, largest), rtol=1e-8)
    np.testing.assert_allclose(sample.low, n * np.maximum(each.mean(axis=0) - margin, 0), atol=1e-8)


def contributions(graph, measure, source):
    """What one source adds: dependencies by NetworkX's definition, or inverse distances."""
    peer = graph_as_networkx(graph)
    if measure is closeness:
        steps = nx.single_source_shortest_path_length(peer, source)
        return np.array([1 / steps[v] if steps.get(v) else 0.0 for v in range(graph.n)])
    part = nx.betweenness_centrality_subset(peer, [source], list(peer), normalized=False)
    return np.array([part[v] for v in range(graph.n)])


@functools.cache
def graph_as_networkx(graph):
    return nx.from_scipy_sparse_array(graph.adjacency, create_using=nx.DiGraph)
