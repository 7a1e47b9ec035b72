"""One figure for the agreement of two methods that noise of the log neither raises nor lowers.

Scores of one log share its noise, so their correlation on that log is not that of what they estimate, and may
be off either way. Deal the episodes of the log into two independent logs, 1 and 2, and let A and B be the
logarithms of one plus the natural values by two methods. Noise of different logs is independent, so over
deals

    r = cov(A₁, B₂) / √(cov(A₁, A₂) · cov(B₁, B₂))

with each covariance averaged over deals before dividing estimates the Pearson correlation of the *expected*
log scores, over logs of half the size. Each covariance is unbiased; dividing correlations of ranks instead
(Kendall's tau, Spearman's rho, the overlap at the top) has no such target, and gives about 1 whatever the
truth is (Spearman 1904 for the formula; it takes errors that add up, which those of ranks do not).

Its interval is a jackknife over groups of actors on Fisher's z (Kott 2001 on delete-a-group jackknives).
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from influence_graph.arrays import FloatArray


def cross_covariances(first: FloatArray, second: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """Return cov(A₁, B₂) of every pair of methods, both ways averaged.

    Parameters
    ----------
    first, second : ndarray of float64, shape (M, n)
        Log values of n people by M methods on two logs.
    weight : ndarray of float64, shape (n,), optional
        How much each person counts; default 1.

    Returns
    -------
    ndarray of float64, shape (M, M)
        Symmetric. O(M²n).

    Examples
    --------
    >>> cross_covariances(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 6.0]])).round(3).tolist()
    [[1.333]]
    """
    w = np.ones(first.shape[1]) if weight is None else np.asarray(weight, dtype=np.float64)
    total = max(float(w.sum()), 1.0)
    # Most people of a log have no reaction and the value 0: only the others take part in the products.
    there = np.flatnonzero((w > 0.0) & ((first != 0.0).any(axis=0) | (second != 0.0).any(axis=0)))
    w, one, two = w[there], first[:, there], second[:, there]
    product = (one * w) @ two.T / total - np.outer(one @ w, two @ w) / total**2
    return np.asarray((product + product.T) / 2.0)


def corrected_correlations(covariance: FloatArray) -> FloatArray:
    """Return C(A, B)/√(C(A, A)·C(B, B)); NaN where a reliability C(A, A) is not above 0.

    Parameters
    ----------
    covariance : ndarray of float64, shape (M, M)
        As :func:`cross_covariances` gives them, averaged over deals.

    Examples
    --------
    >>> corrected_correlations(np.array([[4.0, 3.0], [3.0, 9.0]])).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    own = np.diag(covariance)
    root = np.sqrt(np.where(own > 0.0, own, np.nan))
    return np.asarray(covariance / np.outer(root, root))


def corrected_with_interval(
    covariance: FloatArray, left_out: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the corrected correlation of every pair with its interval.

    Parameters
    ----------
    covariance : ndarray of float64, shape (M, M)
        Averaged over deals.
    left_out : ndarray of float64, shape (G, M, M)
        The same without each of G groups of actors.
    confidence : float in (0, 1)
        Confidence level.

    Returns
    -------
    value, low, high : ndarray of float64, shape (M, M)
        NaN where a reliability is not clearly above 0: where its own interval reaches down to 0. A value
        above 1, which sampling error can give, is 1.

    Examples
    --------
    >>> whole = np.array([[4.0, 3.0], [3.0, 9.0]])
    >>> groups = whole * np.linspace(0.9, 1.1, 5)[:, None, None]
    >>> value, low, high = corrected_with_interval(whole, groups, 0.95)
    >>> value[0, 1], low[0, 1].round(6), high[0, 1].round(6)
    (np.float64(0.5), np.float64(0.5), np.float64(0.5))
    """
    quantile = float(stats.t.ppf(0.5 + confidence / 2.0, len(left_out) - 1))
    reliability = np.diag(covariance)
    error = np.diag(_jackknife_error(left_out))
    clear = reliability - quantile * error > 0.0
    known = np.outer(clear, clear)
    value = np.where(known, np.clip(corrected_correlations(covariance), -1.0, 1.0), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        groups = np.array([corrected_correlations(one) for one in left_out])
        inside = np.abs(value) < 1.0
        z = np.arctanh(np.where(inside, value, 0.0))
        # By the delta method where a value without a group leaves the range of z.
        by_z = _jackknife_error(np.arctanh(np.clip(groups, -1.0 + 1e-15, 1.0 - 1e-15)))
        by_delta = _jackknife_error(groups) / (1.0 - np.where(inside, value, 0.0) ** 2)
        margin = quantile * np.where((np.abs(groups) < 1.0).all(axis=0), by_z, by_delta)
        plain = quantile * _jackknife_error(groups)
        low = np.where(inside, np.tanh(z - margin), value - plain)
        high = np.where(inside, np.tanh(z + margin), value + plain)
    return value, np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0)


def _jackknife_error(left_out: FloatArray) -> FloatArray:
    """Return the standard error from values without each of G groups: √((G − 1)/G · Σ(x_g − x̄)²)."""
    groups = len(left_out)
    apart = left_out - left_out.mean(axis=0)
    return np.asarray(np.sqrt((groups - 1) / groups * (apart * apart).sum(axis=0)))
