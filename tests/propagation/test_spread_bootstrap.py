"""Replicates of the expected spread."""

import numba
import numpy as np
import polars as pl
import pytest
from scipy.sparse import random_array

from influence_graph import ConfigError, InfluenceGraph, bootstrap, score
from influence_graph.bootstrap import draw_replicate
from influence_graph.episodes import episodes_of
from influence_graph.methods import get_method
from influence_graph.propagation.spread_bootstrap import resampled_spread


def some_graph(seed, n=20):
    return InfluenceGraph.from_scipy(random_array((n, n), density=0.12, rng=np.random.default_rng(seed)))


@pytest.mark.parametrize("model", ["independent_cascade", "linear_threshold"])
def test_without_unseen_edges_a_replicate_is_the_spread_of_the_replicate(model, monkeypatch):
    monkeypatch.setattr(bootstrap, "UNSEEN_EDGE", 0)
    graph = some_graph(1)
    episodes = episodes_of(graph)
    how = {"model": model, "probability": "share", "samples": 200_000}
    for seed in (1, 2):
        draw = draw_replicate(episodes.count, np.random.SeedSequence(seed))
        part = episodes.replicate(draw.multiplicity, edges_only=True)
        wanted = get_method("expected_spread").function(part, **how, rng=1).natural
        found = resampled_spread(episodes, 200_000, distinct=False, threshold=model == "linear_threshold")
        np.testing.assert_allclose(found.values(draw), wanted, rtol=0.03, atol=0.02)


def test_equal_shares_follow_the_presence_of_pairs(monkeypatch):
    monkeypatch.setattr(bootstrap, "UNSEEN_EDGE", 0)
    # a reacts to b three times as heavily as to c, and both episodes are drawn once: ½ each.
    edges = pl.DataFrame({"source": ["a", "a"], "target": ["b", "c"], "weight": [3.0, 1.0]})
    episodes = episodes_of(InfluenceGraph.from_edges(edges))
    draw = draw_replicate(2, np.random.SeedSequence(1))
    draw.multiplicity[:] = 1
    for distinct, share in ((True, [0.5, 0.5]), (False, [0.75, 0.25])):
        found = resampled_spread(episodes, 100_000, distinct=distinct, threshold=False).values(draw)
        np.testing.assert_allclose(found[1:], share, atol=0.02)
        assert found[0] == 0


def test_an_interval_holds_more_than_the_error_of_sampling():
    graph = some_graph(2, n=60)
    own = score(graph, "expected_spread", uncertainty="own", samples=5_000, rng=1).intervals
    all_of_it = score(graph, "expected_spread", uncertainty="bootstrap", samples=5_000, rng=1)
    got, raw = all_of_it.intervals, all_of_it.raw
    assert ((got.raw_low <= raw) & (raw <= got.raw_high)).all()
    assert got.raw_low.min() >= 1
    assert got.raw_high.max() <= 60 + 1e-4
    attended = raw > 1
    assert np.median((got.raw_high - got.raw_low)[attended] / (own.raw_high - own.raw_low)[attended]) > 3


def test_the_same_bits_for_one_thread_and_two():
    episodes = episodes_of(some_graph(3))
    of_draw = resampled_spread(episodes, 20_000, distinct=False, threshold=False)
    draw = draw_replicate(episodes.count, np.random.SeedSequence(1))
    both, before = of_draw.values(draw), numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = of_draw.values(draw)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(both, alone)


def test_the_same_seed_gives_the_same_interval():
    first, second = (
        score(some_graph(4), "expected_spread", uncertainty="bootstrap", rng=7).intervals for _ in range(2)
    )
    np.testing.assert_array_equal(first.raw_low, second.raw_low)
    np.testing.assert_array_equal(first.raw_high, second.raw_high)


def test_nobody_acts():
    got = score(InfluenceGraph.from_edges({"source": [], "target": []}, ids=[1, 2]), "expected_spread",
                uncertainty="bootstrap", rng=1)  # fmt: skip
    assert got.intervals.raw_low.tolist() == got.intervals.raw_high.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("probability", [0.1, "trivalency"])
def test_other_probabilities_have_intervals_from_replicate_graphs(probability):
    graph = some_graph(6)
    how = {"probability": probability, "samples": 2_000, "uncertainty": "bootstrap", "replicates": 20}
    got = score(graph, "expected_spread", rng=1, **how).intervals
    assert (got.raw_high > got.raw_low).any()
    assert not get_method("expected_spread").replicates(
        episodes_of(graph), get_method("expected_spread").resolve({"probability": probability})
    )


def test_an_array_of_probabilities_has_no_interval():
    graph = some_graph(6)
    chances = np.full(graph.adjacency.nnz, 0.1)
    with pytest.raises(ConfigError, match="array of probabilities has no interval by bootstrap"):
        score(graph, "expected_spread", probability=chances, uncertainty="bootstrap", rng=1)
