"""y = b + dPᵀy for 16 right-hand sides at once, which share each read of the edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.linalg.degree_order import TraversalOrder
from influence_graph.linalg.random_walk import SolverState, not_converged
from influence_graph.prefetch import prefetch
from influence_graph.threads import over_threads

#: Right-hand sides of one sweep: a person's values then fill two cache lines.
COLUMNS = 16
DOUBLES_PER_CACHE_LINE = 8
#: How many edges before its use a row is prefetched: a sweep over an R-MAT graph with 2²⁰ people and 16M
#: edges then takes 45 ms, and 200 ms without prefetching.
PREFETCH_DISTANCE = np.uint64(64)


def shares_of_visits(
    order: TraversalOrder,
    b: csr_array,
    d: float,
    out: FloatArray,
    *,
    tol: float,
    max_iterations: int,
    name: str,
) -> None:
    r"""Solve :math:`y = b + d P^\top y` for each column b, and write y over its sum to ``out``.

    The sweeps are the parallel ones of :func:`~influence_graph.linalg.random_walk.expected_visits`, with
    aggregation and extrapolation decided for each column. The residual after the last sweep is at most d
    times the last change, as no row of P sums to more than 1; ``tol`` bounds that. 256 bytes for each
    person.

    Parameters
    ----------
    order : TraversalOrder
        Of n people.
    b : csr_array, shape (n, k), k ≤ 16
        ≥ 0 in rank order, each column with an entry above 0.
    d : float in [0, 1)
        Damping.
    out : ndarray of float64, shape (n, k)
        Holds the result afterwards, in the order of ``graph.ids``.
    tol : float
        Bound on ‖b + dPᵀy − y‖₁ / ‖y‖₁ of each column.
    max_iterations : int
        Most sweeps.
    name : str
        The calling function, for the message of an error.

    Raises
    ------
    ConvergenceError
        If a bound is above ``tol`` after ``max_iterations`` sweeps.
    """
    edges, k, n = order.incoming, b.shape[1], b.shape[0]
    csr, active = (edges.pointers, edges.columns, edges.shares), edges.active
    at = int(np.searchsorted(edges.cuts, active))
    chunks, others = edges.cuts[: at + 1], edges.cuts[at:]
    # The part of dPᵀy that comes from people without in-edges is constant: their y is b.
    rows, inactive, share = edges.from_inactive
    b = b + csr_array((d * share, (rows, inactive)), shape=(n, n)) @ b
    filled = np.flatnonzero(np.diff(b.indptr))
    filled_active = int(np.searchsorted(filled, active))
    place = np.zeros(n, dtype=np.int32)
    place[filled] = np.arange(1, len(filled) + 1)
    table = np.zeros((len(filled) + 1, COLUMNS))
    table[1:, :k] = b[filled].toarray()
    a = 1.0 - d * order.active_share
    y, before = _aligned_zeros(n), _aligned_zeros(n)
    y[filled[:filled_active]] = table[1 : filled_active + 1]
    state = SolverState(
        sum_b=table[1 : filled_active + 1].sum(axis=0),
        sum_ay=(a[filled[:filled_active], None] * table[1 : filled_active + 1]).sum(axis=0),
        sum_b_inactive=table[filled_active + 1 :].sum(axis=0),
        aggregate=True,
    )
    scale, bound = np.ones(COLUMNS), np.inf
    while active:
        last, scale = scale, state.scale()
        sums = np.zeros((len(chunks) - 1, 6, COLUMNS))
        given = *csr, chunks, d, a, place, table, y, before, scale, last, sums
        over_threads(lambda c, given=given: _sweep(*given, c), len(chunks) - 1)  # type: ignore[call-arg,misc]
        y, before = before, y
        state.record(sums)
        bound = d * float((state.change / state.sum_y).max())
        if bound <= tol:
            break
        if state.sweeps >= max_iterations:
            raise not_converged(name, bound, state.sweeps, tol)
        step = state.extrapolation()
        if step.any():
            y[:active] += step * (y[:active] - scale * before[:active])
            np.maximum(y, 0.0, out=y)
            state.restart((a[:active, None] * y[:active]).sum(axis=0))
    # One sweep over all others, who do not feed back; without in-edges y is b.
    y[filled[filled_active:]] = table[filled_active + 1 :]
    sums = np.zeros((len(others) - 1, 6, COLUMNS))
    one = np.ones(COLUMNS)
    over_threads(lambda c: _sweep(*csr, others, d, a, place, table, y, y, one, one, sums, c), len(others) - 1)
    total = state.sum_y_active + sums[:, 1].sum(axis=0)
    over_threads(
        lambda c: _write_shares(y, order.ranks, total, out, edges.cuts[c], edges.cuts[c + 1]),
        len(edges.cuts) - 1,
    )


def _aligned_zeros(n: int) -> FloatArray:
    """Return zeros of shape (n, COLUMNS) whose rows begin at a cache line."""
    buffer = np.zeros(n * COLUMNS + DOUBLES_PER_CACHE_LINE)
    first = (-buffer.ctypes.data // 8) % DOUBLES_PER_CACHE_LINE
    return buffer[first : first + n * COLUMNS].reshape(n, COLUMNS)


@njit(cache=True, nogil=True)
def _sweep(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    p: FloatArray,
    chunks: IntArray,
    d: float,
    a: FloatArray,
    place: npt.NDArray[np.int32],
    table: FloatArray,
    y: FloatArray,
    previous: FloatArray,
    scale: FloatArray,
    last: FloatArray,
    sums: FloatArray,
    c: int,
) -> None:
    """Set ``previous`` of chunk c to b + scale·dPᵀy; before, it holds the last y, to be scaled by ``last``.

    Row v of b is ``table[place[v]]``; row 0 of the table is zero.
    """
    values = y.reshape(-1)
    end, stride = np.uint64(pointers[chunks[-1]] - 1), np.uint64(COLUMNS)
    total, part = np.empty(COLUMNS), np.zeros((6, COLUMNS))
    for v in range(chunks[c], chunks[c + 1]):
        total[:] = 0.0
        for e in range(np.uint64(pointers[v]), np.uint64(pointers[v + 1])):
            ahead = np.uint64(columns[min(e + PREFETCH_DISTANCE, end)]) * stride
            prefetch(values, ahead)
            prefetch(values, ahead + np.uint64(DOUBLES_PER_CACHE_LINE))
            u, factor = np.uint32(columns[e]), d * p[e]
            for j in range(COLUMNS):
                total[j] += factor * y[u, j]
        row = place[v]
        for j in range(COLUMNS):
            value = table[row, j] + scale[j] * total[j]
            old = y[v, j] - last[j] * previous[v, j]
            new = value - scale[j] * y[v, j]
            part[0, j] += abs(new)
            part[1, j] += value
            part[2, j] += a[v] * value
            part[3, j] += old * new
            part[4, j] += old * old
            part[5, j] += new * new
            previous[v, j] = value
    sums[c] = part


@njit(cache=True, nogil=True)
def _write_shares(
    y: FloatArray, ranks: IntArray, total: FloatArray, out: FloatArray, first: int, last: int
) -> None:
    for i in range(first, last):
        for j in range(out.shape[1]):
            out[i, j] = y[ranks[i], j] / total[j]
