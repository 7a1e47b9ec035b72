"""PageRank in visits, against the system written out."""

import numpy as np
import pytest

from influence_graph import InfluenceGraph
from influence_graph.centrality import pagerank
from influence_graph.centrality.visits_unit import unit_of_shares, visits_unit

DENSE = np.zeros((6, 6))
for u, v, w in ((1, 0, 1.0), (2, 0, 3.0), (2, 1, 1.0), (3, 2, 1.0), (0, 4, 2.0), (4, 0, 1.0), (1, 5, 1.0)):
    DENSE[u, v] = w
SHARES = np.divide(DENSE, DENSE.sum(axis=1, keepdims=True), out=np.zeros_like(DENSE), where=DENSE > 0)
PERSONAL = {1: 2.0, 3: 5.0}


def visits(start, damping=0.85):
    return np.linalg.solve(np.eye(6) - damping * SHARES.T, start)


def test_uniform():
    natural = pagerank(InfluenceGraph.from_scipy(DENSE)).natural
    np.testing.assert_allclose(natural, visits(np.ones(6)) - 1.0, atol=1e-8)
    assert natural[3] == 0.0


def test_by_the_dangling_mass():
    """The formula of the table: n·x/(1 − d + d·D) − 1."""
    raw = pagerank(InfluenceGraph.from_scipy(DENSE), damping=0.7)
    lost = raw.values[DENSE.sum(axis=1) == 0].sum()
    np.testing.assert_allclose(raw.natural, 6 * raw.values / (1 - 0.7 + 0.7 * lost) - 1, atol=1e-8)


def test_mass_that_stays():
    natural = pagerank(InfluenceGraph.from_scipy(DENSE), dangling="self").natural
    y = visits(np.ones(6))
    y[5] /= 0.15
    np.testing.assert_allclose(natural, y - 1.0, atol=1e-8)


@pytest.mark.parametrize("dangling", ["personalization", "self"])
def test_personalization_counts_from_weights_as_given(dangling):
    start = np.array([0.0, 2.0, 0.0, 5.0, 0.0, 0.0])
    y = visits(start)
    if dangling == "self":
        y[5] /= 0.15
    raw = pagerank(InfluenceGraph.from_scipy(DENSE), personalization=PERSONAL, dangling=dangling)
    np.testing.assert_allclose(raw.natural, y - start, atol=1e-8)


def test_without_a_unit():
    graph = InfluenceGraph.from_scipy(DENSE)
    assert "dangling='personalization'" in unit_of_shares(graph, 1.0, PERSONAL, "uniform").reason
    huge = {1: 1e308, 2: 1e308}
    assert "more than a float holds" in unit_of_shares(graph, 5.0, huge, "personalization").reason
    assert visits_unit(2.0).of(np.array([1.0])).tolist() == [1.0]
