"""HITS and SALSA against igraph, dense algebra and the hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConvergenceError, InfluenceGraph
from influence_graph.centrality._hits import hits, salsa


@given(st.data())
def test_equals_dense_algebra(matrices, data):
    matrix = data.draw(matrices(smallest=0.1, heaviest=10))
    graph, dense = InfluenceGraph.from_scipy(matrix), matrix.toarray()
    if not matrix.nnz:
        assert not hits(graph).values.any()
        return
    values, vectors = np.linalg.eigh(dense.T @ dense)
    # Where several eigenvalues are nearly the largest, the limit of the iteration is out of reach.
    same = values > values[-1] * (1 - 1e-9)
    if (values[~same] < 0.95 * values[-1]).all():
        top = vectors[:, same]
        authority = top @ (top.T @ dense.T.sum(axis=1))
        for role, exact in (("authority", authority), ("hub", dense @ authority)):
            result = hits(graph, role=role, tol=1e-12)
            assert result.diagnostics["residual"] <= 1e-12
            np.testing.assert_allclose(result.values, exact / exact.sum(), atol=1e-8)


def test_equals_igraph_on_a_connected_graph(as_igraph):
    rng = np.random.default_rng(0)
    dense = rng.random((60, 60)) * (rng.random((60, 60)) < 0.2)
    np.fill_diagonal(dense, 0)
    graph = InfluenceGraph.from_scipy(dense)
    peer = as_igraph(graph.adjacency)
    for role, scores in (("hub", peer.hub_score), ("authority", peer.authority_score)):
        other = np.array(scores(weights="weight"))
        np.testing.assert_allclose(hits(graph, role=role).values, other / other.sum(), atol=1e-9)


def test_roles_follow_the_direction():
    graph = InfluenceGraph.from_scipy([[0, 0, 0], [1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(hits(graph).values, [1, 0, 0])
    np.testing.assert_allclose(hits(graph, role="hub").values, [0, 0.5, 0.5])
    np.testing.assert_allclose(salsa(graph, role="hub").values, [0, 0.5, 0.5])


def test_not_converged_is_an_error():
    rng = np.random.default_rng(1)
    graph = InfluenceGraph.from_scipy(rng.random((40, 40)) * (1 - np.eye(40)))
    with pytest.raises(ConvergenceError, match="max_iterations"):
        hits(graph, max_iterations=1)


@given(st.data())
def test_salsa_equals_its_chain(matrices, data):
    matrix = data.draw(matrices())
    dense = matrix.toarray()
    out, into = dense.sum(axis=1), dense.sum(axis=0)
    back = np.divide(dense.T, into[:, None], out=np.zeros_like(dense), where=into[:, None] > 0)
    on = np.divide(dense, out[:, None], out=np.zeros_like(dense), where=out[:, None] > 0)
    chain = back @ on
    people = into > 0
    x = people / max(people.sum(), 1)
    # Staying put every other time keeps the chain from swinging; 2²⁵ steps by squaring.
    lazy = (np.eye(len(dense)) + np.where(people[:, None], chain, np.eye(len(dense)))) / 2
    limit = x @ np.linalg.matrix_power(lazy, 2**25)
    values = salsa(InfluenceGraph.from_scipy(matrix)).values
    np.testing.assert_allclose(values @ chain, values, atol=1e-12)
    gap = np.sort(np.abs(np.linalg.eigvals(lazy)))
    if not ((gap > 1 - 1e-5) & (gap < 1 - 1e-12)).any():
        np.testing.assert_allclose(values, limit, atol=1e-6)
    assert values.sum() == pytest.approx(1.0 if matrix.nnz else 0.0)
