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
    sweep then goes at the speed of the chain's second eigenvalue, not of the damping. Where the changes
    of two sweeps are parallel, the rest of that geometric series is added at once (Aitken). A small graph is
    swept in place (Gauss–Seidel) by one thread, a large one by all threads at once (Jacobi).

    Parameters
    ----------
    edges : Edges
        In-edges, in rank order.
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
    k, active = b.shape[1], edges.active
    csr = edges.pointers, edges.columns, edges.shares
    chunks = edges.cuts[: int(np.searchsorted(edges.cuts, active)) + 1]
    # What comes from people without in-edges never changes: it joins b, and the sweeps run over the rest.
    rows, fixed, share = edges.from_fixed
    y, entry = b.copy(), b[:active].copy()
    for j in range(k):
        entry[:, j] += np.bincount(rows, weights=share * go_on[fixed] * b[fixed, j], minlength=active)
    y[:active] = entry if guess is None else guess.reshape(y.shape)[:active]
    keep = 1.0 - go_on * (np.zeros(len(go_on)) if active_share is None else active_share)
    inflow, rest = entry.sum(axis=0), b[active:].sum(axis=0)
    held = (y[:active] * keep[:active, None]).sum(axis=0)
    scaled = np.full(k, active_share is not None)
    # Beyond the active people nothing flows during the sweeps: theirs is in ``entry``.
    outflow, following, step = np.zeros_like(y), np.zeros_like(y), np.zeros((active, k))
    outflow[:active] = go_on[:active, None] * y[:active]
    previous, iterations, resting = np.full(k, np.inf), 0, 0
    while True:
        settled = not active
        if active and iterations < max_iterations:
            use = scaled & (held > 0) & (inflow > 0)
            scale = np.divide(inflow, held, out=np.ones(k), where=use)
            sums = np.zeros((len(chunks) - 1, 6, k))
            if len(chunks) == 2:
                _sweep_in_place(*csr, active, go_on, keep, entry, y, step, scale, sums)
            elif k == 1:
                one = entry[:, 0], y[:, 0], outflow[:, 0], following[:, 0], step[:, 0]
                _sweep_one(*csr, chunks, go_on, keep, *one, float(scale[0]), sums[:, :, 0])
                outflow, following = following, outflow
            else:
                _sweep_many(*csr, chunks, go_on, keep, entry, y, outflow, following, step, scale, sums)
                outflow, following = following, outflow
            change, size, held, along, old, new = sums.sum(axis=0)
            iterations += 1
            size = np.where(size + rest > 0, size + rest, 1.0)
            # The last sweep tells; until then, expect the next change to shrink as this one did.
            expected = change * np.minimum(change / np.where(previous > 0, previous, 1.0), 1.0)
            settled = bool((expected <= 0.5 * tol * size).all())
            # Scaling can work against the sweep; the sweep alone always converges.
            scaled &= (iterations < 20) | (change <= previous)
            previous = change
            resting += 1
            ratio = np.divide(along, old, out=np.zeros(k), where=old > 0)
            straight = (along > 0) & (along**2 > 0.999 * old * new) & (ratio < 0.9999)
            if not settled and resting > 2 and straight.any():
                # One mode is left: the changes to come are a geometric series (Aitken).
                y[:active] += step * np.where(straight, ratio / (1.0 - ratio), 0.0)
                np.maximum(y, 0.0, out=y)
                outflow[:active] = go_on[:active, None] * y[:active]
                held = (y[:active] * keep[:active, None]).sum(axis=0)
                previous, resting = np.full(k, np.inf), 0
        if settled or iterations >= max_iterations:
            image = np.empty_like(y)
            _gather(*csr, edges.cuts, go_on, b, y, image)
            y[active:] = image[active:]
            size = y.sum(axis=0)
            residual = np.abs(image - y).sum(axis=0) / np.where(size > 0, size, 1.0)
            if (residual <= tol).all():
                return Visits(y if many else y[:, 0], residual, iterations)
            if iterations >= max_iterations:
                raise ConvergenceError(
                    f"{name} reached an L1 residual of {residual.max():.2e} after {iterations} sweeps, "
                    f"not {tol:.2g}. Raise max_iterations or tol, or lower the damping."
                )


@njit(cache=True, parallel=True)
def _gather(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    cuts: IntArray,
    go_on: FloatArray,
    b: FloatArray,
    y: FloatArray,
    image: FloatArray,
) -> None:
    """Set image to b + Wᵀy over the rows that ``cuts`` span."""
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
            image[v] = total


@njit(cache=True)
def _sweep_in_place(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    active: int,
    go_on: FloatArray,
    keep: FloatArray,
    entry: FloatArray,
    y: FloatArray,
    step: FloatArray,
    scale: FloatArray,
    sums: FloatArray,
) -> None:
    k = y.shape[1]
    for v in range(active):
        y[v] *= scale
    total = np.empty(k)
    for v in range(active):
        total[:] = entry[v]
        for e in range(pointers[v], pointers[v + 1]):
            u = columns[e]
            if u < active:
                factor = shares[e] * go_on[u]
                for j in range(k):
                    total[j] += factor * y[u, j]
        for j in range(k):
            old, new = step[v, j], total[j] - y[v, j]
            sums[0, 0, j] += abs(new)
            sums[0, 1, j] += total[j]
            sums[0, 2, j] += keep[v] * total[j]
            sums[0, 3, j] += old * new
            sums[0, 4, j] += old * old
            sums[0, 5, j] += new * new
            step[v, j], y[v, j] = new, total[j]


@njit(cache=True, parallel=True)
def _sweep_one(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    chunks: IntArray,
    go_on: FloatArray,
    keep: FloatArray,
    entry: FloatArray,
    y: FloatArray,
    outflow: FloatArray,
    following: FloatArray,
    step: FloatArray,
    scale: float,
    sums: FloatArray,
) -> None:
    for c in prange(len(chunks) - 1):
        change, size, held, along, before, after = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for v in range(chunks[c], chunks[c + 1]):
            total = 0.0
            for e in range(pointers[v], pointers[v + 1]):
                total += shares[e] * outflow[columns[e]]
            total = entry[v] + scale * total
            old, new = step[v], total - scale * y[v]
            change += abs(new)
            size += total
            held += keep[v] * total
            along += old * new
            before += old * old
            after += new * new
            step[v], y[v] = new, total
            following[v] = go_on[v] * total
        sums[c, 0], sums[c, 1], sums[c, 2] = change, size, held
        sums[c, 3], sums[c, 4], sums[c, 5] = along, before, after


@njit(cache=True, parallel=True)
def _sweep_many(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    chunks: IntArray,
    go_on: FloatArray,
    keep: FloatArray,
    entry: FloatArray,
    y: FloatArray,
    outflow: FloatArray,
    following: FloatArray,
    step: FloatArray,
    scale: FloatArray,
    sums: FloatArray,
) -> None:
    k = y.shape[1]
    for c in prange(len(chunks) - 1):
        total = np.empty(k)
        part = np.zeros((6, k))
        for v in range(chunks[c], chunks[c + 1]):
            total[:] = 0.0
            for e in range(pointers[v], pointers[v + 1]):
                u, share = columns[e], shares[e]
                for j in range(k):
                    total[j] += share * outflow[u, j]
            for j in range(k):
                value = entry[v, j] + scale[j] * total[j]
                old, new = step[v, j], value - scale[j] * y[v, j]
                part[0, j] += abs(new)
                part[1, j] += value
                part[2, j] += keep[v] * value
                part[3, j] += old * new
                part[4, j] += old * old
                part[5, j] += new * new
                step[v, j], y[v, j] = new, value
                following[v, j] = go_on[v] * value
        sums[c] = part
