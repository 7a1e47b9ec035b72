"""The weighted sum of two matrices, row by row, by all threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.linalg.csr import canonical, without_zeros
from influence_graph.threads import over_threads

#: Most pieces of work, and least entries in one; rows do not depend on one another, nor the sum on pieces.
_CHUNKS, _CHUNK_ENTRIES = 64, 1 << 15
_1 = np.uint64(1)


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
    n = one.shape[0]
    cuts = np.linspace(0, n, min(_CHUNKS, 1 + (one.nnz + other.nnz) // _CHUNK_ENTRIES) + 1).astype(np.int64)
    first, second = ((matrix.indptr, matrix.indices, matrix.data) for matrix in (one, other))
    # The sum may have more entries than 32 bits can count where neither matrix has.
    starts = np.zeros(n + 1, dtype=np.int64)

    def count(chunk: int) -> None:
        _count_rows(*first[:2], *second[:2], cuts[chunk], cuts[chunk + 1], starts)

    over_threads(count, len(cuts) - 1)
    np.cumsum(starts, out=starts)
    indices, data = np.empty(starts[n], dtype=one.indices.dtype), np.empty(starts[n])
    zeros = np.zeros(len(cuts) - 1, dtype=np.int64)

    def add(chunk: int) -> None:
        rows = cuts[chunk], cuts[chunk + 1]
        zeros[chunk] = _add_rows(*first, weight, *second, other_weight, *rows, starts, indices, data)

    over_threads(add, len(cuts) - 1)
    total = canonical(data, indices, starts, n)
    return without_zeros(total) if zeros.any() else total


@njit(cache=True, nogil=True)
def _count_rows(
    pointers: Any,
    columns: Any,
    other_pointers: Any,
    other_columns: Any,
    first: int,
    last: int,
    starts: IntArray,
) -> None:
    """Write in ``starts[v + 1]`` how many columns row v has in either of two canonical CSR matrices."""
    for row in range(first, last):
        a, end = np.uint64(pointers[row]), np.uint64(pointers[row + 1])
        others = np.uint64(other_pointers[row]), np.uint64(other_pointers[row + 1])
        both = (end - a) + (others[1] - others[0])
        for b in range(*others):
            other = other_columns[b]
            while a < end and columns[a] < other:
                a += _1
            both -= np.uint64(a < end and columns[a] == other)
        starts[row + 1] = both


@njit(cache=True, nogil=True)
def _add_rows(
    pointers: Any,
    columns: Any,
    values: FloatArray,
    weight: float,
    other_pointers: Any,
    other_columns: Any,
    other_values: FloatArray,
    other_weight: float,
    first: int,
    last: int,
    starts: IntArray,
    indices: Any,
    data: FloatArray,
) -> int:
    """Merge the rows from ``first`` up to ``last`` of two canonical CSR matrices; return the zeros."""
    zeros = 0
    for row in range(first, last):
        a, end, to = np.uint64(pointers[row]), np.uint64(pointers[row + 1]), np.uint64(starts[row])
        for b in range(np.uint64(other_pointers[row]), np.uint64(other_pointers[row + 1])):
            other, value = other_columns[b], other_weight * other_values[b]
            while a < end and columns[a] < other:
                indices[to], data[to] = columns[a], weight * values[a]
                zeros += data[to] == 0
                a, to = a + _1, to + _1
            if a < end and columns[a] == other:
                value = weight * values[a] + value
                a += _1
            indices[to], data[to] = other, value
            zeros += value == 0
            to += _1
        while a < end:
            indices[to], data[to] = columns[a], weight * values[a]
            zeros += data[to] == 0
            a, to = a + _1, to + _1
    return zeros
