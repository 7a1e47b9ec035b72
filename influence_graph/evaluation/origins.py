"""At which moments scores are held against what follows, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from influence_graph.arrays import IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.weighting import half_life_seconds, parse_moment
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.log import Interactions

MICROSECONDS = 1_000_000
#: Scores are tested in the last part of a log that holds this share of its rows.
TESTED = 0.5


@dataclass(frozen=True)
class Origins:
    """Rolling origins with one horizon.

    Attributes
    ----------
    moments : sequence of int
        The origins in microseconds since 1970, ascending: rows up to one are the past.
    horizon : int
        What follows an origin by up to this many microseconds is its future.
    start : int
        Where the part of the log that is tested begins.
    """

    moments: Sequence[int]
    horizon: int
    start: int


def rolling_origins(
    time: IntArray,
    *,
    horizon: float | str = 0.125,
    origins: int | Sequence[str | date] = 13,
) -> Origins:
    """Return the origins of a log.

    Parameters
    ----------
    time : ndarray of int64, shape (m,)
        Times of the rows, in microseconds since 1970, in any order.
    horizon : float or str
        A duration such as ``"365d"``, or a share of the span of the part that is tested: the last one that
        holds half of the rows, so that a long and thin beginning decides nothing.
    origins : int or sequence of moments
        How many, in equal steps from one horizon after the start to one before the end; or which.

    Returns
    -------
    Origins
        With the default of 13 and an eighth, consecutive origins are half a horizon apart.

    Raises
    ------
    ConfigError
        If the horizon is not positive, or no origin has a whole horizon before and after it.
    DataError
        If no row has a timestamp.

    Examples
    --------
    >>> days = np.arange(801) * 86_400 * MICROSECONDS
    >>> found = rolling_origins(days)
    >>> found.horizon // (86_400 * MICROSECONDS), len(found.moments)
    (50, 13)
    """
    timed = np.sort(time[time > ALWAYS])
    if not len(timed):
        raise DataError("No row of the log has a timestamp, so nothing can be predicted.")
    start, end = int(timed[int(len(timed) * (1.0 - TESTED))]), int(timed[-1])
    if isinstance(horizon, str):
        seconds = half_life_seconds(horizon)
        length = 0 if seconds is None else round(seconds * MICROSECONDS)
    else:
        length = round(horizon * (end - start))
    if length <= 0:
        raise ConfigError(
            f"The horizon is {horizon!r}, and the last half of the rows lasts {(end - start) / 8.64e10:.3g} "
            "days; expected a horizon longer than 0."
        )
    if isinstance(origins, int):
        first, last = start + length, end - length
        if origins < 1 or first > last:
            raise ConfigError(
                f"No moment has a whole horizon of {length / 8.64e10:.3g} days before and after it: "
                f"the last half of its rows lasts {(end - start) / 8.64e10:.3g} days. Shorten the horizon."
            )
        moments = [round(one) for one in np.linspace(first, last, origins)] if origins > 1 else [last]
    else:
        moments = sorted(_microseconds(one) for one in origins)
    return Origins(moments, length, start)


def periods(time: IntArray, horizon: timedelta, step: timedelta, *, periods: int = 2) -> list[int]:
    """Return the moments, a step apart, with a whole horizon of rows before and ``periods − 1`` after each.

    Of times in microseconds since 1970, ascending. Moments are counted back from the end. One whose time
    span holds a quarter of a horizon without any row is left out: there the log has a gap.

    Returns
    -------
    list of int
        In microseconds since 1970, ascending.

    Raises
    ------
    ConfigError
        If horizon or step is not above 0.
    """
    length, apart = (round(one.total_seconds() * 1e6) for one in (horizon, step))
    if length <= 0 or apart <= 0:
        raise ConfigError(f"Horizon and step should be above 0; they are {horizon} and {step}.")
    if not len(time):
        return []
    first, last = int(time[0]), int(time[-1])
    gaps = np.flatnonzero(np.diff(time) > length / 4)
    starts, ends = time[gaps], time[gaps + 1]
    found = []
    moment = last - (periods - 1) * length
    while moment - length >= first - 1:
        begin, end = moment - length, moment + (periods - 1) * length
        if not ((np.minimum(ends, end) - np.maximum(starts, begin)) > length / 4).any():
            found.append(moment)
        moment -= apart
    return found[::-1]


def auto_horizon(log: Interactions) -> timedelta:
    """Return a year, or an eighth of the log where it is shorter than three years.

    Raises
    ------
    DataError
        If all rows have one time.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph.interactions.read import read_interactions
    >>> rows = {"source": ["b", "c"], "target": ["a", "a"], "timestamp": ["2024-01-01", "2024-01-09"]}
    >>> auto_horizon(read_interactions(pl.DataFrame(rows))).days
    1
    """
    span = log.span
    length = span[1] - span[0] if span is not None else timedelta(0)
    if span is not None and not length:
        raise DataError(
            f"All rows have one time, {span[0]:%Y-%m-%d %H:%M}: nothing comes before or after it."
        )
    year = timedelta(days=365)
    return year if length >= 3 * year else max(length / 8, timedelta(microseconds=1))


def _microseconds(moment: str | date) -> int:
    parsed: datetime | None = parse_moment(moment)
    if parsed is None:
        raise ConfigError(f"{moment!r} is not a moment, such as 2024-01-01.")
    return round(parsed.timestamp() * MICROSECONDS)
