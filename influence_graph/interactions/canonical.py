"""From raw columns to the columns of a log: names, types, and what each row that can't be used suffers from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from influence_graph.errors import ConfigError, SchemaError, nearest
from influence_graph.interactions.log import COLUMNS, DISTRUST, POST
from influence_graph.interactions.sources import Part
from influence_graph.interactions.text import SURPLUS

#: Columns of the reader's own: the row's number in its file, its file, and what is wrong with it.
ROW, FILE, PROBLEM = "_row", "_file", "_problem"

UNITS: Mapping[str, int] = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0}
_UNIT_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
#: Numbers of seconds between 1973 and 5138 are below 10¹¹, and of milliseconds above.
_BANDS: Mapping[str, tuple[float, float]] = {
    "s": (0.0, 1e11),
    "ms": (1e11, 1e14),
    "us": (1e14, 1e17),
    "ns": (1e17, float("inf")),
}
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999


@dataclass(frozen=True)
class Rules:
    """What the caller of the reader said about all files."""

    columns: Mapping[str, str] | Sequence[str | None] | None = None
    kind: str | None = None
    network: str | None = None
    kind_names: Mapping[str, str] = field(default_factory=dict)
    time_unit: str | None = None
    ids: Literal["auto", "text"] = "auto"
    orientation: Literal["attention", "influence"] = "attention"
    signed: bool = False


@dataclass(frozen=True)
class Reading:
    """A part with what was found out about its columns.

    Attributes
    ----------
    part : Part
        Where it comes from.
    raw : polars.LazyFrame
        The columns that are wanted, under public names, with ``ROW``.
    labels : mapping of str to str
        Public name to the name in the file.
    dtypes : mapping of str to polars.DataType
        Of the raw columns.
    integer_ids : bool or None
        Whether ids are integers; None where there are none.
    numeric_time : bool
        Whether timestamps are numbers.
    bands : mapping of str to int
        Rows whose timestamp looks like each unit.
    unused : tuple of str
        Columns of the file that no one asked for.
    """

    part: Part
    raw: pl.LazyFrame
    labels: Mapping[str, str]
    dtypes: Mapping[str, pl.DataType]
    integer_ids: bool | None
    numeric_time: bool
    bands: Mapping[str, int]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """Something that makes a row unusable: where to see it, and what was expected."""

    column: str
    reason: str
    expected: str


def survey(part: Part, rules: Rules) -> Reading:
    """Name the columns of a part and find out what its ids and timestamps are."""
    labels = _match(part, rules.columns)
    picks = [pl.col(there).alias(here) for here, there in labels.items()]
    if SURPLUS in part.names:
        picks.append(pl.col(SURPLUS))
    raw = part.frame.select(picks).with_row_index(ROW, offset=1)
    dtypes = dict(raw.collect_schema())
    _check_types(part, labels, dtypes)

    asked: list[pl.Expr] = []
    for end in ("source", "target"):
        text = pl.col(end)
        if part.text:
            filled = text.replace("", None)
            whole = filled.cast(pl.Int64, strict=False).cast(pl.String) == filled
            asked += [whole.fill_null(False).sum().alias(end), filled.is_not_null().sum().alias(f"{end}_all")]
    time = dtypes.get("timestamp")
    if time is not None and not time.is_temporal():
        number = pl.col("timestamp").cast(pl.Float64, strict=False)
        if time == pl.String:
            number = pl.col("timestamp").str.strip_chars().cast(pl.Float64, strict=False)
        asked += [
            number.is_not_null().sum().alias("numbers"),
            pl.col("timestamp").is_not_null().sum().alias("times"),
            *(
                ((number.abs() >= low) & (number.abs() < high)).sum().alias(unit)
                for unit, (low, high) in _BANDS.items()
            ),
        ]
    seen = raw.select(asked).collect(engine="streaming").row(0, named=True) if asked else {}
    if part.text:
        ids = seen["source_all"] + seen["target_all"]
        integer_ids = seen["source"] + seen["target"] == ids if ids else None
    else:
        integer_ids = _typed_ids(part, labels, dtypes)
    return Reading(
        part,
        raw,
        labels,
        dtypes,
        integer_ids,
        numeric_time=bool(seen) and 2 * seen.get("numbers", 0) > seen.get("times", 0),
        bands={unit: seen.get(unit, 0) for unit in _BANDS},
        unused=tuple(n for n in part.names if n not in labels.values() and not n.startswith("_")),
    )


def _match(part: Part, columns: Mapping[str, str] | Sequence[str | None] | None) -> dict[str, str]:
    """Return public name → name in the file, for the columns that the file has."""
    names = [name for name in part.names if name != SURPLUS]
    if isinstance(columns, Mapping):
        given = dict(columns)
    elif columns is not None and not part.text:
        if len(columns) != len(names):
            raise SchemaError(
                f"{part.name}: columns= names {len(columns)} columns, and there are {len(names)}: {', '.join(names)}. "
                "Name each by position (None for one that is not wanted), or give a mapping."
            )
        given = {here: there for here, there in zip(columns, names, strict=True) if here is not None}
    else:
        given = {}
    for here, there in given.items():
        if there not in names:
            raise SchemaError(
                f"{part.name}: there is no column {there!r} (columns= says that it holds the {here}). "
                f"{nearest(there, names)}"
            )
    taken = set(given.values())
    labels = {c: given.get(c, c) for c in COLUMNS if c in given or (c in names and c not in taken)}
    for needed in ("source", "target"):
        if needed not in labels:
            free = [name for name in names if name not in labels.values()]
            headless = " If the first line is no header, name the columns: columns=['source', 'target', …]."
            raise SchemaError(
                f"{part.name}: there is no column {needed!r}. {nearest(needed, free)} Say which column it is: "
                f"columns={{'{needed}': …}}.{headless if part.text else ''}"
            )
    return labels


def _check_types(part: Part, labels: Mapping[str, str], dtypes: Mapping[str, pl.DataType]) -> None:
    for name, dtype in dtypes.items():
        text = dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum) or dtype == pl.Null
        if name in (ROW, SURPLUS) or text:
            continue
        number = dtype.is_numeric()
        fits = {"timestamp": number or dtype == pl.Date or dtype == pl.Datetime, "weight": number}.get(
            name, number and name not in ("kind", "network")
        )
        if not fits:
            expected = {
                "timestamp": "dates and times, ISO 8601 text, or numbers",
                "weight": "numbers above 0",
                "kind": "words",
                "network": "words",
            }.get(name, "text or integers")
            raise SchemaError(
                f"{part.name}: column {_label(labels, name)} is of type {dtype}. Expected {expected}. Convert it first."
            )


def _label(labels: Mapping[str, str], name: str) -> str:
    there = labels.get(name, name)
    return repr(there) if there == name else f"{there!r} (the {name})"


def _typed_ids(part: Part, labels: Mapping[str, str], dtypes: Mapping[str, pl.DataType]) -> bool | None:
    integer = {end: dtypes[end].is_numeric() for end in ("source", "target") if dtypes[end] != pl.Null}
    if len(set(integer.values())) > 1:
        which = {True: "integers", False: "text"}
        raise SchemaError(
            f"{part.name}: column {_label(labels, 'source')} holds {which[integer['source']]} and column "
            f"{_label(labels, 'target')} holds {which[integer['target']]}. Ids must be of one type: "
            "ids='text' makes all text."
        )
    return next(iter(integer.values()), None)


def id_type(readings: Sequence[Reading], rules: Rules) -> pl.DataType:
    """Return Int64 or String for all files, or raise where they disagree."""
    if rules.ids == "text":
        return pl.String()
    kinds = {reading.integer_ids: reading.part.name for reading in reversed(readings)}
    if True in kinds and False in kinds:
        raise SchemaError(
            f"Ids are integers in {kinds[True]} and text in {kinds[False]}, so the same person can't be known in both. "
            "ids='text' makes all text."
        )
    return pl.Int64() if kinds.keys() <= {True, None} and True in kinds else pl.String()


def time_unit(readings: Sequence[Reading], rules: Rules) -> tuple[str | None, str | None]:
    """Return the unit of timestamps that are numbers, and a note that says how it was found."""
    if rules.time_unit is not None or not any(reading.numeric_time for reading in readings):
        return rules.time_unit, None
    counts = {unit: sum(r.bands[unit] for r in readings if r.numeric_time) for unit in _BANDS}
    unit = max(counts, key=lambda u: counts[u])
    return unit, (
        f"timestamps are numbers, read as {_UNIT_WORDS[unit]} since 1970 by their size; "
        "time_unit= says otherwise ('s', 'ms', 'us', 'ns')"
    )


def canonical(
    reading: Reading, rules: Rules, dtype: pl.DataType, unit: str | None, file: int
) -> tuple[pl.LazyFrame, list[Problem]]:
    """Return the columns of a log with ``ROW``, ``FILE`` and ``PROBLEM``, and what the problems are.

    ``PROBLEM`` is 0 for a row that can be used, else 1 + the position of its first problem.
    """
    labels, dtypes = reading.labels, reading.dtypes
    problems: list[Problem] = []
    tests: list[pl.Expr] = []

    def problem(column: str, test: pl.Expr, reason: str, expected: str) -> None:
        problems.append(Problem(column, reason, expected))
        tests.append(test)

    if SURPLUS in dtypes:
        names = [n for n in reading.part.names if n != SURPLUS]
        blank = pl.all_horizontal(pl.col(n).is_null() for n in dtypes if n != ROW)
        problem("source", blank, EMPTY_LINE, "fields")
        problem(SURPLUS, pl.col(SURPLUS).is_not_null(), "more fields than columns", f"{len(names)} fields")

    ends = {"source": "target", "target": "source"} if rules.orientation == "influence" else {}
    columns: dict[str, pl.Expr] = {}
    if "kind" in dtypes:
        columns["kind"] = _text(pl.col("kind"), dtypes["kind"])
        problem("kind", columns["kind"].is_null(), "kind is empty", "a word such as 'retweet'")
        if rules.kind_names:
            columns["kind"] = columns["kind"].replace(dict(rules.kind_names))
    else:
        columns["kind"] = pl.lit(rules.kind or "interaction")
    post = columns["kind"] == POST

    values = {}
    for name in ("source", "target"):
        values[name], unfit = _identifier(pl.col(name), dtypes[name], dtype)
        given = _given(pl.col(name), dtypes[name])
        problem(name, given & unfit, f"{name} is no id", "a whole number below 2⁶³" if dtype == pl.Int64() else "an id")
        here = ends.get(name, name)
        if here == "source":
            problem(name, ~given, f"{name} is empty", "an id: every act is someone's")
        else:
            problem(
                name,
                ~given & ~post,
                f"{name} is empty, and the kind is not {POST!r}",
                f"an id, or the kind {POST!r} for an act that reacts to nobody",
            )
            problem(
                name, given & post, f"a {POST!r} has a {name}", f"no {name}: a post is activity, not a reaction"
            )
        columns[here] = values[name]

    columns["network"] = pl.lit(rules.network or "default")
    if "network" in dtypes:
        columns["network"] = _text(pl.col("network"), dtypes["network"]).fill_null(columns["network"])

    if "timestamp" in dtypes:
        raw = pl.col("timestamp")
        columns["timestamp"], unfit, expected = _timestamp(reading, unit, guessed=rules.time_unit is None)
        given = _given(raw, dtypes["timestamp"])
        problem("timestamp", ~given, "timestamp is empty", expected)
        problem("timestamp", given & unfit, "timestamp does not parse", expected)

    columns["weight"] = pl.lit(1.0)
    if "weight" in dtypes:
        raw = pl.col("weight")
        number = raw.str.strip_chars() if dtypes["weight"] == pl.String else raw
        number = number.cast(pl.Float64, strict=False)
        above = "a finite number above 0"
        problem("weight", ~_given(raw, dtypes["weight"]), "weight is empty", above)
        problem("weight", number.is_null(), "weight is not a number", above)
        problem("weight", ~number.is_finite(), "weight is not finite", above)
        problem("weight", number == 0, "weight is zero", above)
        if rules.signed:
            columns["kind"] = pl.when(number < 0).then(pl.lit(DISTRUST)).otherwise(columns["kind"])
            number = number.abs()
        else:
            problem("weight", number < 0, "weight is below zero", f"{above}, or signed=True for ratings that distrust")
        columns["weight"] = number

    for name in ("item", "parent", "topic"):
        if name in dtypes:
            columns[name], unfit = _identifier(pl.col(name), dtypes[name], pl.String())
            problem(name, _given(pl.col(name), dtypes[name]) & unfit, f"{name} is no id", "text or a whole number")

    code = pl.lit(0, pl.UInt8)
    for position in reversed(range(len(tests))):
        code = pl.when(tests[position]).then(pl.lit(position + 1, pl.UInt8)).otherwise(code)
    ordered = [columns[name].alias(name) for name in COLUMNS if name in columns]
    frame = reading.raw.select(ROW, pl.lit(file, pl.UInt32).alias(FILE), code.alias(PROBLEM), *ordered)
    return frame, [Problem(p.column, p.reason, p.expected) for p in problems]


#: The one reason that is no error: a line with nothing on it.
EMPTY_LINE = "empty line"


def _given(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether there is a value: NaN is how pandas writes none, and empty text is none."""
    if dtype.is_float():
        return raw.is_not_null() & raw.is_not_nan()
    if dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Null:
        return raw.is_not_null()
    return raw.is_not_null() & (raw.cast(pl.String).str.strip_chars() != "")


def _text(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    text = raw if dtype == pl.String else raw.cast(pl.String)
    return pl.when(text.str.strip_chars() != "").then(text)


def _identifier(raw: pl.Expr, dtype: pl.DataType, wanted: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """Return an id as Int64 or String, and whether a value that is there is no id."""
    if dtype.is_float():  # what pandas makes of integers with gaps
        whole = raw.cast(pl.Int64, strict=False)
        unfit = whole.is_null() | (whole.cast(pl.Float64) != raw) | (raw.abs() > 2.0**53)
        return whole if wanted == pl.Int64() else whole.cast(pl.String), unfit
    if wanted == pl.String():
        return _text(raw, dtype), pl.lit(False)
    whole = raw.cast(pl.Int64, strict=False)
    return whole, whole.is_null()


def _timestamp(reading: Reading, unit: str | None, *, guessed: bool) -> tuple[pl.Expr, pl.Expr, str]:
    """Return a timestamp as Datetime('us', 'UTC'), whether a value is none, and what was expected."""
    raw, dtype = pl.col("timestamp"), reading.dtypes["timestamp"]
    utc = pl.Datetime("us", "UTC")
    if isinstance(dtype, pl.Datetime):
        value = raw.dt.convert_time_zone("UTC") if dtype.time_zone else raw.dt.replace_time_zone("UTC")
        return value.cast(utc), pl.lit(False), "a date and time"
    if dtype == pl.Date:
        return raw.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), pl.lit(False), "a date"
    if dtype.is_numeric() or reading.numeric_time:
        assert unit is not None or dtype.is_numeric()
        unit = unit or "s"
        text = raw.str.strip_chars() if dtype == pl.String else raw
        number = text.cast(pl.Float64, strict=False)
        scale = UNITS[unit]
        exact = text.cast(pl.Int64, strict=False)
        micro = exact // 1000 if scale == 0 else exact * scale
        rounded = (number * (scale or 1e-3)).round().cast(pl.Int64, strict=False)
        low, high = _BANDS[unit] if guessed else (0.0, float("inf"))
        if unit == "s":
            low = 0.0
        in_years = (number * (scale or 1e-3)).is_between(_FIRST_US, _LAST_US)
        unfit = ~(in_years & (number.abs() >= low) & (number.abs() < high)).fill_null(False)
        whole = dtype.is_integer() or dtype == pl.String
        value = pl.coalesce(micro, rounded) if whole else rounded
        expected = f"a number of {_UNIT_WORDS[unit]} since 1970" + (", as in most rows" if guessed else "")
        return pl.when(~unfit).then(value).cast(utc), unfit, expected
    if dtype == pl.Null:
        return raw.cast(utc), pl.lit(False), "a date and time"
    text = raw.cast(pl.String).str.strip_chars().str.to_uppercase()
    text = text.str.replace(r"^(\d{4}-\d{2}-\d{2}) ", "${1}T")
    text = text.str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00:00")
    text = text.str.replace(r"^([^T]*T\d{2}:\d{2})(Z|[+-].*|$)", "${1}:00${2}").str.replace(r" ([+-]|Z|UTC)", "${1}")
    text = text.str.replace(r"UTC$", "Z").str.replace(r"(T[\d:.]+)$", "${1}Z")
    value = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
    return value, value.is_null(), "ISO 8601, such as 2012-07-04T08:00:00Z"


def check_columns(columns: Mapping[str, str] | Sequence[str | None] | None) -> None:
    """Raise a ConfigError where ``columns=`` names something that a log has not."""
    if columns is None:
        return
    if isinstance(columns, str) or not isinstance(columns, Mapping | Sequence):
        raise ConfigError(f"columns is {columns!r}. Expected a mapping such as {{'source': 'from'}}, or a list of names.")
    wrong = next((name for name in columns if name is not None and name not in COLUMNS), None)
    if wrong is not None:
        swapped = isinstance(columns, Mapping) and columns[wrong] in COLUMNS
        raise ConfigError(
            f"columns= names {wrong!r}, which is no column of a log. {nearest(wrong, COLUMNS)}"
            + (" The mapping goes from the log's name to the file's." if swapped else "")
        )
    names = [name for name in columns if name is not None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"columns= names {twice!r} twice. Name each column once (None for one not wanted).")
