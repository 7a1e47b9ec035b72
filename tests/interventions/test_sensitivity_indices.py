"""Screening and indices of functions whose effects and variances are known."""

import numpy as np
import pytest

from influence_graph.errors import ConfigError
from influence_graph.interventions.sensitivity_indices import morris_screening, sobol_indices

RANGES = {"a": (0.0, 1.0), "b": (-1.0, 1.0), "c": (0.0, 2.0)}


def linear(x):
    return [2 * x["a"] + 3 * x["b"], x["c"]]


def test_elementary_effects_of_a_linear_function_are_its_slopes_over_the_range():
    found = morris_screening(linear, RANGES, ["y", "z"], trajectories=4)
    y = dict(found.filter(found["outcome"] == "y").select("parameter", "mu_star").rows())
    assert y == pytest.approx({"b": 6.0, "a": 2.0, "c": 0.0})
    assert list(y) == ["b", "a", "c"]
    assert found.filter(found["outcome"] == "z")["parameter"][0] == "c"
    assert found["sigma"].to_numpy() == pytest.approx(np.zeros(6), abs=1e-12)


def test_sobol_indices_of_a_sum_are_shares_of_variance():
    found = sobol_indices(
        linear, {"a": (0.0, 1.0), "b": (-1.0, 1.0), "c": (0.0, 2.0)}, ["y", "z"], samples=256
    )
    y = found.filter(found["outcome"] == "y")
    variance = np.array([4 / 12, 9 * 4 / 12, 0])
    assert y["total"].to_list() == pytest.approx((variance / variance.sum()).tolist(), abs=0.03)
    assert y["first"].to_list() == pytest.approx((variance / variance.sum()).tolist(), abs=0.08)


def test_arguments_are_checked():
    with pytest.raises(ConfigError, match="at least 2"):
        morris_screening(linear, RANGES, ["y"], trajectories=1)
    with pytest.raises(ConfigError, match="power of 2"):
        sobol_indices(linear, RANGES, ["y"], samples=3)
    with pytest.raises(ConfigError, match="one to 4"):
        sobol_indices(linear, dict.fromkeys("abcde", (0.0, 1.0)), ["y"])
    with pytest.raises(ConfigError, match="low < high"):
        morris_screening(linear, {"a": (1.0, 1.0)}, ["y"])
