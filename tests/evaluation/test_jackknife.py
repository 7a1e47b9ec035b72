"""The jackknife against the formula for a mean, its measured coverage, and rows that have two ends."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import sem
from scipy.stats import t as student

from influence_graph.errors import ConfigError
from influence_graph.evaluation._jackknife import folds_of, jackknife


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_of_a_mean_it_is_students_interval(confidence):
    x = np.random.default_rng(1).normal(size=30)
    found = jackknife(x.mean(), (x.sum() - x) / 29, confidence=confidence)
    assert float(found.error) == pytest.approx(sem(x))
    expected = student.interval(confidence, 29, loc=x.mean(), scale=sem(x))
    assert (float(found.low), float(found.high)) == pytest.approx(expected)


def test_it_covers_a_share_of_people_in_folds():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(300):
        x = rng.random(200) < 0.3
        fold = folds_of(200, 20, rng)
        left_out = [x[fold != number].mean() for number in range(20)]
        found = jackknife(x.mean(), left_out, confidence=0.9)
        inside += bool(found.low <= 0.3 <= found.high)
    assert 0.86 <= inside / 300 <= 0.94


def test_undefined_or_unchanging_estimates_have_no_interval():
    undefined = np.array([[0.5, 0.5, 0.5], [np.nan, 0.6, 0.5], [np.nan, 0.4, 0.5], [np.nan, np.nan, 0.5]])
    found = jackknife([0.5, 0.5, 0.5], undefined)
    assert np.isnan(found.low).tolist() == [True, False, True]
    assert np.isnan(found.error).tolist() == [True, False, True]
    assert np.isnan(jackknife(1.0, [1.0]).low)


@pytest.mark.parametrize("people", [0.0, 1.0])
def test_the_variance_of_a_mean_over_pairs_is_that_of_the_formula(people):
    """x_ij = a_i + b_j + e_ij. Without a and b, the jackknife over people alone states twice the variance."""
    rng, n, folds = np.random.default_rng(3), 40, 20
    off, pair = ~np.eye(n, dtype=bool), np.zeros((n, n), dtype=int)
    upper = np.triu_indices(n, 1)
    found, alone = [], []
    for _ in range(100):
        ends = people * rng.normal(size=(2, n)) / 6
        x = ends[0][:, None] + ends[1][None, :] + rng.normal(size=(n, n))
        fold = folds_of(n, folds, rng)
        pair[upper] = pair.T[upper] = rng.permutation(len(upper[0])) % folds
        kept = [off & (fold != one)[:, None] & (fold != one)[None, :] for one in range(folds)]
        left_out = [x[one].mean() for one in kept]
        pairs = [x[off & (pair != one)].mean() for one in range(folds)]
        alone.append(jackknife(x[off].mean(), left_out).error ** 2)
        found.append(jackknife(x[off].mean(), left_out, pairs_left_out=pairs).error ** 2)
    of_people, of_pairs = people * 2 / (36 * n), 1 / (n * (n - 1))
    assert np.mean(alone) == pytest.approx(of_people + 2 * of_pairs, rel=0.15)
    if people:
        assert np.mean(found) == pytest.approx(of_people + of_pairs, rel=0.15)
    else:  # the larger of two estimates of the same
        assert of_pairs < np.mean(found) < 1.4 * of_pairs


def test_the_variance_is_at_least_that_of_the_pairs():
    people, pairs = np.array([1.0, 1.1, 0.9, 1.0]), np.array([0.8, 1.2, 0.9, 1.1])
    alone = jackknife(1.0, pairs)
    found = jackknife(1.0, people, pairs_left_out=pairs)
    assert float(found.error) == float(alone.error)
    assert float(found.reach) == float(alone.reach)
    wide = jackknife(1.0, 1.0 + 10 * (people - 1.0), pairs_left_out=pairs)
    of_people = float(jackknife(1.0, 1.0 + 10 * (people - 1.0)).error) ** 2
    rest = of_people - float(alone.error) ** 2
    assert float(wide.error) == pytest.approx(np.sqrt(rest))
    freedom = rest**2 / (of_people**2 / 3 + float(alone.error) ** 4 / 3)
    assert float(wide.reach) == pytest.approx(student.ppf(0.975, freedom))


def test_folds_are_equal_and_follow_from_ids_alone():
    people = pl.Series([f"p{one}" for one in range(103)])
    folds = folds_of(people, 10, np.random.default_rng(4))
    assert set(np.bincount(folds)) == {10, 11}
    order = np.random.default_rng(0).permutation(103)
    assert folds_of(people.gather(order), 10, np.random.default_rng(4)).tolist() == folds[order].tolist()
    assert folds_of(people, 10, np.random.default_rng(5)).tolist() != folds.tolist()
    with pytest.raises(ConfigError, match="3 people can't be dealt into 4 folds"):
        folds_of(people.head(3), 4, np.random.default_rng(4))
    with pytest.raises(ConfigError, match="Expected 2 folds or more"):
        folds_of(10, 1, np.random.default_rng(0))
