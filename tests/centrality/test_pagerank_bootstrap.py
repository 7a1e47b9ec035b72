"""Replicates of PageRank and related methods, against the solution by linear algebra."""

import numba
import numpy as np
import polars as pl
import pytest
from scipy.sparse import random_array
from scipy.stats import gamma, kstest

from influence_graph import InfluenceGraph, bootstrap
from influence_graph.bootstrap import UNSEEN_EDGE, Draw, draw_replicate, replicated_logs
from influence_graph.centrality import pagerank_bootstrap
from influence_graph.centrality.pagerank_bootstrap import resampled_pagerank
from influence_graph.episodes import episodes_of
from influence_graph.methods import get_method

FAMILY = [
    ("pagerank", {}),
    ("pagerank", {"dangling": "self"}),
    ("pagerank", {"personalization": {0: 1.0, 3: 2.0}}),
    ("pagerank", {"personalization": {0: 1.0, 3: 2.0}, "dangling": "personalization"}),
    ("pagerank", {"personalization": {0: 1.0, 3: 2.0}, "dangling": "self"}),
    ("pagerank", {"damping": 0.0}),
    ("pagerank", {"damping": 0.99}),
    ("trustrank", {"seeds": (0, 3)}),
    ("leaderrank", {}),
    ("leaderrank", {"ground": 3.0}),
]


def some_graph(seed, n=15, density=0.12):
    return InfluenceGraph.from_scipy(random_array((n, n), density=density, rng=np.random.default_rng(seed)))


def prepare(graph, name="pagerank", **parameters):
    entry = get_method(name)
    return entry.replicates(episodes_of(graph), entry.resolve(parameters))


def drawn(times, seed=1):
    return Draw(np.asarray(times), np.random.SeedSequence(seed))


@pytest.fixture
def nothing_unseen(monkeypatch):
    monkeypatch.setattr(bootstrap, "UNSEEN_EDGE", 0)


@pytest.fixture
def nobody_new(monkeypatch):
    monkeypatch.setattr(pagerank_bootstrap, "chance_to_act", lambda parts: 0.0)


@pytest.mark.usefixtures("nothing_unseen")
@pytest.mark.parametrize(("name", "parameters"), FAMILY)
def test_without_unseen_edges_a_replicate_is_the_method_on_the_replicate(name, parameters):
    graph = some_graph(1)
    episodes = episodes_of(graph)
    draws = [draw_replicate(episodes.count, np.random.SeedSequence(seed)) for seed in range(3)]
    for draw in [drawn(np.ones(episodes.count, dtype=int)), *draws]:
        part = episodes.replicate(draw.multiplicity, edges_only=True)
        wanted = get_method(name).function(part, **parameters).natural
        found = prepare(graph, name, **parameters).values(draw)
        np.testing.assert_allclose(found, wanted, rtol=5e-3, atol=1e-3 * max(wanted.max(), 1e-9))


@pytest.mark.usefixtures("nothing_unseen")
def test_a_replicate_solves_the_equation_in_the_natural_unit():
    graph = some_graph(2)
    episodes = episodes_of(graph)
    draw = draw_replicate(episodes.count, np.random.SeedSequence(4))
    weights = graph.adjacency.copy()
    weights.data = episodes.edge_weights(draw.multiplicity)
    dense = weights.toarray()
    total = dense.sum(axis=1, keepdims=True)
    shares = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    y = np.linalg.solve(np.eye(graph.n) - 0.85 * shares.T, np.ones(graph.n))
    np.testing.assert_allclose(prepare(graph).values(draw), y - 1, atol=5e-4)


@pytest.mark.usefixtures("nobody_new")
def test_a_source_none_of_whose_episodes_is_drawn_gives_nothing():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    found = prepare(graph).values(drawn([0, 0]))
    np.testing.assert_array_equal(found, np.zeros(3))


@pytest.mark.usefixtures("nobody_new")
@pytest.mark.parametrize("damping", [0.85, 0.3])
def test_shares_of_a_row_are_mixed_with_the_law_of_one_unseen_edge(damping):
    # a reacts to b, c and d once each; all three episodes are drawn. The unseen edge weighs Gamma(k) and
    # goes to people in proportion to reactors + ½: b, c, d with 1.5/5 each; to a with 0.5/5 it is no edge.
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["a", "a", "a"], "target": ["b", "c", "d"]}))
    of_draw = prepare(graph, damping=damping)
    share = np.array([of_draw.values(drawn([1, 1, 1], seed))[1:] for seed in range(4_000)]).T / damping
    np.testing.assert_allclose(share.sum(axis=0), 1.0, atol=1e-4)
    k = UNSEEN_EDGE

    def law(x):
        # G/(3 + G) for the unseen share, G ~ Gamma(k): by simulation.
        g = np.random.default_rng(1).gamma(k, size=400_000)
        base, rest = 1.0 / (3.0 + g), g / (3.0 + g)
        parts = np.sort(base), np.sort(base + rest)
        cdf = [np.searchsorted(part, x + 1e-9, side="right") / len(g) for part in parts]
        return 0.6 * cdf[0] + 0.3 * cdf[1] + 0.1 * (x + 1e-9 >= 1.0 / 3.0)

    for of_target in share:
        grid = np.quantile(of_target, [0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
        empirical = np.searchsorted(np.sort(of_target), grid + 1e-9, side="right") / len(of_target)
        np.testing.assert_allclose(empirical, law(grid), atol=0.03)


def test_a_person_with_one_edge_may_have_turned_to_somebody_else():
    edges = pl.DataFrame({"source": ["f", "g", "h", "a", "c"], "target": ["a", "a", "a", "b", "d"]})
    graph = InfluenceGraph.from_edges(edges)
    of_draw = prepare(graph)
    values = np.array([of_draw.values(drawn(np.ones(5, dtype=int), seed)) for seed in range(200)])
    at = graph.positions(["a", "b", "d"])
    assert (values[:, at].std(axis=0) > 0.1 * values[:, at].mean(axis=0)).all()


@pytest.mark.parametrize("chance", [1.0, 0.3])
def test_a_person_without_a_drawn_episode_may_act(chance, monkeypatch):
    monkeypatch.setattr(pagerank_bootstrap, "chance_to_act", lambda parts: chance)
    graph = InfluenceGraph.from_edges({"source": ["b", "c", "d"], "target": ["a", "a", "e"]})
    of_draw, b = prepare(graph, damping=0.5), graph.positions(["b"])[0]
    values = np.array([of_draw.values(drawn([0, 0, 0], seed)) for seed in range(4_000)])
    # Each of four others leads to b in proportion to ½ of 3 + 5·½.
    np.testing.assert_allclose((values[:, b] > 0).mean(), 1 - (1 - chance * 0.5 / 5.5) ** 4, atol=0.025)
    # To whom an edge leads all of it goes: half of one start, and of whatever else the person has.
    assert values[values > 1e-9].min() >= 0.5 - 1e-6
    unchanged = of_draw.values(Draw(np.ones(3, dtype=int), np.random.SeedSequence(1), unseen=False))
    wanted = get_method("pagerank").function(graph, damping=0.5).natural
    np.testing.assert_allclose(unchanged, wanted, atol=1e-4)


def test_who_acts_in_a_replicate_does_not_leave_the_walk():
    # With dangling="self" a person without an edge keeps the walk; one who acts in the replicate does not.
    graph = InfluenceGraph.from_edges({"source": ["b", "c", "d"], "target": ["a", "a", "e"]})
    of_draw = prepare(graph, damping=0.5, dangling="self")
    values = np.array([of_draw.values(drawn([1, 1, 1], seed)) for seed in range(50)])
    # Nothing is lost, so visits are n/(1 − d) in all, of which n are starts.
    np.testing.assert_allclose(values.sum(axis=1), graph.n, atol=1e-3)


def test_people_without_in_edges_are_0_unless_an_unseen_edge_leads_to_them():
    graph = some_graph(5, n=40, density=0.03)
    episodes = episodes_of(graph)
    alone = np.bincount(graph.adjacency.indices, minlength=40) == 0
    of_draw = prepare(graph)
    values = np.array(
        [of_draw.values(draw_replicate(episodes.count, np.random.SeedSequence(seed))) for seed in range(100)]
    )
    share = (values[:, alone] > 0).mean()
    assert 0.0 < share < 0.5


def test_replicates_of_walks_are_centred_and_their_values_caused_by_reactions():
    graph = some_graph(6, n=30, density=0.2)
    natural = get_method("pagerank").function(graph).natural
    prepared = prepare(graph)
    assert prepared.centred
    logs = replicated_logs(prepared, episodes_of(graph), natural, count=51, seed=np.random.SeedSequence(1))
    many = np.bincount(graph.adjacency.indices, minlength=30) > 2
    np.testing.assert_allclose(np.median(logs, axis=1)[many], np.log1p(natural)[many], atol=1e-5)
    trust = prepare(graph, "trustrank", seeds=(0,))
    x = get_method("trustrank").function(graph, seeds=(0,)).natural
    caused = trust.caused(x)
    # The seed has at least 1 − damping by itself.
    assert caused[0] <= x[0] - 0.15 + 1e-9 or caused[0] == 0
    np.testing.assert_allclose(np.delete(caused, 0), np.delete(x, 0))


def test_extreme_weights_do_not_overflow():
    edges = pl.DataFrame({"source": [0, 0, 1], "target": [1, 2, 2], "weight": [1e300, 1.6e300, 1e-300]})
    graph = InfluenceGraph.from_edges(edges)
    for name in ("pagerank", "leaderrank"):
        values = prepare(graph, name).values(drawn([1, 2, 1]))
        assert np.isfinite(values).all()


def test_same_bits_for_one_thread_and_two():
    graph = some_graph(4, n=200)
    episodes = episodes_of(graph)
    how = {"damping": 0.85, "dangling": "uniform", "personalization": None}

    def run():
        natural, seed = np.ones(200), np.random.SeedSequence(7)
        return replicated_logs(resampled_pagerank(episodes, how), episodes, natural, count=16, seed=seed)

    before = numba.get_num_threads()
    both = run()
    try:
        numba.set_num_threads(1)
        alone = run()
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(both, alone)


@pytest.mark.usefixtures("nobody_new")
def test_the_unseen_share_of_one_edge_is_that_of_a_gamma_variable():
    # One edge, drawn once: the share that stays is 1/(1 + G), G ~ Gamma(2), where the unseen edge counts.
    edges = pl.DataFrame({"source": ["a", "f"], "target": ["b", "d"]})
    graph = InfluenceGraph.from_edges(edges)
    of_draw = prepare(graph, damping=0.5)
    d, f = graph.positions(["d", "f"])
    to_d = []
    for seed in range(6_000):
        value = of_draw.values(drawn([1, 0], seed))
        if value[d] > 0 and value[f] == 0:
            to_d.append(value[d] / 0.5)
    # G/(1 + G) with G ~ Gamma(2): the cdf at x is that of Gamma at x/(1 − x).
    assert UNSEEN_EDGE == 2
    assert kstest(to_d, lambda x: gamma(2).cdf(np.asarray(x) / (1 - np.asarray(x)))).pvalue > 1e-3
