"""First and last timestamp of a log, and rows far outside of the others."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from influence_graph.errors import counted

#: At most this many rows are far outside; more are a part of the log.
_FEW = 10
_YEAR = timedelta(days=365)


def time_span(log: pl.LazyFrame) -> tuple[tuple[datetime, datetime] | None, list[str]]:
    """Return first and last timestamp, and notes on rows far outside of the others.

    A few rows at an end are far outside if the gap between them and the others is longer than a year and
    longer than all the others take.

    Parameters
    ----------
    log : polars.LazyFrame
        With a column ``timestamp``.

    Notes
    -----
    O(rows). Today's date plays no part.

    Examples
    --------
    >>> days = [datetime(2018, 1, 1), datetime(2018, 1, 2), datetime(2081, 1, 1)]
    >>> time_span(pl.LazyFrame({"timestamp": days}))[1]
    ['1 row has a timestamp far after the others: 2081-01-01, 63.0 years after 2018-01-02; ...']
    """
    time = pl.col("timestamp").drop_nulls()
    first, last = (
        log.select(time.min().alias("first"), time.max().alias("last")).collect(engine="streaming").row(0)
    )
    if first is None or last - first <= _YEAR:
        return (None if first is None else (first, last)), []
    middle = first + (last - first) / 2
    outer = log.select((time > middle).sum().alias("late"), (time < middle).sum().alias("early"))
    late, early = outer.collect(engine="streaming").row(0)
    notes = []
    for rows_there, times, other_end, word, remedy in (
        (late, time.top_k(_FEW + 1), first, "after", "without as_of= it is the moment that is scored"),
        (early, time.bottom_k(_FEW + 1), last, "before", "correct it, or leave it out"),
    ):
        if not 0 < rows_there <= _FEW:
            continue
        outermost = log.select(times.sort(descending=word == "after")).collect(engine="streaming").to_series()
        if far := _far(outermost.to_list(), other_end):
            rows, gap, neighbour = far
            have = counted(rows, "row has a timestamp", "rows have timestamps")
            notes.append(
                f"{have} far {word} the others: {outermost[0]:%Y-%m-%d}, {gap / _YEAR:.1f} years {word} "
                f"{neighbour:%Y-%m-%d}; {remedy}"
            )
    return (first, last), notes


def _far(times: list[datetime], other_end: datetime) -> tuple[int, timedelta, datetime] | None:
    """Return how many of the outermost times are far outside, the gap, and the time at its other side."""
    for rows in range(len(times) - 1, 0, -1):
        gap, rest = abs(times[rows - 1] - times[rows]), abs(times[rows] - other_end)
        if gap > max(_YEAR, rest) and len(times) > 2 * rows:
            return rows, gap, times[rows]
    return None
