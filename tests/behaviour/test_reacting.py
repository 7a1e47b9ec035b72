"""Readers react to each post once or not at all, with the chance stated."""

import numpy as np
import pytest
from scipy import stats

from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.reacting import draw_reactions, ties_by_author


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
