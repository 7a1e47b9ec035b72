"""From the columns of a Spark DataFrame to those of a log, and what makes a row unusable."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from influence_graph.errors import SchemaError, nearest
from influence_graph.interactions.inspect_columns import recognised_kinds
from influence_graph.interactions.log import COLUMNS, DISTRUST, POST

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

#: The order in which rows were read, which decides between states of one moment.
ORDER = "_order"
#: 1 + the position of a row's first problem (0: none).
PROBLEM = "_problem"
_UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
_WHOLE = ("tinyint", "smallint", "int", "bigint")
_NUMBERS = ("float", "double", *_WHOLE)


@dataclass(frozen=True)
class Problem:
    """Something that makes a row unusable: the column to look at, and what was expected there."""

    column: str
    test: Column
    reason: str
    expected: str


def with_named_columns(frame: DataFrame, columns: Mapping[str, str] | None, name: str) -> DataFrame:
    """Return the frame with columns as the log calls them.

    Raises
    ------
    SchemaError
        If a column that is named, or the source, is not there.
    """
    for ours, theirs in (columns or {}).items():
        if theirs not in frame.columns:
            raise SchemaError(f"{name}: there is no column {theirs!r}. {nearest(theirs, frame.columns)}")
        if ours != theirs and ours in frame.columns:
            frame = frame.drop(ours)
        frame = frame.withColumnRenamed(theirs, ours)
    lacking = [end for end in ("source", "target") if end not in frame.columns]
    if lacking == ["target"] and {"item", "parent"} <= set(frame.columns):
        return frame
    if lacking:
        found = ", ".join(sorted(set(frame.columns) - {ORDER}))
        raise SchemaError(
            f"{name}: there is no column {lacking[0]!r}; found {found}. Name it: "
            f"columns={{{lacking[0]!r}: …}}."
        )
    return frame


def log_columns(
    frame: DataFrame, options: Mapping[str, Any]
) -> tuple[list[Column], list[Problem], list[str]]:
    """Return the columns of a log, the problems a row may have, and notes.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        With the columns as the log calls them, ``target`` included.
    options : mapping
        Those of ``read_interactions``.

    Notes
    -----
    One pass over ids and kinds, for what can only be told from all of them.
    """
    from pyspark.sql import functions as F

    types = {name: _checked(name, of) for name, of in frame.dtypes if name in COLUMNS}
    missing = options["missing"]
    whole, kinds = _surveyed(frame, types, options)
    seen: Any = SimpleNamespace(kinds=kinds)
    rules: Any = SimpleNamespace(kind_names=options["kind_names"])
    names, notes = recognised_kinds([seen], rules)
    problems: list[Problem] = []
    of = F.lit(options["kind"] or "interaction")
    if "kind" in types:
        of = given = text("kind", types, missing)
        problems.append(Problem("kind", of.isNull(), "the kind is empty", "a word such as 'retweet'"))
        for old, new in {**names, **options["kind_names"]}.items():
            of = F.when(given == old, F.lit(new)).otherwise(of)
    turned = options["orientation"] == "influence"
    ends, found = _ends(types, of, missing, whole=whole, turned=turned)
    made, problems = [F.col(ORDER)], problems + found
    for extra in (_time(types, of, options["time_unit"], missing), _weight(types, of, options["signed"])):
        made += [column.alias(name) for name, column in extra[0].items() if name != "kind"]
        of = extra[0].get("kind", of)
        problems += extra[1]
    place = F.lit(options["network"] or "default")
    if "network" in types:
        place = F.coalesce(text("network", types, missing), place)
    made += [column.alias(end) for end, column in ends.items()]
    made += [of.alias("kind"), place.alias("network")]
    made += [text(name, types, missing).alias(name) for name in ("item", "parent", "topic") if name in types]
    return made, problems, notes


def code(problems: Sequence[Problem]) -> Column:
    """Return 1 + the position of the first problem of a row, 0 where there is none."""
    from pyspark.sql import functions as F

    found = F.lit(0)
    for number in reversed(range(len(problems))):
        found = F.when(problems[number].test, F.lit(number + 1)).otherwise(found)
    return found


def is_text(dtype: str) -> bool:
    """Whether a type of Spark is text."""
    return dtype == "string" or dtype.startswith(("varchar", "char"))


def text(name: str, types: Mapping[str, str], missing: Collection[str]) -> Column:
    """Return a column as text, null where it is blank or a word for no value."""
    from pyspark.sql import functions as F

    value = F.col(name).cast("string")
    there = F.trim(value) != ""
    if missing and is_text(types[name]):
        there &= ~value.isin(*missing)
    return F.when(there, value)


def _checked(name: str, dtype: str) -> str:
    """Return the type of a column, which must be one that it can have."""
    plain = is_text(dtype) or dtype in _WHOLE
    timed = name == "timestamp" and (dtype in ("date", "timestamp", "timestamp_ntz") or dtype in _NUMBERS)
    weighed = name == "weight" and (dtype in _NUMBERS or dtype.startswith("decimal"))
    if plain or timed or weighed or dtype == "void":
        return dtype
    wanted = {
        "timestamp": "a time, a number or text in ISO 8601",
        "weight": "numbers",
        "source": "integers or text",
        "target": "integers or text",
    }.get(name, "text")
    cast = {"timestamp": "timestamp", "weight": "double"}.get(name, "string")
    raise SchemaError(
        f"The column {name!r} holds {dtype}; expected {wanted}. "
        f"Cast it: frame.withColumn({name!r}, F.col({name!r}).cast({cast!r}))."
    )


def _surveyed(
    frame: DataFrame, types: Mapping[str, str], options: Mapping[str, Any]
) -> tuple[bool, tuple[str, ...]]:
    """Return whether ids that are text are whole numbers all of them, and the kinds as they are written."""
    from pyspark.sql import functions as F

    asked = []
    ends = [name for name in ("source", "target") if is_text(types[name])]
    if len(ends) == 1 and "void" not in types.values() and options["ids"] != "text":
        raise SchemaError(
            f"source is {types['source']} and target is {types['target']}, but ids must be all integers or "
            "all text. ids='text' makes both text."
        )
    trial = ends and options["ids"] == "auto"
    if trial:
        for name in ends:
            value = text(name, types, options["missing"])
            asked.append(F.coalesce(F.max(~value.rlike(r"^-?(0|[1-9][0-9]{0,17})$")), F.lit(False)))
    if "kind" in types:
        asked.append(F.collect_set(text("kind", types, options["missing"])))
    if not asked:
        return not ends and options["ids"] == "auto", ()
    found = frame.agg(*asked).first()
    assert found is not None
    kinds = tuple(sorted(found[len(asked) - 1])) if "kind" in types else ()
    whole = not any(found[: len(ends)]) if trial else options["ids"] == "auto"
    return whole, kinds


def _ends(
    types: Mapping[str, str], kind: Column, missing: Collection[str], *, whole: bool, turned: bool
) -> tuple[dict[str, Column], list[Problem]]:
    """Return source and target: only a post has no target, and it has none."""
    columns, problems = {}, []
    for name in ("source", "target"):
        role = {"source": "target", "target": "source"}[name] if turned else name
        value = text(name, types, missing)
        columns[role] = value.cast("bigint") if whole else value
        if role == "source":
            problems.append(Problem(name, value.isNull(), f"the {name} is empty", "an id"))
            continue
        lacks = value.isNull() & (kind != POST)
        has = value.isNotNull() & (kind == POST)
        expected = f"an id, or the kind {POST!r} for what reacts to nobody"
        problems += [
            Problem(name, lacks, f"the {name} is empty and the kind is not {POST!r}", expected),
            Problem(name, has, f"a {POST!r} has a {name}", "none; give a reaction another kind"),
        ]
    return columns, problems


def _time(
    types: Mapping[str, str], kind: Column, unit: str | None, missing: Collection[str]
) -> tuple[dict[str, Column], list[Problem]]:
    """Return times; only a follow may lack one, and then it has always held."""
    from pyspark.sql import functions as F

    if "timestamp" not in types:
        return {}, []
    dtype, given = types["timestamp"], F.col("timestamp")
    there = given.isNotNull()
    if dtype in _NUMBERS:
        if unit not in _UNITS:
            raise SchemaError(
                f"The timestamps are numbers ({dtype}), and Spark does not guess their unit. "
                "Say it: time_unit='s', 'ms', 'us' or 'ns'."
            )
        there &= ~F.isnan(given.cast("double"))
        # Whole numbers stay whole: a float has not all digits of nanoseconds.
        scaled = given * F.lit(int(_UNITS[unit])) if unit != "ns" else given / F.lit(1000)
        if unit == "ns" and dtype in _WHOLE:
            scaled = F.expr("timestamp div 1000")
        value = F.timestamp_micros(F.when(there, F.round(scaled)).cast("bigint"))
    elif is_text(dtype):
        words = text("timestamp", types, missing)
        there = words.isNotNull()
        value = F.when(there, F.try_to_timestamp(F.trim(words)))
    else:
        value = given.cast("timestamp")
    return {"timestamp": value}, [
        Problem("timestamp", ~there & (kind != "follow"), "the timestamp is empty", "a time"),
        Problem(
            "timestamp", there & value.isNull(), "the timestamp does not parse",
            "ISO 8601, such as 2012-07-04T12:00:00Z",
        ),
    ]  # fmt: skip


def _weight(types: Mapping[str, str], kind: Column, signed: bool) -> tuple[dict[str, Column], list[Problem]]:
    from pyspark.sql import functions as F

    if "weight" not in types:
        return {"weight": F.lit(1.0)}, []
    given = F.col("weight")
    weight = F.expr("try_cast(weight AS DOUBLE)")
    absent = given.isNull() | (F.trim(given.cast("string")) == "")
    above = "a finite number above 0"
    infinite = F.isnan(weight) | (F.abs(weight) == float("inf"))
    problems = [
        Problem("weight", absent, "the weight is empty", above),
        Problem("weight", weight.isNull(), "the weight is not a number", above),
        Problem("weight", infinite, "the weight is not finite", above),
        Problem("weight", weight == 0, "the weight is zero", above),
    ]
    if signed:
        return {
            "weight": F.abs(weight),
            "kind": F.when(weight < 0, F.lit(DISTRUST)).otherwise(kind),
        }, problems
    hint = f"{above}; signed=True reads it as distrust"
    return {"weight": weight}, [*problems, Problem("weight", weight < 0, "the weight is below zero", hint)]
