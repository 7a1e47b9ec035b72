"""Replicates of PageRank, against dense linear algebra."""

import numba
import numpy as np
import polars as pl
import pytest
from scipy.sparse import random_array

from influence_graph import InfluenceGraph
from influence_graph.bootstrap import NOT_SEEN, Draws, draw_replicates
from influence_graph.centrality._leaderrank import leaderrank
from influence_graph.centrality._pagerank import pagerank
from influence_graph.centrality.pagerank_bootstrap import resampled_pagerank
from influence_graph.methods import get_method

SETTINGS = [
    {},
    {"dangling": "self"},
    {"personalization": {0: 1.0, 3: 2.0}},
    {"personalization": {0: 1.0, 3: 2.0}, "dangling": "personalization"},
    {"damping": 0.0},
    {"damping": 0.99},
]


def some_graph(seed, n=15, density=0.12):
    return InfluenceGraph.from_scipy(random_array((n, n), density=density, rng=np.random.default_rng(seed)))


class Fixed(Draws):
    """Draws in which all weights within actors are one, and nothing goes to anybody not seen."""

    def within(self, replicate):
        class Ones:
            def standard_exponential(self, size):
                return np.ones(size) if np.isscalar(size) else np.zeros(size)

            def integers(self, low, high, size):
                return np.zeros(size, dtype=np.int64)

        return Ones()


def replicates(graph, draws, **parameters):
    resolved = get_method("pagerank").resolve(parameters)
    return resampled_pagerank(graph, pagerank(graph, **parameters).values, resolved)(draws).all


@pytest.mark.parametrize("parameters", SETTINGS)
def test_with_all_weights_one_a_replicate_is_pagerank(parameters):
    graph = some_graph(1)
    ones = Fixed(np.ones((graph.n, 1)), np.zeros((graph.n, 1)), ())
    found = replicates(graph, ones, **parameters)[:, 0]
    np.testing.assert_allclose(found, pagerank(graph, **parameters).values, rtol=5e-3, atol=2e-5)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("trustrank", {"seeds": (0, 3)}), (leaderrank.__name__, {}), ("leaderrank", {"alpha": 0.5})],
)
def test_the_family_with_all_weights_one(name, parameters):
    graph, entry = some_graph(1), get_method(name)
    raw = entry.function(graph, **parameters).values
    ones = Fixed(np.ones((graph.n, 1)), np.zeros((graph.n, 1)), ())
    found = entry.replicates(graph, raw, entry.resolve(parameters))(ones).all[:, 0]
    np.testing.assert_allclose(found, raw, rtol=5e-3, atol=2e-5)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("damping", [0.85, 0.3])
def test_a_replicate_against_dense_linear_algebra(seed, damping):
    graph = some_graph(seed)
    n, m = graph.n, graph.adjacency.nnz
    draws = next(draw_replicates(n, 1, np.random.SeedSequence(seed)))
    found = replicates(graph, Draws(draws.actors, np.zeros((n, 1)), draws.seeds), damping=damping)[:, 0]
    A = graph.adjacency.toarray()
    acting, reacted = np.flatnonzero(A.any(1)), A.any(0)
    order = [u for u in acting if not reacted[u]] + [u for u in acting if reacted[u]]
    stream = draws.within(0)
    P = np.zeros((n, n))
    P[A > 0] = A[A > 0] * stream.standard_exponential(m)
    new = stream.standard_exponential((NOT_SEEN, len(order))).sum(axis=0)
    to = graph.adjacency.indices[stream.integers(0, m, len(order))]
    for u, much, v in zip(order, new, to, strict=True):
        if u != v:
            P[u, v] += much * A[u][A[u] > 0].mean()
    P = np.divide(P, P.sum(1, keepdims=True), out=np.zeros_like(P), where=P.sum(1, keepdims=True) > 0)
    p, mass = np.full(n, 1 / n), draws.actors[:, 0] / draws.actors[:, 0].sum()
    x = p + np.linalg.solve(np.eye(n) - damping * P.T, mass) - mass
    np.testing.assert_allclose(found, x / x.sum(), atol=1e-5)


def test_an_actor_with_one_edge_may_have_turned_to_somebody_else():
    # b lives by a's only edge; without a pair that was not seen its part of a's mass would never vary.
    edges = pl.DataFrame({"source": ["f", "g", "h", "a", "c"], "target": ["a", "a", "a", "b", "d"]})
    graph = InfluenceGraph.from_edges(edges)
    draws = next(draw_replicates(graph.n, 16, np.random.SeedSequence(3)))
    even = Draws(np.ones_like(draws.actors), np.zeros_like(draws.actors), draws.seeds)
    values = replicates(graph, even)
    b, d = graph.positions(["b", "d"])
    assert values[b].std() > 0.1 * values[b].mean()
    assert values[d].max() > 1.2 * values[d].min()


def test_what_one_gives_oneself_does_not_vary():
    # Nobody reacts to c and d, so they differ in nothing but their own weights.
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["c", "d"], "target": ["a", "b"]}))
    draws = next(draw_replicates(4, 8, np.random.SeedSequence(1)))
    values = replicates(graph, Draws(draws.actors, np.zeros((4, 8)), draws.seeds))
    np.testing.assert_allclose(values[2], values[3], rtol=1e-12)
    assert values[0].std() > 0.1 * values[0].mean()


def test_extreme_weights_do_not_overflow():
    edges = pl.DataFrame({"source": [0, 0, 1], "target": [1, 2, 2], "weight": [1e300, 1.6e300, 1e-300]})
    graph = InfluenceGraph.from_edges(edges)
    draws = next(draw_replicates(3, 4, np.random.SeedSequence(1)))
    assert np.isfinite(replicates(graph, draws)).all()


def test_same_bits_for_one_thread_and_two():
    graph = some_graph(4, n=200)
    draws = next(draw_replicates(200, 16, np.random.SeedSequence(7)))
    before = numba.get_num_threads()
    both = replicates(graph, draws)
    try:
        numba.set_num_threads(1)
        alone = replicates(graph, draws)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(both, alone)
