"""Eigenvector and Katz centrality against igraph, NetworkX and dense algebra."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConfigError, ConvergenceError, InfluenceGraph
from influence_graph.centrality.eigenvector_katz import eigenvector, has_cycle, katz


@given(st.integers(0, 10_000))
def test_eigenvector_equals_igraph_and_networkx(as_igraph, as_networkx, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 14))
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.5)
    dense[np.arange(n), (np.arange(n) + 1) % n] = 1.0
    np.fill_diagonal(dense, 0)
    ours = eigenvector(InfluenceGraph.from_scipy(dense), tol=1e-12)
    matrix = InfluenceGraph.from_scipy(dense).adjacency
    peer = np.array(as_igraph(matrix).eigenvector_centrality(weights="weight"))
    np.testing.assert_allclose(ours.values, peer / peer.sum(), atol=1e-8)
    other = np.array(list(nx.eigenvector_centrality_numpy(as_networkx(matrix), weight="weight").values()))
    np.testing.assert_allclose(ours.values, other / other.sum(), atol=1e-8)
    assert ours.diagnostics["spectral_radius"] == pytest.approx(np.abs(np.linalg.eigvals(dense)).max())


def test_a_cycle_of_two_does_not_swing():
    graph = InfluenceGraph.from_scipy([[0, 4], [1, 0]])
    result = eigenvector(graph)
    np.testing.assert_allclose(result.values, [1 / 3, 2 / 3])
    assert result.diagnostics["spectral_radius"] == pytest.approx(2)


@given(st.data())
def test_has_cycle_equals_igraph(matrices, as_igraph, data):
    matrix = data.draw(matrices())
    assert has_cycle(InfluenceGraph.from_scipy(matrix)) is not as_igraph(matrix).is_dag()


def test_without_a_cycle_everybody_has_0():
    chain = np.diag(np.ones(29), 1)
    assert not eigenvector(InfluenceGraph.from_scipy(chain)).values.any()


@given(st.data(), st.floats(0.05, 0.95))
def test_katz_equals_the_inverse(matrices, data, share):
    matrix = data.draw(matrices(smallest=0.1, heaviest=10))
    dense = matrix.toarray()
    radius = np.abs(np.linalg.eigvals(dense)).max()
    graph = InfluenceGraph.from_scipy(matrix)
    alpha = share / radius if has_cycle(graph) else share
    exact = np.linalg.solve(np.eye(len(dense)) - alpha * dense.T, np.ones(len(dense)))
    np.testing.assert_allclose(katz(graph, alpha=alpha, tol=1e-13).values, exact, rtol=1e-8)


def test_katz_equals_networkx(as_networkx):
    graph = InfluenceGraph.from_networkx(nx.DiGraph(nx.gnp_random_graph(40, 0.1, seed=1, directed=True)))
    peer = nx.katz_centrality(as_networkx(graph.adjacency), alpha=0.1, tol=1e-13, normalized=False)
    ours = katz(graph, alpha=0.1)
    np.testing.assert_allclose(ours.values, [peer[v] for v in range(40)], rtol=1e-8)
    assert ours.diagnostics["residual"] <= 1e-10


def test_katz_says_how_far_alpha_may_go():
    graph = InfluenceGraph.from_scipy([[0, 4], [1, 0]])
    with pytest.raises(ConfigError, match=r"Give alpha < 0\.5"):
        katz(graph, alpha=0.5)
    assert katz(graph, alpha=0.1).diagnostics["spectral_radius"] == pytest.approx(2.0, rel=1e-10)
    with pytest.raises(ConvergenceError):
        katz(graph, alpha=0.4999999, max_iterations=5)


def test_katz_has_no_default_alpha():
    with pytest.raises(ConfigError, match="katz needs the parameter 'alpha'"):
        katz(InfluenceGraph.from_scipy([[0, 4], [1, 0]]))


def test_the_spectral_radius_of_a_chain_of_nearly_equal_parts():
    """Six pairs, each leading into the next: the matrix is close to a Jordan block, its vector no guide."""
    n = 12
    dense = np.zeros((n, n))
    for pair in range(6):
        u = 2 * pair
        dense[u, u + 1] = dense[u + 1, u] = 1.0 + 1e-7 * pair
        if pair:
            dense[u - 1, u] = 5.0
    graph = InfluenceGraph.from_scipy(dense)
    assert katz(graph, alpha=0.5).diagnostics["spectral_radius"] == pytest.approx(1 + 5e-7, rel=1e-12)
    exact = np.linalg.solve(np.eye(n) - 0.85 * dense.T, np.ones(n))
    np.testing.assert_allclose(katz(graph, alpha=0.85).values, exact, rtol=1e-7)


def test_the_spectral_radius_of_a_bipartite_part():
    dense = np.zeros((5, 5))
    dense[0, 2:] = dense[1, 2:] = 1.0
    dense[2:, 0] = 2.0
    graph = InfluenceGraph.from_scipy(dense)
    radius = np.abs(np.linalg.eigvals(dense)).max()
    assert katz(graph, alpha=0.1).diagnostics["spectral_radius"] == pytest.approx(radius, rel=1e-10)


def test_eigenvector_says_that_there_is_no_cycle():
    chain = eigenvector(InfluenceGraph.from_scipy([[0, 1, 0], [0, 0, 1], [0, 0, 0]]))
    assert chain.values.tolist() == [0, 0, 0]
    assert "no directed cycle" in chain.diagnostics["note"]
    assert "note" not in eigenvector(InfluenceGraph.from_scipy([[0, 1], [1, 0]])).diagnostics


def test_influence_flows_along_edges():
    graph = InfluenceGraph.from_scipy([[0, 0, 0], [1, 0, 0], [1, 1, 0]])
    np.testing.assert_allclose(katz(graph, alpha=0.5).values, [2.25, 1.5, 1])
