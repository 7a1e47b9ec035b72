"""The dominant eigenvector against numpy.linalg, below and above the size of a block."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConvergenceError
from influence_graph.linalg.arnoldi import BLOCK, dominant_vector, inner, norm, subtract


@given(st.integers(1, 14), st.integers(0, 2**32))
def test_equals_dense_eigenvectors(n, seed):
    matrix = np.random.default_rng(seed).random((n, n)) + 0.05
    vector, value, residual, _ = dominant_vector(
        lambda x: matrix @ x, np.ones(n), tol=1e-12, max_iterations=999, name="test"
    )
    values, vectors = np.linalg.eig(matrix)
    best = np.argmax(values.real)
    wanted = np.abs(vectors[:, best].real)
    np.testing.assert_allclose(vector, wanted / wanted.sum(), atol=1e-9)
    assert value == pytest.approx(values[best].real)
    assert residual <= 1e-12
    assert residual == pytest.approx(
        norm(matrix @ vector - value * vector) / (value * norm(vector)), abs=1e-14
    )


def test_of_equal_parts_the_power_iteration_s_mixture():
    # Two parts with the same largest eigenvalue: from equal values each part keeps its projection.
    matrix = np.zeros((5, 5))
    matrix[:2, :2], matrix[2:, 2:] = 1.0, 2.0 / 3.0
    vector, value, _, _ = dominant_vector(
        lambda x: matrix @ x, np.ones(5), tol=1e-12, max_iterations=99, name="test"
    )
    assert value == pytest.approx(2.0)
    np.testing.assert_allclose(vector, 0.2)


def test_too_few_products_are_an_error():
    matrix = np.random.default_rng(0).random((30, 30))
    with pytest.raises(ConvergenceError, match=r"test reached a residual of .* after 1 products"):
        dominant_vector(lambda x: matrix @ x, np.ones(30), tol=1e-12, max_iterations=1, name="test")


def test_sums_over_blocks_equal_numpy():
    rng = np.random.default_rng(1)
    basis, x, parts = rng.random((3, 2 * BLOCK + 5)), rng.random(2 * BLOCK + 5), rng.random(3)
    np.testing.assert_allclose(inner(basis, x), basis @ x, rtol=1e-12)
    np.testing.assert_allclose(inner(basis, x, square=True)[-1], x @ x, rtol=1e-12)
    left = x.copy()
    assert subtract(basis, parts, left) == pytest.approx(np.linalg.norm(x - parts @ basis))
    np.testing.assert_allclose(left, x - parts @ basis, rtol=1e-12, atol=1e-12)
    assert norm(x) == pytest.approx(np.linalg.norm(x))


@pytest.mark.parametrize("threads", [1, 2])
def test_bits_do_not_depend_on_threads(threads):
    n = 5 * BLOCK
    factors = np.linspace(1.0, 2.0, n)[::-1].copy()
    found = _with_threads(threads, lambda: dominant_vector(
        lambda x: factors * x + x.mean(), np.ones(n), tol=1e-6, max_iterations=9999, name="test"
    ))  # fmt: skip
    alone = _with_threads(1, lambda: dominant_vector(
        lambda x: factors * x + x.mean(), np.ones(n), tol=1e-6, max_iterations=9999, name="test"
    ))  # fmt: skip
    assert found[0].tobytes() == alone[0].tobytes()
    assert found[1:] == alone[1:]


def _with_threads(threads, call):
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, before))
    try:
        return call()
    finally:
        numba.set_num_threads(before)
