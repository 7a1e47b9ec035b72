"""What a file holds before it is read: which column is which, what ids are, how timestamps are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.column_names import plain_name
from influence_graph.interactions.id_spelling import BENT, BENT_OR_PADDED, FORMULA, LOST, may_be_bent
from influence_graph.interactions.log import DISTRUST, POST, STATES
from influence_graph.interactions.match_columns import check_types, match_columns, shown_label
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import ROW, Part, collect
from influence_graph.interactions.text import SURPLUS
from influence_graph.interactions.timestamps import (
    BANDS,
    DATE_NUMBERS,
    EXCEL,
    UNIT_WORDS,
    are_plain,
    band_counts,
    date_counts,
    find_form,
    format_hint,
    likely_unit,
    parse_timestamp,
)

_ENDS, _BOTH = ("source", "target"), "_both"
#: Timestamps by which it is told how they are written.
_TIMES_COMPARED = 1_000
#: Characters of a field that an example shows.
_SHOWN = 24
#: Kinds of another case that are named one by one.
_KINDS_NOTED = 8
#: A number with a comma before its fraction; one that may be of thousands.
_DECIMAL_COMMA, _THOUSANDS = r"^\s*[+-]?\d+,\d+\s*$", r"^\s*[+-]?\d{1,3},\d{3}\s*$"
#: Names that no file gave: of columns without one, of a second of a name, of an index of pandas.
_MADE = re.compile(rf"{SURPLUS}|_.+_\d+_*", re.DOTALL)
_RESERVED = frozenset({POST, DISTRUST, *STATES})
#: Words that may be meant as one of the states.
_LIKE_STATES = dict.fromkeys(("follows", "followed", "following", "subscribe", "subscribed"), "follow")
_LIKE_STATES |= dict.fromkeys(("unfollows", "unfollowed", "unsubscribe", "unsubscribed"), "unfollow")


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
    time_form : str or None
        How timestamps that are text are written, where it is not ISO 8601.
    time_hint : str
        What to say where they do not parse.
    times : mapping of str to number
        What :func:`band_counts` found.
    padded : int
        Ids that begin or end with a space.
    bent, formulas, lost, absent, again : int
        Ids that other programs have bent or written as a formula, that lost digits, that are words for none;
        rows that repeat the header.
    commas : int
        Weights with a decimal comma; 0 where the commas may be of thousands.
    unused : tuple of str
        Columns of the file that no one asked for.
    """

    part: Part
    raw: pl.LazyFrame
    labels: Mapping[str, str]
    dtypes: Mapping[str, pl.DataType]
    integer_ids: bool | None
    numeric_time: bool = False
    times: Mapping[str, float] = field(default_factory=dict)
    time_form: str | None = None
    time_hint: str = ""
    padded: int = 0
    bent: int = 0
    formulas: int = 0
    commas: int = 0
    lost: int = 0
    absent: int = 0
    again: int = 0
    kinds: tuple[str, ...] = ()
    undirected: bool = False
    unused: tuple[str, ...] = ()


def survey(part: Part, rules: Rules) -> Reading:
    """Name the columns of a part and find out what its ids and timestamps are."""
    posts = POST in (part.constants.get("kind"), rules.kind) and "kind" not in part.names
    labels = match_columns(part, rules.columns, needed=("source",) if posts else ("source", "target"))
    raw, undirected = _raw_columns(part, labels)
    dtypes = dict(raw.collect_schema())
    check_types(part, labels, dtypes)
    seen = _look(part, raw, labels, dtypes, rules)
    integer_ids = seen["integer_ids"] if part.text else _typed_ids(part, labels, dtypes, rules)
    numeric = 2 * seen.get("numbers", 0) > seen.get("times", 0) and rules.time_format is None
    form, hint = (None, "") if numeric else _form_of_times(part, raw, dtypes.get("timestamp"), rules)
    return Reading(
        part,
        raw,
        labels,
        dtypes,
        integer_ids,
        numeric_time=numeric,
        times=seen,
        time_form=form,
        time_hint=hint,
        padded=seen.get("padded", 0),
        bent=seen.get("bent", 0),
        formulas=seen.get("formulas", 0),
        commas=(seen.get("commas") or 0) if seen.get("decimals") else 0,
        lost=seen.get("lost", 0),
        absent=seen.get("absent", 0),
        again=seen.get("again", 0),
        kinds=tuple(sorted(kind for kind in seen.get("kinds") or () if kind)),
        undirected=undirected,
        unused=tuple(n for n in part.names if n not in labels.values() and not _MADE.fullmatch(n)),
    )


def _raw_columns(part: Part, labels: Mapping[str, str]) -> tuple[pl.LazyFrame, bool]:
    """Return the wanted columns with ``ROW``, and whether undirected rows are there in both directions."""
    picks = [pl.col(there).alias(here) for here, there in labels.items()]
    if SURPLUS in part.names:
        picks.append(pl.col(SURPLUS))
    if "target" not in labels:
        picks.append(pl.lit(None, pl.String if part.text else pl.Null).alias("target"))
    kind_of_edge = next((n for n in part.names if plain_name(n) == "type" and n not in labels.values()), None)
    if kind_of_edge is None or part.frame.collect_schema().get(kind_of_edge) != pl.String:
        return part.frame.select(picks).with_row_index(ROW, offset=1), False
    both = pl.col(kind_of_edge).str.to_lowercase() == "undirected"
    known = {"directed", "undirected", "mutual", ""}
    words = collect(part, part.frame.select(pl.col(kind_of_edge).str.to_lowercase().unique())).to_series()
    if not {"undirected"} <= set(words) <= known | {None}:
        return part.frame.select(picks).with_row_index(ROW, offset=1), False
    raw = part.frame.select(*picks, both.alias(_BOTH)).with_row_index(ROW, offset=1)
    turned = raw.filter(pl.col(_BOTH)).with_columns(source=pl.col("target"), target=pl.col("source"))
    return pl.concat([raw, turned]).drop(_BOTH), True


def _look(
    part: Part, raw: pl.LazyFrame, labels: Mapping[str, str], dtypes: Mapping[str, pl.DataType], rules: Rules
) -> dict[str, Any]:
    """Return what one pass over the columns shows of ids, kinds and timestamps; two where ids are text."""
    asked: list[pl.Expr] = []
    if part.text:
        for end in _ENDS:
            filled = pl.when(pl.col(end) != "").then(pl.col(end))
            # 007 and +7 are text: as numbers they would come back as 7.
            whole = filled.cast(pl.Int64, strict=False).cast(pl.String) == filled
            asked += [whole.fill_null(False).sum().alias(end), filled.is_not_null().sum().alias(f"{end}_all")]
        if "weight" in dtypes:
            comma = pl.col("weight").str.contains(_DECIMAL_COMMA)
            thousands = pl.col("weight").str.contains(_THOUSANDS)
            asked += [comma.sum().alias("commas"), (comma & ~thousands).sum().alias("decimals")]
        if "kind" in dtypes:
            asked.append(pl.col("kind").unique().implode().alias("kinds"))
    time = dtypes.get("timestamp")
    if time is not None and (time == pl.String or time.is_numeric()):
        asked += band_counts(time)
    seen = collect(part, raw.select(asked)).row(0, named=True) if asked else {}
    if seen.get("numbers"):
        plain = {f"{unit}_since_1995": seen["numbers"] for unit in BANDS} | dict.fromkeys(DATE_NUMBERS, 0)
        assert time is not None
        seen |= plain if are_plain(seen) else collect(part, raw.select(date_counts(time))).row(0, named=True)
    if part.text:
        others = seen["source_all"] + seen["target_all"] - seen["source"] - seen["target"]
        if others:
            seen |= _look_at_text_ids(part, raw, labels, rules, _ENDS)
            # What stands in ="007" is text.
            others -= sum(seen[name] for name in ("bent", "again_ids", "absent")) - seen["formulas"]
        seen["integer_ids"] = not others if seen["source_all"] + seen["target_all"] else None
    return seen


def _look_at_text_ids(
    part: Part, raw: pl.LazyFrame, labels: Mapping[str, str], rules: Rules, ends: Sequence[str]
) -> dict[str, Any]:
    """Return how many ids are bent, lost, padded or words for none, and how many rows repeat the header."""
    again = header_again(labels) if part.text else pl.lit(False)
    asked = [again.sum().alias("again")]
    for end in ends:
        absent = pl.col(end).is_in(list(rules.missing))
        padded = pl.col(end).str.starts_with(" ") | pl.col(end).str.ends_with(" ")
        suspect = pl.col(end).filter((may_be_bent(pl.col(end)) | padded) & ~again & ~absent)
        asked += [absent.sum().alias(f"{end}_absent"), suspect.implode().alias(f"{end}_suspect")]
    seen = collect(part, raw.select(asked)).row(0, named=True)
    ids = pl.concat([pl.Series(seen[f"{end}_suspect"], dtype=pl.String) for end in ends])
    bent, lost = ids.str.contains(BENT_OR_PADDED if part.bare_spaces else BENT), ids.str.contains(LOST)
    kept = ids.filter(~bent & ~lost)
    return {
        "again": seen["again"],
        "again_ids": seen["again"] * len(ends),
        "absent": sum(seen[f"{end}_absent"] for end in ends),
        "bent": int(bent.sum()),
        "formulas": int(ids.str.contains(FORMULA).sum()),
        "lost": int(lost.sum()),
        "padded": int((kept.str.starts_with(" ") | kept.str.ends_with(" ")).sum()),
    }


def shown_row(reading: Reading, row: int, *, secret: bool) -> str:
    """Return where a row is and, if the file is in memory, what it says; ``secret``: without that."""
    part = reading.part
    where = f"row {row:,}" + ("" if part.first_line is None else f" (line {row + part.first_line - 1:,})")
    if secret or not part.held:
        return where
    texts = {name: pl.col(name).cast(pl.String, strict=False) for name in reading.labels}
    if reading.dtypes.get("timestamp", pl.Null()).is_temporal():
        # The calendar ends before some times do: those are shown as numbers.
        time, _, _ = parse_timestamp(reading.dtypes["timestamp"], unit=None, guessed=False)
        number = pl.col("timestamp").to_physical().cast(pl.String)
        texts["timestamp"] = pl.coalesce(time.dt.to_string("%Y-%m-%d %H:%M:%S"), number)
    fields = collect(part, reading.raw.filter(pl.col(ROW) == row).head(1).select(**texts)).row(0, named=True)
    words = (
        f"{there} {text if (text := fields[here]) is None else repr(text[:_SHOWN])}"
        for here, there in reading.labels.items()
    )
    return f"{where}: {', '.join(words)}"


def look_closer(reading: Reading, rules: Rules) -> Reading:
    """Return a reading of typed columns with what text in them shows of ids and kinds."""
    if reading.part.text:
        return reading
    ends = [end for end in _ENDS if reading.dtypes[end] == pl.String]
    seen = _look_at_text_ids(reading.part, reading.raw, reading.labels, rules, ends) if ends else {}
    kinds: tuple[str, ...] = ()
    if reading.dtypes.get("kind") == pl.String:
        found = collect(reading.part, reading.raw.select(pl.col("kind").unique())).to_series()
        kinds = tuple(sorted(kind for kind in found if kind))
    counts = {name: seen.get(name, 0) for name in ("bent", "formulas", "lost", "absent")}
    return replace(reading, kinds=kinds, **counts)


def header_again(labels: Mapping[str, str]) -> pl.Expr:
    """Whether a row of text repeats the header, as where files were put one behind the other."""
    ends = {here: there for here, there in labels.items() if here in _ENDS}
    same = (
        pl.col(here).str.strip_chars("\ufeff ").str.to_lowercase() == there.lower()
        for here, there in ends.items()
    )
    return pl.all_horizontal(same).fill_null(False)


def _form_of_times(
    part: Part, raw: pl.LazyFrame, dtype: pl.DataType | None, rules: Rules
) -> tuple[str | None, str]:
    """Return how timestamps that are text are written, and what to say where they do not parse."""
    if dtype is None or rules.time_format is not None or dtype != pl.String:
        return rules.time_format, ""
    filled = pl.col("timestamp").filter(pl.col("timestamp").str.strip_chars() != "")
    sample = collect(part, raw.select(filled.head(_TIMES_COMPARED))).to_series()
    return find_form(sample), format_hint(sample.to_list())


def _typed_ids(
    part: Part, labels: Mapping[str, str], dtypes: Mapping[str, pl.DataType], rules: Rules
) -> bool | None:
    integer = {end: dtypes[end].is_numeric() for end in ("source", "target") if dtypes[end] != pl.Null}
    if len(set(integer.values())) > 1 and rules.ids == "auto":
        which = {True: "integers", False: "text"}
        raise SchemaError(
            f"{part.name}: column {shown_label(labels, 'source')} holds {which[integer['source']]} and "
            f"column {shown_label(labels, 'target')} holds {which[integer['target']]}. Ids must be of one "
            "type: ids='text' makes all text."
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
    counts = {name: sum(reading.times[name] for reading in timed) for name in (*BANDS, *DATE_NUMBERS)}
    numbers = sum(reading.times["numbers"] for reading in timed)
    date = next((name for name in DATE_NUMBERS if 2 * counts[name] > numbers), None)
    if date is not None:
        return date, f"timestamps are numbers, read as dates written {date}; time_unit= says otherwise"
    unit = likely_unit({unit: int(counts[unit]) for unit in BANDS})
    if 2 * sum(reading.times[f"{unit}_since_1995"] for reading in timed) <= numbers:
        least = min(reading.times["least"] for reading in timed)
        greatest = max(reading.times["greatest"] for reading in timed)
        raise SchemaError(
            f"{timed[0].part.name}: timestamps are numbers from {least:.15g} to {greatest:.15g}, which as "
            f"{UNIT_WORDS[unit]} since 1970 are before 1995. Say what they are: time_unit={unit!r} reads "
            f"them so, also where they count from another start; time_unit={EXCEL!r} reads days as Excel "
            "counts them."
        )
    others = ", ".join(repr(other) for other in BANDS if other != unit)
    return unit, (
        f"timestamps are numbers, read as {UNIT_WORDS[unit]} since 1970 by their size; "
        f"time_unit= says otherwise ({others})"
    )


def recognised_kinds(readings: Sequence[Reading], rules: Rules) -> tuple[dict[str, str], list[str]]:
    """Return new names for kinds that differ by case or spaces only, and notes on them.

    What ``kind_names`` names stays as it says. One of the four kinds with a fixed meaning is recognised
    however it is written; of others the form in lower case stands, or else the first by alphabet.
    """
    kinds = sorted({kind for reading in readings for kind in reading.kinds} - set(rules.kind_names))
    groups: dict[str, list[str]] = {}
    for kind in kinds:
        groups.setdefault(kind.strip().casefold(), []).append(kind)
    names: dict[str, str] = {}
    for plain, written in groups.items():
        bare = [kind.strip() for kind in written]
        kept = plain if plain in _RESERVED or plain in bare else bare[0]
        names |= {kind: kept for kind in written if kind != kept}
    notes = [
        f"kind {kind!r} is read as {kept!r}; kind_names={{{kind!r}: {kind!r}}} keeps it apart"
        for kind, kept in names.items()
    ]
    for plain, written in groups.items():
        if plain in _LIKE_STATES:
            state = _LIKE_STATES[plain]
            notes.append(
                f"kind {written[0]!r} is read as an event; kind_names={{{written[0]!r}: {state!r}}} reads it "
                f"as the state {state!r}"
            )
    if len(notes) > _KINDS_NOTED:
        more = counted(len(notes) - _KINDS_NOTED, "more kind is", "more kinds are")
        notes = [*notes[:_KINDS_NOTED], f"{more} read as one that differs by case only"]
    return names, notes
