"""Poisson regressions with fixed effects, against the dense regression on all dummies."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import PoissonRegressor

from influence_graph.errors import DataError
from influence_graph.evaluation.fixed_effects import permuted_coefficients, poisson_fixed_effects


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(3)
    people, months = np.repeat(np.arange(30), 8), np.tile(np.arange(8), 30)
    seen = rng.random(240) < 0.7
    people, months = people[seen], months[seen]
    x = rng.normal(size=(len(people), 2)) + 0.3 * (people % 5)[:, None]
    mean = np.exp(0.5 * x[:, 0] - 0.2 * x[:, 1] + rng.normal(size=30)[people] + 0.2 * months)
    return rng.poisson(mean).astype(float), x, people, months


def dense(y, x, groups, clusters):
    """The regression on all dummies by plain Newton steps, and its sandwich, in matrices."""
    dummies = [(g[:, None] == np.unique(g)[None, :]).astype(float) for g in groups]
    design = np.column_stack([x, dummies[0], *(one[:, 1:] for one in dummies[1:])])
    beta = np.zeros(design.shape[1])
    beta[x.shape[1] : x.shape[1] + dummies[0].shape[1]] = np.log(y.mean())
    for _ in range(100):
        mean = np.exp(design @ beta)
        step = np.linalg.solve(design.T @ (mean[:, None] * design), design.T @ (y - mean))
        beta = beta + step / max(1.0, np.abs(step).max())
    mean = np.exp(design @ beta)
    bread = np.linalg.inv(design.T @ (mean[:, None] * design))
    scores = design * (y - mean)[:, None]
    summed = np.array([scores[clusters == one].sum(axis=0) for one in np.unique(clusters)])
    count = len(summed)
    errors = np.sqrt(np.diag(bread @ summed.T @ summed @ bread) * count / (count - 1))
    return beta[: x.shape[1]], errors[: x.shape[1]]


def test_coefficients_and_errors_are_those_of_the_regression_on_all_dummies(panel):
    y, x, people, months = panel
    fit = poisson_fixed_effects(y, x, [people, months], people, tolerance=1e-12)
    kept = fit.kept
    wanted, errors = dense(y[kept], x[kept], [people[kept], months[kept]], people[kept])
    np.testing.assert_allclose(fit.coefficients, wanted, atol=1e-7)
    np.testing.assert_allclose(fit.errors, errors, rtol=1e-5)
    assert fit.clusters == len(np.unique(people[kept]))
    dummies = np.column_stack([people[kept, None] == np.unique(people), months[kept, None] == np.arange(8)])
    other = PoissonRegressor(alpha=1e-12, fit_intercept=False, solver="newton-cholesky", tol=1e-9)
    other.fit(np.column_stack([x[kept], dummies]).astype(float), y[kept])
    np.testing.assert_allclose(fit.coefficients, other.coef_[:2], atol=1e-4)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_have_their_level(panel, level):
    y, x, people, months = panel
    fit = poisson_fixed_effects(y, x, [people, months], people)
    width = norm.ppf((1 + level) / 2) * fit.errors
    np.testing.assert_allclose(fit.interval(level)[:, 1] - fit.coefficients, width)
    np.testing.assert_allclose(fit.coefficients - fit.interval(level)[:, 0], width)


def test_means_add_up_within_every_group(panel):
    y, x, people, months = panel
    fit = poisson_fixed_effects(y, x, [people, months], people, tolerance=1e-12)
    for group in (people, months):
        of = group[fit.kept]
        np.testing.assert_allclose(np.bincount(of, fit.mean), np.bincount(of, y[fit.kept]), atol=1e-6)


def test_people_without_an_outcome_or_with_one_row_say_nothing(panel):
    y, x, people, months = panel
    silent = np.where(people == 0, 0.0, y)
    alone = np.append(people, 99), np.append(months, 0)
    fit = poisson_fixed_effects(np.append(silent, 5.0), np.vstack([x, [[1.0, 1.0]]]), alone, alone[0])
    assert not fit.kept[np.append(people == 0, True)].any()
    rest = people != 0
    same = poisson_fixed_effects(y[rest], x[rest], [people[rest], months[rest]], people[rest])
    np.testing.assert_allclose(fit.coefficients, same.coefficients, atol=1e-8)


def test_what_does_not_vary_is_an_error(panel):
    y, x, people, months = panel
    with pytest.raises(DataError, match="does not vary"):
        poisson_fixed_effects(y, months[:, None].astype(float), [people, months], people)
    with pytest.raises(DataError, match="vary as one"):
        poisson_fixed_effects(y, np.column_stack([x[:, 0], 2 * x[:, 0] + months]), [people, months], people)
    with pytest.raises(DataError, match="nothing varies"):
        poisson_fixed_effects(np.zeros(4), np.arange(4.0)[:, None], [np.arange(4)], np.arange(4))


def test_one_step_of_a_small_coefficient_is_the_estimate(panel):
    _, x, people, months = panel
    mean = np.exp(1.5 + 0.02 * x[:, 0] + 0.3 * (people % 3) + 0.1 * x[:, 1])
    fit = poisson_fixed_effects(mean, x, [people, months], people)
    one, _ = permuted_coefficients(mean, x, [people, months], people, draws=1, rng=np.random.default_rng(1))
    assert fit.coefficients[0] == pytest.approx(0.02, abs=1e-8)
    assert one == pytest.approx(0.02, rel=0.02)


def test_permutation_rejects_at_its_level_where_nothing_depends(panel):
    _, x, people, months = panel
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(30):
        y = rng.poisson(np.exp(1 + 0.3 * (people % 3))).astype(float)
        one, null = permuted_coefficients(y, x[:, :1], [people, months], people, draws=19, rng=rng)
        alarms += (1 + (np.abs(null) >= abs(one)).sum()) / 20 <= 0.2
    # Binomial(30, .2): 1 to 13 in all but 2 of 1,000.
    assert 1 <= alarms <= 13
