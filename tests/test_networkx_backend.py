"""The NetworkX backend against NetworkX: its own test suites, and its results on random graphs."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from influence_graph import networkx_backend
from influence_graph.networkx_backend import ArrayGraph, convert_from_nx, convert_to_nx

HERE = Path(__file__).parent
BACKEND = "influence_graph"
KINDS = [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph]


@pytest.fixture(autouse=True)
def no_warning_of_the_cache():
    with nx.config(warnings_to_ignore={"cache"}):
        yield


def run_suites(mode):
    command = [sys.executable, HERE / "networkx_suites.py", mode]
    env = {key: value for key, value in os.environ.items() if not key.startswith("NETWORKX_")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("mode", ["test", "priority"])
def test_networkx_s_own_suites(mode):
    found = run_suites(mode)
    outcomes = found["outcomes"]
    wrong = {test: outcome for test, outcome in outcomes.items() if outcome not in ("passed", "xfailed")}
    assert not wrong, found["output"]
    assert sum(outcome == "passed" for outcome in outcomes.values()) > 60
    listed = (HERE / "networkx_not_implemented.txt").read_text().split() if mode == "test" else []
    allowed = {f"'{name}' not implemented by {BACKEND}" for name in listed}
    assert set(found["reasons"].values()) == allowed
    # Every function that a test calls ran here, and each was called.
    for test, names in found["called"].items():
        if outcomes[test] == "passed":
            assert set(names) <= set(found["ran"].get(test, [])), test
    if mode == "priority":
        assert {name for names in found["ran"].values() for name in names} == networkx_backend.FUNCTIONS


def test_networkx_s_suites_notice_wrong_results():
    failures = run_suites("mutants")
    assert set(failures) == networkx_backend.FUNCTIONS
    assert all(failures.values()), failures


def random_graph(kind, rng):
    graph = kind()
    nodes = [f"node {i}" for i in range(rng.randint(2, 25))]
    rng.shuffle(nodes)
    graph.add_nodes_from(nodes)
    for _ in range(rng.randint(1, 80)):
        graph.add_edge(rng.choice(nodes), rng.choice(nodes), weight=rng.choice([1, 2.5, 0.3]))
    return graph


def both(name, graph, **options):
    function = getattr(nx, name)
    return function(graph, backend=BACKEND, **options), function(graph, backend="networkx", **options)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_equals_networkx_on_random_graphs(kind, seed):
    graph = random_graph(kind, random.Random(seed))
    some = dict.fromkeys(list(graph)[:3], 2.0)
    for options in ({}, {"weight": None}, {"personalization": some, "nstart": some}, {"dangling": some}):
        ours, theirs = both("pagerank", graph, **options)
        assert ours == pytest.approx(theirs, abs=1e-12)
    ours, theirs = both("voterank", graph)
    assert ours == theirs
    for name in sorted(networkx_backend.DEGREES) if graph.is_directed() else ["degree_centrality"]:
        ours, theirs = both(name, graph)
        assert ours == theirs
    if graph.is_multigraph():
        return
    for weight in (None, "weight"):
        for name in ("katz_centrality", "katz_centrality_numpy"):
            ours, theirs = both(name, graph, alpha=0.01, beta=2.0, weight=weight)
            assert ours == pytest.approx(theirs, abs=1e-12)
        try:
            ours, theirs = both("eigenvector_centrality", graph, max_iter=2000, weight=weight)
        except nx.PowerIterationFailedConvergence:
            continue
        assert ours == pytest.approx(theirs, abs=1e-12)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    ours, theirs = both("core_number", graph)
    assert ours == theirs
    assert list(ours) == list(theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_hits_equals_networkx_where_there_is_one_answer(kind):
    graph = kind(nx.gnp_random_graph(30, 0.3, seed=2, directed=True))
    for options in ({}, {"normalized": False}):
        hubs, authorities = both("hits", graph, **options)[0]
        other_hubs, other_authorities = nx.hits(graph, backend="networkx", **options)
        sign = 1 if sum(other_authorities.values()) > 0 else -1
        assert hubs == pytest.approx({v: sign * x for v, x in other_hubs.items()}, abs=1e-6)
        assert authorities == pytest.approx({v: sign * x for v, x in other_authorities.items()}, abs=1e-6)


def test_a_call_without_weights_does_not_use_those_of_the_call_before():
    graph = nx.DiGraph([("a", "b"), ("a", "c"), ("b", "a"), ("c", "a")])
    graph["a"]["b"]["weight"] = 9.0
    weighted, even = (nx.pagerank(graph, weight=weight, backend=BACKEND) for weight in ("weight", None))
    assert weighted["b"] > weighted["c"]
    assert even["b"] == even["c"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_survives_the_way_there_and_back(kind):
    graph = random_graph(kind, random.Random(1))
    there = convert_from_nx(graph, edge_attrs={"weight": 1})
    assert isinstance(there, ArrayGraph)
    back = convert_to_nx(there)
    assert list(back) == list(graph)
    assert nx.utils.graphs_equal(nx.Graph(back), nx.Graph(graph)) or kind is not nx.Graph
    assert (
        sorted(map(str, back.edges(data="weight")))
        == sorted(map(str, ((u, v, float(w)) for u, v, w in graph.edges(data="weight"))))
        or not graph.is_directed()
    )
    assert back.number_of_edges() == graph.number_of_edges()


def test_degrees_are_counted_here_only_once_a_graph_was_converted():
    graph = nx.path_graph(4, create_using=nx.DiGraph)
    assert networkx_backend.should_run("degree_centrality", (graph,), {}) is not True
    nx.pagerank(graph, backend=BACKEND)
    assert networkx_backend.should_run("degree_centrality", (graph,), {}) is True
    graph.add_edge(0, 3)
    assert networkx_backend.should_run("degree_centrality", (graph,), {}) is not True


def test_what_it_cannot_do_is_left_to_networkx():
    graph = nx.DiGraph([(0, 1, {"weight": "much"})])
    with pytest.raises(NotImplementedError, match="not always a number"):
        convert_from_nx(graph, edge_attrs={"weight": 1})
    with pytest.raises(nx.NetworkXError, match="nobody points at anybody"):
        nx.hits(nx.empty_graph(3), backend=BACKEND)
    with pytest.raises(nx.NetworkXNotImplemented, match="self loops"):
        nx.core_number(nx.Graph([(0, 0)]), backend=BACKEND)
    with pytest.raises(nx.NetworkXNotImplemented, match="multigraph"):
        nx.katz_centrality(nx.MultiGraph([(0, 1)]), backend=BACKEND)
