"""A turning point is found where there is one, with its interval, and none where there is none."""

import numpy as np
import pytest

from influence_graph.errors import ConfigError
from influence_graph.interventions._turning_point import turning_point

X = np.log([0.25, 0.5, 1, 2, 4, 8])


def curves(shape, worlds=30, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    return shape(X) + noise * rng.standard_normal((worlds, len(X))) + rng.standard_normal((worlds, 1))


def find(given, level=0.95):
    return turning_point(X, given, level=level, rng=np.random.default_rng(1))


def test_a_planted_turning_point_is_within_its_interval_as_often_as_stated():
    # A parabola: the peak of the fitted one is unbiased.
    hits = 0
    for seed in range(60):
        found = find(curves(lambda x: -0.3 * (x - 0.5) ** 2, seed=seed))
        assert found.found
        hits += found.low <= 0.5 <= found.high
    assert hits >= 51


@pytest.mark.parametrize(
    "shape", [lambda x: 0.8 * x, lambda x: np.sqrt(x + 2), lambda x: -0.5 * x, lambda x: 0 * x]
)
def test_none_is_found_where_the_curve_does_not_turn(shape):
    found = find(curves(shape))
    assert not found.found
    assert np.isnan([found.at, found.low, found.high]).all()


def test_intervals_are_wider_at_a_higher_level():
    given = curves(lambda x: -0.3 * (x - 0.5) ** 2)
    narrow, wide = find(given, 0.8), find(given, 0.95)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.drop_low < narrow.drop_low
    assert wide.drop == narrow.drop == pytest.approx(0.3 * (X[-1] - 0.5) ** 2, abs=0.1)


def test_arguments_are_checked():
    with pytest.raises(ConfigError, match="three increasing"):
        turning_point(X[:2], np.zeros((3, 2)), rng=np.random.default_rng(0))
    with pytest.raises(ConfigError, match="curves is"):
        turning_point(X, np.zeros((3, 2)), rng=np.random.default_rng(0))
