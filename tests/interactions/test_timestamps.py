"""Moments, units and windows of time."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.interactions.timestamps import (
    duration_microseconds,
    instant,
    likely_unit,
    microseconds,
    parse_timestamp,
)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2012, 7, 4, 8, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_moments_are_exact_microseconds(moment):
    assert instant(microseconds(moment)) == moment
    assert microseconds(moment) == pl.Series([moment]).dt.epoch("us")[0]


@pytest.mark.parametrize(
    ("window", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1.5h", 5400),
        ("7d", 604_800),
        ("2w", 1_209_600),
        (timedelta(hours=3), 10_800),
    ],
)
def test_windows(window, seconds):
    assert duration_microseconds(window) == seconds * 10**6


def test_no_window_is_longer_than_any_log_and_can_be_added_to_a_time():
    century = timedelta(days=36_525) / timedelta(microseconds=1)
    assert duration_microseconds(None) > 100 * century
    assert duration_microseconds(None) + microseconds(datetime(9999, 1, 1, tzinfo=UTC)) < 2**63


@pytest.mark.parametrize("window", ["soon", "", "5", "m", "-1h", "0s", timedelta(0)])
def test_windows_that_are_none(window):
    with pytest.raises(ConfigError, match="window is"):
        duration_microseconds(window)


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_numbers_in_each_unit(unit, scale):
    moment = datetime(2012, 7, 4, 8, tzinfo=UTC)
    frame = pl.DataFrame({"timestamp": [int(moment.timestamp()) * scale]})
    value, unfit, _ = parse_timestamp(pl.Int64(), unit=unit, guessed=True)
    assert frame.select(value.alias("time"), unfit.alias("unfit")).row(0) == (moment, False)
    counts = dict.fromkeys(("s", "ms", "us", "ns"), 1) | {unit: 2}
    assert likely_unit(counts) == unit
