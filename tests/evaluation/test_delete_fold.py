"""The delete-a-fold jackknife: its textbook case, its level, and what has no interval."""

import numpy as np
import pytest
from scipy.stats import t

from influence_graph.errors import ConfigError
from influence_graph.evaluation.delete_fold import delete_fold_interval, folds_of


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_of_a_mean_it_is_students_interval(confidence):
    x = np.random.default_rng(1).normal(size=30)
    left_out = [np.delete(x, k).mean() for k in range(30)]
    low, high = delete_fold_interval(x.mean(), left_out, confidence)
    expected = t.interval(confidence, 29, loc=x.mean(), scale=x.std(ddof=1) / np.sqrt(30))
    assert (float(low), float(high)) == pytest.approx(expected)


def test_it_covers_a_share_of_people_in_folds():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(300):
        x = rng.random(200) < 0.3
        fold = folds_of(200, 20, rng)
        left_out = [x[fold != number].mean() for number in range(20)]
        low, high = delete_fold_interval(x.mean(), left_out, 0.9)
        inside += bool(low <= 0.3 <= high)
    assert 0.86 <= inside / 300 <= 0.94


def test_undefined_or_unchanging_estimates_have_no_interval():
    undefined = np.array([[0.5, 0.5, 0.5], [np.nan, 0.6, 0.5], [np.nan, 0.4, 0.5], [np.nan, np.nan, 0.5]])
    low, _ = delete_fold_interval([0.5, 0.5, 0.5], undefined, 0.95)
    assert np.isnan(low).tolist() == [True, False, True]


def test_folds_are_of_one_size():
    sizes = np.bincount(folds_of(103, 10, np.random.default_rng(0)))
    assert sizes.min() == 10
    assert sizes.max() == 11
    with pytest.raises(ConfigError, match="at least 2"):
        folds_of(10, 1, np.random.default_rng(0))
