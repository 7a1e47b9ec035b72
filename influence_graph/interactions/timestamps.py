"""Timestamps in every form that logs have them: ISO text, numbers in some unit, dates and times."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
#: Numbers that are dates as they stand, by how many digits follow the day.
DATE_NUMBERS = {"YYYYMMDD": 0, "YYYYMMDDhhmm": 4, "YYYYMMDDhhmmss": 6}
#: Excel's days since 30 December 1899.
EXCEL = "excel"
_EXCEL_EPOCH_DAYS = 25_569
#: Before 1995 nobody wrote on a platform: smaller numbers are of another unit, or count from another start.
_EARLIEST = 788_918_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = (
    r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:[.,]\d+)?)?"  # date, minute, second
    r" ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$"  # zone
)
_UTC = pl.Datetime("us", "UTC")
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999
_ZONES = {"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600"}
_ZONES |= {"PST": "-0800", "PDT": "-0700", "GMT": "+0000", "UTC": "+0000", "UT": "+0000", "Z": "+0000"}
_OF_DAY = re.compile(r"%[-_0]?[HIklMSTRrXcsDp+f]")
#: Timestamps by which a format is found.
_FEW = 20
#: Formats that are named, never guessed, for text in which the month is a word or half of the day is.
_WRITTEN = tuple(
    day + clock
    for day in (
        *("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d. %B %Y", "%Y-%m-%d"),
        *("%A, %B %d, %Y", "%a %b %d %Y", "%a, %d %b %Y", "%A, %d-%b-%y", "%G-W%V-%u"),
    )
    for clock in (
        *(
            "",
            " %H:%M",
            " %H:%M:%S",
            " %H:%M:%S%.f",
            " %I:%M %p",
            " %I:%M:%S %p",
            ", %I:%M %p",
            ", %I:%M:%S %p",
        ),
        *(", %H:%M", ", %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %H:%M:%S GMT%z", " at %I:%M %p", " %H:%M:%S GMT"),
    )
)
#: Directives that stand for several words.
_SPACED = re.compile(r"%[-_0]?[crx+]")


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
        number.min().alias("least"),
        number.max().alias("greatest"),
        *(
            ((number.abs() >= low) & (number.abs() < high)).sum().alias(unit)
            for unit, (low, high) in BANDS.items()
        ),
    ]


def date_counts(dtype: pl.DataType) -> list[pl.Expr]:
    """Return how many timestamps are in 1995 or later, by unit, and how many are dates as they stand."""
    number = _number(pl.col("timestamp"), dtype)
    return [
        *((number >= _earliest(unit)).sum().alias(f"{unit}_since_1995") for unit in BANDS),
        *(_is_date_number(number, name).sum().alias(name) for name in DATE_NUMBERS),
    ]


def are_plain(counts: Mapping[str, float]) -> bool:
    """Whether numbers of this least and greatest size are all in 1995 or later and no dates as they stand.

    Examples
    --------
    >>> are_plain({"numbers": 1, "least": 1.3e9, "greatest": 1.4e9, "s": 1, "ms": 0, "us": 0, "ns": 0})
    True
    """
    least, greatest = counts["least"], counts["greatest"]
    unit = likely_unit({unit: int(counts[unit]) for unit in BANDS})
    # Seconds of years in which there are platforms are beyond 8 digits, and milliseconds below 14.
    return least >= _earliest(unit) and (
        unit == "s" or greatest < 1e13 or (unit in ("us", "ns") and least > 1e14)
    )


def likely_unit(counts: Mapping[str, int]) -> str:
    """Return the unit that most timestamps look like.

    Examples
    --------
    >>> likely_unit({"s": 10, "ms": 90, "us": 0, "ns": 0})
    'ms'
    """
    return max(UNITS, key=lambda unit: counts[unit])


def parse_timestamp(
    dtype: pl.DataType, *, unit: str | None, guessed: bool, form: str | None = None, hint: str = ""
) -> tuple[pl.Expr, pl.Expr, str]:
    """Return timestamps as Datetime('us', 'UTC'), which of the values given are none, and what was expected.

    Parameters
    ----------
    dtype : polars.DataType
        Of the raw column ``timestamp``.
    unit : str or None
        Unit of numbers; None: they are no numbers.
    guessed : bool
        Whether the unit was told from the size of most, so that a value of another size is suspect.
    form : str or None
        How text is written where it is not ISO 8601: of ``FORMS``, or a format of strptime.
    hint : str
        What to say where text does not parse.
    """
    raw = pl.col("timestamp")
    if isinstance(dtype, pl.Datetime):
        scale = {"ms": 1_000, "us": 1, "ns": None}[dtype.time_unit]
        ticks = raw.to_physical()
        fits = pl.lit(True) if scale is None else ticks.is_between(FIRST_US // scale, LAST_US // scale)
        time: pl.Expr = pl.when(fits).then(raw)
        time = time.dt.convert_time_zone("UTC") if dtype.time_zone else time.dt.replace_time_zone("UTC")
        return time.cast(_UTC), ~fits, "a date and time in the years 1 to 9999"
    if dtype in (pl.Date, pl.Null):
        days = raw.cast(pl.Date).to_physical()
        fits = days.is_between(FIRST_US // 86_400_000_000, LAST_US // 86_400_000_000)
        value = pl.when(fits).then(raw).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        return value, ~fits, "a date in the years 1 to 9999"
    if unit is not None:
        return _from_number(raw, dtype, unit, guessed=guessed)
    text = raw.cast(pl.String)
    value = _from_iso(text)
    if form is not None and form in FORMS:
        value = pl.coalesce(FORMS[form](text), value)
    elif form is not None:
        value = _from_format(text, form)
        return value, value.is_null(), f"the time_format {form!r}"
    return value, value.is_null(), f"ISO 8601, such as 2012-07-04T08:00:00Z{hint}"


def _number(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return (raw.str.strip_chars() if dtype == pl.String else raw).cast(pl.Float64, strict=False)


def _earliest(unit: str) -> float:
    """Return the first moment of 1995 in this unit."""
    return _EARLIEST * (1e9 if unit == "ns" else 1e6 / UNITS[unit])


def _is_date_number(number: pl.Expr, name: str) -> pl.Expr:
    """Whether a number is a date between 1995 and 2100 as it stands, such as 20181010."""
    scale = 10.0 ** DATE_NUMBERS[name]
    date = (number / scale).floor()
    month, day = (date / 100).floor() % 100, date % 100
    fits = date.is_between(19_950_101, 21_001_231) & month.is_between(1, 12) & day.is_between(1, 31)
    return fits & (number == number.floor())


def _from_number(
    raw: pl.Expr, dtype: pl.DataType, unit: str, *, guessed: bool
) -> tuple[pl.Expr, pl.Expr, str]:
    number = _number(raw, dtype)
    if unit in DATE_NUMBERS:
        return _from_date_number(number, unit)
    if unit == EXCEL:
        micro = ((number - _EXCEL_EPOCH_DAYS) * 86_400).round() * 1_000_000
        fits = micro.is_between(FIRST_US, LAST_US).fill_null(False)
        value = pl.when(fits).then(micro.cast(pl.Int64, strict=False)).cast(_UTC)
        return value, ~fits, "a number of days since 1899-12-30, as Excel counts them"
    scale = UNITS[unit]
    micro = (number * (scale or 1e-3)).round()
    fits = micro.is_between(FIRST_US, LAST_US)
    if guessed:
        low, high = BANDS[unit]
        fits &= (number >= max(low, _earliest(unit))) & (number < high)
    fits = fits.fill_null(False)
    value = micro.cast(pl.Int64, strict=False)
    if not dtype.is_float():
        # Whole numbers go without rounding: nanoseconds need more than the 53 bits of a float.
        whole = (raw.str.strip_chars() if dtype == pl.String else raw).cast(pl.Int64, strict=False)
        value = pl.coalesce(whole * scale if scale else whole // 1000, value)
    expected = f"a number of {UNIT_WORDS[unit]} since 1970"
    expected += f", in 1995 or later as in most rows; time_unit={unit!r} reads all" if guessed else ""
    return pl.when(fits).then(value).cast(_UTC), ~fits, expected


def _from_date_number(number: pl.Expr, name: str) -> tuple[pl.Expr, pl.Expr, str]:
    text = number.cast(pl.Int64, strict=False).cast(pl.String)
    if name == "YYYYMMDD":
        value = text.str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    else:
        seconds = "" if name.endswith("ss") else "00"
        value = (text + seconds).str.to_datetime(
            "%Y%m%d%H%M%S", time_unit="us", time_zone="UTC", strict=False
        )
    fits = _is_date_number(number, name).fill_null(False) & value.is_not_null()
    return pl.when(fits).then(value).cast(_UTC), ~fits, f"a date written {name}, as in most rows"


def _from_iso(text: pl.Expr) -> pl.Expr:
    """Parse ISO 8601 with or without time, seconds, fraction and zone (none: UTC), T or a space between."""
    text = text.str.strip_chars().str.to_uppercase()
    text = text.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00:00Z")
    text = text.str.replace(_ISO, "${1}T${2}${3}|${4}")
    text = text.str.replace(r"T(\d\d:\d\d)\|", "T${1}:00|").str.replace(r"\|(UTC|)$", "|Z")
    text = text.str.replace(",", ".", literal=True)
    # The bar stands only in text that has the form: 04:1:24, in which a digit is lost, is no time.
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f|%#z", time_unit="us", time_zone="UTC", strict=False)


def _from_format(text: pl.Expr, form: str) -> pl.Expr:
    """Parse text written in a format of strptime; without a zone it is UTC.

    A space in the format has to be there: polars also reads 10 Oct 201820:19 by %d %b %Y %H:%M.
    """
    text = text.str.strip_chars()
    if not _SPACED.search(form):
        text = pl.when(text.str.count_matches(r"\s+") >= len(form.split()) - 1).then(text)
    if not _OF_DAY.search(form):
        return text.str.to_date(form, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)


def _from_twitter(text: pl.Expr) -> pl.Expr:
    """Parse the dates of Twitter's API v1.1: Wed Oct 10 20:19:24 +0000 2018."""
    return _from_format(text, "%a %b %d %H:%M:%S %z %Y")


def _from_mail(text: pl.Expr) -> pl.Expr:
    """Parse the dates of RFC 2822 (mail, RSS, HTTP): Wed, 10 Oct 2018 20:19:24 +0000."""
    text = text.str.strip_chars().str.replace(r"\s*\([^)]*\)$", "").str.replace(r"^[A-Za-z]{3},?\s+", "")
    text = text.str.replace(r"(\s\d\d?:\d\d)\s+([A-Z+-])", "${1}:00 ${2}")
    zone = text.str.extract(r"\s([A-Z]{1,4})$").replace(_ZONES)
    text = pl.concat_str(text.str.replace(r"\s[A-Z]{1,4}$", " "), zone.fill_null(""))
    return _from_format(text, "%d %b %Y %H:%M:%S %z")


def _from_slashes(text: pl.Expr) -> pl.Expr:
    """Parse 2018/10/9 8:05 and 2018.10.09; the year stands first, so the month is second."""
    # Not with hyphens: 2018-10-1 is more often an ISO date that was cut short.
    text = text.str.strip_chars().str.replace(r"^(\d{4})[/.](\d\d?)[/.](\d\d?)\b", "${1}-0${2}-0${3}")
    text = text.str.replace(r"^(\d{4})-0?(\d\d)-0?(\d\d)\b", "${1}-${2}-${3}")
    return _from_iso(text.str.replace(r"^(\S+)[ T](\d):", "${1} 0${2}:"))


def _from_compact(text: pl.Expr) -> pl.Expr:
    """Parse the basic format of ISO 8601: 20181010T201924Z."""
    compact = r"^\s*(\d{4})(\d\d)(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(\S*)\s*$"
    return _from_iso(text.str.replace(compact, "${1}-${2}-${3}T${4}:${5}:${6}${7}"))


#: Forms other than ISO 8601 that can be read in one way only.
FORMS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "twitter": _from_twitter,
    "mail": _from_mail,
    "slashes": _from_slashes,
    "compact": _from_compact,
}


def find_form(sample: pl.Series) -> str | None:
    """Return the form in which most of a sample of text is written; None for ISO 8601 or none known.

    Examples
    --------
    >>> find_form(pl.Series(["Wed Oct 10 20:19:24 +0000 2018"]))
    'twitter'
    """
    frame, raw = sample.to_frame("timestamp"), pl.col("timestamp")

    def fits(time: pl.Expr) -> bool:
        return 2 * int(frame.select(time.is_not_null().sum()).item()) > len(sample)

    if fits(_from_iso(raw)):
        return None
    return next((name for name, parse in FORMS.items() if fits(parse(raw))), None)


def _written(sample: Sequence[str]) -> str | None:
    """Return the first format by which most of a sample are times of these centuries."""
    if not sample:
        return None
    frame = pl.DataFrame({"text": list(sample[:_FEW])}, schema={"text": pl.String})
    for form in _WRITTEN:
        year = _from_format(pl.col("text"), form).dt.year()
        if frame.select((year.is_between(1900, 2199).fill_null(False)).mean()).item() > 0.5:
            return form
    return None


def format_hint(sample: Sequence[str]) -> str:
    """Return which ``time_format=`` would read text such as 10/25/2018 20:19: never guessed, only named.

    Examples
    --------
    >>> format_hint(["10/25/2018 20:19"])
    "; time_format='%m/%d/%Y %H:%M' reads these"
    >>> format_hint(["01/02/2018"])
    "; time_format='%m/%d/%Y' reads the month first, time_format='%d/%m/%Y' the day first"
    """
    pattern = r"\s*(\d\d?)([/.-])(\d\d?)\2(\d{4}|\d\d)(?:(,?[ T])(\d\d?:\d\d)(:\d\d)?( ?[AaPp][Mm])?)?\s*"
    found = [match for text in sample if (match := re.fullmatch(pattern, text))]
    if not found or len(found) * 2 <= len(sample):
        form = _written(sample)
        if form is not None:
            return f"; time_format={form!r} reads these"
        return "; time_format='%d %b %Y %H:%M', for example, reads 4 Jul 2012 08:00"
    first = found[0]
    year = "%Y" if len(first[4]) == 4 else "%y"
    clock = ""
    if first[5]:
        half = first[8]
        clock = f"{first[5]}{'%I' if half else '%H'}:%M{':%S' if first[7] else ''}"
        clock += (" " if half.startswith(" ") else "") + "%p" if half else ""
    ways = {}
    for word, order, place in (("month", "%m{0}%d{0}", 1), ("day", "%d{0}%m{0}", 3)):
        if all(int(match[place]) <= 12 for match in found):
            ways[word] = f"time_format={order.format(first[2]) + year + clock!r}"
    if len(ways) == 1:
        return f"; {next(iter(ways.values()))} reads these"
    if not ways:
        return ""
    return f"; {ways['month']} reads the month first, {ways['day']} the day first"
