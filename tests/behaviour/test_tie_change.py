"""Followers leave with the hazard stated, and join where they saw a passed-on post."""

import numpy as np
import pytest
from scipy import stats
from scipy.sparse import csr_array

from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.posting import Posts
from influence_graph.behaviour.tie_change import join, leave, unfollow_hazard
from influence_graph.behaviour.ties import make_ties

KEY = world_key(2, 0)


def posts(author, quality, bait):
    k = len(author)
    return Posts(np.array(author), np.zeros(k), np.array(quality, float), np.array(bait), np.arange(k))


def test_the_hazard_is_the_product_of_the_parts_that_are_on():
    made = posts([0, 0, 0, 1, 2], [1, 1, 1, 0.2, 1], [False, False, False, False, True])
    on = {"burst": 2, "burst_unfollow": 1.0, "dull": 0.5, "dull_unfollow": 3.0, "bait_unfollow": 0.5}
    hazard = unfollow_hazard(BehaviourModel(unfollow=0.1, **on), made, 4)
    assert hazard == pytest.approx([0.2, 0.4, 0.15, 0.1])
    assert unfollow_hazard(BehaviourModel(unfollow=0.1), made, 4) == pytest.approx(np.full(4, 0.1))
    assert not unfollow_hazard(BehaviourModel(**on), made, 4).any()


def test_active_ties_end_with_probability_one_minus_exp_minus_hazard():
    n = 300
    ties = make_ties(csr_array(np.ones((n, n)) - np.eye(n)), key=KEY)
    ties.active[ties.reader() < 30] = False
    hazard = np.where(np.arange(n) < 150, 0.02, 0.5)
    ended = leave(ties, hazard, step=0, key=KEY)
    assert ties.active[ended].all()
    for author in (ties.author < 150, ties.author >= 150):
        able = ties.active & author
        chance = -np.expm1(-hazard[ties.author[author][0]])
        assert stats.binomtest(int(author[ended].sum()), int(able.sum()), chance).pvalue > 1e-4
    assert set(ended) != set(leave(ties, hazard, step=1, key=KEY))


def test_each_pair_joins_once_and_only_by_a_potential_tie():
    reader, author = np.arange(4000) % 2000, np.zeros(4000, dtype=int)
    tie = np.where(reader < 1000, reader, -1)
    begun = join(reader, author, tie, chance=0.3, step=2, key=KEY)
    assert len(np.unique(begun)) == len(begun)
    assert begun.max() < 1000
    assert stats.binomtest(len(begun), 1000, 0.3).pvalue > 1e-4
    assert len(join(reader, author, tie, chance=0.0, step=2, key=KEY)) == 0
