"""The delete-a-fold jackknife: the variance of a statistic whose observations share people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import ConfigError


class Estimate(NamedTuple):
    """Values with their standard errors and intervals, of one shape; NaN where they can't be computed.

    Attributes
    ----------
    value, error, low, high : ndarray of float64
        The estimate, its standard error, and the ends of its interval.
    reach : ndarray of float64
        The quantile of Student's t: half the width of the interval in standard errors.
    """

    value: FloatArray
    error: FloatArray
    low: FloatArray
    high: FloatArray
    reach: FloatArray


def folds_of(people: pl.Series | int, folds: int, rng: np.random.Generator) -> IntArray:
    """Deal people into folds of nearly equal size, at random.

    Parameters
    ----------
    people : polars.Series or int
        Distinct ids, or how many people.
    folds : int
        How many, at least 2.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray of int64, shape (n,)
        The fold of each person. The order of ids does not matter.

    Raises
    ------
    ConfigError
        If there are fewer than 2 folds, or fewer people than folds.

    Examples
    --------
    >>> np.bincount(folds_of(10, 4, np.random.default_rng(1))).tolist()
    [3, 3, 2, 2]
    """
    count = people if isinstance(people, int) else len(people)
    if folds < 2 or folds > count:
        raise ConfigError(
            f"{count:,} people can't be dealt into {folds} folds. Expected 2 folds or more, and as many "
            "people."
        )
    dealt = np.asarray(rng.permutation(count) % folds, dtype=np.int64)
    if isinstance(people, int):
        return dealt
    of_ids = np.empty(count, dtype=np.int64)
    of_ids[people.arg_sort().to_numpy()] = dealt
    return of_ids


def jackknife(
    value: npt.ArrayLike,
    left_out: npt.ArrayLike,
    *,
    pairs_left_out: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Return estimates with intervals, from the same estimates without each fold.

    Parameters
    ----------
    value : array_like
        The estimates.
    left_out : array_like
        The same without each of g folds, in a first dimension of length g; NaN where undefined.
    pairs_left_out : array_like, optional
        The same without each of h folds of pairs of people, where rows have two ends and a fold of people
        leaves as both: what happens between two people by chance then counts twice in the jackknife over
        people, and is taken off once.
    confidence : float in (0, 1)
        Confidence level.

    Returns
    -------
    Estimate
        Error and interval are NaN where fewer than half of the folds have an estimate, and where leaving
        out a fold changes nothing: an interval of width 0 would claim too much.

    Notes
    -----
    The variance over g folds is (g − 1)/g·Σ(θ_f − θ̄)², the quantile that of Student's t with g − 1 degrees of
    freedom (Efron & Stein 1981; Busing, Meijer & van der Leeden 1999). With V of people and P of pairs it is
    V − P (Fafchamps & Gubert 2007; Aronow, Samii & Assenova 2015), with V = A + 2P if people differ by A, so
    never less than P: the larger of the two is taken. Its degrees of freedom are Satterthwaite's,
    (V − P)²/(V²/(g − 1) + P²/(h − 1)), or h − 1 where P is the larger.

    Examples
    --------
    The mean of 1, 2, 3, 6 has the standard error √(Σ(x − x̄)²/12), as by the formula:

    >>> found = jackknife(3.0, [11 / 3, 10 / 3, 3.0, 2.0])
    >>> round(float(found.error), 4), round((14 / 12) ** 0.5, 4)
    (1.0801, 1.0801)
    """
    from scipy.stats import t

    estimate = np.asarray(value, dtype=np.float64)
    variance, freedom, known = _over_folds(left_out)
    if pairs_left_out is not None:
        of_pairs, of_pairs_freedom, of_pairs_known = _over_folds(pairs_left_out)
        rest = variance - of_pairs
        larger = rest > of_pairs
        with np.errstate(invalid="ignore", divide="ignore"):
            mixed = rest**2 / (variance**2 / freedom + of_pairs**2 / of_pairs_freedom)
        variance, freedom = np.where(larger, rest, of_pairs), np.where(larger, mixed, of_pairs_freedom)
        known = known & of_pairs_known
    stated = known & np.isfinite(estimate) & (variance > 0.0)
    reach = np.where(stated, t.ppf(0.5 + confidence / 2.0, np.where(stated, freedom, 1.0)), np.nan)
    error = np.where(stated, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    return Estimate(estimate, error, estimate - reach * error, estimate + reach * error, reach)


def _over_folds(left_out: npt.ArrayLike) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return variance, degrees of freedom, and whether two folds and half of them have an estimate."""
    others = np.asarray(left_out, dtype=np.float64)
    known = np.isfinite(others)
    count = known.sum(axis=0)
    some = np.maximum(count, 1)
    mean = np.where(known, others, 0.0).sum(axis=0) / some
    squares = np.where(known, (others - mean) ** 2, 0.0).sum(axis=0)
    freedom = np.maximum(count - 1, 1).astype(np.float64)
    return (some - 1) / some * squares, freedom, (count >= 2) & (2 * count >= len(others))
