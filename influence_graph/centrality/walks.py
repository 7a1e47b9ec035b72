"""The linear system under PageRank and its kin: how often walks that end by chance visit each person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from influence_graph.errors import ConvergenceError
from influence_graph.graph.graph import FloatArray, IntArray
from influence_graph.graph.traversal_order import Edges


@dataclass(frozen=True)
class Visits:
    """Solution of a system of visits.

    Attributes
    ----------
    values : ndarray of float64, shape (n,) or (n, k)
        In rank order.
    residual : ndarray of float64, shape (k,)
        ‖b + Wᵀy − y‖₁ / ‖y‖₁ of each column, computed, not estimated.
    iterations : int
        Sweeps over the edges.
    """

    values: FloatArray
    residual: FloatArray
    iterations: int


def expected_visits(
    edges: Edges,
    active: int,
    active_share: FloatArray | None,
    go_on: FloatArray,
    start: FloatArray,
    *,
    tol: float,
    max_iterations: int,
    name: str,
    guess: FloatArray | None = None,
) -> Visits:
    r"""Solve :math:`y = b + W^\top y` with W(u, v) = go_on[u] · share(u, v), all in rank order.

    With b the chance to start at a person and go_on ≤ 1 the chance to go on, y is the expected number
    of visits before the walk ends. Only the active people are swept until the end. Before each sweep y
    is scaled so that the residual sums to 0 (aggregation to one state, Stewart 1994, section 6.4): the
    sweep then goes at the speed of the chain's second eigenvalue, not of the damping. A small graph is
    swept in place (Gauss–Seidel) by one thread, a large one by all threads at once (Jacobi).

    Parameters
    ----------
    edges : Edges
        In-edges, in rank order.
    active : int
        People who have both in-edges and out-edges, at the ranks below this one.
    active_share : ndarray of float64, shape (n,), or None
        Share of each person's acts that go to active people; None: W may have row sums above 1,
        so never scale.
    go_on : ndarray of float64, shape (n,)
        Factor of each row of W.
    start : ndarray of float64, shape (n,) or (n, k)
        b ≥ 0; with columns: k systems in one sweep.
    tol : float
        Bound on ‖b + Wᵀy − y‖₁ / ‖y‖₁ of each column.
    max_iterations : int
        Most sweeps.
    name : str
        The method that asks, for the message of an error.
    guess : ndarray, optional
        Where to start, shaped like ``start``.

    Raises
    ------
    ConvergenceError
        If a residual is above ``tol`` after ``max_iterations`` sweeps.
    """
    many = start.ndim == 2
    b = np.ascontiguousarray(start if many else start[:, None])
    # People without in-edges keep b whatever happens; people without out-edges wait for the last sweep.
    y = b.copy()
    if guess is not None:
        y[:active] = guess.reshape(y.shape)[:active]
    chunks = edges.cuts[: int(np.searchsorted(edges.cuts, active)) + 1]
    share = np.zeros(len(go_on)) if active_share is None else active_share
    keep = 1.0 - go_on * share
    inflow = b[:active].sum(axis=0) + ((go_on * share)[active:, None] * b[active:]).sum(axis=0)
    aggregate = active_share is not None
    previous = np.full(b.shape[1], np.inf)
    scale = np.ones(b.shape[1])
    held = (y[:active] * keep[:active, None]).sum(axis=0)
    rest = b[active:].sum(axis=0)
    iterations, settled = 0, np.zeros(b.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        while True:
            if active and iterations < max_iterations:
                if aggregate:
                    scale = np.divide(inflow, held, out=np.ones_like(held), where=(held > 0) & (inflow > 0))
                change, size, held = _sweep(edges, chunks, go_on, keep, b, y, scale)
                iterations += 1
                if (change > previous).any():
                    # Scaling can, for a while, work against the sweep; the sweep alone always converges.
                    aggregate, scale = False, np.ones_like(scale)
                size = size + rest
                previous, settled = change, change / np.where(size > 0, size, 1.0)
            if not active or (settled <= tol).all() or iterations >= max_iterations:
                residual = _last_sweep(edges, active, go_on, b, y)
                if (residual <= tol).all():
                    return Visits(y if many else y[:, 0], residual, iterations)
                if iterations >= max_iterations:
                    raise ConvergenceError(
                        f"{name} reached an L1 residual of {residual.max():.2e} after {iterations} sweeps, not "
                        f"{tol:.2g}. Raise max_iterations or tol, or lower the damping."
                    )


def _sweep(
    edges: Edges,
    chunks: IntArray,
    go_on: FloatArray,
    keep: FloatArray,
    b: FloatArray,
    y: FloatArray,
    scale: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Improve the active part of y in place; return ‖change‖₁, ‖y‖₁ and Σ keep·y of each column."""
    sums = np.zeros((3, len(chunks) - 1, y.shape[1]))
    csr = edges.pointers, edges.columns, edges.shares
    if len(chunks) == 2:
        _sweep_in_place(*csr, int(chunks[-1]), go_on, keep, b, y, scale, sums)
    elif y.shape[1] == 1:
        _sweep_one(*csr, chunks, go_on, keep, b[:, 0], y[:, 0], scale[0], sums[:, :, 0])
    else:
        _sweep_many(*csr, chunks, go_on, keep, b, y, scale, sums)
    change, size, held = sums.sum(axis=1)
    return change, size, held


def _last_sweep(edges: Edges, active: int, go_on: FloatArray, b: FloatArray, y: FloatArray) -> FloatArray:
    """Fill in the people without out-edges and return the L1 residual over ‖y‖₁, column by column."""
    residual = np.zeros((len(edges.cuts) - 1, y.shape[1]))
    _settle(edges.pointers, edges.columns, edges.shares, edges.cuts, active, go_on, b, y, residual)
    size = y.sum(axis=0)
    return np.asarray(residual.sum(axis=0) / np.where(size > 0, size, 1.0))


@njit(cache=True)
def _sweep_in_place(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    active: int,
    go_on: FloatArray,
    keep: FloatArray,
    b: FloatArray,
    y: FloatArray,
    scale: FloatArray,
    sums: FloatArray,
) -> None:
    k = y.shape[1]
    for v in range(active):
        for j in range(k):
            y[v, j] *= scale[j]
    total = np.empty(k)
    for v in range(active):
        total[:] = b[v]
        for e in range(pointers[v], pointers[v + 1]):
            u = columns[e]
            factor = shares[e] * go_on[u]
            for j in range(k):
                total[j] += factor * y[u, j]
        for j in range(k):
            sums[0, 0, j] += abs(total[j] - y[v, j])
            sums[1, 0, j] += total[j]
            sums[2, 0, j] += keep[v] * total[j]
            y[v, j] = total[j]


@njit(cache=True, parallel=True)
def _sweep_one(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    chunks: IntArray,
    go_on: FloatArray,
    keep: FloatArray,
    b: FloatArray,
    y: FloatArray,
    scale: float,
    sums: FloatArray,
) -> None:
    active = chunks[-1]
    outflow = np.empty_like(y)
    for v in prange(len(y)):
        if v < active:
            y[v] *= scale
        outflow[v] = go_on[v] * y[v]
    for c in prange(len(chunks) - 1):
        change, size, held = 0.0, 0.0, 0.0
        for v in range(chunks[c], chunks[c + 1]):
            total = 0.0
            for e in range(pointers[v], pointers[v + 1]):
                total += shares[e] * outflow[columns[e]]
            total += b[v]
            change += abs(total - y[v])
            size += total
            held += keep[v] * total
            y[v] = total
        sums[0, c], sums[1, c], sums[2, c] = change, size, held


@njit(cache=True, parallel=True)
def _sweep_many(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    chunks: IntArray,
    go_on: FloatArray,
    keep: FloatArray,
    b: FloatArray,
    y: FloatArray,
    scale: FloatArray,
    sums: FloatArray,
) -> None:
    k = y.shape[1]
    active = chunks[-1]
    outflow = np.empty_like(y)
    for v in prange(len(y)):
        for j in range(k):
            if v < active:
                y[v, j] *= scale[j]
            outflow[v, j] = go_on[v] * y[v, j]
    for c in prange(len(chunks) - 1):
        total = np.empty(k)
        for v in range(chunks[c], chunks[c + 1]):
            total[:] = b[v]
            for e in range(pointers[v], pointers[v + 1]):
                u, share = columns[e], shares[e]
                for j in range(k):
                    total[j] += share * outflow[u, j]
            for j in range(k):
                sums[0, c, j] += abs(total[j] - y[v, j])
                sums[1, c, j] += total[j]
                sums[2, c, j] += keep[v] * total[j]
                y[v, j] = total[j]


@njit(cache=True, parallel=True)
def _settle(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    cuts: IntArray,
    active: int,
    go_on: FloatArray,
    b: FloatArray,
    y: FloatArray,
    residual: FloatArray,
) -> None:
    """Set the rows from ``active`` on, on which no other row depends; sum |b + Wᵀy − y| over the others."""
    k = y.shape[1]
    for c in prange(len(cuts) - 1):
        total = np.empty(k)
        for v in range(cuts[c], cuts[c + 1]):
            total[:] = b[v]
            for e in range(pointers[v], pointers[v + 1]):
                u = columns[e]
                factor = shares[e] * go_on[u]
                for j in range(k):
                    total[j] += factor * y[u, j]
            if v < active:
                for j in range(k):
                    residual[c, j] += abs(total[j] - y[v, j])
            else:
                # A row from active on reads active rows and rows without in-edges only.
                y[v] = total
