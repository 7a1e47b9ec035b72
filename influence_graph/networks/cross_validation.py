"""Out-of-sample accuracy of models of labelled pairs: cross-validation grouped by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.networks.pairs import Pairs
from influence_graph.scoring.intervals import interval_levels

#: From positions of training pairs to the margins of all pairs; positive predicts the first person.
Fit: TypeAlias = Callable[[IntArray], FloatArray]


def boosting_fit(pairs: Pairs, logs: FloatArray) -> Fit:
    """Return gradient boosting on the features of both people, trained on each pair in both orders."""

    def fit(train: IntArray) -> FloatArray:
        from sklearn.ensemble import HistGradientBoostingClassifier

        ahead = np.hstack([logs[pairs.first], logs[pairs.second], logs[pairs.first] - logs[pairs.second]])
        back = np.hstack([logs[pairs.second], logs[pairs.first], logs[pairs.second] - logs[pairs.first]])
        model = HistGradientBoostingClassifier(
            max_iter=120, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=1.0, random_state=0
        )
        model.fit(
            np.vstack([ahead[train], back[train]]),
            np.concatenate([pairs.choice[train], ~pairs.choice[train]]),
        )
        return np.asarray(model.decision_function(ahead) - model.decision_function(back)) / 2.0

    return fit


def cross_validate(
    pairs: Pairs, fits: Mapping[str, Fit], folds: int, repeats: int, rng: np.random.Generator
) -> tuple[list[IntArray], dict[str, list[FloatArray]], float]:
    """Cross-validate models with people, not pairs, assigned to folds.

    Returns
    -------
    tested : list of ndarray of int64
        Positions of the pairs tested, by repeat.
    margins : dict of str to list of ndarray of float64
        By model and repeat, the margins of those pairs.
    crossing : float
        Mean number of pairs a repeat whose people are in different folds; they are not tested.

    Raises
    ------
    DataError
        If a fold leaves fewer than two pairs to train on, or no pair lies within a fold.
    """
    tested: list[IntArray] = []
    margins: dict[str, list[FloatArray]] = {name: [] for name in fits}
    crossing = 0
    for _ in range(repeats):
        fold = rng.permutation(len(pairs.people)) % folds
        first, second = fold[pairs.first], fold[pairs.second]
        rows: list[IntArray] = []
        found: dict[str, list[FloatArray]] = {name: [] for name in fits}
        for held_out in range(folds):
            test = np.flatnonzero((first == held_out) & (second == held_out))
            train = np.flatnonzero((first != held_out) & (second != held_out))
            if not len(test):
                continue
            if len(train) < 2:
                raise DataError(
                    f"pairs: fold {held_out + 1} of {folds} leaves too few pairs to train on ({len(train)}). "
                    "Use fewer folds or more pairs."
                )
            rows.append(test)
            for name, fit in fits.items():
                found[name].append(fit(train)[test])
        if not rows:
            raise DataError(
                f"pairs: no pair lies within one of {folds} folds. Use fewer folds or more pairs."
            )
        tested.append(np.concatenate(rows))
        for name in fits:
            margins[name].append(np.concatenate(found[name]))
        crossing += int((first != second).sum())
    return tested, margins, crossing / repeats


def auc_table(
    pairs: Pairs,
    tested: Sequence[IntArray],
    margins: Mapping[str, Sequence[FloatArray]],
    pair_weights: FloatArray,
    confidence: float,
    against: str,
) -> pl.DataFrame:
    """Return AUC by model and its difference from that of ``against``, both with bootstrap intervals."""
    choices = [pairs.choice[rows] for rows in tested]
    if not all(choice.any() and not choice.all() for choice in choices):
        raise DataError(
            "pairs: a test set has only one answer, so it has no AUC. Use fewer folds or more pairs."
        )
    points, resampled = {}, {}
    for name, of_repeats in margins.items():
        codes = [np.unique(margin, return_inverse=True)[1].ravel() for margin in of_repeats]
        points[name] = np.mean(
            [auc(code, choice, np.ones(len(code))) for code, choice in zip(codes, choices, strict=True)]
        )
        resampled[name] = np.array(
            [
                np.mean(
                    [
                        auc(code, choice, weight[rows])
                        for code, choice, rows in zip(codes, choices, tested, strict=True)
                    ]
                )
                for weight in pair_weights
            ]
        )
    rows, levels = [], interval_levels(confidence)
    for name, point in points.items():
        low, high = np.quantile(resampled[name], levels)
        below = resampled[against] - resampled[name]
        below_low, below_high = np.quantile(below, levels)
        rows.append((name, point, low, high, points[against] - point, below_low, below_high))
    columns = ["model", "auc", "low", "high", "below_additive", "below_low", "below_high"]
    return pl.DataFrame(rows, schema=columns, orient="row").sort("auc", "model", descending=[True, False])


def auc(codes: IntArray, choice: npt.NDArray[np.bool_], weight: FloatArray) -> float:
    """Return the area under the ROC curve: the weighted share of concordant couples, ties half.

    Parameters
    ----------
    codes : ndarray of int64
        Dense ranks of the margins, from 0.
    choice : ndarray of bool
        Whether the first was chosen.
    weight : ndarray of float64
        Weight of each pair, > 0.

    Returns
    -------
    float
        In [0, 1]. O(p).

    Examples
    --------
    >>> auc(np.array([0, 1, 1, 2]), np.array([False, False, True, True]), np.ones(4))
    0.875
    """
    size = int(codes.max()) + 1
    chosen = np.bincount(codes, weights=weight * choice, minlength=size)
    other = np.bincount(codes, weights=weight * ~choice, minlength=size)
    below = np.cumsum(other) - other / 2.0
    return float(chosen @ below / (chosen.sum() * other.sum()))


def calibrate(margin: FloatArray, choice: npt.NDArray[np.bool_]) -> tuple[float, float, pl.DataFrame]:
    """Return the calibration slope in [0, 10], log loss and reliability of out-of-sample margins."""
    from scipy.optimize import minimize_scalar

    signed = np.where(choice, margin, -margin)
    found = minimize_scalar(
        lambda slope: float(np.logaddexp(0.0, -slope * signed).mean()), bounds=(0.0, 10.0), method="bounded"
    )
    probability = logistic(found.x * margin)
    group = np.minimum((probability * 10).astype(np.int64), 9)
    sizes = np.bincount(group, minlength=10)
    # NumPy sums in the order of the pairs: the bits do not depend on threads.
    sums = {
        "expected": np.bincount(group, probability, minlength=10),
        "observed": np.bincount(group, choice, minlength=10),
    }
    filled = sizes > 0
    reliability = pl.DataFrame(
        {"pairs": sizes[filled].astype(np.uint32)}
        | {name: total[filled] / sizes[filled] for name, total in sums.items()}
    )
    return float(found.x), float(found.fun), reliability


def logistic(margin: FloatArray) -> FloatArray:
    """Return 1/(1 + e^−margin)."""
    from scipy.special import expit

    return np.asarray(expit(margin), dtype=np.float64)
