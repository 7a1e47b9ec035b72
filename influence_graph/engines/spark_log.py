"""An interaction log on Spark: the columns, checks and counts of the reader of this process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.engines.spark_acts import deduplicated, split_cross_posts, with_reasons
from influence_graph.engines.spark_columns import (
    ORDER,
    PROBLEM,
    Problem,
    code,
    log_columns,
    with_named_columns,
)
from influence_graph.engines.spark_identities import as_people
from influence_graph.engines.spark_parents import with_targets
from influence_graph.engines.spark_session import (
    check_installed,
    check_running,
    in_utc,
    is_stopped,
    leaf,
    shared_session,
    told,
)
from influence_graph.engines.spark_tally import Tally
from influence_graph.errors import ConfigError, DataError, SchemaError, counted
from influence_graph.interactions.id_spelling import MISSING
from influence_graph.interactions.log import COLUMNS, ReadReport, derived

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".ndjson": "json", ".jsonl": "json"}


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
        check_running(self.session)
        with told():
            counts = self.frame.groupBy("kind").count().collect()
        return dict(sorted(((row[0], row[1]) for row in counts), key=lambda pair: (-pair[1], pair[0])))

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the rows, whatever their order and the number of files that hold them."""
        from pyspark.sql import functions as F

        check_running(self.session)
        names = [name for name in COLUMNS if name in self.frame.columns]
        hashes = [F.xxhash64(F.lit(seed), *names).cast("decimal(38,0)") for seed in (0, 1)]
        with told():
            found = self.frame.agg(F.count("*"), *(F.sum(one) for one in hashes)).first()
        return derived("spark", names, *map(str, found or ()))

    def free(self) -> None:
        """Give back what the cluster keeps of this log; it is read again where needed."""
        if self.cached is not None and not is_stopped(self.session):
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
    tally = Tally(name, sampled=sampled)
    with in_utc(running), told():
        named = with_named_columns(frame, columns, name)
        tally.note_unread(named.columns)
        targeted = with_targets(named, options)
        marked, problems = _marked(targeted, options, tally, separate=_separate(accounts, identities))
        log, found = with_reasons(marked, options, one_act)
        _count_problems(found, marked, problems, tally, on_error)
        log, networks = deduplicated(log, found, options, tally, one_act)
        if _separate(accounts, identities):
            log = as_people(log, identities, networks, tally)
        if cross_posts == "split" and len(networks) > 1:
            log = split_cross_posts(log, tally)
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


def _marked(
    frame: DataFrame, options: Mapping[str, Any], tally: Tally, *, separate: bool
) -> tuple[DataFrame, list[Problem]]:
    """Return rows with the columns of a log and the number of their first problem, and the problems."""
    if separate:
        options = {**options, "ids": "text"}
    made, problems, notes = log_columns(frame, options)
    tally.notes += notes
    return frame.select(*made, code(problems).alias(PROBLEM)), problems


def _count_problems(
    found: pl.DataFrame, marked: DataFrame, problems: Sequence[Problem], tally: Tally, on_error: str
) -> None:
    """Count the rows read and those with a problem, of which one is raised if ``on_error`` says so."""
    counts = found.group_by(PROBLEM).agg(pl.col("rows").sum()).sort(PROBLEM)
    tally.read = int(counts["rows"].sum())
    if not tally.read:
        raise SchemaError(f"{tally.name}: there are columns and no rows. Expected at least one row.")
    bad = dict(counts.filter(pl.col(PROBLEM) > 0).iter_rows())
    if bad and on_error == "raise":
        raise _unusable(marked, problems, bad, tally.name)
    for number, rows in bad.items():
        tally.leave_out(problems[number - 1].reason, rows)


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
