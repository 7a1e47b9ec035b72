"""From raw columns to the columns of a log, and what each row that can't be used suffers from."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from influence_graph.interactions.id_spelling import LOST, fold, mend
from influence_graph.interactions.inspect_columns import Reading, header_again
from influence_graph.interactions.log import COLUMNS, DISTRUST, POST
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import ROW
from influence_graph.interactions.text import SURPLUS
from influence_graph.interactions.timestamps import parse_timestamp

#: The position of a row's file, and 1 + the position of its first problem (0: none).
FILE, PROBLEM = "_file", "_problem"
#: The reasons that are no errors: a line with nothing on it, and one that repeats the header.
EMPTY_LINE, HEADER_AGAIN = "empty line", "the header again"
NO_ERRORS = frozenset({EMPTY_LINE, HEADER_AGAIN})


@dataclass(frozen=True)
class Problem:
    """Something that makes a row unusable: the column to look at, and what was expected there."""

    column: str
    test: pl.Expr
    reason: str
    expected: str


def validated(
    reading: Reading, rules: Rules, *, ids: pl.DataType, unit: str | None, file: int
) -> tuple[pl.LazyFrame, list[Problem]]:
    """Return the columns of a log with ``ROW``, ``FILE`` and ``PROBLEM``, and what the problems are.

    Parameters
    ----------
    reading : Reading
        The raw columns.
    rules : Rules
        What the caller said.
    ids : polars.DataType
        Int64 or String.
    unit : str or None
        Unit of timestamps that are numbers.
    file : int
        Position of the file among all.
    """
    columns, problems = _kind(reading, rules)
    for made, found in (
        _ends(reading, rules, ids, columns["kind"]),
        _time(reading, rules, unit, columns["kind"]),
        _weight(reading, rules, columns["kind"]),
        label_columns(reading, rules),
    ):
        columns |= made
        problems += found
    columns["network"] = pl.lit(words_of(reading, rules)["network"])
    if "network" in reading.dtypes:
        named = _text(pl.col("network"), reading.dtypes["network"], rules)
        columns["network"] = named.fill_null(columns["network"])
    problems = _shape(reading) + problems

    code = pl.lit(0, pl.UInt8)
    for position in reversed(range(len(problems))):
        code = pl.when(problems[position].test).then(pl.lit(position + 1, pl.UInt8)).otherwise(code)
    frame = reading.raw.select(
        ROW,
        pl.lit(file, pl.UInt32).alias(FILE),
        code.alias(PROBLEM),
        *(columns[name].alias(name) for name in COLUMNS if name in columns),
    )
    return frame, problems


def words_of(reading: Reading, rules: Rules) -> dict[str, str]:
    """Return kind and network of rows that lack them: the folder's, the caller's, or the default."""
    folder = reading.part.constants.get("kind")
    kind = rules.kind_names.get(folder, folder) if folder else rules.kind or "interaction"
    return {"kind": kind, "network": reading.part.constants.get("network") or rules.network or "default"}


#: What to do about ids that a spreadsheet or a data frame has shortened.
_ALL_DIGITS = (
    "an id with all its digits: export it again as text (Excel: format the column as Text before the "
    "import; pandas: dtype=str). ids='text' takes ids as they stand"
)

#: Words by which platforms call a post.
_LIKE_POSTS = frozenset(
    ("tweet", "toot", "status", "submission", "posts", "tweets", "posted", "original", "thread")
)
Made = tuple[dict[str, pl.Expr], list[Problem]]


def _shape(reading: Reading) -> list[Problem]:
    if SURPLUS not in reading.dtypes:
        return []
    again = [Problem("source", header_again(reading.labels), HEADER_AGAIN, "a row")] * (reading.again > 0)
    blank = pl.all_horizontal(pl.col(name).is_null() for name in reading.dtypes if name != ROW)
    wanted = f"{len(reading.part.names) - 1} fields"
    return [
        Problem(SURPLUS, blank, EMPTY_LINE, "fields"),
        *again,
        Problem(SURPLUS, pl.col(SURPLUS).is_not_null(), "more fields than columns", wanted),
    ]


def _kind(reading: Reading, rules: Rules) -> Made:
    if "kind" not in reading.dtypes:
        return {"kind": pl.lit(words_of(reading, rules)["kind"])}, []
    kind = _text(pl.col("kind"), reading.dtypes["kind"], rules)
    problem = Problem("kind", kind.is_null(), "the kind is empty", "a word such as 'retweet'")
    return {"kind": kind.replace(dict(rules.kind_names)) if rules.kind_names else kind}, [problem]


def _ends(reading: Reading, rules: Rules, ids: pl.DataType, kind: pl.Expr) -> Made:
    """Source and target: only a post has no target, and it has none."""
    turned = rules.orientation == "influence"
    columns, problems = {}, []
    for name in ("source", "target"):
        role = {"source": "target", "target": "source"}[name] if turned else name
        raw, dtype = pl.col(name), reading.dtypes[name]
        if dtype == pl.String and reading.absent:
            raw = _present(raw, rules)
        if dtype == pl.String and reading.bent and rules.ids == "auto":
            raw = mend(raw, padded=reading.part.bare_spaces)
        columns[role], unfit = _identifier(raw, dtype, ids)
        if rules.fold and ids == pl.String():
            columns[role] = _text(fold(columns[role], rules.fold), pl.String(), None)
        # Text that becomes integers has no blanks: the survey saw that each is a whole number.
        there = columns[role].is_not_null() if dtype == pl.String else given(raw, dtype)
        if dtype == pl.String and reading.lost and rules.ids == "auto":
            short = raw.str.contains(LOST).fill_null(False)
            there |= short
            problems.append(Problem(name, short, f"digits of the {name} are lost", _ALL_DIGITS))
        problems.append(Problem(name, there & unfit, f"the {name} is no id", "a whole number below 2⁶³"))
        words = "; missing='' reads words such as 'nan' as ids" * (reading.absent > 0)
        if role == "source":
            somebody = f"an id: every interaction is somebody's{words}"
            problems.append(Problem(name, ~there, f"the {name} is empty", somebody))
        else:
            posts = [one for one in reading.kinds if one.strip().casefold() in _LIKE_POSTS]
            called = f"; kind_names={{{posts[0]!r}: {POST!r}}} calls it so" if posts else ""
            acts_on = f"an id, or the kind {POST!r} for what reacts to nobody{called}{words}"
            problems += [
                Problem(
                    name,
                    ~there & (kind != POST),
                    f"the {name} is empty and the kind is not {POST!r}",
                    acts_on,
                ),
                Problem(
                    name,
                    there & (kind == POST),
                    f"a {POST!r} has a {name}",
                    f"none: a {POST!r} is activity and reacts to nobody; give a reaction another kind",
                ),
            ]
    return columns, problems


def _time(reading: Reading, rules: Rules, unit: str | None, kind: pl.Expr) -> Made:
    """Timestamps; only a follow may lack one, and then it has always held."""
    if "timestamp" not in reading.dtypes:
        return {}, []
    dtype = reading.dtypes["timestamp"]
    unit = (unit or "s") if reading.numeric_time else None
    value, unfit, expected = parse_timestamp(
        dtype,
        unit=unit,
        guessed=rules.time_unit is None,
        form=reading.time_form,
        hint=reading.time_hint,
    )
    there = given(pl.col("timestamp"), dtype)
    if dtype == pl.String:
        there &= ~pl.col("timestamp").is_in(list(rules.missing))
    return {"timestamp": value}, [
        Problem("timestamp", ~there & (kind != "follow"), "the timestamp is empty", expected),
        Problem("timestamp", there & unfit, "the timestamp does not parse", expected),
    ]


def _weight(reading: Reading, rules: Rules, kind: pl.Expr) -> Made:
    if "weight" not in reading.dtypes:
        return {"weight": pl.lit(1.0)}, []
    raw, dtype = pl.col("weight"), reading.dtypes["weight"]
    if reading.commas:
        raw = raw.str.replace(",", ".", literal=True)
    number = (raw.str.strip_chars() if dtype == pl.String else raw).cast(pl.Float64, strict=False)
    above = "a finite number above 0"
    problems = [
        Problem("weight", number.is_null() & ~given(raw, dtype), "the weight is empty", above),
        Problem("weight", number.is_null(), "the weight is not a number", above),
        Problem("weight", ~number.is_finite(), "the weight is not finite", above),
        Problem("weight", number == 0, "the weight is zero", above),
    ]
    if rules.signed:
        kind = pl.when(number < 0).then(pl.lit(DISTRUST)).otherwise(kind)
        return {"weight": number.abs(), "kind": kind}, problems
    signed = f"{above}; signed=True reads it as distrust"
    return {"weight": number}, [*problems, Problem("weight", number < 0, "the weight is below zero", signed)]


def label_columns(reading: Reading, rules: Rules) -> Made:
    """Return the columns that name items and topics."""
    columns, problems = {}, []
    if "topic" in reading.part.constants:
        columns["topic"] = pl.lit(reading.part.constants["topic"])
    for name in ("item", "parent", "topic"):
        if name in reading.dtypes:
            raw, dtype = pl.col(name), reading.dtypes[name]
            if dtype == pl.String:
                raw = _present(raw, rules)
            of_text = reading.part.text or reading.part.typed
            if dtype == pl.String and of_text and name != "topic" and rules.ids == "auto":
                raw = mend(raw, padded=reading.part.bare_spaces)
            columns[name], unfit = _identifier(raw, dtype, pl.String())
            unfit &= given(raw, dtype)
            problems.append(Problem(name, unfit, f"the {name} is no id", "text or a whole number"))
    return columns, problems


def given(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether there is a value: NaN is how pandas writes none, and blank text is none."""
    if dtype.is_float():
        return raw.is_not_null() & raw.is_not_nan()
    if dtype == pl.String:
        return (raw.str.strip_chars() != "").fill_null(False)
    return raw.is_not_null()


def _present(raw: pl.Expr, rules: Rules) -> pl.Expr:
    """Return text without the words that stand for no value."""
    return pl.when(~raw.is_in(list(rules.missing))).then(raw) if rules.missing else raw


def _text(raw: pl.Expr, dtype: pl.DataType, rules: Rules | None) -> pl.Expr:
    text = raw if dtype == pl.String else raw.cast(pl.String)
    filled = text.str.strip_chars() != ""
    if rules is not None and rules.missing:
        filled &= ~text.is_in(list(rules.missing))
    return pl.when(filled).then(text)


def _identifier(raw: pl.Expr, dtype: pl.DataType, wanted: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """Return an id as Int64 or String, and whether what is given is none."""
    if not dtype.is_numeric():
        if wanted == pl.String():
            return _text(raw, dtype, None), pl.lit(False)
        whole = raw.cast(pl.Int64, strict=False)
        return whole, whole.is_null()
    whole = raw.cast(pl.Int64, strict=False)
    unfit = whole.is_null()
    if not dtype.is_integer():  # what pandas makes of integers with gaps: exact up to 2⁵³
        number = raw.cast(pl.Float64)
        unfit |= (whole.cast(pl.Float64) != number) | (number.abs() > 2.0**53)
    return whole if wanted == pl.Int64() else whole.cast(pl.String), unfit
