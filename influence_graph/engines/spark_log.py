"""An interaction log on Spark: the columns, checks and counts of the reader of this process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.engines.spark_columns import (
    ORDER,
    PROBLEM,
    Problem,
    code,
    log_columns,
    with_named_columns,
)
from influence_graph.engines.spark_parents import with_targets
from influence_graph.engines.spark_session import (
    check_installed,
    check_running,
    here,
    in_utc,
    leaf,
    shared_session,
    told,
)
from influence_graph.errors import ConfigError, DataError, SchemaError, counted
from influence_graph.interactions.deduplicate import ROWS_COMPARED, SAME_ACT, SAME_POST, coincidences
from influence_graph.interactions.id_spelling import MISSING
from influence_graph.interactions.identities import check_distinct, read_identities
from influence_graph.interactions.log import COLUMNS, CREATE_NO_ITEM, POST, ReadReport, derived
from influence_graph.interactions.time_span import time_span

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_REASON, _OWN = "_reason", "_own_answer"
_SELF = "self-interaction"
_MERGED = "self-interaction once accounts are people"
_FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".ndjson": "json", ".jsonl": "json"}
#: The outermost times by which it is judged whether some are far from the others.
_OUTERMOST = 11


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
    cached : pyspark.sql.DataFrame, optional
        What the cluster keeps of it.
    """

    frame: DataFrame
    report: ReadReport
    session: SparkSession
    cached: DataFrame | None = None
    engine: str = "spark"

    @property
    def has_timestamps(self) -> bool:
        """Whether rows have timestamps."""
        return "timestamp" in self.frame.columns

    @cached_property
    def kinds(self) -> Mapping[str, int]:
        """Rows of each kind, most frequent first."""
        with told():
            counts = self.frame.groupBy("kind").count().collect()
        return dict(sorted(((row[0], row[1]) for row in counts), key=lambda pair: (-pair[1], pair[0])))

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the rows, whatever their order and the number of files that hold them."""
        from pyspark.sql import functions as F

        names = [name for name in COLUMNS if name in self.frame.columns]
        hashes = [F.xxhash64(F.lit(seed), *names).cast("decimal(38,0)") for seed in (0, 1)]
        with told():
            found = self.frame.agg(F.count("*"), *(F.sum(one) for one in hashes)).first()
        return derived("spark", names, *map(str, found or ()))

    def free(self) -> None:
        """Give back what the cluster keeps of this log; it is read again where needed."""
        if self.cached is not None:
            self.cached.unpersist()

    def __repr__(self) -> str:
        kinds = ", ".join(f"{kind} {rows:,}" for kind, rows in list(self.kinds.items())[:4])
        return f"<SparkLog: {self.report.kept:,} rows, {kinds}>"


def read_log(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    network: str | None = None,
    kind_names: Mapping[str, str] | None = None,
    time_unit: str | None = None,
    ids: str = "auto",
    missing: str | Sequence[str] = MISSING,
    leave_out: str | Sequence[str] = (),
    orientation: str = "attention",
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
    check_installed()
    if cross_posts == "first":
        raise ConfigError(
            "cross_posts='first' depends on the order of rows, which a cluster does not keep. Take 'split'."
        )
    if columns is not None and not isinstance(columns, Mapping):
        raise ConfigError("On Spark columns= is a mapping, {'source': 'from'}: a table there has names.")
    options = {
        "kind": kind,
        "network": network,
        "kind_names": dict(kind_names or {}),
        "time_unit": time_unit,
        "ids": ids,
        "missing": _listed(missing),
        "orientation": orientation,
        "signed": signed,
        "leave_out": _listed(leave_out),
    }
    frame, name = _open(source, session)
    running = frame.sparkSession
    tally = _Tally(name, sampled=sampled)
    with in_utc(running), told():
        named = with_named_columns(frame, columns, name)
        tally.note_unread(named.columns)
        log = _usable(
            with_targets(named, options), options, tally, on_error, separate=_separate(accounts, identities)
        )
        log, networks = _deduplicated(log, options, tally, one_act)
        if _separate(accounts, identities):
            log = _as_people(log, identities, networks, tally)
        if cross_posts == "split" and len(networks) > 1:
            log = _split_cross_posts(log, tally)
        cached = log.persist()
        tally.finish(cached)
        log = leaf(cached)
    return SparkLog(log, tally.report(), running, cached)


def _separate(accounts: str, identities: Any) -> bool:
    return accounts == "separate" or identities is not None


def _listed(words: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, words.split(",")))) if isinstance(words, str) else tuple(words)


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
                f"There is no {path!r} that Spark sees. Every worker needs it: a shared folder, s3a:// or "
                "hdfs://."
            ) from None
        raise DataError(f"{path}: {str(error).splitlines()[0]}") from None
    return frame.withColumn(ORDER, F.monotonically_increasing_id()), path


class _Tally:
    """Rows read, rows left out and why, and notes."""

    def __init__(self, name: str, *, sampled: str | None) -> None:
        self.name, self.sampled = name, sampled
        self.read, self.left_out, self.notes = 0, dict[str, int](), list[str]()
        self.span: tuple[datetime, datetime] | None = None

    def leave_out(self, reason: str, rows: int) -> None:
        """Count rows as left out."""
        if rows:
            self.left_out[reason] = self.left_out.get(reason, 0) + rows

    @property
    def kept(self) -> int:
        """Rows kept so far."""
        return self.read - sum(self.left_out.values())

    def note_unread(self, columns: Sequence[str]) -> None:
        """Note columns that are no part of a log."""
        unread = [name for name in columns if name not in COLUMNS and name != ORDER]
        if unread:
            self.notes.append(f"{self.name}: columns not read: {', '.join(map(repr, unread))}")

    def finish(self, log: DataFrame) -> None:
        """Note the first and the last time, and acts that may be there twice; raise if no row is left."""
        from pyspark.sql import functions as F

        if not self.kept:
            raise SchemaError(f"{self.name}: no rows are left. {self.report()}")
        if "timestamp" not in log.columns:
            return
        times = log.select("timestamp").filter("timestamp IS NOT NULL")
        ends = [times.orderBy(order).limit(_OUTERMOST) for order in (F.asc("timestamp"), F.desc("timestamp"))]
        if self.kept > 2 * _OUTERMOST:
            times = ends[0].unionByName(ends[1])
        self.span, notes = time_span(here(times).lazy())
        self.notes += notes

    def report(self) -> ReadReport:
        """Return the counts as frames."""
        files = pl.DataFrame({"file": [self.name], "read": [self.read], "kept": [self.kept]})
        rows = [(self.name, reason, rows) for reason, rows in self.left_out.items()]
        schema: Any = {"file": pl.String, "reason": pl.String, "rows": pl.Int64}
        left_out = pl.DataFrame(rows, schema, orient="row")
        return ReadReport(files, left_out, tuple(self.notes), self.span, self.sampled)


def _usable(
    frame: DataFrame, options: Mapping[str, Any], tally: _Tally, on_error: str, *, separate: bool
) -> DataFrame:
    """Return the rows that can be used, with the columns of a log."""
    if separate:
        options = {**options, "ids": "text"}
    made, problems, notes = log_columns(frame, options)
    tally.notes += notes
    marked = frame.select(*made, code(problems).alias(PROBLEM))
    counts = {row[0]: row[1] for row in marked.groupBy(PROBLEM).count().collect()}
    tally.read = sum(counts.values())
    if not tally.read:
        raise SchemaError(f"{tally.name}: there are columns and no rows. Expected at least one row.")
    bad = {number: rows for number, rows in sorted(counts.items()) if number}
    if bad and on_error == "raise":
        raise _unusable(marked, problems, bad, tally.name)
    for number, rows in bad.items():
        tally.leave_out(problems[number - 1].reason, rows)
    return marked.filter(f"{PROBLEM} = 0").drop(PROBLEM)


def _unusable(
    marked: DataFrame, problems: Sequence[Problem], bad: Mapping[int, int], name: str
) -> SchemaError:
    first = marked.filter(f"{PROBLEM} > 0").orderBy(ORDER).first()
    assert first is not None
    problem, rows = problems[first[PROBLEM] - 1], bad[first[PROBLEM]]
    row = {key: str(value) for key, value in first.asDict().items() if value is not None and key in COLUMNS}
    more = sum(bad.values()) - rows
    others = f" {more:,} more have others." if more else ""
    return SchemaError(
        f"{name}: column {problem.column!r}: {problem.reason}, as in the row {row}. Expected "
        f"{problem.expected}. Correct it, or leave such rows out with on_error='skip'. "
        f"{counted(rows, 'row has', 'rows have')} this problem.{others}"
    )


def _deduplicated(
    log: DataFrame, options: Mapping[str, Any], tally: _Tally, one_act: Sequence[str] | None
) -> tuple[DataFrame, list[str]]:
    """Leave out acts recorded twice, unwanted ids and self-interactions; return the networks too."""
    from pyspark.sql import functions as F

    timed = "timestamp" in log.columns
    if one_act is not None and not timed:
        raise SchemaError(
            "one_act compares timestamps, and the log has none. Name the column: columns={'timestamp': …}."
        )
    own = F.lit(False)
    if "item" in log.columns:
        # An answer to oneself that created an item is activity, and no reaction.
        creates = F.col("item").isNotNull() & ~F.col("kind").isin(*sorted(CREATE_NO_ITEM), POST)
        own = F.coalesce((F.col("source") == F.col("target")) & creates, F.lit(False))
    log = log.withColumn(_OWN, own).withColumns(
        {
            "kind": F.when(F.col(_OWN), F.lit(POST)).otherwise(F.col("kind")),
            "target": F.when(~F.col(_OWN), F.col("target")),
        }
    )
    reason = F.when(F.col("source") == F.col("target"), F.lit(_SELF))
    if options["leave_out"]:
        named = [F.col(end).cast("string").isin(*options["leave_out"]) for end in ("source", "target")]
        unwanted = named[0] | F.coalesce(named[1], F.lit(False))
        reason = F.when(unwanted, F.lit("names an id of leave_out")).otherwise(reason)
    if one_act is not None:
        twice = F.format_string("recorded twice: a %s that is there as another kind", "kind")
        reason = F.when(_recorded_twice(one_act), twice).otherwise(reason)
    log = log.withColumn(_REASON, reason)
    untimed = F.sum(F.col("timestamp").isNull().cast("int") if timed else F.lit(1)).alias("untimed")
    rows, owned = F.count("*").alias("rows"), F.sum(F.col(_OWN).cast("int")).alias("own")
    found = here(log.groupBy(_REASON, "kind", "network").agg(rows, untimed, owned)).sort(_REASON, "kind")
    _check_times(found, timed)
    if own_answers := int(found["own"].sum()):
        are = counted(own_answers, "answer to oneself counts", "answers to oneself count")
        tally.notes.insert(0, f"{are} as a {POST}, not as a reaction")
    for why, count in found.drop_nulls(_REASON).select(_REASON, "rows").iter_rows():
        tally.leave_out(why, count)
    kinds = set(found["kind"])
    absent = [old for old, new in options["kind_names"].items() if new not in kinds]
    tally.notes += [f"kind_names: no row is of kind {old!r}" for old in absent]
    if one_act is not None and len(kinds.intersection(one_act)) < 2:
        tally.notes.append(f"one_act: the log has fewer than two of the kinds {', '.join(one_act)}")
    log = log.filter(F.col(_REASON).isNull()).drop(_REASON, _OWN)
    if timed and len(kinds) > 1:
        tally.notes += _coincidences(log, tally.kept)
    return log, sorted(found.filter(pl.col(_REASON).is_null())["network"].unique())


def _check_times(found: pl.DataFrame, timed: bool) -> None:
    if not timed and "unfollow" in found["kind"]:
        raise SchemaError(
            "There are rows of kind 'unfollow' and no timestamps, so nobody can say what holds. Name the "
            "column that has them, columns={'timestamp': …}; or leave the unfollows out."
        )


def _recorded_twice(kinds: Sequence[str]) -> Column:
    """Whether a row repeats, as a later one of these kinds, an act that is there as an earlier one."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    place = F.lit(None).cast("int")
    for number, name in enumerate(kinds):
        place = F.when(F.col("kind") == name, F.lit(number)).otherwise(place)
    first = F.min(place).over(Window.partitionBy(*SAME_ACT))
    return F.coalesce((place > first) & F.col("target").isNotNull(), F.lit(False))


def _coincidences(log: DataFrame, rows: int) -> list[str]:
    """Return notes on kinds whose rows coincide with another's, judged by a million rows of whole acts."""
    from pyspark.sql import functions as F

    share = -(-rows // ROWS_COMPARED)
    acts = log.filter(F.col("target").isNotNull()).select(*SAME_ACT, "kind")
    if share > 1:
        acts = acts.filter(F.pmod(F.xxhash64(*SAME_ACT), F.lit(share)) == 0)
    return coincidences(here(acts).lazy(), sample=share > 1)


def _as_people(log: DataFrame, identities: Any, networks: Sequence[str], tally: _Tally) -> DataFrame:
    """Make accounts people, and leave out what the merge turns into self-interactions."""
    from pyspark.sql import functions as F

    table = None if identities is None else read_identities(identities)
    known = None
    if table is not None:
        check_distinct(table, list(networks))
        known = log.sparkSession.createDataFrame(table.to_arrow())
        ends = [log.select("network", F.col(end).alias("account")) for end in ("source", "target")]
        seen = known.join(ends[0].unionByName(ends[1]), ["network", "account"], "left_semi").count()
        if seen < len(table):
            listed = counted(len(table), "listed account")
            tally.notes.append(f"identities: of {listed} the log lacks {len(table) - seen:,}")
    for end in ("source", "target"):
        parts = [
            F.replace(F.replace(F.col(of), F.lit("%"), F.lit("%25")), F.lit("/"), F.lit("%2F"))
            for of in ("network", end)
        ]
        account = F.concat(parts[0], F.lit("/"), parts[1])
        if known is None:
            log = log.withColumn(end, account)
            continue
        renamed = known.select(
            F.col("network").alias("_network"), F.col("account").alias("_account"), "person"
        )
        matches = (F.col("network") == F.col("_network")) & (F.col(end) == F.col("_account"))
        joined = log.withColumn("_own", account).join(renamed, matches, "left")
        log = joined.withColumn(end, F.coalesce("person", "_own"))
        log = log.drop("person", "_own", "_account", "_network")
    merged = F.coalesce(F.col("source") == F.col("target"), F.lit(False))
    tally.leave_out(_MERGED, log.filter(merged).count())
    return log.filter(~merged)


def _split_cross_posts(log: DataFrame, tally: _Tally) -> DataFrame:
    """Return the log with each interaction of several networks weighing what one does."""
    from pyspark.sql import functions as F

    if "item" not in log.columns:
        return log
    counts = F.count("*").cast("double").alias("_copies"), F.countDistinct("network").alias("_networks")
    several = (
        log.filter("item IS NOT NULL").groupBy(*SAME_POST).agg(*counts).filter("_networks > 1").persist()
    )
    found = several.agg(F.count("*"), F.sum("_copies")).first()
    if found is None or not found[0]:
        return log
    tally.notes.append(
        f"{int(found[1]):,} rows are copies of {counted(found[0], 'interaction')} on several networks: each "
        "of m copies weighs 1/m; cross_posts='each' counts them all"
    )
    renamed = several.select(*(F.col(name).alias(f"_{name}") for name in SAME_POST), "_copies")
    same = [log[name].eqNullSafe(renamed[f"_{name}"]) for name in SAME_POST]
    joined = log.join(renamed, same[0] & same[1] & same[2] & same[3], "left")
    split = joined.withColumn("weight", F.col("weight") / F.coalesce("_copies", F.lit(1.0)))
    return split.drop("_copies", *(f"_{name}" for name in SAME_POST))
