"""Row shares against NumPy, at the limits of float64, and by one chunk or many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph.linalg.row_shares import row_totals, transition_shares


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_equals_rows_over_their_sums(n, seed):
    rng = np.random.default_rng(seed)
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.4)
    matrix, total = csr_array(dense), dense.sum(axis=1, keepdims=True)
    wanted = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    ours = csr_array((transition_shares(matrix), matrix.indices, matrix.indptr), shape=(n, n)).toarray()
    np.testing.assert_allclose(ours, wanted, rtol=1e-14)


def test_weights_at_the_edge_of_what_a_float_holds():
    huge = csr_array(np.array([[0.0, 1e308, 1e308], [1e-320, 0, 0], [0, 0, 0]]))
    assert transition_shares(huge).tolist() == [0.5, 0.5, 1.0]
    zero = csr_array((np.zeros(1), np.array([1]), np.array([0, 1, 1])), shape=(2, 2))
    assert transition_shares(zero).tolist() == [0.0]


def test_chunks_change_no_bit():
    rng = np.random.default_rng(0)
    dense = rng.random((50, 50)) * (rng.random((50, 50)) < 0.2)
    matrix = csr_array(dense)
    one = row_totals(matrix.indptr, matrix.data, np.array([0, 50]))
    many = row_totals(matrix.indptr, matrix.data, np.array([0, 7, 8, 30, 50]))
    np.testing.assert_array_equal(one, many)
    np.testing.assert_array_equal(one[0], dense.max(axis=1))
    np.testing.assert_allclose(one[0] * one[1], dense.sum(axis=1), rtol=1e-14)
