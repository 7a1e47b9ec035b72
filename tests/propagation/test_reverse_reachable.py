"""Counting, storing and hitting reverse-reachable sets, and their plain definition."""

import numpy as np
import pytest
from propagation.exact import exact_spread, small_graph

from influence_graph.counter_rng import key_of
from influence_graph.propagation.live_edges import live_edges
from influence_graph.propagation.models import IndependentCascade, LinearThreshold
from influence_graph.propagation.reverse_reachable import (
    block_for,
    collect,
    count_hits,
    count_members,
    spread_from_counts,
)

PAIRS = [(1, 0), (2, 0), (3, 0), (2, 1), (4, 1), (4, 2), (5, 3), (5, 4), (6, 4), (6, 5), (7, 6), (0, 6)]
CHANCES = np.array([0.9, 0.5, 0.3, 0.7, 0.2, 0.6, 0.4, 0.8, 0.1, 0.5, 0.3, 0.25])


def empty_counts(n):
    return np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)


def test_counting_storing_and_hitting_see_the_same_sets():
    graph = small_graph(PAIRS)
    for model in (IndependentCascade(CHANCES), IndependentCascade(0.3), LinearThreshold("weighted_cascade")):
        edges, key = live_edges(graph, model), np.uint64(9)
        counts, rooted = empty_counts(graph.n)
        total = count_members(edges, key, 0, 5000, counts, rooted)
        pool, sizes = collect(edges, key, 0, 5000)
        assert total == sizes.sum() == len(pool)
        assert len(sizes) == 5000
        roots = pool[np.append(0, np.cumsum(sizes)[:-1])]
        assert np.array_equal(np.bincount(roots, minlength=8), rooted)
        assert np.array_equal(np.bincount(pool, minlength=8) - rooted, counts)
        members = np.array([0, 1, 0, 0, 0, 0, 1, 0], dtype=np.uint8)
        hits = np.maximum.reduceat(members[pool], np.append(0, np.cumsum(sizes)[:-1])).sum()
        assert count_hits(edges, key, 0, 5000, members) == hits


def test_with_certain_edges_a_set_is_everybody_from_whom_the_root_is_reached():
    graph = small_graph(PAIRS)
    pool, sizes = collect(live_edges(graph, IndependentCascade(1.0)), key_of(1), 0, 200)
    reach = np.eye(8, dtype=bool) | (graph.adjacency.toarray() > 0)
    for _ in range(3):
        reach = (reach.astype(int) @ reach) > 0
    for members in np.split(pool, np.cumsum(sizes)[:-1]):
        assert sorted(members) == np.flatnonzero(reach[members[0]]).tolist()


def test_uniform_roots_start_at_everybody_alike_and_counts_give_the_exact_spread():
    graph = small_graph(PAIRS)
    counts, rooted = empty_counts(8)
    samples = 200_000
    count_members(live_edges(graph, IndependentCascade(CHANCES)), key_of(2), 0, samples, counts, rooted)
    assert rooted.sum() == samples
    assert np.abs(rooted / samples - 1 / 8).max() < 0.004
    truth = exact_spread(graph, model=IndependentCascade(CHANCES))
    assert spread_from_counts(counts, rooted, samples) == pytest.approx(truth, rel=0.02)


def test_roots_are_drawn_by_weight():
    # b and c act on a; with all weight on c, every set is {c, a}.
    edges = live_edges(small_graph([("b", "a"), ("c", "a")]), IndependentCascade())
    counts, rooted = empty_counts(3)
    count_members(edges, key_of(1), 0, 1_000, counts, rooted, roots=np.cumsum([0.0, 0.0, 2.0]))
    assert counts.tolist() == [1_000, 0, 0]
    assert rooted.tolist() == [0, 0, 1_000]
    counts, rooted = empty_counts(3)
    count_members(edges, key_of(1), 0, 4_000, counts, rooted, roots=np.cumsum([3.0, 1.0, 0.0]))
    assert counts[0] == rooted[1] == pytest.approx(1_000, abs=120)


def test_the_share_leaves_out_samples_that_start_at_the_person():
    # Of 10 samples 4 start at person 0, who is in all of the others; person 1 has no trial left.
    values = spread_from_counts(np.array([6, 0]), np.array([4, 10]), 10)
    assert values.tolist() == [2.0, 1.0]


def test_blocks_are_smaller_where_sets_are_larger():
    assert block_for(1.0) == 65_536
    assert block_for(1000.0) == 500
    assert block_for(1e9) == 16
