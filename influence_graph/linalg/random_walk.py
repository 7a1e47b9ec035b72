r"""The linear system under PageRank and related methods: y = b + Wᵀy with W(u, v) = d(u) · P(u, v).

P(u, v) is the share of u's out-weight that goes to v, d(u) a factor of row u (PageRank: the damping). With
b the chance to start at a person and d ≤ 1 the chance to go on, y is the expected number of visits of a
random walk before it ends.

The system has six kernels, each for what the next best one is slower at. CPU time on an R-MAT graph with
2¹⁶ people and 1M edges, where not said otherwise:

=============================================== ==================== ======================================
kernel                                          time                 next best kernel
=============================================== ==================== ======================================
``random_walk``: sweeps in place (Gauss–Seidel) 0.8 ms, 14 sweeps    2.9 ms, 26 parallel sweeps, for 2⁹
                                                                     people and 2,000 edges
``random_walk``: parallel sweeps (Jacobi)       15 sweeps, all       13 sweeps in place, one thread, for 2¹³
                                                threads              people and 120,000 edges
``random_walk_block``: 16 right-hand sides      303 ms               693 ms, one by one
``residual_push``: correct a near solution to   18 ms                30 ms, sweeps from the same values,
1e-12 of each value                                                  which bound only the sum of errors
``residual_push``: one node, local              2.6 ms               5.5 ms, correcting zeros; 1.7 s, a
                                                                     column (ring of 2¹⁸)
``residual_push``: one draw of all rows         97 ms                356 ms, correcting zeros to 1e-4
=============================================== ==================== ======================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConvergenceError
from influence_graph.linalg.degree_order import PREFETCH_DISTANCE, Edges
from influence_graph.prefetch import prefetch
from influence_graph.threads import over_threads


@dataclass(frozen=True)
class Visits:
    """Solution of y = b + Wᵀy.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        y, in rank order.
    residual : float
        ‖b + Wᵀy − y‖₁ / ‖y‖₁, computed from y.
    iterations : int
        Sweeps over the edges.
    error : float
        Largest error of a value, relative to it: max |r|/y with r the residual, which is the error of one
        step, times twice the mean number of visits Σy/Σb. An estimate, as paths to a person may be longer
        than the mean; by PageRank on Higgs it is 2e-9 and the error 3e-10. At least 1e-13, for rounding.
    """

    values: FloatArray
    residual: float
    iterations: int
    error: float


def expected_visits(
    edges: Edges,
    active_share: FloatArray | None,
    d: FloatArray,
    b: FloatArray,
    *,
    tol: float,
    max_iterations: int,
    name: str,
    guess: FloatArray | None = None,
) -> Visits:
    r"""Solve :math:`y = b + W^\top y` with W(u, v) = d(u) · P(u, v), all in rank order.

    Only the active people are swept until the end. Before each sweep y is scaled so that the residual sums
    to 0 (aggregation to one state: Stewart 1994, section 6.4): convergence then depends on the second
    eigenvalue of the chain, not on the damping. Where the changes of two sweeps are parallel, the sum of
    the geometric series that they begin is added at once (Aitken extrapolation). A graph of one chunk is
    swept in place (Gauss–Seidel), a larger one by all threads (Jacobi).

    Parameters
    ----------
    edges : Edges
        In-edges, in rank order; their shares are P.
    active_share : ndarray of float64, shape (n,), or None
        Σ_v P(u, v) over the active v; None: W may have row sums above 1, so no aggregation.
    d : ndarray of float64, shape (n,)
        Factor of each row of W.
    b : ndarray of float64, shape (n,)
        ≥ 0.
    tol : float
        Bound on ‖b + Wᵀy − y‖₁ / ‖y‖₁.
    max_iterations : int
        Most sweeps.
    name : str
        The calling method, for the message of an error.
    guess : ndarray, optional
        Initial y.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations`` sweeps.
    """
    active, n = edges.active, len(b)
    csr = edges.pointers, edges.columns, edges.shares
    chunks = edges.cuts[: int(np.searchsorted(edges.cuts, active)) + 1]
    # The part of Wᵀy that comes from people without in-edges is constant: their y is b.
    rows, inactive, share = edges.from_inactive
    b_active = b[:active] + np.bincount(rows, weights=share * d[inactive] * b[inactive], minlength=active)
    y = b.copy()
    y[:active] = b_active if guess is None else guess[:active]
    # a(u) = 1 − Σ_v W(u, v) over the active v: what one sweep takes out of the active part.
    a = 1.0 - d * (np.zeros(n) if active_share is None else active_share)
    state = SolverState(
        sum_b=np.array([b_active.sum()]),
        sum_ay=np.array([(a[:active] * y[:active]).sum()]),
        sum_b_inactive=np.array([b[active:].sum()]),
        aggregate=active_share is not None,
    )
    # flow = d·y, and 0 beyond the active people, whose flow is part of b_active.
    flow, next_flow, change = np.zeros(n), np.zeros(n), np.zeros(active)
    flow[:active] = d[:active] * y[:active]
    while True:
        settled = not active
        if active and state.sweeps < max_iterations:
            scale = float(state.scale()[0])
            sums = np.zeros((len(chunks) - 1, 6, 1))
            if len(chunks) == 2:
                _sweep_in_place(*csr, active, d, a, b_active, y, change, scale, sums[:, :, 0])
            else:
                # Bound here, as the names are given other arrays while no thread works.
                given = *csr, chunks, d, a, b_active, y, flow, next_flow, change, scale, sums[:, :, 0]
                over_threads(lambda c, given=given: _sweep(*given, c), len(chunks) - 1)  # type: ignore[call-arg,misc]
                flow, next_flow = next_flow, flow
            state.record(sums)
            # An estimate, as the residual costs another sweep: the next change shrinks as this one did.
            settled = bool(state.next_change[0] <= 0.5 * tol * state.sum_y[0])
            step = 0.0 if settled else float(state.extrapolation()[0])
            if step:
                y[:active] = np.maximum(y[:active] + step * change, 0.0)
                flow[:active] = d[:active] * y[:active]
                state.restart(np.array([(a[:active] * y[:active]).sum()]))
        if settled or state.sweeps >= max_iterations:
            y[:active] *= state.scale()
            image = edges.weighted_sum(d * y, plus=b)
            y[active:] = image[active:]
            size = y.sum()
            left = np.abs(image - y)
            residual = float(left.sum() / (size if size > 0 else 1.0))
            if residual <= tol:
                return Visits(y, residual, state.sweeps, _relative_error(left, y, b))
            if state.sweeps >= max_iterations:
                raise not_converged(name, residual, state.sweeps, tol)
            flow[:active] = d[:active] * y[:active]
            # y was scaled just now.
            state.sum_ay = state.sum_b


def _relative_error(left: FloatArray, y: FloatArray, b: FloatArray) -> float:
    step = float(np.divide(left, y, out=np.zeros(len(y)), where=y > 0).max(initial=0.0))
    start = float(b.sum())
    return max(1e-13, 2.0 * step * max(1.0, float(y.sum()) / start if start > 0 else 1.0))


def not_converged(name: str, residual: float, sweeps: int, tol: float) -> ConvergenceError:
    """Return the error of a method whose residual is still above its tolerance."""
    return ConvergenceError(
        f"{name} reached an L1 residual of {residual:.2e} after {sweeps} sweeps, not {tol:.2g}. "
        f"Raise max_iterations or tol, or lower the damping."
    )


class SolverState:
    """Sums over the iterates of k systems, for aggregation and Aitken extrapolation.

    Parameters
    ----------
    sum_b : ndarray of float64, shape (k,)
        Σb over the active people.
    sum_ay : ndarray of float64, shape (k,)
        Σa·y over the active people, with a(u) = 1 − Σ_v W(u, v). The residual sums to Σb − Σa·y.
    sum_b_inactive : ndarray of float64, shape (k,)
        Σb over all others.
    aggregate : bool
        Whether y may be scaled.
    """

    def __init__(
        self, sum_b: FloatArray, sum_ay: FloatArray, sum_b_inactive: FloatArray, *, aggregate: bool
    ) -> None:
        self.sum_b, self.sum_ay, self.sum_b_inactive = sum_b, sum_ay, sum_b_inactive
        self.aggregate = (sum_b > 0) & aggregate
        self.none, self.one = np.zeros(len(sum_b)), np.ones(len(sum_b))
        self.sum_y_active = np.zeros(len(sum_b))
        self.sweeps = 0
        self.change_before = np.full(len(sum_b), np.inf)
        self.failures = np.zeros(len(sum_b), dtype=np.int64)
        self._forget_changes()

    def _forget_changes(self) -> None:
        self.change = np.full(len(self.sum_b), np.inf)
        self.sweeps_since_restart = 0

    def scale(self) -> FloatArray:
        """Return the factor of each y after which its residual sums to 0."""
        use = self.aggregate & (self.sum_ay > 0)
        return np.divide(self.sum_b, self.sum_ay, out=self.one.copy(), where=use)

    def record(self, sums: FloatArray) -> None:
        """Update from the sums of one sweep, shape (chunks, 6, k).

        With δ the change of this sweep and δ' that of the sweep before: ‖δ‖₁, Σy, Σa·y, δ'·δ, δ'·δ', δ·δ.
        """
        # As a ufunc, which small graphs notice.
        change, self.sum_y_active, self.sum_ay, self.product, self.square_before, self.square = np.add.reduce(
            sums, axis=0
        )
        self.sweeps += 1
        self.sweeps_since_restart += 1
        if self.sweeps_since_restart == 1:
            self.failures += change > self.change_before
        sum_y = self.sum_y_active + self.sum_b_inactive
        self.sum_y = np.where(sum_y > 0, sum_y, 1.0)
        before = np.where(np.isfinite(self.change), np.maximum(self.change, change), change)
        self.next_change = change * np.divide(change, before, out=self.none.copy(), where=before > 0)
        # Aggregation may raise the change where sweeps alone converge, so it ends at the first rise; the
        # first 20 sweeps are exempt, as the change is not monotonic at first.
        if self.sweeps >= 20:
            self.aggregate &= change <= self.change
        self.change = change

    def extrapolation(self) -> FloatArray:
        """Return ρ/(1 − ρ) where δ ≈ ρδ', else 0: the sum of the geometric series in units of δ.

        δ and δ' count as parallel where cos² of their angle is above 0.999, from the third sweep after a
        restart, before which aggregation still changes their ratio. ρ < 0.9999 bounds the step. After ten
        steps that raised the change none is taken: near a defective eigenvalue changes are parallel for long
        while their ratio falls, and every step would lead away.
        """
        if self.sweeps_since_restart <= 2:
            return self.none
        parallel = (self.product > 0) & (self.product**2 > 0.999 * self.square_before * self.square)
        if not parallel.any():
            return self.none
        ratio = np.divide(
            self.product, self.square_before, out=self.none.copy(), where=self.square_before > 0
        )
        use = parallel & (self.failures < 10) & (ratio < 0.9999)
        return np.where(use, ratio / (1.0 - np.minimum(ratio, 0.9999)), 0.0)

    def restart(self, sum_ay: FloatArray) -> None:
        """Continue from an extrapolated y, of which this is Σa·y."""
        self.sum_ay = sum_ay
        self.change_before = self.change
        self._forget_changes()


@njit(cache=True, nogil=True)
def _sweep_in_place(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    p: FloatArray,
    active: int,
    d: FloatArray,
    a: FloatArray,
    b: FloatArray,
    y: FloatArray,
    change: FloatArray,
    scale: float,
    sums: FloatArray,
) -> None:
    """Set y(v) to b(v) + Σ_u d(u)·P(u, v)·y(u), one v after the other."""
    for v in range(active):
        y[v] *= scale
    for v in range(active):
        total = b[v]
        for e in range(np.uint64(pointers[v]), np.uint64(pointers[v + 1])):
            u = np.uint32(columns[e])
            if u < active:
                total += p[e] * d[u] * y[u]
        old, new = change[v], total - y[v]
        sums[0, 0] += abs(new)
        sums[0, 1] += total
        sums[0, 2] += a[v] * total
        sums[0, 3] += old * new
        sums[0, 4] += old * old
        sums[0, 5] += new * new
        change[v], y[v] = new, total


@njit(cache=True, nogil=True)
def _sweep(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    p: FloatArray,
    chunks: IntArray,
    d: FloatArray,
    a: FloatArray,
    b: FloatArray,
    y: FloatArray,
    flow: FloatArray,
    next_flow: FloatArray,
    change: FloatArray,
    scale: float,
    sums: FloatArray,
    c: int,
) -> None:
    """Set y(v) of chunk c to b(v) + scale · Σ_u P(u, v)·flow(u), of all v at once; y is not yet scaled."""
    end = np.uint64(len(columns) - 1)
    size, sum_y, sum_ay, product, square_before, square = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for v in range(chunks[c], chunks[c + 1]):
        total = 0.0
        for e in range(np.uint64(pointers[v]), np.uint64(pointers[v + 1])):
            prefetch(flow, np.uint64(columns[min(e + PREFETCH_DISTANCE, end)]))
            total += p[e] * flow[np.uint32(columns[e])]
        total = b[v] + scale * total
        old, new = change[v], total - scale * y[v]
        size += abs(new)
        sum_y += total
        sum_ay += a[v] * total
        product += old * new
        square_before += old * old
        square += new * new
        change[v], y[v] = new, total
        next_flow[v] = d[v] * total
    sums[c, 0], sums[c, 1], sums[c, 2] = size, sum_y, sum_ay
    sums[c, 3], sums[c, 4], sums[c, 5] = product, square_before, square
