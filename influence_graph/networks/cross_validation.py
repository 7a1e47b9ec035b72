"""How well models tell who is chosen, on people they were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.networks.pairs import Pairs

#: From training pairs to the margins of all pairs: above 0 where the first should win.
Fit: TypeAlias = Callable[[IntArray], FloatArray]


def boosting_fit(pairs: Pairs, logs: FloatArray) -> Fit:
    """Return gradient boosting on the features of both people, shown each pair both ways round."""

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
    """Return by repeat the pairs tested and each model's margins there, and how many pairs joined folds."""
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
                    f"pairs: fold {held_out + 1} of {folds} leaves {len(train)} pairs to train on. "
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
    tail: float,
    against: str,
) -> pl.DataFrame:
    """Return AUC by model, its interval over people, and how far it is below that of ``against``."""
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
    rows = []
    for name, point in points.items():
        low, high = np.quantile(resampled[name], [tail, 1.0 - tail])
        below = resampled[against] - resampled[name]
        below_low, below_high = np.quantile(below, [tail, 1.0 - tail])
        rows.append((name, point, low, high, points[against] - point, below_low, below_high))
    columns = ["model", "auc", "low", "high", "below_additive", "below_low", "below_high"]
    return pl.DataFrame(rows, schema=columns, orient="row").sort("auc", "model", descending=[True, False])


def auc(codes: IntArray, choice: npt.NDArray[np.bool_], weight: FloatArray) -> float:
    """Return the weighted share of chosen–not chosen couples that the codes order rightly, ties half.

    Parameters
    ----------
    codes : ndarray of int64
        Dense ranks of the margins, from 0.
    choice : ndarray of bool
        Whether the first was chosen.
    weight : ndarray of float64
        Of each pair, > 0.

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
    """Return slope, log loss and reliability of margins of people not trained on."""
    from scipy.optimize import minimize_scalar

    signed = np.where(choice, margin, -margin)
    found = minimize_scalar(
        lambda slope: float(np.logaddexp(0.0, -slope * signed).mean()), bounds=(0.0, 10.0), method="bounded"
    )
    probability = logistic(found.x * margin)
    group = np.minimum((probability * 10).astype(np.int64), 9)
    table = pl.DataFrame({"group": group, "expected": probability, "observed": choice.astype(np.float64)})
    reliability = (
        table.group_by("group")
        .agg(pl.len().alias("pairs"), pl.col("expected", "observed").mean())
        .sort("group")
        .drop("group")
    )
    return float(found.x), float(found.fun), reliability


def logistic(margin: FloatArray) -> FloatArray:
    """Return 1/(1 + e^−margin)."""
    from scipy.special import expit

    return np.asarray(expit(margin), dtype=np.float64)
