"""The law of the live edges, against a coin an edge."""

from itertools import product

import numpy as np
import pytest
from numba import njit
from scipy.sparse import csr_array
from scipy.stats import chisquare

from influence_graph.counter_rng import start, step
from influence_graph.propagation.live_edges import chosen, draw_run, lay_out


@njit
def _draw(edges, row, samples, key):
    """How often each entry of a row is live, and how often each set of the first 10 is."""
    places = np.empty((1, 100_000), dtype=np.int64)
    single = len(edges.pointer) == 0
    live = np.zeros(len(edges.neighbours), dtype=np.int64)
    subsets = np.zeros(1024, dtype=np.int64)
    for i in range(samples):
        state = start(key, i)
        end = 0
        first, last = (row, row + 1) if single else (edges.pointer[row], edges.pointer[row + 1])
        for run in range(first, last):
            end, state = draw_run(edges.segments, edges.kinds, edges.probability, run, state, places, 0, end)
        subset = 0
        for j in range(end):
            a = edges.neighbours[places[0, j]]
            live[a] += 1
            if a < 10:
                subset |= 1 << a
        subsets[subset] += 1
    return live, subsets


def _row(p):
    p = np.asarray(p, dtype=np.float64)
    return lay_out(
        csr_array((p, np.arange(len(p), dtype=np.int32), [0, len(p)]), shape=(1, len(p))), p, threshold=False
    )


@pytest.mark.parametrize(
    "p",
    [
        [0.2] * 5,
        [0.5, 0.5],
        [0.9] * 4,
        [1.0, 1.0],
        [0.0, 0.0],
        [0.9, 0.3, 0.05, 0.05, 0.6],
        [1.0, 0.5, 0.0, 0.01],
        [0.26, 0.49, 0.3, 0.001],
    ],
)
def test_every_set_of_live_entries_comes_as_often_as_independent_coins_give_it(p):
    samples = 200_000
    _, subsets = _draw(_row(p), 0, samples, np.uint64(11))
    expected = np.zeros(1024)
    for coins in product((0, 1), repeat=len(p)):
        chance = np.prod([q if c else 1 - q for q, c in zip(p, coins, strict=True)])
        expected[sum(c << i for i, c in enumerate(coins))] = chance
    possible = expected > 0
    assert subsets[~possible].sum() == 0
    if possible.sum() > 1:
        assert chisquare(subsets[possible], expected[possible] / expected.sum() * samples).pvalue > 1e-4


def test_long_rows_are_skipped_through_at_the_right_rate():
    p = np.full(5000, 0.2)  # 1000 live a draw: (1 − p)^d underflows to nothing useful
    live, _ = _draw(_row(p), 0, 2000, np.uint64(3))
    assert abs(live.sum() / (2000 * 1000) - 1) < 0.002
    assert chisquare(live).pvalue > 1e-4


def test_small_probabilities_share_one_run_and_keep_their_own_rates():
    p = np.geomspace(1e-4, 0.3, 300)
    edges = _row(p)
    assert len(edges.segments) < 12
    samples = 100_000
    live, _ = _draw(edges, 0, samples, np.uint64(5))
    spread = np.sqrt(samples * p * (1 - p))
    assert np.abs((live - samples * p) / spread).max() < 4.5


@njit
def _choices(edges, samples, key):
    counts = np.zeros(len(edges.neighbours) + 1, dtype=np.int64)
    for i in range(samples):
        counts[chosen(edges.segments, edges.kinds, edges.probability, 0, step(start(key, i)))] += 1
    return counts  # the last: nobody


@pytest.mark.parametrize("w", [[0.25] * 4, [0.2] * 4, [0.5, 0.3, 0.2], [0.1, 0.6], [1.0], [1 / 3] * 3])
def test_linear_threshold_chooses_one_entry_by_weight_or_nobody(w):
    p = np.array(w)
    matrix = csr_array((p, np.arange(len(p), dtype=np.int32), [0, len(p)]), shape=(1, len(p)))
    counts = _choices(lay_out(matrix, p, threshold=True), 100_000, np.uint64(7))
    expected = np.append(p, max(1 - p.sum(), 0.0))
    if expected[-1] < 1e-12:
        assert counts[-1] == 0
        counts, expected = counts[:-1], expected[:-1]
    if len(expected) > 1:
        assert chisquare(counts, expected / expected.sum() * 100_000).pvalue > 1e-4
