"""The count model against scikit-learn's Poisson, the score equations and known coefficients."""

import numpy as np
import pytest
from scipy.stats import nbinom
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import mean_poisson_deviance

from influence_graph.errors import DataError
from influence_graph.evaluation.count_model import deviance, fit_counts


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((3000, 2)) * [1.0, 3.0] + [0.0, 2.0]
    mean = np.exp(0.3 + 0.5 * x[:, 0] - 0.2 * x[:, 1])
    return x, rng.negative_binomial(1 / 0.7, 1 / (1 + 0.7 * mean)).astype(float)


def test_without_dispersion_it_is_poisson(drawn):
    x, y = drawn
    model = fit_counts(x, y, dispersion=0.0)
    other = PoissonRegressor(alpha=0.0, tol=1e-10, max_iter=1000).fit(x, y)
    assert model.mean(x) == pytest.approx(other.predict(x), rel=2e-4)
    assert deviance(y, model.mean(x), 0.0).mean() == pytest.approx(mean_poisson_deviance(y, model.mean(x)))


def test_dispersion_and_coefficients_are_those_of_the_draw(drawn):
    x, y = drawn
    model = fit_counts(x, y)
    assert model.dispersion == pytest.approx(0.7, abs=0.08)
    assert model.coefficients[1:] / model.spread == pytest.approx([0.5, -0.2], abs=0.06)
    weight = (y - model.mean(x)) / (1 + model.dispersion * model.mean(x))
    assert weight.sum() == pytest.approx(0.0, abs=1e-2)


def test_deviance_is_twice_the_likelihood_lost():
    y, mean, alpha = np.array([0.0, 1.0, 7.0]), np.array([0.5, 2.0, 3.0]), 0.4

    def log_likelihood(mu):
        return nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * np.maximum(mu, 1e-300)))

    expected = 2 * (log_likelihood(y) - log_likelihood(mean))
    assert deviance(y, mean, alpha) == pytest.approx(expected)


def test_no_counts_are_an_error():
    with pytest.raises(DataError, match="All counts are 0"):
        fit_counts(np.zeros((3, 1)), np.zeros(3))
