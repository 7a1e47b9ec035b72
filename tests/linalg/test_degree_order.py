"""The relabelled edges against the matrix they come from."""

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from influence_graph import InfluenceGraph
from influence_graph.linalg.degree_order import CHUNK_EDGES, row_cuts


def dense_of(edges):
    n = len(edges.pointers) - 1
    return csr_array((edges.shares, edges.columns, edges.pointers), shape=(n, n)).toarray()


@given(st.integers(1, 12), st.integers(0, 2**32))
def test_both_directions_hold_the_shares_of_the_permuted_matrix(n, seed):
    rng = np.random.default_rng(seed)
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.3) * (1 - np.eye(n))
    order = InfluenceGraph.from_scipy(dense).traversal
    total = dense.sum(axis=1, keepdims=True)
    p = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)[order.order][:, order.order]
    np.testing.assert_allclose(dense_of(order.outgoing), p, rtol=1e-14)
    np.testing.assert_allclose(dense_of(order.incoming), p.T, rtol=1e-14)
    np.testing.assert_allclose(order.active_share, p[:, : order.active].sum(axis=1), atol=1e-14)
    np.testing.assert_allclose(order.strength * order.largest, total[order.order, 0], rtol=1e-12)
    np.testing.assert_array_equal(order.order[order.ranks], np.arange(n))
    x = rng.random(n)
    np.testing.assert_allclose(order.incoming.weighted_sum(x, plus=x), x + p.T @ x, rtol=1e-12)
    many = dataclasses.replace(order.incoming, cuts=np.unique([0, n // 3, n // 2, (3 * n) // 4, n]))
    np.testing.assert_array_equal(many.weighted_sum(x), order.incoming.weighted_sum(x))


@given(st.integers(1, 12), st.integers(0, 2**32))
def test_active_people_come_first_by_degree(n, seed):
    rng = np.random.default_rng(seed)
    dense = (rng.random((n, n)) < 0.2) * (1.0 - np.eye(n))
    order = InfluenceGraph.from_scipy(dense).traversal
    degree = (dense.sum(axis=0) + dense.sum(axis=1))[order.order]
    both = ((dense.sum(axis=0) > 0) & (dense.sum(axis=1) > 0))[order.order]
    assert both[: order.active].all()
    assert not both[order.active :].any()
    assert (np.diff(degree[: order.active]) <= 0).all()
    rows, columns, shares = order.incoming.from_inactive
    wanted = dense_of(order.incoming)[: order.active, order.active :]
    np.testing.assert_array_equal(shares, wanted[rows, columns - order.active])
    assert len(shares) == np.count_nonzero(wanted)


def test_a_large_graph_has_chunks_of_about_equal_edges_and_the_same_shares():
    rng = np.random.default_rng(0)
    m, n = 4 * CHUNK_EDGES, 3_000
    ends = (n * rng.random((2, m)) ** 2).astype(int)
    graph = InfluenceGraph.from_scipy(coo_array((rng.random(m) + 0.01, ends), shape=(n, n)))
    edges = graph.traversal.incoming
    assert len(edges.cuts) > 4
    assert graph.traversal.active in edges.cuts
    work = np.diff(edges.pointers[edges.cuts])
    assert work.max() < 2 * CHUNK_EDGES
    into = np.bincount(edges.columns, weights=edges.shares, minlength=n)
    np.testing.assert_allclose(into[np.diff(graph.adjacency.indptr)[graph.traversal.order] > 0], 1.0)


def test_cuts_span_all_rows():
    pointers = np.arange(0, 70, 7)
    assert row_cuts(pointers, 4).tolist() == [0, 4, 9]
    assert row_cuts(np.zeros(1, np.int64), 0).tolist() == [0]
