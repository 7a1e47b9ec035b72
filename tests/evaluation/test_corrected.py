"""The corrected correlation against its formula and known truths."""

import numpy as np
import pytest
from scipy import stats

from influence_graph.evaluation.corrected import (
    corrected_correlations,
    corrected_with_interval,
    cross_covariances,
)


def two_logs(rng, n=4000, noise=2.0, shared=0.6):
    """Two methods of truths with correlation 0.6, on two logs each with noise that the methods share."""
    truth = rng.multivariate_normal([0, 0], [[1, shared], [shared, 1]], n).T
    return truth, [truth + noise * rng.normal(size=n) + 0.3 * rng.normal(size=(2, n)) for _ in range(2)]


def test_covariances_are_numpys_both_ways():
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 3, 50)) * (rng.random((2, 3, 50)) < 0.5)
    weight = rng.integers(0, 3, 50)
    both = [
        np.cov(one, two, aweights=weight, ddof=0)[:3, 3:] for one, two in ((first, second), (second, first))
    ]
    np.testing.assert_allclose(cross_covariances(first, second, weight), sum(both) / 2, atol=1e-14)
    plain = np.cov(first, second, ddof=0)[:3, 3:]
    np.testing.assert_allclose(cross_covariances(first, second), (plain + plain.T) / 2, atol=1e-14)


def test_shared_noise_does_not_count():
    rng = np.random.default_rng(2)
    _, (first, second) = two_logs(rng)
    on_one_log = np.corrcoef(first)[0, 1]
    found = corrected_correlations(cross_covariances(first, second))[0, 1]
    assert on_one_log > 0.85
    assert found == pytest.approx(0.6, abs=0.06)


def jackknife_on_z(groups, value, confidence):
    """The formula."""
    z = np.arctanh(groups)
    error = np.sqrt((len(z) - 1) / len(z) * ((z - z.mean()) ** 2).sum())
    margin = stats.t.ppf((1 + confidence) / 2, len(z) - 1) * error
    return np.tanh(np.arctanh(value) - margin), np.tanh(np.arctanh(value) + margin)


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_interval_is_the_jackknife_on_z(confidence):
    rng = np.random.default_rng(3)
    whole = np.array([[1.0, 0.7], [0.7, 1.0]])
    change = rng.normal(0, 0.01, (20, 2, 2))
    left_out = whole + change + change.transpose(0, 2, 1)
    value, low, high = corrected_with_interval(whole, left_out, confidence)
    groups = np.array([one[0, 1] / np.sqrt(one[0, 0] * one[1, 1]) for one in left_out])
    expected = jackknife_on_z(groups, 0.7, confidence)
    assert value[0, 1] == pytest.approx(0.7)
    assert (low[0, 1], high[0, 1]) == pytest.approx(expected)


def test_missing_where_a_reliability_is_not_clearly_above_0():
    whole = np.array([[1.0, 0.2], [0.2, 0.01]])
    left_out = whole + np.array([[0.0, 0.0], [0.0, 1.0]]) * np.linspace(-0.01, 0.01, 20)[:, None, None]
    value, low, high = corrected_with_interval(whole, left_out, 0.95)
    assert value[0, 0] == 1.0
    assert np.isnan([value[0, 1], low[0, 1], high[0, 1], value[1, 1]]).all()


def test_equal_methods_and_values_above_1():
    same = np.ones((2, 2))
    value, low, high = corrected_with_interval(same, np.repeat(same[None], 20, axis=0), 0.95)
    assert (np.array([value, low, high]) == 1.0).all()
    above = np.array([[1.0, 1.02], [1.02, 1.0]])
    left_out = above * np.ones((20, 1, 1))
    left_out[:, 0, 1] += np.linspace(-0.02, 0.02, 20)
    left_out[:, 1, 0] = left_out[:, 0, 1]
    value, low, high = corrected_with_interval(above, left_out, 0.95)
    assert value[0, 1] == high[0, 1] == 1.0
    assert 0.8 < low[0, 1] < 1.0
