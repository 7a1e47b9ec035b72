"""A small experiment, run once and unbroken."""

import pytest
import threadpoolctl

from influence_graph.experiment.run import run_experiment

CONFIG = """\
name = "small"
template = "agreement"
seed = 3
[[data]]
dataset = "synthetic"
people = 120
mean_degree = 5
days = 10
[[methods]]
name = "engagement"
[[methods]]
name = "random"
[[methods]]
name = "pagerank"
damping = [0.5, 0.85]
[options]
k = 10
resamples = 5
draws = 0
"""


@pytest.fixture(scope="session")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "small.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="session")
def unbroken(config, tmp_path_factory):
    # With more threads than the processes of other runs have.
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        return run_experiment(config, results=tmp_path_factory.mktemp("unbroken"))


@pytest.fixture(scope="session")
def text():
    """The text of the config."""
    return CONFIG
