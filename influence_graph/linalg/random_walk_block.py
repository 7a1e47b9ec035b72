"""Walks from many seeds at once: sixteen systems of visits share each reading of the edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConvergenceError
from influence_graph.linalg.degree_order import TraversalOrder
from influence_graph.linalg.random_walk import Course
from influence_graph.prefetch import prefetch

#: Columns of one sweep: a person's values then fill two lines of the processor's cache.
COLUMNS = 16
LINE = 8
#: How many edges ahead a row is asked for: a sweep of R-MAT with 2²⁰ people and 16M edges then takes 45 ms,
#: and 200 ms without asking.
AHEAD = 64


def shares_of_visits(
    order: TraversalOrder,
    start: csr_array,
    damping: float,
    out: FloatArray,
    *,
    tol: float,
    max_iterations: int,
    name: str,
) -> None:
    r"""Solve :math:`y = b + d P^\top y` for each column b, and write y over its sum to ``out``.

    The sweeps are those of :func:`~influence_graph.linalg.random_walk.expected_visits` by all threads at
    once (Jacobi), with what helps each column on decided column by column. What is left after the last
    sweep is at most d times the last change, as no row of P sums to more than 1: that is the bound that
    ``tol`` holds. 2·128 bytes for each active person.

    Parameters
    ----------
    order : TraversalOrder
        Of n people.
    start : csr_array, shape (n, k), k ≤ 16
        b ≥ 0 in rank order, each column with an entry above 0.
    damping : float in [0, 1)
        d.
    out : ndarray of float64, shape (n, k)
        Holds the result afterwards, in the order of ``graph.ids``.
    tol : float
        Bound on ‖b + dPᵀy − y‖₁ / ‖y‖₁ of each column.
    max_iterations : int
        Most sweeps.
    name : str
        The method that asks, for the message of an error.

    Raises
    ------
    ConvergenceError
        If a bound is above ``tol`` after ``max_iterations`` sweeps.
    """
    edges, k, n = order.incoming, start.shape[1], start.shape[0]
    csr, active = (edges.pointers, edges.columns, edges.shares), edges.active
    at = int(np.searchsorted(edges.cuts, active))
    chunks, others = edges.cuts[: at + 1], edges.cuts[at:]
    # What comes from people without in-edges never changes: it joins b, and the sweeps run over the rest.
    rows, fixed, share = edges.from_fixed
    entry = start + csr_array((damping * share, (rows, fixed)), shape=(n, n)) @ start
    given = np.flatnonzero(np.diff(entry.indptr))
    among = int(np.searchsorted(given, active))
    place = np.zeros(n, dtype=np.int32)
    place[given] = np.arange(1, len(given) + 1)
    table = np.zeros((len(given) + 1, COLUMNS))
    table[1:, :k] = entry[given].toarray()
    keep = 1.0 - damping * order.active_share
    y, before = _lines(n), _lines(n)
    y[given[:among]] = table[1 : among + 1]
    course = Course(
        inflow=table[1 : among + 1].sum(axis=0),
        held=(keep[given[:among], None] * table[1 : among + 1]).sum(axis=0),
        rest=table[among + 1 :].sum(axis=0),
        scalable=True,
    )
    scale, bound = np.ones(COLUMNS), np.inf
    while active:
        last, scale = scale, course.scale()
        sums = np.zeros((len(chunks) - 1, 6, COLUMNS))
        _sweep(*csr, chunks, damping, keep, place, table, y, before, scale, last, sums)
        y, before = before, y
        course.after(sums)
        bound = damping * float((course.change / course.size).max())
        if bound <= tol:
            break
        if course.sweeps >= max_iterations:
            raise ConvergenceError(
                f"{name} reached an L1 residual of {bound:.2e} after {course.sweeps} sweeps, "
                f"not {tol:.2g}. Raise max_iterations or tol, or lower the damping."
            )
        leap = course.leap()
        if leap.any():
            y[:active] += leap * (y[:active] - scale * before[:active])
            np.maximum(y, 0.0, out=y)
            course.leapt((keep[:active, None] * y[:active]).sum(axis=0))
    # The people beyond the active ones, of whom those without in-edges have what they were given.
    y[given[among:]] = table[among + 1 :]
    sums = np.zeros((len(others) - 1, 6, COLUMNS))
    one = np.ones(COLUMNS)
    _sweep(*csr, others, damping, keep, place, table, y, y, one, one, sums)
    total = course.within + sums[:, 1].sum(axis=0)
    _write_shares(y, order.ranks, total, out)


def _lines(n: int) -> FloatArray:
    """Return zeros of shape (n, COLUMNS) whose rows begin with a line of the cache."""
    room = np.zeros(n * COLUMNS + LINE)
    first = (-room.ctypes.data // 8) % LINE
    return room[first : first + n * COLUMNS].reshape(n, COLUMNS)


@njit(cache=True, parallel=True)
def _sweep(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    chunks: IntArray,
    damping: float,
    keep: FloatArray,
    place: npt.NDArray[np.int32],
    table: FloatArray,
    y: FloatArray,
    following: FloatArray,
    scale: FloatArray,
    last: FloatArray,
    sums: FloatArray,
) -> None:
    """Set following to b + scale·dPᵀy; until then it holds y before the last sweep, scaled by ``last``."""
    values = y.reshape(-1)
    end = pointers[chunks[-1]] - 1
    for c in prange(len(chunks) - 1):
        total, part = np.empty(COLUMNS), np.zeros((6, COLUMNS))
        for v in range(chunks[c], chunks[c + 1]):
            total[:] = 0.0
            for e in range(pointers[v], pointers[v + 1]):
                ahead = np.int64(columns[min(e + AHEAD, end)]) * COLUMNS
                prefetch(values, ahead)
                prefetch(values, ahead + LINE)
                u, factor = columns[e], damping * shares[e]
                for j in range(COLUMNS):
                    total[j] += factor * y[u, j]
            given = place[v]
            for j in range(COLUMNS):
                value = table[given, j] + scale[j] * total[j]
                old = y[v, j] - last[j] * following[v, j]
                new = value - scale[j] * y[v, j]
                part[0, j] += abs(new)
                part[1, j] += value
                part[2, j] += keep[v] * value
                part[3, j] += old * new
                part[4, j] += old * old
                part[5, j] += new * new
                following[v, j] = value
        sums[c] = part


@njit(cache=True, parallel=True)
def _write_shares(y: FloatArray, ranks: IntArray, total: FloatArray, out: FloatArray) -> None:
    for i in prange(len(ranks)):
        for j in range(out.shape[1]):
            out[i, j] = y[ranks[i], j] / total[j]
