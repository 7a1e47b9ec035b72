"""Readers see what comes by active ties, the newest of it where attention is limited."""

import numpy as np
import pytest

from influence_graph.behaviour.attention import emissions, in_flow, overload_factor, see_posts
from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.ties import make_ties

N = 40


@pytest.fixture
def step():
    rng = np.random.default_rng(0)
    ties = make_ties(synthetic_audience(N, mean_degree=5, rng=1), key=world_key(1, 0))
    ties.active[::3] = False
    return ties, emissions(N, rng.integers(0, N, 90), rng.permutation(90), rng.random(90))


@pytest.mark.parametrize("limit", [1, 4, 1000, np.inf])
def test_what_is_seen_is_what_a_loop_over_readers_finds(step, limit):
    ties, sent = step
    flow = in_flow(ties, sent)
    seen = see_posts(ties, sent, flow, limit=limit)
    for reader in range(N):
        feed = [
            (sent.time[place], sent.post[place], tie)
            for tie in range(ties.bounds[reader], ties.bounds[reader + 1])
            if ties.active[tie]
            for place in range(sent.bounds[ties.author[tie]], sent.bounds[ties.author[tie] + 1])
        ]
        assert flow[reader] == len(feed)
        newest = sorted(feed, reverse=True)[: int(min(limit, len(feed)))]
        here = seen.reader == reader
        found = zip(seen.time[here], seen.post[here], seen.tie[here], strict=True)
        assert sorted(found, reverse=True) == newest


def test_overload_is_off_below_the_threshold_and_a_power_above():
    flow = np.array([0, 10, 20, 40])
    assert overload_factor(flow).tolist() == [1, 1, 1, 1]
    assert overload_factor(flow, threshold=10, exponent=2.0).tolist() == [1, 1, 0.25, 0.0625]
