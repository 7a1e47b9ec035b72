"""An interaction log on Spark: the columns, checks and counts of the reader of this process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.engines.spark_session import check_running, shared_session
from influence_graph.errors import ConfigError, DataError, SchemaError, nearest
from influence_graph.interactions.deduplicate import SAME_ACT, SAME_POST
from influence_graph.interactions.identities import check_distinct, read_identities
from influence_graph.interactions.log import COLUMNS, DISTRUST, POST, ReadReport

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

#: The order in which rows were read, which decides between states of one moment.
ORDER = "_order"
_PROBLEM = "_problem"
_MISSING = ("", "nan", "NaN", "NULL", "null", "None", "NA", "N/A", "\\N")
_FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".ndjson": "json", ".jsonl": "json"}
_UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}


@dataclass(frozen=True, eq=False)
class SparkLog:
    """A validated interaction log whose rows live on a cluster.

    Attributes
    ----------
    frame : pyspark.sql.DataFrame
        The columns of the log that it has, and the order of reading.
    report : ReadReport
        Rows read, and rows left out and why.
    session : pyspark.sql.SparkSession
        Never stopped from here.
    """

    frame: DataFrame
    report: ReadReport
    session: SparkSession
    engine: str = "spark"

    @property
    def has_timestamps(self) -> bool:
        """Whether rows have timestamps."""
        return "timestamp" in self.frame.columns

    @cached_property
    def kinds(self) -> Mapping[str, int]:
        """Rows of each kind, most frequent first."""
        counts = self.frame.groupBy("kind").count().collect()
        return dict(sorted(((row[0], row[1]) for row in counts), key=lambda pair: (-pair[1], pair[0])))

    def __repr__(self) -> str:
        kinds = ", ".join(f"{kind} {rows:,}" for kind, rows in list(self.kinds.items())[:4])
        return f"<SparkLog: {self.report.kept:,} rows, {kinds}>"


@dataclass(frozen=True)
class _Problem:
    column: str
    test: Column
    reason: str
    expected: str


def read_log(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    network: str | None = None,
    kind_names: Mapping[str, str] | None = None,
    time_unit: str | None = None,
    signed: bool = False,
    accounts: str = "shared",
    identities: Any = None,
    one_act: Sequence[str] | None = None,
    cross_posts: str = "split",
    sampled: str | None = None,
    on_error: str = "raise",
    session: SparkSession | None = None,
) -> SparkLog:
    """Read a log on Spark; the parameters are those of :func:`influence_graph.read_interactions`.

    Parameters
    ----------
    source : pyspark.sql.DataFrame or path
        A path that every worker sees: Parquet, CSV with a header, NDJSON.
    session : SparkSession, optional
        Which session reads a path. None: the active one, else one of our own.

    Raises
    ------
    SchemaError
        If a column is missing or of the wrong type, or a row can't be used and ``on_error`` is "raise".
    DataError
        If there is no such path, or the session was stopped.
    ConfigError
        If an option has no form on Spark.
    """
    if cross_posts == "first":
        raise ConfigError(
            "cross_posts='first' depends on the order of rows, which a cluster does not keep. Take 'split'."
        )
    frame, name = _open(source, session)
    running = frame.sparkSession
    frame = _named(frame, columns, name)
    made, problems, unread = _columns(frame, kind, network, kind_names or {}, time_unit, signed)
    marked = frame.select(*made, _code(problems).alias(_PROBLEM)).persist()
    counts = {row[0]: row[1] for row in marked.groupBy(_PROBLEM).count().collect()}
    read, kept = sum(counts.values()), counts.get(0, 0)
    if kept < read and on_error == "raise":
        raise _unusable(marked, problems, counts, name)
    left_out = [(problems[code - 1].reason, rows) for code, rows in sorted(counts.items()) if code]
    log = marked.filter(f"{_PROBLEM} = 0").drop(_PROBLEM)
    notes = [f"columns that are no part of a log: {', '.join(unread)}"] if unread else []
    log = _as_people(log, accounts, identities)
    log, twice = _one_act(log, one_act)
    log, shared = _split_cross_posts(log, cross_posts)
    if shared:
        notes.append(shared)
    if twice:
        left_out.append(("the same act under another kind", twice))
        kept -= twice
    report = _report(log, name, read, kept, left_out, notes, sampled)
    return SparkLog(log, report, running)


def _open(source: Any, session: SparkSession | None) -> tuple[DataFrame, str]:
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions as F

    if not isinstance(source, str | os.PathLike):
        if not hasattr(source, "sparkSession"):
            raise DataError(
                f"engine='spark' reads a Spark DataFrame or a path, and this is a {type(source).__name__}. "
                "Make one: spark.createDataFrame(table)."
            )
        check_running(source.sparkSession)
        return source.withColumn(ORDER, F.monotonically_increasing_id()), "a Spark DataFrame"
    if session is not None:
        check_running(session)
    session = session or shared_session()
    path = os.fspath(source)
    bare = path.removesuffix(".gz").removesuffix(".zst").rstrip("/")
    form = _FORMATS.get(os.path.splitext(bare)[1], "parquet" if os.path.isdir(path) else None)
    if form is None:
        raise DataError(
            f"{path}: Spark reads .parquet, .csv, .tsv, .ndjson and folders of Parquet. Make one of another "
            f"format: influence-graph convert {path} log.parquet"
        )
    options = {"header": "true", "sep": "\t" if bare.endswith(".tsv") else ","} if form == "csv" else {}
    try:
        frame = session.read.options(**options).format(form).load(path)
    except AnalysisException as error:
        if "PATH_NOT_FOUND" in str(error):
            raise DataError(
                f"There is no {path!r} that Spark sees. Every worker needs it: a shared folder, or s3a://, hdfs://."
            ) from None
        raise DataError(f"{path}: {str(error).splitlines()[0]}") from None
    return frame.withColumn(ORDER, F.monotonically_increasing_id()), path


def _named(frame: DataFrame, columns: Mapping[str, str] | None, name: str) -> DataFrame:
    for ours, theirs in (columns or {}).items():
        if theirs not in frame.columns:
            raise SchemaError(f"{name}: there is no column {theirs!r}. {nearest(theirs, frame.columns)}")
        if ours != theirs and ours in frame.columns:
            frame = frame.drop(ours)
        frame = frame.withColumnRenamed(theirs, ours)
    for needed in ("source", "target"):
        if needed not in frame.columns:
            raise SchemaError(
                f"{name}: there is no column {needed!r}; found {', '.join(sorted(frame.columns))}. Name it: "
                f"columns={{{needed!r}: …}}."
            )
    return frame


def _columns(
    frame: DataFrame,
    kind: str | None,
    network: str | None,
    kind_names: Mapping[str, str],
    time_unit: str | None,
    signed: bool,
) -> tuple[list[Column], list[_Problem], list[str]]:
    """Return the columns of a log, what may be wrong with a row, and the columns that are not read."""
    from pyspark.sql import functions as F

    types = dict(frame.dtypes)
    problems: list[_Problem] = []
    of = F.lit(kind or "interaction")
    if "kind" in types:
        of = _text("kind", types)
        problems.append(_Problem("kind", of.isNull(), "the kind is empty", "a word such as 'retweet'"))
        for old, new in kind_names.items():
            of = F.when(of == old, F.lit(new)).otherwise(of)
    ends = {end: _id(end, types) for end in ("source", "target")}
    if _is_text(types["source"]) != _is_text(types["target"]):
        raise SchemaError(
            f"source is {types['source']} and target is {types['target']}, but ids must be all integers or "
            "all text. Cast one: frame.withColumn('target', F.col('target').cast('string'))."
        )
    problems += [
        _Problem("source", ends["source"].isNull(), "the source is empty", "an id"),
        _Problem(
            "target",
            ends["target"].isNull() & (of != POST),
            f"the target is empty and the kind is not {POST!r}",
            f"an id, or the kind {POST!r}",
        ),
        _Problem("target", ends["target"].isNotNull() & (of == POST), f"a {POST!r} has a target", "none"),
    ]
    made = [F.col(ORDER)]
    if "timestamp" in types:
        time, bad = _time(types["timestamp"], time_unit)
        absent = F.col("timestamp").isNull() & (of != "follow")
        problems.append(_Problem("timestamp", absent, "the timestamp is empty", "a time"))
        problems.append(_Problem("timestamp", bad, "the timestamp does not parse", "ISO 8601"))
        made.append(time.alias("timestamp"))
    weight = F.lit(1.0)
    if "weight" in types:
        weight = F.expr("try_cast(weight AS DOUBLE)")
        above = "a finite number above 0"
        finite = ~F.isnan(weight) & (F.abs(weight) != float("inf"))
        problems += [
            _Problem("weight", F.col("weight").isNull(), "the weight is empty", above),
            _Problem("weight", weight.isNull(), "the weight is not a number", above),
            _Problem("weight", ~finite, "the weight is not finite", above),
            _Problem("weight", weight == 0, "the weight is zero", above),
        ]
        if signed:
            of = F.when(weight < 0, F.lit(DISTRUST)).otherwise(of)
            weight = F.abs(weight)
        else:
            hint = f"{above}; signed=True reads it as distrust"
            problems.append(_Problem("weight", weight < 0, "the weight is below zero", hint))
    place = (
        F.coalesce(_text("network", types), F.lit(network or "default"))
        if "network" in types
        else F.lit(network or "default")
    )
    made += [column.alias(end) for end, column in ends.items()]
    made += [of.alias("kind"), place.alias("network"), weight.alias("weight")]
    made += [_text(name, types).alias(name) for name in ("item", "parent", "topic") if name in types]
    unread = [name for name in frame.columns if name not in COLUMNS and name != ORDER]
    return made, problems, unread


def _is_text(dtype: str) -> bool:
    return dtype == "string" or dtype.startswith(("varchar", "char"))


def _text(name: str, types: Mapping[str, str]) -> Column:
    from pyspark.sql import functions as F

    text = F.col(name).cast("string")
    trimmed = F.trim(text)
    return F.when(~trimmed.isin(*_MISSING), text)


def _id(name: str, types: Mapping[str, str]) -> Column:
    from pyspark.sql import functions as F

    dtype = types[name]
    if _is_text(dtype):
        return _text(name, types)
    if dtype in ("tinyint", "smallint", "int", "bigint"):
        return F.col(name).cast("bigint")
    raise SchemaError(
        f"The column {name!r} holds {dtype}, but ids are integers or text. "
        f"Cast it: frame.withColumn({name!r}, F.col({name!r}).cast('string'))."
    )


def _time(dtype: str, unit: str | None) -> tuple[Column, Column]:
    """Return times in UTC, and whether a time that is given can't be read."""
    from pyspark.sql import functions as F

    given = F.col("timestamp")
    if dtype == "timestamp":
        return given, F.lit(False)
    if dtype == "timestamp_ntz":
        return F.to_utc_timestamp(given.cast("timestamp"), "UTC"), F.lit(False)
    if dtype in ("int", "bigint", "double", "float"):
        if unit not in _UNITS:
            raise SchemaError(
                f"The timestamps are numbers ({dtype}), and Spark does not guess their unit. "
                "Say it: time_unit='s', 'ms', 'us' or 'ns'."
            )
        micros = F.round(given * F.lit(_UNITS[unit])).cast("bigint")
        return F.timestamp_micros(micros), F.lit(False)
    if _is_text(dtype):
        parsed = F.try_to_timestamp(given)
        return parsed, given.isNotNull() & parsed.isNull()
    raise SchemaError(f"The column 'timestamp' holds {dtype}; expected a time, a number or text in ISO 8601.")


def _code(problems: Sequence[_Problem]) -> Column:
    from pyspark.sql import functions as F

    code = F.lit(0)
    for number in reversed(range(len(problems))):
        code = F.when(problems[number].test, F.lit(number + 1)).otherwise(code)
    return code


def _unusable(
    marked: DataFrame, problems: Sequence[_Problem], counts: Mapping[int, int], name: str
) -> SchemaError:
    first = min(code for code in counts if code)
    problem, rows = problems[first - 1], counts[first]
    example = marked.filter(f"{_PROBLEM} = {first}").drop(_PROBLEM, ORDER).first()
    row = {} if example is None else {k: str(v) for k, v in example.asDict().items() if v is not None}
    more = sum(counts.values()) - counts.get(0, 0) - rows
    others = f" Rows with other problems: {more:,}." if more else ""
    return SchemaError(
        f"{name}: {problem.reason}, as in the row {row}. Expected {problem.expected}. Rows with this "
        f"problem: {rows:,}.{others} on_error='skip' leaves them out and counts them."
    )


def _as_people(log: DataFrame, accounts: str, identities: Any) -> DataFrame:
    from pyspark.sql import functions as F

    if identities is None and accounts == "shared":
        return log
    table = None if identities is None else read_identities(identities)
    if table is not None:
        networks = [row[0] for row in log.select("network").distinct().collect()]
        check_distinct(table, networks)
    for end in ("source", "target"):
        parts = [
            F.replace(F.replace(F.col(of).cast("string"), F.lit("%"), F.lit("%25")), F.lit("/"), F.lit("%2F"))
            for of in ("network", end)
        ]
        account = F.concat(parts[0], F.lit("/"), parts[1])
        if table is None:
            log = log.withColumn(end, account)
            continue
        known = F.broadcast(log.sparkSession.createDataFrame(table.to_arrow()))
        known = known.withColumnRenamed("account", "_account").withColumnRenamed("network", "_network")
        matches = (log["network"] == known["_network"]) & (log[end].cast("string") == known["_account"])
        joined = log.withColumn("_own", account).join(known, matches, "left")
        log = joined.withColumn(end, F.coalesce("person", "_own")).drop(
            "person", "_own", "_account", "_network"
        )
    return log


def _one_act(log: DataFrame, kinds: Sequence[str] | None) -> tuple[DataFrame, int]:
    """Return the log without rows that repeat an act under a later kind, and their number."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if not kinds:
        return log, 0
    if "timestamp" not in log.columns:
        raise SchemaError("one_act compares timestamps, and this log has none. Leave it out.")
    place = F.lit(None).cast("int")
    for number, name in enumerate(kinds):
        place = F.when(F.col("kind") == name, F.lit(number)).otherwise(place)
    first = F.min(place).over(Window.partitionBy(*SAME_ACT))
    repeats = F.coalesce((place > first) & F.col("target").isNotNull(), F.lit(False))
    marked = log.withColumn("_repeats", repeats).persist()
    return marked.filter("NOT _repeats").drop("_repeats"), marked.filter("_repeats").count()


def _split_cross_posts(log: DataFrame, how: str) -> tuple[DataFrame, str]:
    """Return the log with each interaction of several networks weighing what one does, and a note."""
    from pyspark.sql import functions as F

    if how == "each" or "item" not in log.columns:
        return log, ""
    counts = F.count("*").cast("double").alias("_copies"), F.countDistinct("network").alias("_networks")
    several = (
        log.filter("item IS NOT NULL").groupBy(*SAME_POST).agg(*counts).filter("_networks > 1").persist()
    )
    found = several.agg(F.count("*"), F.sum("_copies")).first()
    if found is None or not found[0]:
        return log, ""
    renamed = several.select(*(F.col(name).alias(f"_{name}") for name in SAME_POST), "_copies")
    same = [log[name].eqNullSafe(renamed[f"_{name}"]) for name in SAME_POST]
    joined = log.join(renamed, same[0] & same[1] & same[2] & same[3], "left")
    split = joined.withColumn("weight", F.col("weight") / F.coalesce("_copies", F.lit(1.0)))
    note = (
        f"{found[0]:,} interactions are on several networks, in {int(found[1]):,} rows: each row weighs its "
        "share (cross_posts='each' counts all)"
    )
    return split.drop("_copies", *(f"_{name}" for name in SAME_POST)), note


def _report(
    log: DataFrame,
    name: str,
    read: int,
    kept: int,
    left_out: Sequence[tuple[str, int]],
    notes: Sequence[str],
    sampled: str | None,
) -> ReadReport:
    span = None
    if "timestamp" in log.columns:
        from pyspark.sql import functions as F

        ends = log.agg(F.unix_micros(F.min("timestamp")), F.unix_micros(F.max("timestamp"))).first()
        if ends is not None and ends[0] is not None:
            span = tuple(datetime.fromtimestamp(end / 1e6, UTC) for end in ends)
    files = pl.DataFrame({"file": [name], "read": [read], "kept": [kept]})
    reasons = pl.DataFrame(
        {
            "file": [name] * len(left_out),
            "reason": [one for one, _ in left_out],
            "rows": [n for _, n in left_out],
        },
        schema={"file": pl.String, "reason": pl.String, "rows": pl.Int64},
    )
    return ReadReport(files, reasons, tuple(notes), span, sampled)  # type: ignore[arg-type]
