"""Columns of every type that holds a log, in sessions of any time zone."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from influence_graph import read_interactions

BASE = pl.DataFrame({"source": [1, 2, 3], "target": [2, 3, 1], "kind": ["Like", "like", "post "]})
NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
MICROSECONDS = int(NOON.timestamp() * 1e6)


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        (["2024-07-01 12:00:00"] * 2, "timestamp_ntz", NOON),
        (["2024-07-01T12:00:00", "2024-07-01T14:00:00+02:00"], None, NOON),
        ([MICROSECONDS * 1000 + 999] * 2, "ns", NOON),
        ([MICROSECONDS / 1e6] * 2, "s", NOON),
    ],
    ids=["naive", "text", "ns", "float"],
)
def test_times_are_in_utc_whatever_the_zone_of_the_session(
    spark: Any, to_spark: Any, values: list[Any], unit: str | None, expected: datetime
) -> None:
    rows = BASE.head(2).with_columns(pl.Series("timestamp", values))
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        frame = to_spark(rows)
        if unit == "timestamp_ntz":
            frame, unit = frame.withColumn("timestamp", frame["timestamp"].cast(unit)), None
        log = read_interactions(frame, engine="spark", time_unit=unit)  # type: ignore[arg-type]
        assert log.report.span == (expected, expected)
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_kinds_that_differ_by_case_are_one(to_spark: Any) -> None:
    rows = BASE.with_columns(pl.when(pl.col("kind") != "post ").then("target").alias("target"))
    here, there = read_interactions(rows), read_interactions(to_spark(rows), engine="spark")
    assert dict(there.kinds) == dict(here.kinds) == {"like": 2, "post": 1}
    assert set(there.report.notes) == set(here.report.notes)


def test_data_recorded_the_other_way_round_is_turned(to_spark: Any) -> None:
    rows = BASE.head(2).drop("kind")
    log = read_interactions(to_spark(rows), engine="spark", orientation="influence", ids="text", network="x")
    found = log.frame.select("source", "target", "network", "kind").collect()
    assert sorted(map(tuple, found)) == [("2", "1", "x", "interaction"), ("3", "2", "x", "interaction")]
