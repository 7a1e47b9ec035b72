"""The system under PageRank solved from any start: against dense algebra, warm and cold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph.linalg.residual_push import push_from_node, push_random_rows, solve_locally
from influence_graph.linalg.row_shares import transition_shares


@st.composite
def systems(draw):
    n = draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.4)
    return csr_array(dense), rng.random(n), rng.random(n) * 10


def solved(matrix, b, damping=0.85):
    dense = matrix.toarray()
    total = dense.sum(axis=1, keepdims=True)
    p = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    return np.linalg.solve(np.eye(len(b)) - damping * p.T, b)


@given(systems())
def test_dense_algebra_agrees_from_any_start(system):
    matrix, b, guess = system
    factors = 0.85 * transition_shares(matrix)
    for start in (np.zeros(len(b)), guess):
        y = start.copy()
        solve_locally(matrix.indptr, matrix.indices, factors, b, y, relative=1e-13)
        np.testing.assert_allclose(y, solved(matrix, b), rtol=1e-11)


@given(systems())
def test_absolute_bound_bounds_every_residual(system):
    matrix, b, guess = system
    factors = 0.85 * transition_shares(matrix)
    solve_locally(matrix.indptr, matrix.indices, factors, b, guess, absolute=1e-6)
    residual = b + csr_array((factors, matrix.indices, matrix.indptr), shape=matrix.shape).T @ guess - guess
    assert np.abs(residual).max(initial=0.0) <= 1e-6 + 1e-14


def test_a_good_start_is_little_work():
    rng = np.random.default_rng(1)
    matrix = csr_array(rng.random((200, 200)) * (rng.random((200, 200)) < 0.05))
    factors, b, y = 0.85 * transition_shares(matrix), np.ones(200), np.zeros(200)
    csr = matrix.indptr, matrix.indices, factors
    cold = solve_locally(*csr, b, y, relative=1e-12)
    assert solve_locally(*csr, b, y, relative=1e-12) == 0
    b[3] += 1e-6
    assert solve_locally(*csr, b, y, relative=1e-12) < cold / 2


@given(systems(), st.integers(0, 2**32))
def test_random_rows_equal_dense_algebra(system, seed):
    matrix, b, _ = system
    n, rng = len(b), np.random.default_rng(seed)
    dense = matrix.toarray()
    acting, reached = dense.any(axis=1), dense.any(axis=0)
    once = np.flatnonzero(acting & ~reached)
    order = np.concatenate([once, np.flatnonzero(acting & reached)])
    to = rng.choice(np.flatnonzero(reached), len(order)) if len(order) else np.zeros(0, np.int64)
    draws, new, d = rng.exponential(size=matrix.nnz), rng.exponential(size=len(order)), rng.random(n) * 0.9
    w = csr_array((matrix.data * draws, matrix.indices, matrix.indptr), shape=(n, n)).toarray()
    for u, v, much in zip(order, to, new, strict=True):
        if u != v:
            w[u, v] += much * dense[u][dense[u] > 0].mean()
    total = w.sum(axis=1, keepdims=True)
    w = np.divide(d[:, None] * w, total, out=np.zeros_like(w), where=total > 0)
    rows = matrix.indptr.astype(np.int64), matrix.indices, matrix.data, draws.copy(), to, new.copy()
    y, left = push_random_rows(*rows, order, len(once), d, np.array([b, 2 * b]), 1e-13, 9_999)
    assert left <= 1e-13
    exact = np.linalg.solve(np.eye(n) - w.T, b)
    np.testing.assert_allclose(y, [exact, 2 * exact], rtol=1e-9)


@given(systems(), st.sampled_from([0.1, 1e-3, 1e-6]))
def test_a_push_from_a_seed_keeps_all_mass_and_brackets_the_solution(system, threshold):
    matrix, b, _ = system
    n, d = len(b), 0.85
    x, r, known = np.zeros(n), np.zeros(n), np.zeros(n, np.bool_)
    r[0], known[0] = 1.0, True
    csr = matrix.indptr, matrix.indices, matrix.data
    touched, _ = push_from_node(*csr, 0, d, threshold, x, r, known, np.array([0]), 10**9)
    assert x.sum() + r.sum() == pytest.approx(1.0)
    assert (r <= threshold * (np.diff(matrix.indptr) + 1)).all()
    assert set(touched) == set(np.flatnonzero(known))
    exact = solved(matrix, np.eye(n)[0])
    exact /= exact.sum()
    assert (x <= exact + 1e-12).all()
    assert (exact <= x + r.sum() + 1e-12).all()
