"""Sixteen systems at once against dense algebra; in one chunk and in several."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from influence_graph import ConvergenceError, InfluenceGraph
from influence_graph.linalg.random_walk_block import COLUMNS, shares_of_visits


def solved(graph, starts, damping, **options):
    out = np.empty((graph.n, starts.shape[1]))
    ranked = csr_array(starts[graph.traversal.order])
    shares_of_visits(graph.traversal, ranked, damping, out, name="test", **options)
    return out


@given(st.integers(1, 12), st.integers(1, COLUMNS), st.sampled_from([0.0, 0.5, 0.95]), st.integers(0, 2**32))
def test_columns_equal_dense_algebra(n, k, damping, seed):
    rng = np.random.default_rng(seed)
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.4) * (1 - np.eye(n))
    starts = rng.random((n, k)) * (rng.random((n, k)) < 0.5)
    starts[0] += 0.1
    graph = InfluenceGraph.from_scipy(dense)
    total = dense.sum(axis=1, keepdims=True)
    p = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    exact = np.linalg.solve(np.eye(n) - damping * p.T, starts)
    ours = solved(graph, starts, damping, tol=1e-13, max_iterations=5_000)
    np.testing.assert_allclose(ours, exact / exact.sum(axis=0), atol=1e-10)


def test_a_column_does_not_depend_on_the_others():
    rng = np.random.default_rng(0)
    graph = InfluenceGraph.from_scipy(rng.random((40, 40)) * (rng.random((40, 40)) < 0.2))
    starts = np.eye(40)[:, :COLUMNS]
    together = solved(graph, starts, 0.85, tol=1e-12, max_iterations=999)
    alone = solved(graph, starts[:, 3:4], 0.85, tol=1e-12, max_iterations=999)
    np.testing.assert_allclose(together[:, 3:4], alone, atol=1e-12)


def test_the_same_bits_for_one_thread_and_two():
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine gives numba one thread only")
    rng = np.random.default_rng(0)
    n, m = 20_000, 400_000
    ends = (n * rng.random((2, m)) ** 2).astype(int)
    graph = InfluenceGraph.from_scipy(coo_array((rng.random(m) + 0.01, ends), shape=(n, n)))
    assert len(graph.traversal.incoming.cuts) > 3
    results, before = [], numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            results.append(solved(graph, np.eye(n)[:, :5], 0.85, tol=1e-10, max_iterations=999).tobytes())
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


def test_not_converged_is_an_error():
    graph = InfluenceGraph.from_scipy([[0, 1, 1], [1, 0, 0], [0, 1, 0]])
    with pytest.raises(ConvergenceError, match="test reached an L1 residual"):
        solved(graph, np.eye(3), 0.9, tol=1e-14, max_iterations=1)
