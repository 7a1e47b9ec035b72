"""Poisson regression with fixed effects of several groupings: elasticities within person and period.

The pseudo-maximum likelihood of Santos Silva & Tenreyro (2006) by iteratively reweighted least squares, in
which each step takes the effects out of outcome and regressors (Correia, Guimarães & Zylkin 2020). The
weighted projection is solved by conjugate gradients: people who post on one list in a few months make a
sparsely connected panel, on which alternating projections take tens of thousands of passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import cg
from scipy.special import ndtri, xlogy

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import ConvergenceError, DataError

_MOST_STEPS, _MOST_PASSES = 60, 20_000


@dataclass(frozen=True, eq=False)
class PoissonFit:
    """A Poisson regression with fixed effects.

    Attributes
    ----------
    coefficients, errors : ndarray of float64, shape (p,)
        Elasticities where regressors are logarithms, and their standard errors, robust to whatever varies
        together within a cluster.
    kept : ndarray of bool, shape (r,)
        The rows used: without groups that have no outcome above 0, or one row.
    clusters : int
        How many there are among the rows used.
    mean : ndarray of float64, shape (rows used,)
        Fitted means.
    steps : int
        Of reweighted least squares.
    """

    coefficients: FloatArray
    errors: FloatArray
    kept: BoolArray
    clusters: int
    mean: FloatArray
    steps: int

    def interval(self, level: float = 0.95) -> FloatArray:
        """Return the normal confidence intervals, shape (p, 2)."""
        width = ndtri(0.5 + level / 2) * self.errors
        return np.column_stack([self.coefficients - width, self.coefficients + width])


class _Effects:
    """Takes the effects of several groupings out of columns, by weighted least squares."""

    def __init__(self, groups: Sequence[IntArray]) -> None:
        codes = [np.unique(group, return_inverse=True)[1] for group in groups]
        starts = np.cumsum([0, *(int(code.max(initial=-1)) + 1 for code in codes)])
        columns = np.column_stack([code + start for code, start in zip(codes, starts[:-1], strict=True)])
        rows, per_row = columns.shape
        pointers = np.arange(0, rows * per_row + 1, per_row)
        shape = rows, int(starts[-1])
        self._dummies = csr_array((np.ones(rows * per_row), columns.ravel(), pointers), shape=shape)
        self._transposed = self._dummies.T.tocsr()

    def residuals(
        self,
        columns: FloatArray,
        weight: FloatArray,
        start: FloatArray | None = None,
        tolerance: float = 1e-9,
    ) -> tuple[FloatArray, FloatArray]:
        """Return the columns without their effects, and the effects, from which a next solution can start."""
        normal = (self._transposed @ (diags_array(weight) @ self._dummies)).tocsr()
        inverse = diags_array(1.0 / normal.diagonal())
        effects = np.zeros((columns.shape[1], normal.shape[0])) if start is None else start.copy()
        left = np.empty_like(columns)
        for j, column in enumerate(columns.T):
            wanted = self._transposed @ (weight * column)
            effects[j], failed = cg(
                normal, wanted, x0=effects[j], rtol=tolerance, maxiter=_MOST_PASSES, M=inverse
            )
            if failed:
                raise ConvergenceError(
                    f"The effects of {normal.shape[0]:,} groups were not found in {_MOST_PASSES:,} passes. "
                    "Take coarser groups."
                )
            left[:, j] = column - self._dummies @ effects[j]
        return left, effects


def poisson_fixed_effects(
    outcome: FloatArray,
    regressors: FloatArray,
    effects: Sequence[IntArray],
    clusters: IntArray,
    *,
    tolerance: float = 1e-8,
) -> PoissonFit:
    """Return the Poisson regression of an outcome on regressors, with effects for every grouping.

    Parameters
    ----------
    outcome : ndarray of float64, shape (r,)
        0 or more; not necessarily whole: only its conditional mean, exp(β·x + effects), is assumed.
    regressors : ndarray of float64, shape (r, p)
        p may be 0.
    effects : sequence of ndarray of int64, shape (r,)
        A number of a group for each row, one array a grouping.
    clusters : ndarray of int64, shape (r,)
        Rows of a cluster may vary together.
    tolerance : float
        Of the relative change of the deviance.

    Returns
    -------
    PoissonFit
        O(r) a pass of conjugate gradients, some hundred passes a step, about ten steps.

    Raises
    ------
    DataError
        If nothing varies within the groups, so that there is nothing to estimate.
    ConvergenceError
        If the solution was not found.

    Examples
    --------
    >>> people = np.repeat(np.arange(40), 6)
    >>> months = np.tile(np.arange(6), 40)
    >>> items = np.random.default_rng(1).integers(1, 9, 240).astype(float)
    >>> fit = poisson_fixed_effects(3 * items**0.5, np.log(items)[:, None], [people, months], people)
    >>> fit.coefficients.round(6).tolist()
    [0.5]
    """
    kept = _used(outcome, effects)
    y, x = outcome[kept], regressors[kept]
    clusters = np.unique(clusters[kept], return_inverse=True)[1]
    if not len(y) or clusters.max() < 1:
        raise DataError("No two people have an outcome above 0 in two periods: nothing varies within person.")
    x = x - x.mean(axis=0)
    groups = _Effects([group[kept] for group in effects])
    mean = (y + y.mean()) / 2
    linear, deviance, start = np.log(mean), np.inf, None
    beta = np.zeros(x.shape[1])
    for step in range(1, _MOST_STEPS + 1):
        working = linear + (y - mean) / mean
        left, start = groups.residuals(np.column_stack([working, x]), mean, start)
        z, inside = left[:, 0], left[:, 1:]
        if step == 1:
            _check_variation(x, inside)
        information = inside.T @ (mean[:, None] * inside)
        beta = np.linalg.solve(information, inside.T @ (mean * z))
        linear = working - (z - inside @ beta)
        mean = np.exp(linear)
        before, deviance = deviance, float(2 * (xlogy(y, y / mean) - (y - mean)).sum())
        if abs(before - deviance) <= tolerance * (abs(deviance) + 0.1):
            break
    else:
        raise ConvergenceError(f"The Poisson regression has not converged in {_MOST_STEPS} steps.")
    errors = _clustered(inside * (y - mean)[:, None], information, clusters)
    return PoissonFit(beta, errors, kept, int(clusters.max()) + 1, mean, step)


def permuted_coefficients(
    outcome: FloatArray,
    regressors: FloatArray,
    effects: Sequence[IntArray],
    clusters: IntArray,
    *,
    draws: int,
    rng: np.random.Generator,
) -> tuple[float, FloatArray]:
    """Return the first coefficient, and those after its regressor is permuted within clusters.

    One Newton step from the fit without that regressor, for the data and for each permutation alike: near
    0, where the permuted ones lie, it is the estimate itself to first order.

    Parameters
    ----------
    outcome, regressors, effects, clusters
        As in :func:`poisson_fixed_effects`.
    draws : int
        Number of permutations.
    rng : numpy.random.Generator
        Of the permutations.

    Returns
    -------
    tuple of float and ndarray of float64, shape (draws,)
        The one-step coefficient of the data, and of the permutations.

    Examples
    --------
    >>> people = np.repeat(np.arange(40), 6)
    >>> months = np.tile(np.arange(6), 40)
    >>> items = np.random.default_rng(1).integers(1, 9, 240).astype(float)
    >>> data = (3 * items**0.5, np.log(items)[:, None], [people, months], people)
    >>> found, null = permuted_coefficients(*data, draws=20, rng=np.random.default_rng(2))
    >>> bool(found > 2 * np.abs(null).max())
    True
    """
    base = poisson_fixed_effects(outcome, regressors[:, 1:], effects, clusters)
    kept, mean = base.kept, base.mean
    rest = regressors[kept, 1:]
    groups = _Effects([group[kept] for group in effects])
    rest = groups.residuals(rest - rest.mean(axis=0), mean)[0] if rest.shape[1] else rest
    score = outcome[kept] - mean
    first, within = regressors[kept, 0], clusters[kept]
    order = np.argsort(within, kind="stable")

    def one_step(column: FloatArray) -> float:
        # The score is orthogonal to the effects, so only the information needs the projection.
        inside = groups.residuals((column - column.mean())[:, None], mean, tolerance=1e-4)[0][:, 0]
        if rest.shape[1]:
            inside = (
                inside
                - rest @ np.linalg.lstsq(rest * np.sqrt(mean)[:, None], inside * np.sqrt(mean), rcond=None)[0]
            )
        information = float(inside @ (mean * inside))
        return float(inside @ score) / information if information > 0 else 0.0

    null = np.empty(draws)
    for number in range(draws):
        column = np.empty_like(first)
        column[order] = first[np.lexsort((rng.random(len(first)), within))]
        null[number] = one_step(column)
    return one_step(first), null


def _used(outcome: FloatArray, effects: Sequence[IntArray]) -> BoolArray:
    """Return which rows say something: their groups have an outcome above 0, and more than one row."""
    codes = [np.unique(group, return_inverse=True)[1] for group in effects]
    kept = np.ones(len(outcome), dtype=bool)
    while True:
        before = int(kept.sum())
        for code in codes:
            total = np.bincount(code, weights=outcome * kept, minlength=int(code.max(initial=0)) + 1)
            rows = np.bincount(code, weights=kept, minlength=len(total))
            kept &= (total[code] > 0) & (rows[code] > 1)
        if int(kept.sum()) == before:
            return kept


def _check_variation(whole: FloatArray, inside: FloatArray) -> None:
    """Raise where a regressor does not vary within the groups, or two vary as one."""
    scale, left = (np.sqrt((columns**2).mean(axis=0)) for columns in (whole, inside))
    if (left <= 1e-7 * np.maximum(scale, 1e-300)).any():
        raise DataError("A regressor does not vary within person and period: there is nothing to estimate.")
    if len(left) > 1 and np.linalg.svd(inside / left, compute_uv=False)[-1] <= 1e-6 * np.sqrt(len(inside)):
        raise DataError("The regressors vary as one within person and period: their parts can't be told.")


def _clustered(scores: FloatArray, information: FloatArray, clusters: IntArray) -> FloatArray:
    """Return standard errors by the sandwich of scores added up by cluster."""
    count = int(clusters.max()) + 1
    summed = np.zeros((count, scores.shape[1]))
    np.add.at(summed, clusters, scores)
    bread = np.linalg.inv(information)
    variance = bread @ (summed.T @ summed) @ bread * (count / (count - 1))
    return np.sqrt(np.diag(variance))
