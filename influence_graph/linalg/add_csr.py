"""The weighted sum of two matrices, row by row, by all threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.linalg.csr import canonical

#: Pieces of work; rows do not depend on one another, so the sum does not depend on it.
_CHUNKS = 64


def weighted_sum(one: csr_array, weight: float, other: csr_array, other_weight: float) -> csr_array:
    """Return weight·A + other_weight·B of two n×n matrices, without entries that are 0.

    Parameters
    ----------
    one, other : csr_array, shape (n, n)
        In canonical form (:func:`influence_graph.linalg.canonical`).
    weight, other_weight : float
        What A and B are multiplied by.

    Returns
    -------
    csr_array
        In canonical form. O(n + m) for m entries of both, by all threads; the bits do not depend on them.

    Examples
    --------
    >>> a, b = (canonical([1.0], [column], [0, 1, 1], 2) for column in (0, 1))
    >>> weighted_sum(a, 2.0, b, 3.0).toarray().tolist()
    [[2.0, 3.0], [0.0, 0.0]]
    """
    columns = ((matrix.indptr, matrix.indices, matrix.data) for matrix in (one, other))
    indptr, indices, data = _added(*next(columns), weight, *next(columns), other_weight)
    return canonical(data, indices, indptr, one.shape[0])


@njit(cache=True, parallel=True)
def _added(
    pointers: Any,
    columns: Any,
    values: FloatArray,
    weight: float,
    other_pointers: Any,
    other_columns: Any,
    other_values: FloatArray,
    other_weight: float,
) -> tuple[Any, Any, FloatArray]:
    """Return weight·A + other_weight·B of two CSR matrices in canonical order, without zeros.

    Rows are merged by all threads, once to count and once to write.
    """
    n = pointers.size - 1
    # The sum may have more entries than 32 bits can count where neither matrix has.
    starts = np.zeros(n + 1, dtype=np.int64)
    cuts = np.linspace(0, n, _CHUNKS + 1).astype(np.int64)
    for chunk in prange(_CHUNKS):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            a, b, count = pointers[row], other_pointers[row], 0
            while a < pointers[row + 1] or b < other_pointers[row + 1]:
                _, value, a, b = _merged(
                    columns,
                    values,
                    weight,
                    a,
                    pointers[row + 1],
                    other_columns,
                    other_values,
                    other_weight,
                    b,
                    other_pointers[row + 1],
                )
                count += value != 0
            starts[row + 1] = count
    for row in range(n):
        starts[row + 1] += starts[row]
    indices, data = np.empty(starts[n], dtype=columns.dtype), np.empty(starts[n])
    for chunk in prange(_CHUNKS):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            a, b, to = pointers[row], other_pointers[row], starts[row]
            while a < pointers[row + 1] or b < other_pointers[row + 1]:
                column, value, a, b = _merged(
                    columns,
                    values,
                    weight,
                    a,
                    pointers[row + 1],
                    other_columns,
                    other_values,
                    other_weight,
                    b,
                    other_pointers[row + 1],
                )
                if value != 0:
                    indices[to], data[to] = column, value
                    to += 1
    return starts, indices, data


@njit(inline="always")
def _merged(
    columns: Any,
    values: FloatArray,
    weight: float,
    a: int,
    end: int,
    other_columns: Any,
    other_values: FloatArray,
    other_weight: float,
    b: int,
    other_end: int,
) -> tuple[int, float, int, int]:
    """Return the next column of two rows, its sum, and where both go on."""
    if b == other_end or (a < end and columns[a] < other_columns[b]):
        return columns[a], weight * values[a], a + 1, b
    if a == end or other_columns[b] < columns[a]:
        return other_columns[b], other_weight * other_values[b], a, b + 1
    return columns[a], weight * values[a] + other_weight * other_values[b], a + 1, b + 1
