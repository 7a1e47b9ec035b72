"""LeaderRank against its chain, written out densely."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import InfluenceGraph
from influence_graph.centrality._leaderrank import leaderrank


def by_chain(dense, alpha, ground):
    n = len(dense)
    chain = np.zeros((n + 1, n + 1))
    chain[:n, :n] = dense
    chain[:n, n] = ground
    degree = (dense > 0).sum(axis=0).astype(float)
    chain[n, :n] = degree**alpha if degree.any() else 1.0
    chain /= chain.sum(axis=1, keepdims=True)
    system = np.vstack([np.eye(n + 1) - chain.T, np.ones(n + 1)])
    s = np.linalg.lstsq(system, np.append(np.zeros(n + 1), n), rcond=None)[0]
    return (s[:n] + s[n] / n) / n


@given(st.data(), st.sampled_from([0.0, 1.0]), st.sampled_from([0.5, 1.0]))
def test_equals_the_stationary_distribution(matrices, data, alpha, ground):
    matrix = data.draw(matrices(smallest=0.1, heaviest=10))
    ours = leaderrank(InfluenceGraph.from_scipy(matrix), alpha=alpha, ground=ground, tol=1e-13)
    np.testing.assert_allclose(ours.values, by_chain(matrix.toarray(), alpha, ground), atol=1e-9)


def test_the_ground_has_the_unit_of_the_weights():
    dense = np.random.default_rng(0).random((9, 9)) * (1 - np.eye(9))
    one = leaderrank(InfluenceGraph.from_scipy(dense)).values
    other = leaderrank(InfluenceGraph.from_scipy(dense * 1000.0), ground=1000.0).values
    np.testing.assert_allclose(one, other, atol=1e-10)
