"""The linear system under PageRank, corrected where it is wrong: for warm starts and for looking into it."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray


def transition_shares(adjacency: csr_array) -> FloatArray:
    """Return P entry by entry: each weight over the sum of its row, safe for weights near 1e±300.

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
    >>> transition_shares(csr_array(np.array([[0.0, 1.0, 3.0], [0, 0, 0], [2.0, 0, 0]])))
    array([0.25, 0.75, 1.  ])
    """
    return np.asarray(_shares(adjacency.indptr, adjacency.data))


def solve_locally(
    indptr: np.ndarray,
    indices: np.ndarray,
    factors: FloatArray,
    start: FloatArray,
    values: FloatArray,
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
) -> int:
    """Solve y = b + Wᵀy in place, W(u, v) ≥ 0 with row sums below 1, from whatever y is.

    The residual r = b + Wᵀy − y is computed once. Then people whose residual is above their bound are
    taken first come, first served: y(u) takes r(u) in, and r(v) grows by W(u, v)·r(u) (Gauss–Southwell;
    Andersen, Chung & Lang 2006 push mass so). Work goes only where y is wrong, so a good start is
    worth it, and the order, and with it every bit, depends on the input alone.

    Parameters
    ----------
    indptr, indices, factors : ndarray
        W as CSR.
    start : ndarray of float64, shape (n,)
        b ≥ 0.
    values : ndarray of float64, shape (n,)
        The guess; holds y afterwards.
    relative, absolute : float
        Stop when every |r(u)| ≤ relative·|y(u)| + absolute. One must be above 0.

    Returns
    -------
    int
        How many people were taken. O(m) for the residual, and the rows of those taken.

    Examples
    --------
    >>> y = np.zeros(2)
    >>> _ = solve_locally(
    ...     np.array([0, 1, 2]), np.array([1, 0]), np.array([0.5, 0.5]), np.ones(2), y, relative=1e-12
    ... )
    >>> y.round(6)
    array([2., 2.])
    """
    residual = _residual(indptr, indices, factors, start, values)
    return int(_push(indptr, indices, factors, values, residual, relative, absolute))


@njit(cache=True)
def _shares(indptr: np.ndarray, data: np.ndarray) -> np.ndarray:
    shares = np.zeros(len(data))
    for u in range(len(indptr) - 1):
        top, total = 0.0, 0.0
        for e in range(indptr[u], indptr[u + 1]):
            top = max(top, data[e])
        if top == 0.0:
            continue
        for e in range(indptr[u], indptr[u + 1]):
            total += data[e] / top
        for e in range(indptr[u], indptr[u + 1]):
            shares[e] = data[e] / top / total
    return shares


@njit(cache=True)
def _residual(
    indptr: np.ndarray, indices: np.ndarray, factors: np.ndarray, b: np.ndarray, y: np.ndarray
) -> np.ndarray:
    r = np.empty_like(y)
    r[:] = b - y
    for u in range(len(y)):
        if y[u] != 0.0:
            for e in range(indptr[u], indptr[u + 1]):
                r[indices[e]] += factors[e] * y[u]
    return r


@njit(cache=True)
def _push(
    indptr: np.ndarray,
    indices: np.ndarray,
    factors: np.ndarray,
    y: np.ndarray,
    r: np.ndarray,
    relative: float,
    absolute: float,
) -> int:
    n = len(y)
    # A ring: nobody waits twice, so n places are enough.
    ring = np.empty(n, np.int64)
    waits = np.zeros(n, np.bool_)
    head, waiting = 0, 0
    for u in range(n):
        if abs(r[u]) > relative * abs(y[u]) + absolute:
            ring[waiting] = u
            waits[u] = True
            waiting += 1
    taken = 0
    while waiting:
        u = ring[head]
        head = head + 1 if head + 1 < n else 0
        waiting -= 1
        waits[u] = False
        change = r[u]
        if abs(change) <= relative * abs(y[u]) + absolute:
            continue
        y[u] += change
        r[u] = 0.0
        taken += 1
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            r[v] += factors[e] * change
            if not waits[v] and abs(r[v]) > relative * abs(y[v]) + absolute:
                place = head + waiting
                ring[place if place < n else place - n] = v
                waits[v] = True
                waiting += 1
    return taken
