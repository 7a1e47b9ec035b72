"""Times and traits follow the laws that their docstrings state."""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.posting import (
    DAY,
    draw_posts,
    effort_quality,
    post_times,
    reaction_delays,
    unit_lognormal,
)
from influence_graph.errors import ConfigError


@pytest.mark.parametrize("longest", [120.0, 300.0, 3600.0, 7 * DAY])
def test_delays_follow_the_memory_kernel_integrated_numerically(longest):
    def kernel(seconds):
        return 1.0 if seconds <= 300 else (seconds / 300) ** -1.242  # the fit of Zhao et al. (2015)

    def mass(seconds):
        parts = [0, min(300, seconds), seconds]
        return sum(integrate.quad(kernel, low, high)[0] for low, high in itertools.pairwise(parts))

    delays = reaction_delays(20_000, longest=longest, rng=np.random.default_rng(1))
    assert delays.min() > 0
    assert delays.max() <= longest
    for share in (0.1, 0.5, 0.9):
        edge = float(np.quantile(delays, share))
        # Four standard errors of an empirical distribution function.
        assert mass(edge) / mass(longest) == pytest.approx(share, abs=4 * np.sqrt(0.25 / 20_000))


@pytest.mark.parametrize("rhythm", [0.0, 0.6, 1.0])
def test_posts_follow_the_daily_rhythm(rhythm):
    times = post_times(30_000, days=5, rhythm=rhythm, rng=np.random.default_rng(2))
    assert times.min() >= 0
    assert times.max() <= 5 * DAY

    def share(day):
        swing = np.sin(2 * np.pi * (day - 20 / 24)) + np.sin(2 * np.pi * 20 / 24)
        return day + rhythm / (2 * np.pi) * swing

    assert stats.kstest(times % DAY / DAY, share).pvalue > 1e-4
    days = np.bincount((times // DAY).astype(int), minlength=5)
    assert stats.chisquare(days).pvalue > 1e-4


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.2])
def test_traits_have_mean_one_and_the_spread_asked_for(spread):
    traits = unit_lognormal(200_000, spread, np.random.default_rng(3))
    assert traits.mean() == pytest.approx(1, abs=5 * np.sqrt(np.expm1(spread**2) / 200_000))
    assert np.log(traits).std() == pytest.approx(spread, abs=0.01)


KEY = world_key(7, 0)


def drawn(rate, *, bait=0.0, spread=0.0, step=3):
    n = len(rate)
    return draw_posts(rate, np.full(n, 2.0), bait_share=np.full(n, bait), spread=spread, step=step, key=KEY)


def test_posts_of_a_step_follow_rate_quality_and_bait():
    rate = np.random.default_rng(0).exponential(1, 4000)
    posts = drawn(rate, bait=0.3, spread=0.7)
    count = np.bincount(posts.author, minlength=4000)
    assert count.sum() == pytest.approx(rate.sum(), abs=5 * np.sqrt(rate.sum()))
    assert (np.diff(posts.author) >= 0).all()
    assert ((posts.time >= 3) & (posts.time < 4)).all()
    assert posts.quality.mean() == pytest.approx(2, rel=0.06)
    assert np.log(posts.quality).std() == pytest.approx(0.7, rel=0.05)
    assert posts.bait.mean() == pytest.approx(0.3, abs=0.04)
    assert len(np.unique(posts.name)) == len(posts.name)


def test_the_first_posts_are_the_same_at_a_higher_rate():
    low, high = drawn(np.full(500, 1.0), spread=0.5), drawn(np.full(500, 2.0), spread=0.5)
    place = {name: k for k, name in enumerate(high.name.tolist())}
    same = np.array([place[name] for name in low.name.tolist()])
    assert (high.time[same] == low.time).all()
    assert (high.quality[same] == low.quality).all()


def test_effort_lowers_quality_by_its_exponent():
    quality, effort = np.array([1.0, 2.0]), np.array([0.25, 4.0])
    assert effort_quality(quality, effort, exponent=0.5).tolist() == [0.5, 4.0]
    assert effort_quality(quality, effort, exponent=0.0).tolist() == [1.0, 2.0]


def test_more_posts_than_a_step_holds_are_an_error():
    with pytest.raises(ConfigError, match="600 times a step"):
        drawn(np.array([600.0]))
