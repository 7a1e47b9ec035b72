"""What a file holds before it is read: which column is which, what ids are, how timestamps are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from influence_graph.errors import ConfigError, SchemaError, nearest
from influence_graph.interactions.log import COLUMNS, POST
from influence_graph.interactions.sources import Part
from influence_graph.interactions.text import SURPLUS
from influence_graph.interactions.timestamps import BANDS, UNIT_WORDS, band_counts, likely_unit

#: The number of a row in its file, from 1.
ROW = "_row"


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
    padded : int
        Ids that begin or end with a space.
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
    padded: int
    unused: tuple[str, ...]


def survey(part: Part, rules: Rules) -> Reading:
    """Name the columns of a part and find out what its ids and timestamps are."""
    posts = POST in (part.constants.get("kind"), rules.kind) and "kind" not in part.names
    labels = _match(part, rules.columns, needed=("source",) if posts else ("source", "target"))
    picks = [pl.col(there).alias(here) for here, there in labels.items()]
    if SURPLUS in part.names:
        picks.append(pl.col(SURPLUS))
    if "target" not in labels:
        picks.append(pl.lit(None, pl.String if part.text else pl.Null).alias("target"))
    raw = part.frame.select(picks).with_row_index(ROW, offset=1)
    dtypes = dict(raw.collect_schema())
    _check_types(part, labels, dtypes)

    asked: list[pl.Expr] = []
    if part.text:
        for end in ("source", "target"):
            filled = pl.when(pl.col(end) != "").then(pl.col(end))
            # 007 and +7 are text: as numbers they would come back as 7.
            whole = filled.cast(pl.Int64, strict=False).cast(pl.String) == filled
            padded = pl.col(end).str.starts_with(" ") | pl.col(end).str.ends_with(" ")
            asked += [
                whole.fill_null(False).sum().alias(end),
                filled.is_not_null().sum().alias(f"{end}_all"),
                padded.sum().alias(f"{end}_padded"),
            ]
    time = dtypes.get("timestamp")
    if time is not None and (time == pl.String or time.is_numeric()):
        asked += band_counts(time)
    seen = collect(part, raw.select(asked)).row(0, named=True) if asked else {}
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
        numeric_time=2 * seen.get("numbers", 0) > seen.get("times", 0),
        padded=seen.get("source_padded", 0) + seen.get("target_padded", 0),
        bands={unit: seen.get(unit, 0) for unit in BANDS},
        unused=tuple(n for n in part.names if n not in labels.values() and not n.startswith(("_", SURPLUS))),
    )


def collect(
    part: Part, frame: pl.LazyFrame, *, engine: Literal["auto", "streaming"] = "streaming"
) -> pl.DataFrame:
    """Collect what is made from a part; damage that only shows while reading is the file's."""
    try:
        return frame.collect(engine=engine)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise SchemaError(f"{part.name}: the file can't be read: {str(error).splitlines()[0]}") from error


def _match(
    part: Part, columns: Mapping[str, str] | Sequence[str | None] | None, needed: Sequence[str]
) -> dict[str, str]:
    """Return public name → name in the file, for the columns that the file has."""
    names = [name for name in part.names if name != SURPLUS]
    if isinstance(columns, Mapping):
        given = dict(columns)
    elif columns is not None and not part.text:
        if len(columns) != len(names):
            raise SchemaError(
                f"{part.name}: columns= names {len(columns)} columns, and there are {len(names)}: "
                f"{', '.join(names)}. Name each by position (None for one not wanted), or give a mapping."
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
    for name in needed:
        if name not in labels:
            free = [name for name in names if name not in labels.values()]
            hint = nearest(name, free) if free else f"Those it has: {', '.join(map(repr, names))}."
            headless = " If the first line is no header, name the columns: columns=['source', 'target', …]."
            raise SchemaError(
                f"{part.name}: there is no column {name!r}. {hint} "
                f"Say which column it is: columns={{'{name}': …}}.{headless if part.text else ''}"
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
                f"{part.name}: column {_label(labels, name)} is of type {dtype}. Expected {expected}: "
                "convert it first."
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


def type_of_ids(readings: Sequence[Reading], rules: Rules) -> pl.DataType:
    """Return Int64 or String for all files, or raise where they disagree."""
    if rules.ids == "text":
        return pl.String()
    named = {reading.integer_ids: reading.part.name for reading in reversed(readings)}
    if True in named and False in named:
        raise SchemaError(
            f"Ids are integers in {named[True]} and text in {named[False]}, so nobody can be known in both. "
            "Look for rows that belong to neither; ids='text' makes all text."
        )
    return pl.Int64() if True in named else pl.String()


def unit_of_time(readings: Sequence[Reading], rules: Rules) -> tuple[str | None, str | None]:
    """Return the unit of timestamps that are numbers, and a note that says how it was found."""
    timed = [reading for reading in readings if reading.numeric_time]
    if rules.time_unit is not None or not timed:
        return rules.time_unit, None
    unit = likely_unit({unit: sum(reading.bands[unit] for reading in timed) for unit in BANDS})
    others = ", ".join(repr(other) for other in BANDS if other != unit)
    return unit, (
        f"timestamps are numbers, read as {UNIT_WORDS[unit]} since 1970 by their size; "
        f"time_unit= says otherwise ({others})"
    )


def check_columns(columns: Mapping[str, str] | Sequence[str | None] | None) -> None:
    """Raise a ConfigError where ``columns=`` names something that a log has not."""
    if columns is None:
        return
    if isinstance(columns, str) or not isinstance(columns, Mapping | Sequence):
        raise ConfigError(
            f"columns is {columns!r}. Expected a mapping {{'source': 'from'}}, or a list of names."
        )
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
