"""Betweenness, closeness, hitting time and TrueTop: exact values, intervals, seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConfigError, InfluenceGraph
from influence_graph.centrality._hitting_time import hitting_time
from influence_graph.centrality._truetop import truetop
from influence_graph.centrality.shortest_paths import betweenness, closeness


@given(st.data())
def test_all_pivots_equal_igraph(matrices, as_igraph, data):
    matrix = data.draw(matrices(largest=12))
    graph, peer = InfluenceGraph.from_scipy(matrix), as_igraph(matrix)
    np.testing.assert_allclose(betweenness(graph).values, peer.betweenness(directed=True), atol=1e-9)
    distances = np.array(peer.distances(mode="out"), dtype=float)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_allclose(closeness(graph).values, (1 / distances).sum(axis=0), atol=1e-12)
    result = betweenness(graph)
    np.testing.assert_array_equal(result.low, result.high)


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(4)
    n = 400
    ends = rng.integers(0, n, (2, 5 * n)) * rng.integers(0, 2, (2, 5 * n))
    from scipy.sparse import coo_array

    return InfluenceGraph.from_scipy(coo_array((rng.random(5 * n) + 0.1, ends), shape=(n, n)))


@pytest.mark.parametrize("measure", [betweenness, closeness])
def test_intervals_hold_the_truth(crowd, measure):
    exact = measure(crowd, pivots=crowd.n).values
    covered = []
    for seed in range(5):
        sample = measure(crowd, pivots=300, confidence=0.9, rng=seed)
        covered.append(((sample.low <= exact) & (exact <= sample.high)).mean())
        assert np.corrcoef(sample.values, exact)[0, 1] > 0.95
    assert np.mean(covered) >= 0.9
    assert (sample.low > 0).any() or measure is betweenness


def hitting_exactly(dense, damping, start):
    out = dense.sum(axis=1, keepdims=True)
    chain = np.divide(dense, out, out=np.zeros_like(dense), where=out > 0)
    visits = np.linalg.inv(np.eye(len(dense)) - damping * chain)
    return start @ visits / np.diag(visits)


def test_hitting_time_holds_the_exact_chance(crowd):
    exact = hitting_exactly(crowd.adjacency.toarray(), 0.85, np.full(crowd.n, 1 / crowd.n))
    result = hitting_time(crowd, walks=400_000, rng=1)
    assert ((result.low <= exact) & (exact <= result.high)).mean() > 0.93
    assert np.abs(result.values - exact).max() < 5 * np.sqrt(exact.max() / 400_000)
    np.testing.assert_array_equal(result.values, hitting_time(crowd, walks=400_000, rng=1).values)


def test_hitting_time_by_hand():
    # From 0 only: 0 → 1 with weight 3, 0 → 2 with weight 1, 2 → 1.
    graph = InfluenceGraph.from_scipy([[0, 3, 1], [0, 0, 0], [0, 1, 0]])
    result = hitting_time(graph, personalization={0: 2.0}, damping=0.5, walks=500_000, rng=0)
    np.testing.assert_allclose(result.values, [1, 0.5 * (0.75 + 0.25 * 0.5), 0.125], atol=0.003)
    assert result.high[0] == 1.0
    with pytest.raises(ConfigError, match="personalization"):
        hitting_time(graph, personalization={0: 0.0})


def test_a_ring_of_sybils_lifts_pagerank_but_not_hitting():
    from influence_graph.centrality._pagerank import pagerank

    dense = np.zeros((12, 12))
    for v in range(10):
        dense[v, (v + 1) % 10] = dense[v, (v + 3) % 10] = 1
    dense[10, 0] = dense[11, 0] = 1
    before = InfluenceGraph.from_scipy(dense)
    dense[0, :10] = 0
    dense[0, 10] = dense[0, 11] = 1
    after = InfluenceGraph.from_scipy(dense)
    lift = pagerank(after).values[0] / pagerank(before).values[0]
    hit = [hitting_time(g, walks=300_000, rng=0).values[0] for g in (before, after)]
    assert lift > 1.5
    assert hit[1] < 1.02 * hit[0]


def test_truetop_by_hand_and_stops_when_the_top_settles(crowd):
    graph = InfluenceGraph.from_scipy([[0, 0, 0], [1, 0, 1], [1, 0, 0]])
    # Round 1: half on 0, half on 2; round 2: 0's half is lost, 2's goes to 0; a third would lose all.
    np.testing.assert_allclose(truetop(graph, seeds=(1,), max_iterations=1).values, [0.5, 0, 0.5])
    result = truetop(graph, seeds=(1,), max_iterations=9, change=0.0)
    assert result.values.tolist() == [1, 0, 0]
    assert result.diagnostics == {"iterations": 2, "moved": 0.5, "lost": 0.5}
    result = truetop(crowd, seeds=(0, 3), top=5, change=0.0, max_iterations=500)
    assert result.diagnostics["moved"] == 0.0
    assert result.diagnostics["iterations"] < 500
    assert truetop(crowd, seeds=(0,), change=0.0, top=400).diagnostics["iterations"] <= 9
    with pytest.raises(ConfigError, match="seeds is empty"):
        truetop(crowd, seeds=())


def test_truetop_tends_to_the_stationary_distribution():
    rng = np.random.default_rng(2)
    dense = rng.random((8, 8)) * (1 - np.eye(8))
    chain = dense / dense.sum(axis=1, keepdims=True)
    stationary = np.linalg.matrix_power(chain, 200)[0]
    ours = truetop(InfluenceGraph.from_scipy(dense), seeds=(0,), change=0.0, top=8, max_iterations=200)
    np.testing.assert_allclose(ours.values, stationary, atol=0.02)


def test_few_edges_to_sybils_give_them_little():
    # 20 honest people in a dense ring, 60 sybils all acting on each other, one edge across.
    dense = np.zeros((80, 80))
    for v in range(20):
        for step in (1, 2, 5):
            dense[v, (v + step) % 20] = 1
    dense[20:, 20:] = 1 - np.eye(60)
    dense[7, 20] = 1
    result = truetop(InfluenceGraph.from_scipy(dense), seeds=(0, 5))
    chain = dense / dense.sum(axis=1, keepdims=True)
    credit = np.zeros(80)
    credit[[0, 5]] = 0.5
    rounds = result.diagnostics["iterations"]
    np.testing.assert_allclose(result.values, credit @ np.linalg.matrix_power(chain, rounds), atol=1e-14)
    # At most what one edge of four carries of a twentieth of all credit, more or less, in each round.
    assert rounds <= 7
    assert result.values[20:].sum() < rounds * 0.02
    assert (credit @ np.linalg.matrix_power(chain, 2_000))[20:].sum() > 0.99
