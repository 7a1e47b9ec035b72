"""The system under PageRank solved from any start: against dense algebra, warm and cold."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph.linalg.residual_push import solve_locally, transition_shares


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


def test_weights_at_the_edge_of_what_a_float_holds():
    huge = csr_array(np.array([[0.0, 1e308, 1e308], [1e-320, 0, 0], [0, 0, 0]]))
    assert transition_shares(huge).tolist() == [0.5, 0.5, 1.0]
    zero = csr_array((np.zeros(1), np.array([1]), np.array([0, 1, 1])), shape=(2, 2))
    assert transition_shares(zero).tolist() == [0.0]
