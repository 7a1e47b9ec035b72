"""TrueTop by hand, against powers of the transition matrix, and with sybils."""

import numpy as np
import pytest
from scipy.sparse import coo_array

from influence_graph import ConfigError, InfluenceGraph
from influence_graph.centrality import truetop


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(4)
    n = 400
    ends = rng.integers(0, n, (2, 5 * n)) * rng.integers(0, 2, (2, 5 * n))
    return InfluenceGraph.from_scipy(coo_array((rng.random(5 * n) + 0.1, ends), shape=(n, n)))


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
