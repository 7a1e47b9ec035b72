"""First and last time, and rows far outside of the others."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.interactions.time_span import outermost, span_of, time_span

DAY = datetime(2018, 3, 1, tzinfo=UTC)


def spanned(*days):
    times = [DAY + timedelta(days=day) if day is not None else None for day in days]
    return time_span(pl.LazyFrame({"timestamp": times}, schema={"timestamp": pl.Datetime("us", "UTC")}))


def test_first_and_last():
    span, notes = spanned(3, 1, None, 2)
    assert span == (DAY + timedelta(days=1), DAY + timedelta(days=3))
    assert notes == []
    assert spanned(None) == (None, [])


def test_a_few_rows_far_outside_are_named():
    for far, word in ((20_000, "after"), (-20_000, "before")):
        (note,) = spanned(*range(20), far)[1]
        assert note.startswith(f"1 row has a timestamp far {word} the others: ")
        (note,) = spanned(*range(50), far, far, far)[1]
        assert note.startswith("3 rows have timestamps far")
    assert len(spanned(-20_000, *range(50), 20_000)[1]) == 2


def test_a_log_with_a_gap_or_a_slow_start_is_none():
    assert spanned(*range(20), *range(2000, 2020))[1] == []
    assert spanned(0, 300, 500, 900, 1100)[1] == []
    assert spanned(0, 2000)[1] == []
    assert spanned(*range(20), 300)[1] == []


def test_it_is_in_the_report_whatever_the_path():
    frame = pl.DataFrame(
        {"source": [1, 2, 1], "target": [2, 1, 3], "timestamp": [DAY, DAY, DAY.replace(year=2081)]}
    )
    for rows in (frame, frame.with_columns(pl.col("timestamp").dt.strftime("%Y/%m/%d"))):
        report = read_interactions(rows).report
        assert report.span == (DAY, DAY.replace(year=2081))
        assert "first 2018-03-01 00:00:00, last 2081-03-01 00:00:00 UTC" in str(report)
        assert any("far after the others" in note for note in report.notes)


@pytest.mark.parametrize("order", ["ascending", "descending", "none"])
@pytest.mark.parametrize("rows", [0, 1, 21, 23, 128, 2_700, 50_001])
def test_the_outermost_times_are_the_earliest_and_the_latest_with_all_that_are_equal(rows, order):
    time = np.random.default_rng(rows).integers(0, max(rows // 3, 1), rows)
    if order != "none":
        time = np.sort(time)[:: 1 if order == "ascending" else -1].copy()
    found, ordered = outermost(time), np.sort(time)
    assert len(found) <= 22
    assert found[:11].tolist() == ordered[:11].tolist()
    assert found[-11:].tolist() == ordered[-11:].tolist()


def test_parts_are_judged_as_the_whole():
    times = [*range(40), 20_000, 20_001]
    days = np.array(times, dtype=np.int64) * 86_400_000_000
    order = np.random.default_rng(1).permutation(len(days))
    parts = [outermost(days[order[start : start + 7]]) for start in range(0, len(days), 7)]
    assert span_of(parts) == span_of([days])
    assert len(span_of(parts)[1]) == 1
