"""The registry: names, parameters, needs, and methods of third parties."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import pytest
from annotated_types import Interval

from influence_graph import ConfigError, DataError, InfluenceGraph, Raw, method, method_names, score
from influence_graph.methods import get_method

EDGES = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]})
THIRD_PARTY = Path(__file__).parents[1] / "third_party"


@pytest.fixture
def graph():
    return InfluenceGraph.from_edges(EDGES)


@method("first_person", version=1)
def first_person(
    graph: InfluenceGraph, *, points: Annotated[float, Interval(ge=0, le=9)] = 1.0, loud: bool = False
) -> Raw:
    """Everything to the first."""
    values = np.zeros(graph.n)
    values[0] = points * (2 if loud else 1)
    return Raw(values)


def test_resolve_fills_defaults_and_converts():
    assert get_method("first_person").resolve({"points": 3}) == {"points": 3.0, "loud": False}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"point": 1}, r"no parameter 'point'. Did you mean 'points'\?"),
        ({"points": 12}, "'points' is 12, but it should be less than or equal to 9"),
        ({"points": "many"}, "'points' is 'many', but it should be a valid number"),
        ({"points": float("nan")}, "'points' is nan"),
        ({"loud": "perhaps"}, "'loud' is 'perhaps'"),
    ],
)
def test_wrong_parameters_are_told_at_every_door(graph, parameters, message):
    with pytest.raises(ConfigError, match=message):
        get_method("first_person").resolve(parameters)
    with pytest.raises(ConfigError, match=message):
        first_person(graph, **parameters)
    with pytest.raises(ConfigError, match=message):
        score(graph, "first_person", **parameters)


def test_unknown_method_names_the_nearest(graph):
    with pytest.raises(ConfigError, match="Did you mean 'pagerank'"):
        score(graph, "pagerang")


def test_a_name_is_taken_once():
    with pytest.raises(ConfigError, match="Two methods are called 'first_person'"):

        @method("first_person", version=1)
        def other(graph: InfluenceGraph) -> Raw:
            return Raw(np.zeros(graph.n))


def test_names_of_score_are_reserved():
    with pytest.raises(ConfigError, match="belong to score"):

        @method("greedy", version=1)
        def greedy(graph: InfluenceGraph, *, scale: float = 1.0) -> Raw:
            return Raw(np.zeros(graph.n))


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("engagement_rate", "kind 'post'"), ("followers", "kind 'follow'"), ("last_reaction", "timestamps")],
)
def test_what_a_method_needs_is_told(graph, name, remedy):
    with pytest.raises(DataError, match=remedy):
        score(graph, name)


def test_a_method_that_returns_nonsense_is_named(graph):
    @method("nonsense", version=1)
    def nonsense(graph: InfluenceGraph) -> Raw:
        """Nothing good."""
        return Raw(np.array([1.0, np.nan, 2.0]))

    with pytest.raises(DataError, match="nonsense gave 'b' the raw value nan"):
        score(graph, "nonsense")


def test_every_method_is_documented():
    for name in method_names():
        entry = get_method(name)
        assert entry.summary.endswith((".", ":")) or len(entry.summary) > 10, name
        required = (
            {"seeds": [1]} if name in ("trustrank", "truetop") else {"alpha": 0.1} if name == "katz" else {}
        )
        assert entry.resolve(required) is not None


def test_a_third_party_adds_a_method_by_installing_a_package(tmp_path):
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    done = subprocess.run(
        [*install, "--target", tmp_path, THIRD_PARTY], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    program = (
        "import sys, json; sys.path.append(sys.argv[1])\n"
        "import polars as pl, influence_graph as ig\n"
        "graph = ig.InfluenceGraph.from_edges(pl.DataFrame({'source': ['b', 'c'], 'target': ['a', 'a']}))\n"
        "scores = ig.score(graph, 'silence', patience=2)\n"
        "print(json.dumps([scores.raw.tolist(), 'silence' in ig.method_names()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[1.0, 0.0, 0.0], True]
