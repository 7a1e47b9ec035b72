"""Methods on Spark return what those of this process return."""

from typing import Any

import numpy as np
import pytest

from influence_graph import score
from influence_graph.engines.spark_methods import METHODS
from influence_graph.errors import ConfigError

PARAMETERS: dict[str, dict[str, Any]] = {
    "activity": {},
    "engagement": {},
    "followers": {},
    "last_reaction": {},
    "multinetwork": {
        "weights": {"x": {"reactors": 2.0, "received_like": 1.0}, "*": {"engagement": 1.0}},
        "networks": {"x": 1.0, "y": 3.0},
    },
    "posts": {},
    "reactors": {},
    "received": {"kind": "reply"},
    "trustrank": {"seeds": ("p02", "p05"), "damping": 0.05, "tol": 1e-10},
}
COUNTS = {"followers", "last_reaction", "posts", "reactors"}


def test_every_method_with_a_form_is_compared() -> None:
    assert set(PARAMETERS) | {"pagerank"} == set(METHODS)


@pytest.mark.parametrize("method", PARAMETERS)
def test_values_are_those_of_this_process(graphs: tuple[Any, Any], method: str) -> None:
    here, there = (score(graph, method, **PARAMETERS[method]) for graph in graphs)
    assert here.raw.max() > 0
    assert there.ids.equals(here.ids)
    if method in COUNTS:
        assert there.raw.tolist() == here.raw.tolist()
    else:
        np.testing.assert_allclose(
            there.raw, here.raw, rtol=1e-9 if method == "trustrank" else 1e-12, atol=1e-12
        )
    np.testing.assert_allclose(there.score, here.score, atol=1e-7)
    np.testing.assert_allclose(there.rank, here.rank)
    assert there.unit.name == here.unit.name
    if method == "multinetwork":
        assert there.diagnostics == here.diagnostics


def test_a_method_without_a_form_names_those_that_have_one(graphs: tuple[Any, Any]) -> None:
    with pytest.raises(
        ConfigError, match=r"betweenness has no form on Spark. These have: activity, .*to_local\(\)"
    ):
        score(graphs[1], "betweenness")
    with pytest.raises(ConfigError, match="Did you mean 'pagerank'"):
        score(graphs[1], "pagerankk")
    with pytest.raises(ConfigError, match="betweenness has no form on Spark"):
        score(graphs[1], "multinetwork", weights={"*": {"betweenness": 1.0}})
