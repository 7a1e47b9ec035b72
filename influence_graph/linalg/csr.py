"""CSR arrays of one form: canonical order, one type each for numbers and indices, read-only.

A compiled kernel is specialised for the exact types of its arguments: for 32 or 64 bits, and for arrays that
may be written to or not. Matrices of one form are compiled for once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

_LARGEST = np.iinfo(np.int32).max


def canonical(data: Any, indices: Any, indptr: Any, n: int) -> csr_array:
    """Return the read-only n×n CSR array of these columns, which are sorted and without duplicates.

    Parameters
    ----------
    data : array_like, shape (m,)
        Weights; taken over without a copy where they are float64 in native byte order.
    indices, indptr : array_like, shapes (m,) and (n + 1,)
        Columns and row pointers; taken over without a copy where they are int32, or int64 if m or n
        does not fit 32 bits.
    n : int
        Rows and columns.

    Returns
    -------
    csr_array
        Its three arrays can't be written to; arrays that were given can, by whoever made them.

    Examples
    --------
    >>> matrix = canonical([2.0], [1], [0, 1, 1], 2)
    >>> matrix.indices.dtype.name, matrix.data.flags.writeable
    ('int32', False)
    """
    index = np.int32 if max(n, len(data)) <= _LARGEST else np.int64
    columns = (
        np.require(values, dtype, ["C", "A", "E"])
        for values, dtype in ((data, np.float64), (indices, index), (indptr, index))
    )
    matrix = csr_array(tuple(columns), shape=(n, n), copy=False)
    for name in ("data", "indices", "indptr"):
        setattr(matrix, name, read_only(getattr(matrix, name)))
    # Stated, not detected: detection reads every entry.
    matrix.has_canonical_format = True
    return matrix


def as_canonical(matrix: Any) -> csr_array:
    """Return a square matrix as :func:`canonical` makes it; one that it made is returned as it is.

    O(m) for m entries, and a sort where they are not in order.
    """
    if isinstance(matrix, csr_array) and _is_canonical(matrix):
        return matrix
    matrix = csr_array(matrix)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return canonical(matrix.data, matrix.indices, matrix.indptr, matrix.shape[0])


def without_zeros(matrix: csr_array) -> csr_array:
    """Return a matrix in canonical form without the entries that are 0; one that has none as it is."""
    if matrix.data.all():
        return matrix
    matrix = matrix.copy()
    matrix.eliminate_zeros()
    return as_canonical(matrix)


def empty(n: int) -> csr_array:
    """Return the n×n CSR array without entries."""
    return canonical(np.empty(0), np.empty(0, np.int32), np.zeros(n + 1, np.int32), n)


def read_only(array: npt.NDArray[Any]) -> Any:
    """Return an array that can't be written to and shares the memory of this one."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def _is_canonical(matrix: csr_array) -> bool:
    columns = matrix.data, matrix.indices, matrix.indptr
    index = np.int32 if max(matrix.shape[0], matrix.nnz) <= _LARGEST else np.int64
    return (
        all(
            type(values) is np.ndarray
            and values.dtype == dtype
            and values.flags.c_contiguous
            and values.flags.aligned
            and not values.flags.writeable
            for values, dtype in zip(columns, (np.float64, index, index), strict=True)
        )
        and matrix.has_canonical_format
    )
