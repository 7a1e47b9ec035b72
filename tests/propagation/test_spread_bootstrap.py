"""Replicates of the expected spread."""

import numba
import numpy as np
import pytest
from scipy.sparse import random_array

from influence_graph import ConfigError, InfluenceGraph, score
from influence_graph.bootstrap import Draws, draw_replicates
from influence_graph.propagation._expected_spread import expected_spread
from influence_graph.propagation.spread_bootstrap import resampled_spread


class Fixed(Draws):
    """Draws in which all weights within actors are one, and nothing goes to anybody not seen."""

    def within(self, replicate):
        stream = np.random.default_rng(1)

        class Ones:
            bit_generator = stream.bit_generator

            def standard_exponential(self, size):
                return np.ones(size)

            def standard_gamma(self, shape, size):
                return np.zeros(size)

            def integers(self, low, high, size=None, dtype=np.int64):
                return stream.integers(low, high, size, dtype)

        return Ones()


def some_graph(seed, n=20):
    return InfluenceGraph.from_scipy(random_array((n, n), density=0.12, rng=np.random.default_rng(seed)))


@pytest.mark.parametrize("model", ["independent_cascade", "linear_threshold"])
@pytest.mark.parametrize("probability", ["weighted_cascade", "share"])
def test_with_all_weights_one_a_replicate_is_the_spread(model, probability, monkeypatch):
    monkeypatch.setattr("influence_graph.propagation.spread_bootstrap.key_of", lambda stream: np.uint64(5))
    graph, n = some_graph(1), 20
    raw = expected_spread(graph, model=model, probability=probability, samples=400_000, rng=1).values
    how = {"probability": probability, "threshold": model == "linear_threshold"}
    ones = Fixed(np.ones((n, 1)), np.zeros((n, 1)), ())
    found = resampled_spread(graph, raw, 400_000, **how)(ones).seen[:, 0]
    np.testing.assert_allclose(found, raw, rtol=0.02)


def test_an_interval_holds_more_than_the_error_of_sampling():
    graph = some_graph(2, n=60)
    own = score(graph, "expected_spread", uncertainty="own", samples=5_000, rng=1).intervals
    all_of_it = score(graph, "expected_spread", uncertainty="bootstrap", samples=5_000, rng=1)
    got, raw = all_of_it.intervals, all_of_it.raw
    assert ((got.raw_low <= raw) & (raw <= got.raw_high)).all()
    assert got.raw_low.min() >= 1
    assert got.raw_high.max() <= 60
    attended = raw > 1
    assert np.median((got.raw_high - got.raw_low)[attended] / (own.raw_high - own.raw_low)[attended]) > 3


def test_the_same_bits_for_one_thread_and_two():
    graph = some_graph(3)
    draws = next(draw_replicates(20, 2, np.random.SeedSequence(1)))
    of_draws = resampled_spread(graph, np.full(20, 2.0), 20_000, probability="share", threshold=False)
    both, before = of_draws(draws).all, numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = of_draws(draws).all
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


@pytest.mark.parametrize("probability", [0.1, "weight", "trivalency"])
def test_chances_that_are_no_shares_have_no_interval(probability):
    edges = {"source": ["b", "c"], "target": ["a", "a"]}
    graph = InfluenceGraph.from_edges(edges)
    with pytest.raises(ConfigError, match=f"probability={probability!r} has no valid interval by bootstrap"):
        score(graph, "expected_spread", probability=probability, uncertainty="bootstrap", rng=1)
