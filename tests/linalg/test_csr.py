"""Matrices of one form."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from influence_graph.linalg.csr import as_canonical, canonical, empty, read_only


@pytest.mark.parametrize("index", [np.int32, np.int64, np.dtype(np.int64).newbyteorder()])
@pytest.mark.parametrize("number", [np.float64, np.float32, np.int64, np.dtype(np.float64).newbyteorder()])
def test_one_type_whatever_is_given(index, number):
    data, indices, indptr = np.array([1, 2], number), np.array([1, 0], index), np.array([0, 1, 2], index)
    matrix = canonical(data, indices, indptr, 2)
    assert matrix.toarray().tolist() == [[0, 1], [2, 0]]
    for values, dtype in ((matrix.data, np.float64), (matrix.indices, np.int32), (matrix.indptr, np.int32)):
        assert values.dtype == dtype
        assert values.dtype.isnative
        assert values.flags.c_contiguous
        assert values.flags.aligned
        assert not values.flags.writeable
    assert data.flags.writeable
    assert as_canonical(matrix) is matrix


def test_unsorted_and_repeated_entries_are_put_in_order():
    given = csr_array((np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), np.array([0, 3, 3, 3])), shape=(3, 3))
    matrix = as_canonical(given)
    assert matrix.indices.tolist() == [0, 2]
    assert matrix.data.tolist() == [2, 5]
    assert given.data.tolist() == [1, 2, 4]


def test_small_slices_of_large_arrays_are_read_only_too():
    large = np.arange(100.0)
    matrix = canonical(large[:1], np.zeros(100, np.int32)[:1], np.array([0, 1]), 1)
    with pytest.raises(ValueError, match="read-only"):
        matrix.data[:] = 7
    assert empty(3).nnz == 0
    assert read_only(large).base is large
