"""A synthetic log and its graph, which the tests of explanations share."""

import pytest

from influence_graph import build_graph, load_dataset

WEIGHTS = {"retweet": 2.0, "reply": 0.5, "like": 1.0, "mention": 1.0, "follow": 0.3}


@pytest.fixture(scope="session")
def log():
    return load_dataset("synthetic", people=120, days=15, rng=3)


@pytest.fixture(scope="session")
def weights():
    """Return the weight of each kind in ``graph``."""
    return dict(WEIGHTS)


@pytest.fixture(scope="session")
def graph(log):
    return build_graph(log, kinds=WEIGHTS, half_life="4d", saturation="log")
