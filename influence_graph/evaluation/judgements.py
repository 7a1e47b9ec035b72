"""Whether counts of activity tell which of two people a human judges the more influential.

Folds are of people, not of pairs: nobody whom a model was trained on is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of, jackknife
from influence_graph.networks.learning import non_negative_weights
from influence_graph.networks.pairs import Pairs

SUM, SUM_OF_LOGS, LEARNED = "sum", "sum of logs", "learned weights"


class JudgedPairs(NamedTuple):
    """How models agree with human judgements of pairs.

    Attributes
    ----------
    accuracy : polars.DataFrame
        One row a model, best first: ``model``, ``accuracy`` (share of pairs with the right choice, ties
        half), ``low``, ``high``; ``below_learned`` (accuracy of the learned weights minus that of this
        model), ``below_low``, ``below_high``; ``above_judge`` (its accuracy minus the agreement of a second
        judge), ``above_low``, ``above_high``.
    ceiling : polars.DataFrame
        One row a bound: ``bound``, ``accuracy``, ``low``, ``high``. "a second judge" is the share of
        judgements of one pair that agree. The best possible model reaches at least that and at most
        "the best model, at most".
    pairs, people : int
        How many are tested.
    """

    accuracy: pl.DataFrame
    ceiling: pl.DataFrame
    pairs: int
    people: int


def judged_pairs(
    pairs: Pairs,
    *,
    penalty: float = 0.01,
    folds: int = 5,
    groups: int = 40,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
) -> JudgedPairs:
    """Measure how often single features, sums and learned weights choose as human judges do.

    "sum" adds up the features as they are, "sum of logs" their ln(1 + x); "learned weights" are the weights
    ≥ 0 of ln(1 + x) of :func:`~influence_graph.networks.learning.learn_weights`, cross-fitted: a pair of
    people in folds f and g is judged by weights learned from pairs with nobody in f or g, so every pair is
    tested.

    If a pair is chosen one way with probability q, two judges agree with probability q² + (1 − q)² and the
    best model is right with max(q, 1 − q). So with the mean agreement a the best model is right in at least a
    and, by Jensen's inequality, at most (1 + √(2a − 1))/2 of pairs.

    Parameters
    ----------
    pairs : Pairs
        Labelled pairs.
    penalty : float
        Ridge penalty of the learned weights.
    folds : int
        Folds of people for cross-fitting.
    groups : int
        Folds of people for the jackknife: all pairs of a fold are left out and everything is computed
        again. As a pair has two people, intervals are a little wide.
    confidence : float in (0, 1)
        Confidence level.
    rng : Generator, int or None
        Source of randomness (SPEC 7): who is in which fold.

    Returns
    -------
    JudgedPairs
        In groups · folds²/2 fits of p pairs.

    Raises
    ------
    DataError
        If two folds leave fewer than two pairs to learn from.

    Examples
    --------
    >>> from influence_graph.networks.pairs import read_pairs
    >>> rng = np.random.default_rng(1)
    >>> people = {"id": range(60), "good": rng.lognormal(size=60), "noise": rng.lognormal(size=60)}
    >>> a, b = rng.integers(30, size=300), rng.integers(30, 60, size=300)
    >>> chosen = (people["good"][a] > people["good"][b]).astype(int)
    >>> found = judged_pairs(read_pairs({"a": a, "b": b, "choice": chosen}, people), groups=10)
    >>> found.accuracy.filter(model="good")["accuracy"].item()
    1.0
    """
    on_folds, on_groups = np.random.default_rng(rng).spawn(2)
    used, at = np.unique(np.append(pairs.first, pairs.second), return_inverse=True)
    first, second = np.split(at.ravel(), 2)
    fold = folds_of(len(used), min(folds, len(used)), on_folds)
    group = folds_of(len(used), min(groups, len(used)), on_groups)
    logs = np.log1p(pairs.values)
    apart = logs[pairs.first] - logs[pairs.second]
    fixed = _fixed_margins(pairs, apart)
    by_fold = np.stack([fold[first], fold[second]])
    by_group = np.stack([group[first], group[second]])

    def measured(kept: BoolArray) -> tuple[FloatArray, FloatArray]:
        margins = dict(fixed)
        margins[LEARNED] = _cross_fitted(apart, pairs.choice, by_fold, kept, penalty)
        right = [_accuracy(margin[kept], pairs.choice[kept]) for margin in margins.values()]
        return np.array(right), np.array(_bounds(first[kept], second[kept], pairs.choice[kept]))

    whole = measured(np.ones(len(pairs), dtype=bool))
    left_out = [measured((by_group != number).all(axis=0)) for number in range(int(group.max()) + 1)]
    right, bounds = whole
    others, other_bounds = (np.array(part) for part in zip(*left_out, strict=True))
    found = jackknife(right, others, confidence=confidence)
    below = jackknife(right[-1] - right, others[:, -1:] - others, confidence=confidence)
    above = jackknife(right - bounds[0], others - other_bounds[:, :1], confidence=confidence)
    accuracy = pl.DataFrame(
        {"model": [*fixed, LEARNED], "accuracy": right, "low": found.low, "high": found.high,
         "below_learned": below.value, "below_low": below.low, "below_high": below.high,
         "above_judge": above.value, "above_low": above.low, "above_high": above.high}
    ).fill_nan(None).sort("accuracy", "model", descending=[True, False])  # fmt: skip
    most = jackknife(bounds, other_bounds, confidence=confidence)
    names = ["a second judge", "the best model, at most"]
    ceiling = pl.DataFrame({"bound": names, "accuracy": bounds, "low": most.low, "high": most.high})
    return JudgedPairs(accuracy, ceiling.fill_nan(None), len(pairs), len(used))


def _fixed_margins(pairs: Pairs, apart: FloatArray) -> Mapping[str, FloatArray]:
    """Return the margins of the models that learn nothing: each feature, the sum, the sum of logs."""
    margins = {name: apart[:, number] for number, name in enumerate(pairs.features) if apart[:, number].any()}
    total = pairs.values.sum(axis=1)
    return {**margins, SUM: total[pairs.first] - total[pairs.second], SUM_OF_LOGS: apart.sum(axis=1)}


def _cross_fitted(
    apart: FloatArray, choice: BoolArray, by_fold: IntArray, kept: BoolArray, penalty: float
) -> FloatArray:
    """Return the margins of weights that were learned without anybody of the folds of a pair."""
    margins = np.zeros(len(choice))
    for f in range(int(by_fold.max()) + 1):
        for g in range(f + 1):
            test = (by_fold.max(axis=0) == f) & (by_fold.min(axis=0) == g) & kept
            if not test.any():
                continue
            train = ((by_fold != f) & (by_fold != g)).all(axis=0) & kept
            if train.sum() < 2:
                raise DataError(
                    f"pairs: without the people of two folds {int(train.sum())} pairs are left to learn "
                    "from. Use more folds, or more pairs."
                )
            weight = np.ones(int(train.sum()))
            margins[test] = apart[test] @ non_negative_weights(apart[train], choice[train], weight, penalty)
    return margins


def _accuracy(margin: FloatArray, choice: BoolArray) -> float:
    return float(np.where(margin == 0.0, 0.5, (margin > 0.0) == choice).mean())


def _bounds(first: IntArray, second: IntArray, choice: BoolArray) -> tuple[float, float]:
    """Return the agreement of judges and the most that a model can reach; NaN if no pair was judged twice."""
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    _, at, judged = np.unique(np.stack([lower, upper]), axis=1, return_inverse=True, return_counts=True)
    yes = np.bincount(at.ravel(), weights=choice == (first < second))
    couples = (judged * (judged - 1)).sum()
    if not couples:
        return float("nan"), float("nan")
    no = judged - yes
    agree = float((yes * (yes - 1) + no * (no - 1)).sum() / couples)
    return agree, (1.0 + np.sqrt(max(2.0 * agree - 1.0, 0.0))) / 2.0
