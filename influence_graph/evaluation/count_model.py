"""A negative binomial regression of counts: what a model of counts says of people it has not seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError

#: Penalty on squared coefficients of standardised columns: columns that nearly coincide then have a solution.
RIDGE = 1e-3
_STEPS, _SMALL, _LARGEST = 100, 1e-8, 30.0


class CountModel(NamedTuple):
    """A fitted model: the mean is exp(intercept + standardised columns · coefficients).

    Attributes
    ----------
    coefficients : ndarray of float64, shape (k + 1,)
        The intercept first.
    dispersion : float
        α: the variance is μ + α·μ².
    centre, spread : ndarray of float64, shape (k,)
        How columns are standardised.
    """

    coefficients: FloatArray
    dispersion: float
    centre: FloatArray
    spread: FloatArray

    def mean(self, columns: FloatArray) -> FloatArray:
        """Return the expected count of each row of columns, shape (n, k)."""
        z = (columns - self.centre) / self.spread
        logarithm: FloatArray = self.coefficients[0] + z @ self.coefficients[1:]
        return np.exp(np.clip(logarithm, -_LARGEST, _LARGEST)).astype(np.float64)


def fit_counts(columns: FloatArray, counts: FloatArray, *, dispersion: float | None = None) -> CountModel:
    """Fit a negative binomial regression with log link by maximum likelihood (NB2; Cameron & Trivedi 2013).

    Parameters
    ----------
    columns : ndarray of float64, shape (n, k)
        Finite.
    counts : ndarray of float64, shape (n,)
        ≥ 0, not all 0.
    dispersion : float, optional
        α; None: estimated, in turn with the coefficients. 0 is Poisson.

    Returns
    -------
    CountModel
        O(n·k²) a step.

    Raises
    ------
    DataError
        If all counts are 0.

    Examples
    --------
    >>> model = fit_counts(np.zeros((4, 0)), np.array([0.0, 1.0, 2.0, 5.0]))
    >>> round(float(model.mean(np.zeros((1, 0)))[0]), 6)
    2.0
    """
    if not (counts > 0).any():
        raise DataError("All counts are 0, so there is nothing to fit.")
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    z = np.column_stack([np.ones(len(counts)), (columns - centre) / spread])
    coefficients = np.zeros(z.shape[1])
    coefficients[0] = np.log(counts.mean())
    alpha = 0.0 if dispersion is None else dispersion
    for _ in range(4 if dispersion is None else 1):
        coefficients = _weighted_steps(z, counts, coefficients, alpha)
        if dispersion is None:
            mean = np.exp(np.clip(z @ coefficients, -_LARGEST, _LARGEST))
            alpha = _dispersion(counts, mean)
    return CountModel(coefficients, alpha, centre, spread)


def deviance(counts: FloatArray, mean: FloatArray, dispersion: float) -> FloatArray:
    """Return the unit deviance of each count under NB2: twice the log-likelihood lost against μ = y.

    2·[y·ln(y/μ) − (y + 1/α)·ln((1 + α·y)/(1 + α·μ))]; for α = 0 Poisson's.
    """
    if dispersion < _SMALL:
        poisson: FloatArray = 2.0 * (xlogy(counts, counts / mean) - counts + mean)
        return poisson
    ratio = np.log1p(dispersion * counts) - np.log1p(dispersion * mean)
    found: FloatArray = 2.0 * (xlogy(counts, counts / mean) - (counts + 1.0 / dispersion) * ratio)
    return found


def _weighted_steps(z: FloatArray, counts: FloatArray, start: FloatArray, alpha: float) -> FloatArray:
    """Fisher scoring, each step halved until the penalised likelihood does not fall."""
    penalty = np.full(z.shape[1], RIDGE)
    penalty[0] = 0.0
    coefficients, best = start, _objective(z, counts, start, alpha, penalty)
    for _ in range(_STEPS):
        mean = np.exp(np.clip(z @ coefficients, -_LARGEST, _LARGEST))
        weight = mean / (1.0 + alpha * mean)
        gradient = z.T @ ((counts - mean) / (1.0 + alpha * mean)) - penalty * coefficients
        step = np.linalg.solve(
            (z * weight[:, None]).T @ z + np.diag(penalty) + 1e-12 * np.eye(len(penalty)), gradient
        )
        for _ in range(30):
            value = _objective(z, counts, coefficients + step, alpha, penalty)
            if value >= best:
                break
            step = step / 2.0
        else:
            break
        gain, best, coefficients = value - best, value, coefficients + step
        if gain <= 1e-10 * max(1.0, abs(best)):
            break
    return coefficients


def _objective(
    z: FloatArray, counts: FloatArray, beta: FloatArray, alpha: float, penalty: FloatArray
) -> float:
    mean = np.exp(np.clip(z @ beta, -_LARGEST, _LARGEST))
    return float(-0.5 * deviance(counts, mean, alpha).sum() - 0.5 * (penalty * beta**2).sum())


def _dispersion(counts: FloatArray, mean: FloatArray) -> float:
    """Return the α of highest likelihood for these means."""

    def loss(log_alpha: float) -> float:
        size = np.exp(-log_alpha)
        likelihood = gammaln(counts + size) - gammaln(size) + size * np.log(size / (size + mean))
        return float(-(likelihood + xlogy(counts, mean / (size + mean))).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-12.0, 6.0), method="bounded").x))
