"""Hitting time against the fundamental matrix of the chain, with its interval."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.stats import binomtest

from influence_graph import ConfigError, InfluenceGraph
from influence_graph.centrality import hitting_time, pagerank


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(4)
    n = 400
    ends = rng.integers(0, n, (2, 5 * n)) * rng.integers(0, 2, (2, 5 * n))
    return InfluenceGraph.from_scipy(coo_array((rng.random(5 * n) + 0.1, ends), shape=(n, n)))


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


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_is_clopper_and_pearson_s(confidence):
    graph = InfluenceGraph.from_scipy([[0, 3, 1], [0, 0, 0], [0, 1, 0]])
    result = hitting_time(graph, walks=500, confidence=confidence, rng=4)
    for value, low, high in zip(result.values, result.low, result.high, strict=True):
        exact = binomtest(round(value * 500), 500).proportion_ci(confidence, method="exact")
        assert (low, high) == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_walks_follow_the_law_of_every_length():
    # A cycle of two: the number of steps of a walk is geometric, P[L = k] = d^k (1 − d).
    graph, d, walks = InfluenceGraph.from_scipy([[0, 1], [1, 0]]), 0.6, 200_000
    steps = hitting_time(graph, damping=d, walks=walks, rng=5).diagnostics["steps"]
    assert steps / walks == pytest.approx(d / (1 - d), abs=5 * np.sqrt(d / (1 - d) ** 2 / walks))
