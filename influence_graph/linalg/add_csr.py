"""The weighted sum of two matrices, row by row, by all threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.linalg.csr import canonical
from influence_graph.threads import over_threads

#: Most pieces of work, and least entries in one; rows do not depend on one another, nor the sum on pieces.
_CHUNKS, _CHUNK_ENTRIES = 64, 1 << 15


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
    indices, data = np.empty(0, dtype=one.indices.dtype), np.empty(0)

    def add(chunk: int) -> None:
        rows = cuts[chunk], cuts[chunk + 1]
        _add_rows(*first, weight, *second, other_weight, *rows, starts, indices, data)

    over_threads(add, len(cuts) - 1)
    np.cumsum(starts, out=starts)
    indices, data = np.empty(starts[n], dtype=indices.dtype), np.empty(starts[n])
    if len(data):
        over_threads(add, len(cuts) - 1)
    return canonical(data, indices, starts, n)


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
) -> None:
    """Merge the rows from ``first`` up to ``last`` of two CSR matrices in canonical order, without zeros.

    With ``data`` empty, entries are counted: those of row v in ``starts[v + 1]``. Else they are written.
    """
    writing = data.size > 0
    for row in range(first, last):
        a, b = np.int64(pointers[row]), np.int64(other_pointers[row])
        end, other_end = pointers[row + 1], other_pointers[row + 1]
        to = starts[row] if writing else np.int64(0)
        while a < end or b < other_end:
            if b == other_end or (a < end and columns[a] < other_columns[b]):
                column, value = columns[a], weight * values[a]
                a += 1
            elif a == end or other_columns[b] < columns[a]:
                column, value = other_columns[b], other_weight * other_values[b]
                b += 1
            else:
                column, value = columns[a], weight * values[a] + other_weight * other_values[b]
                a += 1
                b += 1
            if value != 0:
                if writing:
                    indices[to], data[to] = column, value
                to += 1
        if not writing:
            starts[row + 1] = to
