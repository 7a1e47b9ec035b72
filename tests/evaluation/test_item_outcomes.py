"""What a score adds out of sample: against scikit-learn, and nothing where there is nothing."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation.item_outcomes import added_accuracy


def made(slope, n=1500, seed=1):
    rng = np.random.default_rng(seed)
    author = rng.integers(0, 300, n)
    followers, score = rng.normal(size=(2, 300))
    y = followers[author] + slope * score[author] + rng.normal(size=n)
    return y, followers[author][:, None], score[author], author


def test_r2_is_that_of_cross_fitted_regressions():
    y, known, score, author = made(0.5)
    found = added_accuracy(y, known, {"s": score}, author, folds=5, jackknife=20, rng=4)
    group = folds_of(300, 20, np.random.default_rng(4))[np.unique(author, return_inverse=True)[1]]
    for row, columns in enumerate((known, np.column_stack([known, score]))):
        guess, mean = np.empty(len(y)), np.empty(len(y))
        for fold in range(5):
            test = group % 5 == fold
            guess[test] = LinearRegression().fit(columns[~test], y[~test]).predict(columns[test])
            mean[test] = y[~test].mean()
        expected = 1 - ((y - guess) ** 2).sum() / ((y - mean) ** 2).sum()
        assert found["r2"][row] == pytest.approx(expected, abs=1e-6)
    assert found["added"][1] == pytest.approx(found["r2"][1] - found["r2"][0])
    assert found["added_low"][1] > 0.05


def test_noise_and_constants_add_nothing():
    y, known, _, author = made(0.0)
    noise = np.random.default_rng(9).normal(size=300)[author]
    found = added_accuracy(y, known, {"noise": noise, "zero": np.zeros(len(y))}, author)
    assert abs(found["added"][1]) < 0.01
    assert found["added_low"][1] < 0.0
    assert found["added"][2] == pytest.approx(0.0, abs=1e-9)


def test_false_alarms_are_at_their_level():
    alarms = 0
    for seed in range(100):
        y, known, _, author = made(0.0, n=400, seed=seed)
        noise = np.random.default_rng(1000 + seed).normal(size=300)[author]
        found = added_accuracy(y, known, {"noise": noise}, author, folds=5, jackknife=20, rng=seed)
        alarms += found["added_low"][1] > 0.0
    assert alarms <= 7  # at 5 % two-sided, and out of sample noise adds less than nothing


def test_few_authors_and_missing_values_are_errors():
    y, known, score, author = made(0.5)
    with pytest.raises(DataError, match="at least 20"):
        added_accuracy(y, known, {"s": score}, author % 15)
    with pytest.raises(DataError, match="finite"):
        added_accuracy(np.where(author == 3, np.nan, y), known, {"s": score}, author)
