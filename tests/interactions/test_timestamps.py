"""Moments, units and windows of time."""

from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph.interactions.timestamps import (
    FORMS,
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


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_numbers_in_each_unit(unit, scale):
    moment = datetime(2012, 7, 4, 8, tzinfo=UTC)
    frame = pl.DataFrame({"timestamp": [int(moment.timestamp()) * scale]})
    value, unfit, _ = parse_timestamp(pl.Int64(), unit=unit, guessed=True)
    assert frame.select(value.alias("time"), unfit.alias("unfit")).row(0) == (moment, False)
    counts = dict.fromkeys(("s", "ms", "us", "ns"), 1) | {unit: 2}
    assert likely_unit(counts) == unit


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Wed Oct 10 20:19:24 +0000 2018", True),
        ("Wed  Oct 10  20:19:24 +0000 2018", True),
        ("Wed Oct 1020:19:24 +0000 2018", False),
        ("WedOct 10 20:19:24 +0000 2018", False),
    ],
)
def test_a_space_that_is_lost_makes_no_time(text, read):
    frame = pl.DataFrame({"text": [text]})
    found = frame.select(FORMS["twitter"](pl.col("text"))).to_series()[0]
    assert found == (datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC) if read else None)
