"""PageRank against igraph, NetworkX and the hand."""

import os
import subprocess
import sys

import igraph
import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph import (
    ConfigError,
    ConvergenceError,
    DataError,
    InfluenceGraph,
    build_graph,
    load_dataset,
)
from influence_graph.centrality._pagerank import pagerank


@st.composite
def matrices(draw, largest=12):
    """Weighted directed graphs with dangling nodes, isolated nodes and several components."""
    n = draw(st.integers(1, largest))
    edge = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.floats(1e-3, 1e3))
    edges = {(u, v): w for u, v, w in draw(st.lists(edge, max_size=3 * n)) if u != v}
    rows, columns = np.array(list(edges), dtype=int).reshape(-1, 2).T
    return csr_array((list(edges.values()), (rows, columns)), shape=(n, n), dtype=np.float64)


def by_igraph(matrix, damping=0.85, reset=None):
    coo = matrix.tocoo()
    peer = igraph.Graph(n=matrix.shape[0], edges=list(zip(*coo.coords, strict=True)), directed=True)
    weights = coo.data.tolist() or None
    if reset is None:
        return np.array(peer.pagerank(damping=damping, weights=weights))
    return np.array(peer.personalized_pagerank(damping=damping, weights=weights, reset=reset))


def test_two_people_by_hand():
    # b acts on a; a acts on nobody, so a's mass goes to both. x_a = .075 + .85·(x_b + x_a/2).
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))
    a = (0.075 + 0.85) / (1 + 0.425)
    np.testing.assert_allclose(pagerank(graph).values, [a, 1 - a], atol=1e-9)


@given(matrices(), st.sampled_from([0.0, 0.1, 0.5, 0.85, 0.99]))
def test_equals_igraph_and_networkx(matrix, damping):
    graph = InfluenceGraph.from_scipy(matrix)
    ours = pagerank(graph, damping=damping, tol=1e-12, max_iterations=10_000).values
    assert np.abs(ours - by_igraph(matrix, damping)).sum() < 1e-8
    peer = nx.pagerank(
        nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph), alpha=damping, tol=1e-14, max_iter=10_000
    )
    assert np.abs(ours - np.array([peer[v] for v in range(graph.n)])).sum() < 1e-8


@given(matrices(), st.data())
def test_personalization_and_dangling_equal_networkx(matrix, data):
    n = matrix.shape[0]
    weights = data.draw(st.dictionaries(st.integers(0, n - 1), st.floats(0.1, 9), min_size=1))
    graph = InfluenceGraph.from_scipy(matrix)
    peer_graph = nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph)
    for dangling, where in (("personalization", weights), ("uniform", dict.fromkeys(range(n), 1))):
        peer = nx.pagerank(peer_graph, personalization=weights, dangling=where, tol=1e-14, max_iter=10_000)
        ours = pagerank(graph, personalization=weights, dangling=dangling, tol=1e-12).values
        assert np.abs(ours - np.array([peer[v] for v in range(n)])).sum() < 1e-8


@given(matrices())
def test_mass_that_stays_is_a_self_loop(matrix):
    looped = matrix.tolil()
    for v in np.flatnonzero(np.diff(matrix.indptr) == 0):
        looped[v, v] = 1.0
    ours = pagerank(InfluenceGraph.from_scipy(matrix), dangling="self", tol=1e-12).values
    assert np.abs(ours - by_igraph(looped.tocsr())).sum() < 1e-8


@given(matrices(), st.randoms(use_true_random=False))
def test_sums_to_1_and_relabelling_permutes(matrix, random):
    n = matrix.shape[0]
    order = list(range(n))
    random.shuffle(order)
    values = pagerank(InfluenceGraph.from_scipy(matrix)).values
    assert values.sum() == pytest.approx(1)
    permuted = matrix[order][:, order]
    np.testing.assert_allclose(pagerank(InfluenceGraph.from_scipy(permuted)).values, values[order], atol=1e-9)
    np.testing.assert_allclose(pagerank(InfluenceGraph.from_scipy(matrix * 8.0)).values, values, atol=1e-12)


def test_attention_flows_from_source_to_target():
    # b and c act on a, and a on nobody: a, not b or c, is the influential one.
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    assert pagerank(graph).values.argmax() == 0


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_weights_near_the_ends_of_float64(size):
    matrix = csr_array(np.array([[0, 1, 1], [1, 0, 0], [0, 1, 0.0]]))
    extreme = InfluenceGraph.from_scipy(matrix * size)
    np.testing.assert_allclose(
        pagerank(extreme).values, pagerank(InfluenceGraph.from_scipy(matrix)).values, atol=1e-12
    )


def test_a_warm_start_is_shorter_and_ends_alike():
    rng = np.random.default_rng(0)
    matrix = csr_array((np.ones(4000), rng.integers(0, 500, (2, 4000))), shape=(500, 500))
    graph = InfluenceGraph.from_scipy(matrix)
    cold = pagerank(graph)
    warm = pagerank(graph, initial=cold.values)
    assert warm.diagnostics["iterations"] < cold.diagnostics["iterations"] / 4
    assert np.abs(warm.values - cold.values).sum() < 1e-8


def test_nobody_and_nothing():
    assert pagerank(InfluenceGraph.from_scipy(csr_array((0, 0)))).values.shape == (0,)
    np.testing.assert_allclose(pagerank(InfluenceGraph.from_scipy(csr_array((4, 4)))).values, 0.25)


def test_hostile_input():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "b"]}))
    with pytest.raises(ConfigError, match=r"'damping' is 1\.2, but it should be less than 1"):
        pagerank(graph, damping=1.2)
    with pytest.raises(ConvergenceError, match="max_iterations"):
        pagerank(InfluenceGraph.from_scipy([[0, 1, 1], [1, 0, 0], [0, 1, 0]]), max_iterations=2)
    with pytest.raises(ConfigError, match="sum to 0"):
        pagerank(graph, personalization={"a": 0.0})
    with pytest.raises(DataError, match="'z' is not among"):
        pagerank(graph, personalization={"z": 1.0})
    with pytest.raises(ConfigError, match="3 finite weights"):
        pagerank(graph, initial=np.ones(2))


def test_the_same_bits_for_one_thread_and_two():
    program = (
        "import numpy as np; from scipy.sparse import csr_array\n"
        "from influence_graph import InfluenceGraph, score\n"
        "rng = np.random.default_rng(0); n = 20_000\n"
        "matrix = csr_array((rng.random(10 * n), rng.integers(0, n, (2, 10 * n))), shape=(n, n))\n"
        "print(score(InfluenceGraph.from_scipy(matrix), 'pagerank').raw.tobytes().hex()[:4000000])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(outputs) == 1


def test_higgs_equals_prpack(data_folder):
    graph = build_graph(load_dataset("higgs"))
    assert np.abs(pagerank(graph).values - by_igraph(graph.adjacency)).sum() < 1e-8
