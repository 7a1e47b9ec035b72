"""Greedy maximum coverage, against the plain greedy choice and against every choice."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from influence_graph.propagation.greedy_cover import cover_greedily


@given(st.data())
def test_greedy_cover_equals_the_plain_one_and_its_bound_holds(data):
    n = data.draw(st.integers(2, 7))
    sets = data.draw(
        st.lists(st.sets(st.integers(0, n - 1), min_size=1), min_size=1, max_size=20).map(
            lambda found: [sorted(s) for s in found]
        )
    )
    k = data.draw(st.integers(1, n))
    pool = np.concatenate([np.array(s, dtype=np.int32) for s in sets])
    sizes = np.array([len(s) for s in sets], dtype=np.int32)
    nobody = np.zeros(0, dtype=np.int64)
    cover = cover_greedily(n, pool, sizes, np.ones(n), float(k), nobody, np.ones(n, dtype=bool))
    left, gains = [set(s) for s in sets], []
    for _ in range(k):
        counts = [sum(v in s for s in left) for v in range(n)]
        gains.append(max(counts))
        left = [s for s in left if int(np.argmax(counts)) not in s]
    assert cover.gains.tolist() == gains
    best = max(sum(bool(set(c) & set(s)) for s in sets) for c in combinations(range(n), k))
    assert sum(gains) <= best <= cover.bound + 1e-9


def test_choosing_more_than_are_indexed_at_first():
    n = 4000
    sets = np.arange(n, dtype=np.int32)  # everybody in a set of their own
    cover = cover_greedily(
        n,
        sets,
        np.ones(n, dtype=np.int32),
        np.ones(n),
        float(n),
        np.zeros(0, dtype=np.int64),
        np.ones(n, bool),
    )
    assert sorted(cover.chosen.tolist()) == list(range(n))
    assert cover.bound == n


def test_given_people_cover_their_sets_before_anybody_is_chosen():
    # Person 0 is in sets 0 and 1, person 1 in sets 1 and 2, person 2 in set 2.
    pool = np.array([0, 0, 1, 1, 2], dtype=np.int32)
    sizes = np.array([1, 2, 2], dtype=np.int32)
    allowed = np.array([False, True, True])
    cover = cover_greedily(3, pool, sizes, np.ones(3), 1.0, np.array([0]), allowed)
    assert cover.chosen.tolist() == [1]
    assert cover.gains.tolist() == [1.0]
    assert cover.bound >= 3


def test_costs_decide_by_sets_a_unit_of_cost():
    pool = np.array([0, 0, 0, 1, 1], dtype=np.int32)
    sizes = np.ones(5, dtype=np.int32)
    nobody = np.zeros(0, dtype=np.int64)
    cover = cover_greedily(2, pool, sizes, np.array([3.0, 1.0]), 3.0, nobody, np.ones(2, dtype=bool))
    assert cover.chosen.tolist() == [1]  # 2 sets for 1, not 3 for 3; the rest of the budget is too small
    assert cover.bound >= 2 + 2 * 3 / 3
