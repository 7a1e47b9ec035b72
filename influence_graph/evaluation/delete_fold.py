"""Intervals by a delete-a-fold jackknife: how far an estimate moves when a fold of the people is left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError


def folds_of(n: int, folds: int, rng: np.random.Generator) -> IntArray:
    """Return the fold of each of n people, at random, all folds of one size up to one person.

    Raises
    ------
    ConfigError
        If there are fewer than two folds.

    Examples
    --------
    >>> np.bincount(folds_of(10, 4, np.random.default_rng(1))).tolist()
    [3, 3, 2, 2]
    """
    if folds < 2:
        raise ConfigError(f"A jackknife leaves out one fold of at least 2, and folds is {folds}.")
    return np.asarray(rng.permutation(n) % folds, dtype=np.int64)


def delete_fold_interval(
    value: npt.ArrayLike, left_out: npt.ArrayLike, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of an estimate from the estimates with one fold left out each.

    The variance is (g − 1)/g · Σ (θ₋ₖ − θ̄)², over the g folds whose estimate is defined; the quantile is that
    of Student's t with g − 1 degrees of freedom (Efron 1982; Busing, Meijer & van der Leeden 1999).

    Parameters
    ----------
    value : array_like
        The estimates.
    left_out : array_like
        The same without one fold each, in a first dimension of length g; NaN where undefined.
    confidence : float in (0, 1)
        Confidence level.

    Returns
    -------
    low, high : ndarray of float64, of the shape of the estimates
        NaN where fewer than half of the folds have an estimate, and where leaving out a fold changes nothing:
        an interval of width 0 would claim too much.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 4.0, 5.0])
    >>> means = [np.delete(x, k).mean() for k in range(4)]
    >>> low, high = delete_fold_interval(x.mean(), means, 0.95)
    >>> bool(np.isclose((high - low) / 2, 3.182446 * x.std(ddof=1) / 2))  # t of 3 degrees of freedom
    True
    """
    from scipy.stats import t

    estimate, others = np.asarray(value, dtype=np.float64), np.asarray(left_out, dtype=np.float64)
    known = np.isfinite(others)
    count = known.sum(axis=0)
    some = np.maximum(count, 1)
    mean = np.where(known, others, 0.0).sum(axis=0) / some
    squares = np.where(known, (others - mean) ** 2, 0.0).sum(axis=0)
    enough = (count >= 2) & (2 * count >= len(others)) & np.isfinite(estimate)
    quantile = t.ppf(0.5 + confidence / 2.0, np.maximum(count - 1, 1))
    half = np.where(enough & (squares > 0.0), quantile * np.sqrt((some - 1) / some * squares), np.nan)
    return estimate - half, estimate + half
