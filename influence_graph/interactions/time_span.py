"""First and last timestamp of a log, and rows far outside of the others."""

from __future__ import annotations

from dataclasses import dataclass
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
    third = (last - first) / 3
    outer = log.select((time > last - third).sum().alias("late"), (time < first + third).sum().alias("early"))
    late, early = outer.collect(engine="streaming").row(0)
    after, before = None, None
    if 0 < late <= _FEW:
        after = _widest_gap(log.select(time.top_k(_FEW + 1).sort(descending=True)))
    if 0 < early <= _FEW:
        before = _widest_gap(log.select(time.bottom_k(_FEW + 1).sort()))
    for _ in range(2):  # an end that is not far belongs to the others, by which the other end is judged
        rest = (after.neighbour if after else last) - (before.neighbour if before else first)
        after, before = (end if end and end.gap > max(_YEAR, rest) else None for end in (after, before))
    remedy = "without as_of= it is the moment that is scored"
    notes = [_note(after, last, "after", remedy)] if after else []
    notes += [_note(before, first, "before", "correct it, or leave it out")] if before else []
    return (first, last), notes


@dataclass(frozen=True)
class _Gap:
    """The rows beyond a gap in time, the length of the gap, and the time at its other side."""

    rows: int
    gap: timedelta
    neighbour: datetime


def _widest_gap(outermost: pl.LazyFrame) -> _Gap | None:
    """Return the widest gap among the outermost times; None where fewer rows are within than beyond it."""
    times = outermost.collect(engine="streaming").to_series().to_list()
    gaps = [
        _Gap(rows, abs(times[rows - 1] - times[rows]), times[rows])
        for rows in range(1, len(times))
        if len(times) > 2 * rows or len(times) > _FEW
    ]
    return max(gaps, key=lambda one: one.gap, default=None)


def _note(far: _Gap, outermost: datetime, word: str, remedy: str) -> str:
    have = counted(far.rows, "row has a timestamp", "rows have timestamps")
    return (
        f"{have} far {word} the others: {outermost:%Y-%m-%d}, {far.gap / _YEAR:.1f} years {word} "
        f"{far.neighbour:%Y-%m-%d}; {remedy}"
    )
