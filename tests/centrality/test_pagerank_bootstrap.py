"""Replicates of PageRank and related methods, against the law that they are drawn from."""

import numba
import numpy as np
import polars as pl
import pytest
from scipy.sparse import random_array
from scipy.stats import beta, kstest

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


def many(graph, replicates_wanted, **parameters):
    """Replicates with even actor weights, so that only the rows are random."""
    found = []
    for draws in draw_replicates(graph.n, replicates_wanted, np.random.SeedSequence(11)):
        even = Draws(np.ones_like(draws.actors), np.zeros_like(draws.unseen), draws.seeds)
        found.append(replicates(graph, even, **parameters))
    return np.concatenate(found, axis=1)


@pytest.mark.parametrize("damping", [0.85, 0.3])
def test_shares_of_a_row_follow_the_dirichlet_law_with_one_edge_not_seen(damping):
    # a acts on b, c, d with equal weights, and nobody else acts. The edge that was not seen goes to one of b,
    # c, d. The row is Dirichlet(1, 1, 1) mixed with Gamma(NOT_SEEN): of the total Gamma(3 + NOT_SEEN),
    # a target has Exp(1), plus all of the new one with chance ⅓. So its share has the law
    # ⅔ Beta(1, 2 + k) + ⅓ Beta(1 + k, 2), with k = NOT_SEEN.
    edges = pl.DataFrame({"source": ["a", "a", "a"], "target": ["b", "c", "d"]})
    graph, k = InfluenceGraph.from_edges(edges), NOT_SEEN
    x = many(graph, 4_000, damping=damping)
    # x(v) ∝ ¼ + d·share/4, so x(v)/x(a) − 1 = d·share.
    share = (x[1:] / x[0] - 1.0) / damping
    np.testing.assert_allclose(share.sum(axis=0), 1.0, atol=1e-4)
    law = [(2 / 3, beta(1, 2 + k)), (1 / 3, beta(1 + k, 2))]
    for target in share:
        found = kstest(target, lambda at: sum(part * side.cdf(at) for part, side in law))
        assert found.pvalue > 1e-3
        assert target.mean() == pytest.approx(1 / 3, abs=0.02)
        second = sum(part * side.moment(2) for part, side in law)
        assert (target**2).mean() == pytest.approx(second, rel=0.08)


def test_the_edge_not_seen_goes_to_people_by_in_degree():
    # a acts on b only. Of all edges 4 of 5 end at b, 1 at d: the new edge of a goes to d with chance 1/5, and
    # then has a share Beta(NOT_SEEN, 1) of a's row.
    edges = pl.DataFrame({"source": ["a", "f", "g", "h", "c"], "target": ["b", "b", "b", "b", "d"]})
    graph = InfluenceGraph.from_edges(edges)
    x = many(graph, 4_000)
    a, b, d = graph.positions(["a", "b", "d"])
    # Five rows may turn to the other of b and d: expected shares by linearity.
    k, p = NOT_SEEN, 0.85
    leave_b, leave_d = 0.2 * k / (k + 1), 0.8 * k / (k + 1)
    assert (x[b] / x[a]).mean() == pytest.approx(1 + p * (4 * (1 - leave_b) + leave_d), rel=0.02)
    assert (x[d] / x[a]).mean() == pytest.approx(1 + p * (4 * leave_b + 1 - leave_d), rel=0.03)


def test_actor_weights_enter_as_exponential_starts():
    # One edge b → a: with rows fixed, x(a) = p + d·w(b)/Σw, and w(b)/Σw of two Exp(1) is uniform.
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))
    found = [
        replicates(graph, Draws(draws.actors, np.zeros_like(draws.unseen), draws.seeds))
        for draws in draw_replicates(2, 2_000, np.random.SeedSequence(2))
    ]
    x = np.concatenate(found, axis=1)
    # Before it is scaled x(b) = ½ and x(a) = ½ + d·u with u uniform.
    u = (x[0] / x[1] - 1.0) * 0.5 / 0.85
    assert kstest(u, "uniform").pvalue > 1e-3


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
