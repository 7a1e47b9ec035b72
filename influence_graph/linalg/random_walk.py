"""The linear system under PageRank and its kin: how often walks that end by chance visit each person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConvergenceError
from influence_graph.linalg.degree_order import Edges


@dataclass(frozen=True)
class Visits:
    """Solution of a system of visits.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        In rank order.
    residual : float
        ‖b + Wᵀy − y‖₁ / ‖y‖₁, computed, not estimated.
    iterations : int
        Sweeps over the edges.
    """

    values: FloatArray
    residual: float
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
    start : ndarray of float64, shape (n,)
        b ≥ 0.
    tol : float
        Bound on ‖b + Wᵀy − y‖₁ / ‖y‖₁.
    max_iterations : int
        Most sweeps.
    name : str
        The method that asks, for the message of an error.
    guess : ndarray, optional
        Where to start.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations`` sweeps.
    """
    active, n = edges.active, len(start)
    csr = edges.pointers, edges.columns, edges.shares
    chunks = edges.cuts[: int(np.searchsorted(edges.cuts, active)) + 1]
    # What comes from people without in-edges never changes: it joins b, and the sweeps run over the rest.
    rows, fixed, share = edges.from_fixed
    from_fixed = np.bincount(rows, weights=share * go_on[fixed] * start[fixed], minlength=active)
    entry = start[:active] + from_fixed
    y = start.copy()
    y[:active] = entry if guess is None else guess[:active]
    keep = 1.0 - go_on * (np.zeros(n) if active_share is None else active_share)
    course = Course(
        inflow=np.array([entry.sum()]),
        held=np.array([(keep[:active] * y[:active]).sum()]),
        rest=np.array([start[active:].sum()]),
        scalable=active_share is not None,
    )
    # Beyond the active people nothing flows during the sweeps: theirs is in ``entry``.
    outflow, following, step = np.zeros(n), np.zeros(n), np.zeros(active)
    outflow[:active] = go_on[:active] * y[:active]
    while True:
        settled = not active
        if active and course.sweeps < max_iterations:
            scale = float(course.scale()[0])
            sums = np.zeros((len(chunks) - 1, 6, 1))
            if len(chunks) == 2:
                _sweep_in_place(*csr, active, go_on, keep, entry, y, step, scale, sums[:, :, 0])
            else:
                _sweep(*csr, chunks, go_on, keep, entry, y, outflow, following, step, scale, sums[:, :, 0])
                outflow, following = following, outflow
            course.after(sums)
            # The last sweep tells; until then, expect the next change to shrink as this one did.
            settled = bool(course.expected[0] <= 0.5 * tol * course.size[0])
            leap = 0.0 if settled else float(course.leap()[0])
            if leap:
                y[:active] = np.maximum(y[:active] + leap * step, 0.0)
                outflow[:active] = go_on[:active] * y[:active]
                course.leapt(np.array([(keep[:active] * y[:active]).sum()]))
        if settled or course.sweeps >= max_iterations:
            y[:active] *= course.scale()
            image = np.empty(n)
            _gather(*csr, edges.cuts, start, go_on * y, image)
            y[active:] = image[active:]
            size = y.sum()
            residual = float(np.abs(image - y).sum() / (size if size > 0 else 1.0))
            if residual <= tol:
                return Visits(y, residual, course.sweeps)
            outflow[:active] = go_on[:active] * y[:active]
            course.held = course.inflow
            if course.sweeps >= max_iterations:
                raise ConvergenceError(
                    f"{name} reached an L1 residual of {residual:.2e} after {course.sweeps} sweeps, "
                    f"not {tol:.2g}. Raise max_iterations or tol, or lower the damping."
                )


class Course:
    """How far k systems have come, and what will help each on before its next sweep.

    Parameters
    ----------
    inflow, held, rest : ndarray of float64, shape (k,)
        Σb over the active people, Σ keep·y over them, and Σb over the others.
    scalable : bool
        Whether y may be scaled.
    """

    def __init__(self, inflow: FloatArray, held: FloatArray, rest: FloatArray, *, scalable: bool) -> None:
        self.inflow, self.held, self.rest = inflow, held, rest
        self.scaled = np.full(len(inflow), scalable)
        self.within = np.zeros(len(inflow))
        self.sweeps = 0
        self._rest_from_now()

    def _rest_from_now(self) -> None:
        self.change = np.full(len(self.inflow), np.inf)
        self.resting = 0

    def scale(self) -> FloatArray:
        """Return the factor of each y that makes its residual sum to 0."""
        use = self.scaled & (self.held > 0) & (self.inflow > 0)
        return np.divide(self.inflow, self.held, out=np.ones(len(self.inflow)), where=use)

    def after(self, sums: FloatArray) -> None:
        """Take note of a sweep by its sums over chunks, shape (chunks, 6, k).

        They are ‖change‖₁, Σy, Σ keep·y, and the products of the change before with this one, with
        itself, and of this one with itself.
        """
        change, self.within, self.held, self.along, self.old, self.new = sums.sum(axis=0)
        self.sweeps += 1
        self.resting += 1
        self.size = np.where(self.within + self.rest > 0, self.within + self.rest, 1.0)
        before = np.where(np.isfinite(self.change), np.maximum(self.change, change), change)
        self.expected = change * np.divide(change, before, out=np.zeros(len(change)), where=before > 0)
        # Scaling can work against the sweep; the sweep alone always converges.
        self.scaled &= (self.sweeps < 20) | (change <= self.change)
        self.change = change

    def leap(self) -> FloatArray:
        """Return how many times the last change is still to come, where one mode is left (Aitken)."""
        ratio = np.divide(self.along, self.old, out=np.zeros(len(self.old)), where=self.old > 0)
        straight = (self.along > 0) & (self.along**2 > 0.999 * self.old * self.new) & (ratio < 0.9999)
        return np.where(straight & (self.resting > 2), ratio / (1.0 - np.minimum(ratio, 0.9999)), 0.0)

    def leapt(self, held: FloatArray) -> None:
        """Take note that changes to come were added, and what is held since."""
        self.held = held
        self._rest_from_now()


@njit(cache=True, parallel=True)
def _gather(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    cuts: IntArray,
    b: FloatArray,
    outflow: FloatArray,
    image: FloatArray,
) -> None:
    """Set image to b plus what flows in, over the rows that ``cuts`` span."""
    for c in prange(len(cuts) - 1):
        for v in range(cuts[c], cuts[c + 1]):
            total = b[v]
            for e in range(pointers[v], pointers[v + 1]):
                total += shares[e] * outflow[columns[e]]
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
    scale: float,
    sums: FloatArray,
) -> None:
    y[:active] *= scale
    for v in range(active):
        total = entry[v]
        for e in range(pointers[v], pointers[v + 1]):
            u = columns[e]
            if u < active:
                total += shares[e] * go_on[u] * y[u]
        old, new = step[v], total - y[v]
        sums[0, 0] += abs(new)
        sums[0, 1] += total
        sums[0, 2] += keep[v] * total
        sums[0, 3] += old * new
        sums[0, 4] += old * old
        sums[0, 5] += new * new
        step[v], y[v] = new, total


@njit(cache=True, parallel=True)
def _sweep(
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
