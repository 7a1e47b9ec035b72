"""The delete-a-fold jackknife over people: the variance of a statistic whose observations share people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import t as student

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError


class Estimate(NamedTuple):
    """A value with its standard error and interval; NaN where they can't be computed."""

    value: float
    error: float
    low: float
    high: float


def folds_of(people: pl.Series, folds: int, *, seed: int = 0) -> IntArray:
    """Deal people into folds of nearly equal size, at random.

    Parameters
    ----------
    people : polars.Series
        Distinct ids.
    folds : int
        How many, at least 2.
    seed : int
        Of the random numbers.

    Returns
    -------
    ndarray of int64, shape (n,)
        The fold of each person. The order of the people does not matter: a person's fold follows from the id,
        the other ids and the seed.

    Raises
    ------
    ConfigError
        If there are fewer than 2 folds, or fewer people than folds.

    Examples
    --------
    >>> folds_of(pl.Series(["a", "b", "c", "d"]), 2).tolist()
    [0, 1, 0, 1]
    """
    if folds < 2 or folds > len(people):
        raise ConfigError(
            f"{len(people):,} people can't be dealt into {folds} folds. Expected 2 folds or more, and as "
            "many people."
        )
    order = people.arg_sort().to_numpy()
    dealt = np.empty(len(people), dtype=np.int64)
    dealt[order] = np.random.default_rng([seed, folds]).permutation(len(people)) % folds
    return dealt


def jackknife(whole: float, without: npt.ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Return a statistic with its interval from the values without each fold.

    Parameters
    ----------
    whole : float
        The statistic of everybody.
    without : array_like, shape (F,)
        The statistic without each of the folds.
    confidence : float in (0, 1)
        Confidence level of the interval.

    Returns
    -------
    Estimate
        The variance is (F − 1)/F·Σ(θ_f − θ̄)² (Efron & Stein 1981), the interval that of Student's t with
        F − 1 degrees of freedom. No error where a value is missing.

    Examples
    --------
    The mean of 1, 2, 3, 6 has the standard error √(Σ(x − x̄)²/12), as by the formula:

    >>> estimate = jackknife(3.0, [11 / 3, 10 / 3, 3.0, 2.0])
    >>> round(estimate.error, 4), round((14 / 12) ** 0.5, 4)
    (1.0801, 1.0801)
    """
    values: FloatArray = np.asarray(without, dtype=np.float64)
    count = len(values)
    if count < 2 or not np.isfinite(values).all() or not np.isfinite(whole):
        return Estimate(whole, float("nan"), float("nan"), float("nan"))
    error = float(np.sqrt((count - 1) / count * ((values - values.mean()) ** 2).sum()))
    reach = float(student.ppf(0.5 + confidence / 2.0, count - 1)) * error
    return Estimate(whole, error, whole - reach, whole + reach)
