"""Confidence sets of ranks, against the construction written as the formula."""

import numba
import numpy as np
import pytest
from scipy import stats

from influence_graph.scoring import rank_sets as module
from influence_graph.scoring.rank_sets import compared_with, rank_sets


def plain_rank_sets(roots, natural, confidence, together):
    """Return the sets of all people: pairwise differences, studentised, stepdown; roots of shape (n, b)."""
    # Nine reactors each.
    f, n = np.sqrt((natural + 0.375 * natural.mean() / 9) / natural.max()), len(natural)
    estimate = f[:, None] - f[None, :]  # [j, k]
    draws = roots[:, None, :] - roots[None, :, :]
    spread = draws.std(axis=2, ddof=1)
    varies = spread > 2e-6
    z = np.zeros_like(draws)
    z[varies] = np.abs(draws - draws.mean(axis=2, keepdims=True))[varies] / spread[varies][:, None]
    sure = ~varies & (np.abs(estimate) > 2e-6)
    active = varies.copy()
    groups = [np.arange(n)] if together else [np.array([j]) for j in range(n)]
    for rows in groups:
        while active[rows].any():
            largest = np.where(active[rows][:, :, None], z[rows], 0.0).max(axis=(0, 1))
            critical = np.sort(largest)[int(np.ceil(confidence * (len(largest) - 1)))]
            new = active[rows] & (np.abs(estimate[rows]) > critical * spread[rows])
            if not new.any():
                break
            sure[rows] |= new
            active[rows] &= ~new
    return 1 + (sure & (estimate < 0)).sum(axis=1), n - (sure & (estimate > 0)).sum(axis=1)


def replicates(n, b, seed):
    rng = np.random.default_rng(seed)
    natural = np.round(rng.pareto(1.0, n) * 10, 2) + 1
    noise = rng.normal(size=(n, b)) * rng.uniform(0.05, 0.5, n)[:, None]
    return (np.sqrt(natural / natural.max())[:, None] * np.exp(noise / 2 + 0.1)).astype(np.float32), natural


def sets(roots, natural, people, reactors=None, **how):
    reactors = np.full(len(natural), 9) if reactors is None else reactors
    rows = np.arange(len(natural))
    return rank_sets(roots, rows, natural, people, reactors=reactors, caused=natural, **how)


@pytest.mark.parametrize("ranks", ["marginal", "simultaneous"])
@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_by_the_formula(ranks, confidence):
    roots, natural = replicates(25, 60, 3)
    low, high = sets(roots, natural, np.arange(25), confidence=confidence, ranks=ranks)
    best, worst = plain_rank_sets(roots.astype(float), natural, confidence, ranks == "simultaneous")
    assert low.tolist() == best.tolist()
    assert high.tolist() == worst.tolist()
    assert len({*low}) > 3


def test_levels_and_kinds_are_told_apart():
    roots, natural = replicates(25, 60, 3)
    width = {}
    for confidence in (0.80, 0.95):
        for ranks in ("marginal", "simultaneous"):
            low, high = sets(roots, natural, np.arange(25), confidence=confidence, ranks=ranks)
            width[confidence, ranks] = (high - low).sum()
    assert width[0.80, "marginal"] < width[0.95, "marginal"] < width[0.95, "simultaneous"]
    assert width[0.80, "simultaneous"] < width[0.95, "simultaneous"]


def test_pairs_that_never_vary_are_ties_or_sure():
    natural = np.array([5.0, 5.0, 4.0])
    roots = np.sqrt(natural / 5.0)[:, None] + np.random.default_rng(1).random(size=40)[None, :]
    low, high = sets(roots.astype(np.float32), natural, np.arange(3), confidence=0.95)
    assert (low.tolist(), high.tolist()) == ([1, 1, 3], [2, 2, 3])


def test_only_the_people_asked_for():
    roots, natural = replicates(25, 60, 3)
    whole = sets(roots, natural, np.arange(25), confidence=0.95)
    part = sets(roots, natural, np.array([7, 2]), confidence=0.95)
    np.testing.assert_array_equal(part, [end[[7, 2]] for end in whole])


def test_no_set_depends_on_the_unit():
    roots, natural = replicates(25, 60, 3)
    whole = sets(roots, natural, np.arange(25), confidence=0.95)
    for unit in (1e-200, 1e-5, 1e250):
        found = sets(roots, natural * unit, np.arange(25), confidence=0.95)
        np.testing.assert_array_equal(found, whole)


def test_only_rows_of_the_people_compared_are_needed(monkeypatch):
    roots, natural = replicates(25, 60, 3)
    reactors = np.where(natural > np.median(natural), 9, 1)
    people = np.array([np.argmin(natural), np.argmax(natural)])
    monkeypatch.setattr(module, "LARGE", 2)
    rows = np.union1d(compared_with(reactors), people)
    assert len(rows) == 13
    how = {"reactors": reactors, "caused": natural, "confidence": 0.95}
    found = rank_sets(roots[rows], rows, natural, people, **how)
    np.testing.assert_array_equal(found, rank_sets(roots, np.arange(25), natural, people, **how))


def test_coverage_of_a_normal_law_with_ties():
    truth = np.repeat([30.0, 20.0, 10.0], [2, 5, 13])
    first, last = stats.rankdata(-truth, "min"), stats.rankdata(-truth, "max")
    held = {"marginal": [], "simultaneous": []}
    for seed in range(120):
        rng = np.random.default_rng(seed)
        estimate = np.sqrt(truth) + 0.3 * rng.normal(size=20)
        roots = ((estimate[:, None] + 0.3 * rng.normal(size=(20, 200))) / estimate.max()).astype(np.float32)
        for ranks, found in held.items():
            low, high = sets(roots, estimate**2, np.arange(20), confidence=0.95, ranks=ranks)
            found.append((low <= first) & (last <= high))
    assert np.mean(held["marginal"], axis=0).min() > 0.90
    assert np.mean([inside.all() for inside in held["simultaneous"]]) > 0.91


def test_people_with_few_reactors_are_bounded_by_a_gamma_tail(monkeypatch):
    monkeypatch.setattr(module, "LARGE", 2)
    natural = np.array([400.0, 12.0, 1.0, 0.0])
    reactors = np.array([400, 12, 1, 0])
    rng = np.random.default_rng(2)
    roots = np.sqrt(rng.poisson(natural[:, None], size=(4, 400)) / 400.0 + 0.375 / 400).astype(np.float32)
    low, high = sets(roots, natural, np.arange(4), reactors, confidence=0.95)
    # The bounds at 0.0025 of one and of no reaction, for both at once.
    bounds = stats.gamma.ppf(1 - 0.0025 / 2, [1.5, 0.5])
    spread = roots.astype(float).std(axis=1, ddof=1)
    lowest = np.maximum(np.sqrt((natural + 0.375) / 400) - stats.norm.ppf(1 - 0.0025) * spread, 0) ** 2
    lowest = 400 * lowest - 0.375
    assert [int((bounds < end).sum()) for end in lowest] == [2, 0, 0, 0]
    assert low[0] == high[0] == 1
    assert high[1] == 4
    # Those who are bounded are not compared pair by pair, and are never surely above.
    assert low[1] == 2
    assert (low[2:] >= 2).all()


def test_the_same_bits_for_one_thread_and_two():
    roots, natural = replicates(60, 50, 5)
    before = numba.get_num_threads()
    for ranks in ("marginal", "simultaneous"):
        both = sets(roots, natural, np.arange(60), confidence=0.9, ranks=ranks)
        try:
            numba.set_num_threads(1)
            alone = sets(roots, natural, np.arange(60), confidence=0.9, ranks=ranks)
        finally:
            numba.set_num_threads(before)
        np.testing.assert_array_equal(both, alone)
