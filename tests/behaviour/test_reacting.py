"""Readers react to each post once or not at all, with the chance stated."""

import numpy as np
import pytest
from scipy import stats

from influence_graph.behaviour.attention import Exposures
from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.reacting import (
    draw_reactions,
    react,
    reaction_kinds,
    reaction_rates,
    ties_by_author,
)


def test_ties_are_listed_by_whom_they_follow():
    audience = synthetic_audience(50, mean_degree=4, rng=0)
    bounds, reader = ties_by_author(audience)
    dense = audience.toarray()
    for author in range(50):
        assert (
            reader[bounds[author] : bounds[author + 1]].tolist() == np.flatnonzero(dense[:, author]).tolist()
        )


def test_each_tie_reacts_with_chance_one_minus_exp_minus_rate():
    rate = np.array([0.01, 0.3, 2.0, 0.0, 0.5, 5.0])
    bounds = np.array([0, 3, 3, 6])
    posts = 20_000
    author = np.repeat([0, 1, 2], posts)
    post, tie = draw_reactions(author, bounds, rate, np.random.default_rng(0))
    assert len(np.unique(post * 6 + tie)) == len(post)
    assert ((tie >= bounds[author[post]]) & (tie < bounds[author[post] + 1])).all()
    got = np.bincount(tie, minlength=6)
    for hits, chance in zip(got, -np.expm1(-rate), strict=True):
        assert stats.binomtest(int(hits), posts, chance).pvalue > 1e-4


def test_ties_react_independently_of_each_other():
    bounds, rate = np.array([0, 2]), np.array([0.7, 0.4])
    post, tie = draw_reactions(np.zeros(20_000, dtype=int), bounds, rate, np.random.default_rng(1))
    reacted = np.zeros((20_000, 2), dtype=bool)
    reacted[post, tie] = True
    table = [[np.sum((reacted == (a, b)).all(axis=1)) for b in (False, True)] for a in (False, True)]
    assert stats.chi2_contingency(table).pvalue > 1e-4


@pytest.mark.parametrize(("author", "bounds", "rate"), [([], [0, 1], [1.0]), ([0, 0], [0, 0], [])])
def test_without_posts_or_readers_nobody_reacts(author, bounds, rate):
    post, tie = draw_reactions(
        np.array(author, dtype=int), np.array(bounds), np.array(rate, dtype=float), np.random.default_rng(0)
    )
    assert len(post) == len(tie) == 0


def exposures(readers, posts):
    k = len(readers)
    return Exposures(np.array(readers), np.zeros(k, dtype=int), np.array(posts), np.zeros(k))


def test_rates_are_the_product_of_the_parts_that_are_on():
    seen = exposures([0, 1, 1], [0, 1, 0])
    given = {
        "chance": 0.1,
        "quality": np.array([1.0, 3.0]),
        "responsiveness": np.array([1.0, 2.0]),
        "strength": np.array([1.5]),
        "attention": np.array([1.0, 0.5]),
        "answered": np.array([True, False, True]),
    }
    assert reaction_rates(seen, **given) == pytest.approx([0.15, 0.45, 0.15])
    assert reaction_rates(seen, **given, answered_effect=1.0) == pytest.approx([0.3, 0.45, 0.3])


def test_exposures_are_reacted_to_by_chance_and_once_a_reader_and_post():
    readers, rate = np.arange(20_000), 0.7
    seen = exposures(readers, np.zeros(20_000, dtype=int))
    given = {"sender": np.full(20_000, 7), "name": np.zeros(20_000, dtype=int), "key": world_key(1, 0)}
    none = np.empty(0, dtype=int)
    hit = react(seen, np.full(20_000, rate), before=none, **given)
    assert stats.binomtest(len(hit), 20_000, -np.expm1(-rate)).pvalue > 1e-4
    again = react(seen, np.full(20_000, rate), before=(seen.reader[hit[:50]] << 40), **given)
    assert again.tolist() == hit[50:].tolist()
    # Two friends pass the same post on: two independent chances, one reaction.
    twice = exposures(np.repeat(readers, 2), np.zeros(40_000, dtype=int))
    given = {"sender": np.tile([7, 8], 20_000), "name": np.zeros(40_000, dtype=int), "key": world_key(1, 0)}
    hit = react(twice, np.full(40_000, rate), before=none, **given)
    assert len(np.unique(twice.reader[hit])) == len(hit)
    assert stats.binomtest(len(hit), 20_000, -np.expm1(-2 * rate)).pvalue > 1e-4


def test_kinds_have_their_shares():
    kinds = reaction_kinds(
        np.arange(20_000), np.arange(20_000), retweets=0.2, replies=0.5, key=world_key(1, 0)
    )
    assert np.bincount(kinds) / 20_000 == pytest.approx([0.3, 0.2, 0.5], abs=0.015)
