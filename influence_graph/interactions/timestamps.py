"""Timestamps in every form that logs have them: ISO text, numbers in some unit, dates and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

#: Microseconds in one unit; 0 for nanoseconds, of which a microsecond has a thousand.
UNITS: Mapping[str, int] = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0}
UNIT_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
#: From March 1973 to the year 5138, seconds since 1970 are below 10¹¹ and milliseconds above, and so on.
BANDS: Mapping[str, tuple[float, float]] = {
    "s": (0.0, 1e11),
    "ms": (1e11, 1e14),
    "us": (1e14, 1e17),
    "ns": (1e17, float("inf")),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = (
    r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:[.,]\d+)?)?"  # date, minute, second
    r" ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$"  # zone
)
_UTC = pl.Datetime("us", "UTC")
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999


def microseconds(moment: datetime) -> int:
    """Return a moment in microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def instant(time: int) -> datetime:
    """Return the moment a number of microseconds after 1970 in UTC.

    Examples
    --------
    >>> microseconds(instant(1_341_100_972_000_000))
    1341100972000000
    """
    return _EPOCH + timedelta(microseconds=int(time))


def band_counts(dtype: pl.DataType) -> list[pl.Expr]:
    """Return how many timestamps there are, how many are numbers, and of which unit by their size."""
    raw = pl.col("timestamp")
    number = _number(raw, dtype)
    return [
        number.is_not_null().sum().alias("numbers"),
        raw.is_not_null().sum().alias("times"),
        *(
            ((number.abs() >= low) & (number.abs() < high)).sum().alias(unit)
            for unit, (low, high) in BANDS.items()
        ),
    ]


def likely_unit(counts: Mapping[str, int]) -> str:
    """Return the unit that most timestamps look like.

    Examples
    --------
    >>> likely_unit({"s": 10, "ms": 90, "us": 0, "ns": 0})
    'ms'
    """
    return max(UNITS, key=lambda unit: counts[unit])


def parse_timestamp(dtype: pl.DataType, *, unit: str | None, guessed: bool) -> tuple[pl.Expr, pl.Expr, str]:
    """Return timestamps as Datetime('us', 'UTC'), which of the values given are none, and what was expected.

    Parameters
    ----------
    dtype : polars.DataType
        Of the raw column ``timestamp``.
    unit : str or None
        Unit of numbers; None: they are no numbers.
    guessed : bool
        Whether the unit was told from the size of most, so that a value of another size is suspect.
    """
    raw = pl.col("timestamp")
    if isinstance(dtype, pl.Datetime):
        value = raw.dt.convert_time_zone("UTC") if dtype.time_zone else raw.dt.replace_time_zone("UTC")
        return value.cast(_UTC), pl.lit(False), "a date and time"
    if dtype in (pl.Date, pl.Null):
        return raw.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), pl.lit(False), "a date and time"
    if unit is not None:
        return _from_number(raw, dtype, unit, guessed=guessed)
    value = _from_iso(raw.cast(pl.String))
    return value, value.is_null(), "ISO 8601, such as 2012-07-04T08:00:00Z"


def _number(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return (raw.str.strip_chars() if dtype == pl.String else raw).cast(pl.Float64, strict=False)


def _from_number(
    raw: pl.Expr, dtype: pl.DataType, unit: str, *, guessed: bool
) -> tuple[pl.Expr, pl.Expr, str]:
    number, scale = _number(raw, dtype), UNITS[unit]
    micro = (number * (scale or 1e-3)).round()
    fits = micro.is_between(_FIRST_US, _LAST_US)
    if guessed:
        low, high = BANDS[unit]
        fits &= (number.abs() >= low) & (number.abs() < high)
    fits = fits.fill_null(False)
    value = micro.cast(pl.Int64, strict=False)
    if not dtype.is_float():
        # Whole numbers go without rounding: nanoseconds need more than the 53 bits of a float.
        whole = (raw.str.strip_chars() if dtype == pl.String else raw).cast(pl.Int64, strict=False)
        value = pl.coalesce(whole * scale if scale else whole // 1000, value)
    expected = f"a number of {UNIT_WORDS[unit]} since 1970" + (", as in most rows" if guessed else "")
    return pl.when(fits).then(value).cast(_UTC), ~fits, expected


def _from_iso(text: pl.Expr) -> pl.Expr:
    """Parse ISO 8601 with or without time, seconds, fraction and zone (none: UTC), T or a space between."""
    text = text.str.strip_chars().str.to_uppercase()
    text = text.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00:00Z")
    text = text.str.replace(_ISO, "${1}T${2}${3}|${4}")
    text = text.str.replace(r"T(\d\d:\d\d)\|", "T${1}:00|").str.replace(r"\|(UTC|)$", "|Z")
    text = text.str.replace("|", "", literal=True).str.replace(",", ".", literal=True)
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
