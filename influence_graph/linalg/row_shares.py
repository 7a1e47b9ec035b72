"""The row normaliser: what share of its row's weight an entry has, safe for weights near 1e±300."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.threads import over_threads


def transition_shares(adjacency: csr_array) -> FloatArray:
    """Return P entry by entry: each weight over the sum of its row.

    Parameters
    ----------
    adjacency : csr_array
        Weights ≥ 0, shape (n, n), m entries.

    Returns
    -------
    ndarray of float64, shape (m,)
        In the order of ``adjacency.data``. A row of zeros stays zero. O(m).

    Examples
    --------
    >>> import numpy as np
    >>> transition_shares(csr_array(np.array([[0.0, 1.0, 3.0], [0, 0, 0], [2.0, 0, 0]])))
    array([0.25, 0.75, 1.  ])
    """
    return np.asarray(_shares(adjacency.indptr, adjacency.data))


def row_totals(pointers: IntArray, weights: FloatArray, cuts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return :func:`row_total` of every row, as two arrays of shape (n,).

    Parameters
    ----------
    pointers, weights : ndarray
        A CSR matrix.
    cuts : ndarray of int64
        Boundaries of the chunks of rows that threads share out.
    """
    n = len(pointers) - 1
    largest, total = np.zeros(n), np.zeros(n)
    over_threads(
        lambda c: _totals_of_rows(pointers, weights, cuts[c], cuts[c + 1], largest, total), len(cuts) - 1
    )
    return largest, total


@njit(cache=True)
def row_total(weights: FloatArray, begin: int, end: int) -> tuple[float, float]:
    """Return the largest weight of a row, and the row's sum in units of it.

    The share of a weight is weight / largest / total: a sum of the weights themselves overflows near
    1e300, and its inverse near 1e-310.
    """
    largest, total = 0.0, 0.0
    for e in range(begin, end):
        largest = max(largest, weights[e])
    if largest > 0.0:
        for e in range(begin, end):
            total += weights[e] / largest
    return largest, total


@njit(cache=True, nogil=True)
def _totals_of_rows(
    pointers: IntArray, weights: FloatArray, first: int, last: int, largest: FloatArray, total: FloatArray
) -> None:
    for u in range(first, last):
        largest[u], total[u] = row_total(weights, pointers[u], pointers[u + 1])


@njit(cache=True)
def _shares(pointers: IntArray, weights: FloatArray) -> FloatArray:
    shares = np.zeros(len(weights))
    for u in range(len(pointers) - 1):
        largest, total = row_total(weights, pointers[u], pointers[u + 1])
        if total > 0.0:
            for e in range(pointers[u], pointers[u + 1]):
                shares[e] = weights[e] / largest / total
    return shares
