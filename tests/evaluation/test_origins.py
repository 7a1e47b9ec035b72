"""Origins: how many, how far apart, and what makes none possible."""

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation.origins import auto_horizon, rolling_origins
from influence_graph.interactions.read import read_interactions

DAY = 86_400 * 1_000_000


def test_each_has_a_whole_horizon_before_and_after():
    time = np.arange(1000) * DAY
    found = rolling_origins(np.random.default_rng(1).permutation(time))
    assert found.start == 500 * DAY
    assert found.horizon == round(499 * DAY / 8)
    assert len(found.moments) == 13
    assert found.moments[0] == found.start + found.horizon
    assert found.moments[-1] == time[-1] - found.horizon
    assert np.allclose(np.diff(found.moments), found.horizon / 2, atol=1)


def test_a_thin_beginning_decides_nothing():
    time = np.concatenate([np.arange(50) * 100 * DAY, 5000 * DAY + np.arange(1000) * DAY])
    assert rolling_origins(time).horizon == pytest.approx(rolling_origins(time[50:]).horizon, rel=0.06)


def test_durations_and_moments_can_be_given():
    time = np.arange(1000) * DAY
    found = rolling_origins(time, horizon="10d", origins=["1971-01-01", "1970-06-01T12:00:00Z"])
    assert found.horizon == 10 * DAY
    assert list(found.moments) == [151 * DAY + DAY // 2, 365 * DAY]
    assert rolling_origins(time, origins=1).moments == [999 * DAY - round(499 * DAY / 8)]


def test_what_cannot_be_split_is_an_error():
    with pytest.raises(ConfigError, match="No moment has a whole horizon"):
        rolling_origins(np.arange(1000) * DAY, horizon="600d")
    with pytest.raises(ConfigError, match="longer than 0"):
        rolling_origins(np.zeros(10, dtype=np.int64))
    with pytest.raises(DataError, match="No row"):
        rolling_origins(np.empty(0, dtype=np.int64))


def test_one_time_has_no_before_and_after():
    rows = {"source": ["b", "c", "a"], "target": ["a", "a", "b"], "timestamp": ["2024-01-02T03:04"] * 3}
    log = read_interactions(pl.DataFrame(rows))
    with pytest.raises(DataError, match="one time, 2024-01-02 03:04"):
        auto_horizon(log)
