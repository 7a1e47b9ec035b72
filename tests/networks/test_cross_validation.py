"""Cross-validation grouped by person, AUC and calibration."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from influence_graph import DataError
from influence_graph.networks.cross_validation import (
    auc,
    auc_table,
    boosting_fit,
    calibrate,
    cross_validate,
    logistic,
)
from influence_graph.networks.pairs import read_pairs


def made(people=60, pairs=400, seed=1):
    """Return pairs in which the larger of two values usually wins."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(1, 1, size=people)
    a, b = rng.integers(people, size=(2, pairs))
    a, b = a[a != b], b[a != b]
    choice = rng.random(len(a)) < values[a] / (values[a] + values[b])
    return read_pairs({"a": a, "b": b, "choice": choice.astype(int)}, {"id": range(people), "f": values})


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_auc_against_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    margin, choice, weight = rng.integers(6, size=40), rng.random(40) < 0.5, rng.exponential(size=40)
    choice[:2] = [True, False]
    codes = np.unique(margin, return_inverse=True)[1]
    assert auc(codes, choice, weight) == pytest.approx(roc_auc_score(choice, margin, sample_weight=weight))


def test_nobody_is_in_training_and_test():
    pairs = made(people=60, pairs=400)
    trained = []

    def spy(train):
        trained.append({*pairs.first[train], *pairs.second[train]})
        return np.zeros(len(pairs))

    rng = np.random.default_rng(1)
    folds = np.random.default_rng(1).permutation(60) % 5
    tested, _, crossing = cross_validate(pairs, {"spy": spy}, 5, 1, rng)
    for held_out, people in enumerate(trained):
        assert people.isdisjoint(np.flatnonzero(folds == held_out))
    assert len(tested[0]) + crossing == len(pairs)
    assert set(tested[0]) == set(np.flatnonzero(folds[pairs.first] == folds[pairs.second]))


def test_too_few_pairs_to_train_on():
    pairs = read_pairs({"a": [0, 1], "b": [1, 2], "choice": [1, 0]}, {"id": [0, 1, 2], "f": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="Use fewer folds or more pairs"):
        cross_validate(pairs, {"f": lambda train: np.zeros(2)}, 3, 1, np.random.default_rng(1))


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_table_has_percentiles_of_weighted_auc_by_scikit_learn(confidence):
    pairs, rng = made(), np.random.default_rng(2)
    good = np.log1p(pairs.values[pairs.first, 0]) - np.log1p(pairs.values[pairs.second, 0])
    models = {"good": good, "noisy": good + rng.normal(size=len(pairs))}
    tested = [np.sort(rng.permutation(len(pairs))[:300]) for _ in range(2)]
    margins = {name: [margin[rows] for rows in tested] for name, margin in models.items()}
    weights = rng.exponential(size=(40, len(pairs)))
    table = auc_table(pairs, tested, margins, weights, confidence, "good")

    def mean_auc(name, weight):
        return np.mean(
            [
                roc_auc_score(pairs.choice[rows], models[name][rows], sample_weight=weight[rows])
                for rows in tested
            ]
        )

    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    resampled = {name: np.array([mean_auc(name, weight) for weight in weights]) for name in models}
    for name in models:
        row = table.row(by_predicate=pl.col("model") == name, named=True)
        assert row["auc"] == pytest.approx(mean_auc(name, np.ones(len(pairs))))
        assert [row["low"], row["high"]] == pytest.approx(np.quantile(resampled[name], levels))
        below = resampled["good"] - resampled[name]
        assert [row["below_low"], row["below_high"]] == pytest.approx(np.quantile(below, levels))
    assert table["model"].to_list() == ["good", "noisy"]


def test_calibration_slope_and_log_loss_against_scikit_learn():
    rng = np.random.default_rng(3)
    margin = rng.normal(size=3_000)
    choice = rng.random(3_000) < logistic(0.6 * margin)
    slope, loss, reliability = calibrate(margin, choice)
    peer = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(margin[:, None], choice)
    assert slope == pytest.approx(peer.coef_[0, 0], rel=1e-3)
    probability = peer.predict_proba(margin[:, None])[:, 1]
    assert loss == pytest.approx(log_loss(choice, probability), rel=1e-6)
    bins = np.minimum((logistic(slope * margin) * 10).astype(int), 9)
    occupied = np.unique(bins)
    assert reliability["pairs"].to_list() == [(bins == b).sum() for b in occupied]
    np.testing.assert_allclose(reliability["observed"], [choice[bins == b].mean() for b in occupied])
    np.testing.assert_allclose(
        reliability["expected"], [probability[bins == b].mean() for b in occupied], rtol=1e-3
    )


def test_boosting_is_antisymmetric_and_learns():
    pairs = made(people=80, pairs=800)
    swapped = read_pairs(
        {
            "a": pairs.people.gather(pairs.second),
            "b": pairs.people.gather(pairs.first),
            "choice": ~pairs.choice,
        },
        {"id": pairs.people, "f": pairs.values[:, 0]},
    )
    train = np.arange(len(pairs))
    ahead, back = (boosting_fit(one, np.log1p(one.values))(train) for one in (pairs, swapped))
    np.testing.assert_allclose(ahead, -back, atol=1e-9)
    assert roc_auc_score(pairs.choice, ahead) > 0.7
