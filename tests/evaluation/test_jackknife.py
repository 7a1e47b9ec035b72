"""The jackknife against the formula for a mean and its measured coverage, at two levels."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import sem
from scipy.stats import t as student

from influence_graph.errors import ConfigError
from influence_graph.evaluation.jackknife import folds_of, jackknife


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_of_a_mean_it_is_the_t_interval(confidence):
    x = np.random.default_rng(3).standard_normal(12)
    without = (x.sum() - x) / 11
    found = jackknife(float(x.mean()), without, confidence=confidence)
    assert found.error == pytest.approx(sem(x))
    assert (found.low, found.high) == pytest.approx(student.interval(confidence, 11, x.mean(), sem(x)))


def test_a_missing_value_has_no_interval():
    assert np.isnan(jackknife(1.0, [1.0, np.nan]).error)
    assert np.isnan(jackknife(1.0, [1.0]).low)


def test_folds_are_equal_and_follow_from_ids_alone():
    people = pl.Series([f"p{one}" for one in range(103)])
    folds = folds_of(people, 10, seed=4)
    assert set(np.bincount(folds)) == {10, 11}
    order = np.random.default_rng(0).permutation(103)
    assert folds_of(people.gather(order), 10, seed=4).tolist() == folds[order].tolist()
    assert folds_of(people, 10, seed=5).tolist() != folds.tolist()
    with pytest.raises(ConfigError, match="3 people can't be dealt into 4 folds"):
        folds_of(people.head(3), 4)
