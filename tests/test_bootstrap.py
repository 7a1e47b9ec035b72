"""Replicates: streams, sums, what is unseen."""

import numba
import numpy as np
import pytest
from scipy import stats
from scipy.sparse import random_array

from influence_graph.bootstrap import Draws, draw_replicates, resampled_sums, worth_of_a_reaction
from influence_graph.methods import get_method


def all_draws(n, replicates, seed=1):
    parts = list(draw_replicates(n, replicates, np.random.SeedSequence(seed)))
    return np.hstack([part.actors for part in parts]), np.hstack([part.unseen for part in parts])


def test_the_laws_of_the_draws():
    actors, unseen = all_draws(2_000, 40)
    assert stats.kstest(actors.ravel(), "expon").pvalue > 0.001
    assert stats.kstest(unseen.ravel(), "gamma", args=(0.5,)).pvalue > 0.001
    assert abs(np.corrcoef(actors[:, 0], actors[:, 1])[0, 1]) < 0.1


def test_a_replicate_depends_neither_on_how_many_there_are_nor_on_threads():
    few, many = all_draws(50, 17), all_draws(50, 40)
    np.testing.assert_array_equal(few[0], many[0][:, :17])
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = all_draws(50, 40)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(alone[1], many[1])


def test_sums_against_a_loop():
    rng = np.random.default_rng(3)
    contributions = random_array((12, 12), density=0.3, rng=rng, format="csr")
    draws = next(draw_replicates(12, 5, np.random.SeedSequence(2)))
    found = resampled_sums(contributions)(draws).all
    dense = contributions.toarray()
    overall = dense.sum() / (dense > 0).sum()
    for v in range(12):
        reactors = np.count_nonzero(dense[:, v])
        worth = dense[:, v].sum() / reactors if reactors else overall
        for b in range(5):
            expected = sum(dense[u, v] * draws.actors[u, b] for u in range(12)) + worth * draws.unseen[v, b]
            assert found[v, b] == pytest.approx(expected, rel=1e-12)


def test_a_count_of_k_has_the_law_gamma_k_and_a_half():
    reactors = 3
    from scipy.sparse import csr_array

    star = csr_array((np.ones(reactors), (np.arange(1, 4), np.zeros(3, dtype=int))), shape=(4, 4))
    of_draws = resampled_sums(star)
    values = np.hstack(
        [of_draws(draws).all[0] for draws in draw_replicates(4, 3_000, np.random.SeedSequence(5))]
    )
    assert stats.kstest(values, "gamma", args=(3.5,)).pvalue > 0.001


def test_streams_within_actors_differ_between_replicates_and_uses():
    draws = next(draw_replicates(3, 2, np.random.SeedSequence(1)))
    part = draws.of(np.array([0, 2]), 1)
    numbers = {
        source.within(b).random() for source in (draws, part, draws.of(np.array([0]), 2)) for b in (0, 1)
    }
    assert len(numbers) == 6
    np.testing.assert_array_equal(part.actors, draws.actors[[0, 2]])
    assert draws.within(0).random() != np.random.default_rng(draws.seeds[0]).random()


def test_worth_where_nobody_reacts():
    np.testing.assert_array_equal(worth_of_a_reaction(np.array([0.0, 0.0]), np.array([0, 0])), [0.0, 0.0])


@pytest.mark.parametrize("name", ["engagement", "reactors", "pagerank", "multinetwork"])
def test_methods_declare_their_replicates(name):
    assert get_method(name).replicates is not None


@pytest.mark.parametrize("name", ["random", "activity", "last_reaction", "engagement_rate", "growth"])
def test_methods_without_a_valid_interval_declare_none(name):
    assert get_method(name).replicates is None


def test_draws_hold_what_they_say():
    draws = Draws(np.ones((2, 1)), np.zeros((2, 1)), (np.random.SeedSequence(1),))
    assert draws.actors.shape == draws.unseen.shape
