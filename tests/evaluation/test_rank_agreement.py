"""Rank agreement against scipy, brute force and the definitions."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from influence_graph import DataError
from influence_graph.evaluation.rank_agreement import (
    kendall_tau_b,
    rank_biased_overlap,
    spearman,
    top_k_overlap,
)

MEASURES = [kendall_tau_b, spearman, top_k_overlap, rank_biased_overlap]
people = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=40)


def random_orders(values):
    """Every strict order that breaks the ties of these values, as arrays of values."""
    groups = [np.flatnonzero(values == v) for v in np.unique(values)]
    for parts in product(*(permutations(group) for group in groups)):
        strict = np.empty(len(values))
        strict[[i for part in parts for i in part]] = np.arange(len(values))
        yield strict


def plain_rank_biased(a, b, p, depth):
    """The definition, for strict orders."""
    top_a, top_b = np.argsort(-a), np.argsort(-b)
    agreement = [len({*top_a[:d]} & {*top_b[:d]}) / d for d in range(1, depth + 1)]
    return (1 - p) * sum(p ** (d - 1) * x for d, x in enumerate(agreement, 1)) + p**depth * agreement[-1]


@given(people)
def test_tau_and_rho_equal_scipy_on_the_repeated_people(drawn):
    a, b, counts = np.array(drawn).T
    repeated_a, repeated_b = np.repeat(a, counts), np.repeat(b, counts)
    assume(len(set(repeated_a)) > 1 and len(set(repeated_b)) > 1)
    expected = stats.kendalltau(repeated_a, repeated_b).statistic
    assert kendall_tau_b(a, b, counts=counts) == pytest.approx(expected, abs=1e-12)
    assert spearman(a, b, counts=counts) == pytest.approx(
        stats.spearmanr(repeated_a, repeated_b).statistic, abs=1e-12
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=5), st.integers(1, 6))
def test_overlaps_are_the_mean_over_all_ways_to_break_ties(pairs, k):
    a, b = np.array(pairs, dtype=float).T
    orders = list(product(random_orders(a), random_orders(b)))
    depth = min(k, len(a))
    overlap = np.mean([len({*np.argsort(-x)[:depth]} & {*np.argsort(-y)[:depth]}) / depth for x, y in orders])
    assert top_k_overlap(a, b, k=k) == pytest.approx(overlap)
    biased = np.mean([plain_rank_biased(x, y, 0.9, len(a)) for x, y in orders])
    assert rank_biased_overlap(a, b, persistence=0.9) == pytest.approx(biased)


@pytest.mark.parametrize("measure", MEASURES)
@given(drawn=people)
def test_counts_are_repetition(measure, drawn):
    a, b, counts = np.array(drawn, dtype=float).T
    counts = counts.astype(int)
    assume(counts.sum() > 0)
    copies_a, copies_b = np.repeat(a, counts), np.repeat(b, counts)
    if measure in (top_k_overlap, rank_biased_overlap):
        # Copies of somebody who ties with no one else stand in one order in both rankings.
        for one in np.flatnonzero(counts):
            own = np.repeat(np.arange(len(a)), counts) == one
            if (copies_a == a[one]).sum() == counts[one] == (copies_b == b[one]).sum():
                copies_a[own] += np.arange(counts[one]) / 10
                copies_b[own] += np.arange(counts[one]) / 10
    once = measure(copies_a, copies_b)
    assert measure(a, b, counts=counts) == pytest.approx(once, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("measure", MEASURES)
@given(drawn=people)
def test_symmetric_and_blind_to_monotone_maps(measure, drawn):
    a, b, _ = np.array(drawn).T
    assert measure(a, b) == pytest.approx(measure(b, a), abs=1e-12, nan_ok=True)
    assert measure(np.exp(a), b) == pytest.approx(measure(a, b), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_ranking_without_ties_agrees_with_itself(measure):
    assert measure(np.arange(500), np.arange(500)) == pytest.approx(1.0)


@pytest.mark.parametrize("measure", [kendall_tau_b, spearman])
def test_reversal_and_constants(measure):
    assert measure([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert np.isnan(measure([1, 1, 1], [3, 2, 1]))


@pytest.mark.parametrize("measure", MEASURES)
def test_different_people_or_missing_values_raise(measure):
    with pytest.raises(DataError, match="3 and 2 people"):
        measure([1, 2, 3], [1, 2])
    with pytest.raises(DataError, match="finite"):
        measure([1, np.nan], [1, 2])
