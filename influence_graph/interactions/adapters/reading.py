"""The files of one log that adapters read, brought together: one record once, authors of parents, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.rows import RECORD, Rows
from influence_graph.interactions.parents import FELL_BACK, UNKNOWN, authors_of, with_targets

_FILE = "_adapted"
#: More records than any file has.
_FILE_RECORDS = 1 << 40
_TWICE = "the same record a second time"
_UNKNOWN_AUTHOR = "the author of what it reacts to is not known"
_NO_TIME = "no time, and other rows of the file have one"


@dataclass(frozen=True)
class Adapted:
    """One file as rows with columns of a log, ids as text or, where all of the log's are, whole numbers.

    Attributes
    ----------
    frame : polars.DataFrame
        The rows.
    left_out : Counter
        How much of what was left out.
    notes : tuple of str
        What a careful reader should know.
    """

    frame: pl.DataFrame
    left_out: Counter[str]
    notes: tuple[str, ...]


def read_adapted(
    files: Sequence[tuple[Path, Adapter]], *, skip: bool = False, secret: bool = False
) -> list[Adapted]:
    """Read files with their adapters; linear in the rows.

    Parameters
    ----------
    files : sequence of (path, adapter)
        In the order in which records come first.
    skip : bool
        Whether records that can't be read are left out, and counted.
    secret : bool
        Whether messages show nothing of the records.
    """
    memory: dict[str, dict[Any, Any]] = {}
    gathered, frames = [], []
    for number, (path, adapter) in enumerate(files):
        rows = Rows(adapter.network, adapter.parse_time, skip=skip, secret=secret)
        rows.memory = memory.setdefault(adapter.name, {})
        try:
            adapter.read(path, rows)
        except OSError as error:
            raise SchemaError(f"{path}: the file can't be read: {error.strerror or error}.") from error
        except EOFError as error:
            raise SchemaError(f"{path}: the compressed file is cut short ({error}). Get it again.") from error
        frame = rows.frame()
        if rows.memory.pop("untimed", False):
            frame = frame.with_columns(pl.lit(None, frame.schema["timestamp"]).alias("timestamp"))
        gathered.append(rows)
        frames.append(frame.with_columns(pl.lit(number, pl.UInt32).alias(_FILE)))
    log = pl.concat(frames)
    del frames
    counts = [rows.left_out for rows in gathered]
    once = [number for number, (_, adapter) in enumerate(files) if adapter.records]
    if once:
        log = _once(log, once, counts)
        log = _with_authors(log, counts)
    log = _timed(log, counts)
    log = _whole_numbers(log.drop(RECORD))
    return [
        Adapted(
            _tidy(log.filter(pl.col(_FILE) == number).drop(_FILE)),
            rows.left_out,
            (f"{path}: read as {adapter.title}", *(f"{path}: {note}" for note in rows.notes)),
        )
        for number, ((path, adapter), rows) in enumerate(zip(files, gathered, strict=True))
    ]


def _drop(log: pl.DataFrame, lost: pl.Expr, reason: str, counts: Sequence[Counter[str]]) -> pl.DataFrame:
    """Leave out rows, and count them by file."""
    marked = log.with_columns(lost.fill_null(False).alias("_lost"))
    found = marked.filter("_lost")[_FILE].value_counts()
    if not len(found):
        return log
    for number, rows in found.iter_rows():
        counts[number][reason] += rows
    return marked.filter(~pl.col("_lost")).drop("_lost")


def _once(log: pl.DataFrame, files: Sequence[int], counts: Sequence[Counter[str]]) -> pl.DataFrame:
    """Keep the first record of each item; rows without item once where all that they say is the same."""
    # Records of later files come later.
    log = log.with_columns((pl.col(_FILE).cast(pl.Int64) * _FILE_RECORDS + pl.col(RECORD)).alias("_number"))
    named = pl.col("item").is_not_null()
    one = log["network"].drop_nulls().n_unique() < 2
    first = pl.col("_number").min().over("item" if one else ["network", "item"])
    same = pl.struct("source", "target", "kind", "network", "timestamp", "parent").is_first_distinct()
    within = pl.col(_FILE).is_in(list(files))
    repeated = pl.when(named).then(pl.col("_number") != first)
    log = _drop(log, repeated & within, _TWICE, counts)
    if log["item"].null_count():
        log = log.with_row_index("_row")
        bare = log.filter(~named & within)
        again = bare.filter(~same)["_row"]
        log = _drop(log, pl.col("_row").is_in(again.implode()), _TWICE, counts).drop("_row")
    return log.drop("_number")


def _with_authors(log: pl.DataFrame, counts: Sequence[Counter[str]]) -> pl.DataFrame:
    unknown = log["target"].is_null() & log["parent"].is_not_null()
    if not unknown.any():
        return log
    # Only the authors of items that something lacks a target for are looked up.
    wanted = log.filter(unknown)["parent"].unique()
    known = log.lazy().filter(pl.col("item").is_in(wanted.implode()))
    log = with_targets(log.lazy(), authors_of([known])).collect()
    log = _drop(log, pl.col(UNKNOWN), _UNKNOWN_AUTHOR, counts)
    # What fell back to a post is no second post of an item that is a reply or quote too.
    rest = ~pl.col(FELL_BACK) & (pl.col("kind").cast(pl.String) != "mention")
    others = log.filter(rest & pl.col("item").is_not_null()).select("network", "item").unique()
    fallen = log.filter(FELL_BACK)
    kept = fallen.join(others, on=["network", "item"], how="anti").unique(
        ["network", "item"], keep="first", maintain_order=True
    )
    if len(kept) < len(fallen):
        log = pl.concat([log.filter(~pl.col(FELL_BACK)), kept])
    return log.drop(UNKNOWN, FELL_BACK)


def _timed(log: pl.DataFrame, counts: Sequence[Counter[str]]) -> pl.DataFrame:
    some = pl.col("timestamp").is_not_null().any().over(_FILE)
    follow = (pl.col("kind").cast(pl.String) == "follow").fill_null(False)
    return _drop(log, pl.col("timestamp").is_null() & some & ~follow, _NO_TIME, counts)


def _whole_numbers(log: pl.DataFrame) -> pl.DataFrame:
    """Return ids as whole numbers where all are, written in the plain way."""
    whole = {}
    for name in ("source", "target"):
        numbers = log[name].cast(pl.Int64, strict=False)
        if (numbers.cast(pl.String) != log[name]).any() or numbers.null_count() > log[name].null_count():
            return log
        whole[name] = numbers
    return log.with_columns(**whole) if len(log) else log


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out columns that say nothing, and give the usual kind to rows that have none."""
    empty = [
        name
        for name in ("kind", "network", "timestamp", "item", "parent", "topic")
        if frame[name].null_count() == len(frame)
    ]
    frame = frame.drop(empty)
    if "kind" in frame.columns:
        usual = pl.lit("interaction").cast(frame.schema["kind"])
        frame = frame.with_columns(pl.col("kind").fill_null(usual))
    return frame
