"""Decay held against its definition."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from influence_graph.graph.decay import decay, decay_as_of
from influence_graph.interactions.encoded_log import ALWAYS


@pytest.mark.parametrize("half_life", [0.5, 3.0, 86_400.0])
def test_each_half_life_halves(half_life):
    ages = half_life * np.arange(6)
    assert decay(ages, half_life).tolist() == [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]
    np.testing.assert_allclose(decay(0.3 * half_life, half_life), 2**-0.3, rtol=1e-15)
    assert decay(np.inf, half_life) == 0


def test_times_as_of_a_moment():
    now = datetime(2024, 1, 3, tzinfo=UTC)
    times = [now - timedelta(days=days) for days in (0, 1, 2)]
    microseconds = np.array([int(time.timestamp()) * 1_000_000 for time in times] + [ALWAYS])
    left = decay_as_of(now, 86_400.0)
    # What has no time has no age.
    assert left(microseconds).tolist() == [1, 0.5, 0.25, 1]
    assert left(np.empty(0, np.int64)).tolist() == []


def test_nothing_decays_without_half_life_or_moment():
    assert decay_as_of(None, 1.0) is None
    assert decay_as_of(datetime(2024, 1, 1, tzinfo=UTC), None) is None
