"""First and last timestamp of a log, and rows far outside of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import counted

#: At most this many rows are far outside; more are a part of the log.
_FEW = 10
_YEAR = timedelta(days=365)
#: Rows of which only the earliest and the latest time is looked at, unless it is one of a few.
_BLOCK = 128


def time_span(log: pl.LazyFrame) -> tuple[tuple[datetime, datetime] | None, list[str]]:
    """Return first and last timestamp, and notes on rows far outside of the others.

    Parameters
    ----------
    log : polars.LazyFrame
        With a column ``timestamp``.

    Notes
    -----
    O(rows), in one pass.

    Examples
    --------
    >>> days = [datetime(2018, 1, 1), datetime(2018, 1, 2), datetime(2081, 1, 1)]
    >>> time_span(pl.LazyFrame({"timestamp": days}))[1]
    ['1 row has a timestamp far after the others: 2081-01-01, 63.0 years after 2018-01-02; ...']
    """
    times = log.select(pl.col("timestamp").drop_nulls().cast(pl.Datetime("us")).to_physical())
    return span_of([outermost(batch.to_series().to_numpy()) for batch in times.collect_batches()])


def outermost(time: IntArray) -> IntArray:
    """Return some times among which are the earliest and the latest few. O(n)."""
    whole = time[: time.size // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    if len(whole) <= 2 * _FEW:
        return _ends(np.sort(time))
    # The latest few are in the blocks whose latest times are the latest, and as with the earliest.
    near = np.zeros(len(whole), dtype=bool)
    near[np.argpartition(whole.max(axis=1), -_FEW - 1)[-_FEW - 1 :]] = True
    near[np.argpartition(whole.min(axis=1), _FEW)[: _FEW + 1]] = True
    return _ends(np.sort(np.append(whole[near], time[whole.size :])))


def _ends(ordered: IntArray) -> IntArray:
    return ordered if ordered.size <= 2 * _FEW + 2 else np.append(ordered[: _FEW + 1], ordered[-_FEW - 1 :])


def span_of(ends: Sequence[IntArray]) -> tuple[tuple[datetime, datetime] | None, list[str]]:
    """Return first and last time, and notes on rows far outside of the others.

    A few rows at an end are far outside if the gap between them and the others is longer than a year and
    longer than all the others take. Today's date plays no part.

    Parameters
    ----------
    ends : sequence of ndarray of int64
        What :func:`outermost` returned of each part of the log, in microseconds since 1970.
    """
    ordered = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *ends]))
    earliest, latest = (
        pl.Series(some[: _FEW + 1]).cast(pl.Datetime("us", "UTC")).to_list()
        for some in (ordered, ordered[::-1])
    )
    if not earliest:
        return None, []
    first, last = earliest[0], latest[0]
    if last - first <= _YEAR:
        return (first, last), []
    third = (last - first) / 3
    late = sum(time > last - third for time in latest)
    early = sum(time < first + third for time in earliest)
    after = _widest_gap(latest) if late <= _FEW else None
    before = _widest_gap(earliest) if early <= _FEW else None
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


def _widest_gap(times: Sequence[datetime]) -> _Gap | None:
    """Return the widest gap among the outermost times; None where fewer rows are within than beyond it."""
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
