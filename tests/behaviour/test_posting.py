"""Times and traits follow the laws that their docstrings state."""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from influence_graph.behaviour.posting import DAY, post_times, reaction_delays, unit_lognormal


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
