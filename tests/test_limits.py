"""Absurd sizes are refused before anything is read or computed, in Python, configs and the command line."""

import numpy as np
import pytest

from influence_graph import InfluenceGraph, compare, load_dataset, score
from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment
from influence_graph.limits import LIMITS, check_limits
from influence_graph.propagation import select_seeds, simulate

HUGE = 10**12


@pytest.mark.parametrize("name", LIMITS)
def test_limits_themselves_are_allowed(name):
    check_limits({name: LIMITS[name], "other": HUGE})
    for value in (LIMITS[name] + 1, np.int64(2**62), 10**30, float("inf")):
        with pytest.raises(ConfigError, match=f"'{name}' is .*, but it should be at most {LIMITS[name]:,}."):
            check_limits({name: value})


@pytest.fixture(scope="module")
def graph():
    return InfluenceGraph.from_edges({"source": ["b", "c"], "target": ["a", "b"]})


@pytest.mark.parametrize(
    "call",
    [
        lambda graph: compare(
            {name: score(graph, name) for name in ("engagement", "reactors")}, resamples=HUGE
        ),
        lambda graph: score(graph, "engagement", uncertainty="bootstrap", replicates=HUGE),
        lambda graph: score(graph, "hitting_time", walks=HUGE),
        lambda graph: score(graph, "expected_spread", samples=HUGE),
        lambda graph: score(graph, "pagerank", max_iterations=HUGE),
        lambda graph: simulate(graph, ["a"], runs=HUGE),
        lambda graph: select_seeds(graph, 1, max_samples=HUGE),
        lambda graph: load_dataset("synthetic", people=HUGE),
        lambda graph: load_dataset("synthetic", days=HUGE),
        lambda graph: load_dataset("synthetic", posts_per_day=1e300),
    ],
)
def test_in_python(graph, call):
    with pytest.raises(ConfigError, match="but it should be at most"):
        call(graph)


CONFIG = {
    "name": "a",
    "template": "agreement",
    "data": {"log": "there is no such log.csv"},
    "methods": [{"name": "engagement"}, {"name": "hitting_time"}],
}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"options": {"resamples": HUGE}}, "options.resamples: agreement: parameter 'resamples'"),
        ({"methods": [{"name": "hitting_time", "walks": HUGE}]}, r"methods\[0\].walks: hitting_time"),
    ],
)
def test_in_a_config(tmp_path, change, where):
    with pytest.raises(ConfigError, match=f"config, key {where}.* is 1,000,000,000,000, .* at most"):
        run_experiment(CONFIG | change, results=tmp_path)
