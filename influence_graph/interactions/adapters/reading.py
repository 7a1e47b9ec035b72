"""The files of one log that adapters read, brought together: one record once, authors of parents, times.

Rows are looked at a batch at a time. What is compared over all of them are hashes; the few rows that agree in
a hash hold all those that agree in what was hashed, and are compared as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.batches import Batches, is_untimed, joined
from influence_graph.interactions.adapters.rows import (
    RECORD,
    SAME,
    YIELDING,
    Hashes,
    Rows,
    item_hash,
    row_hash,
)
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.parents import FELL_BACK, UNKNOWN, authors_of, with_targets

_FILE, _ROW = "_adapted", "_row"
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
    frame : polars.LazyFrame
        The rows: in memory, or in a temporary folder where they are many.
    held : bool
        Whether they are in memory.
    left_out : Counter
        How much of what was left out.
    first : mapping of str to str
        Where the first of each reason is.
    notes : tuple of str
        What a careful reader should know.
    """

    frame: pl.LazyFrame
    held: bool
    left_out: Counter[str]
    first: Mapping[str, str]
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

    Notes
    -----
    Takes some 20 bytes of memory a record beside a batch; rows beyond some ten thousand are written to a
    temporary folder that goes when the process ends.
    """
    memory: dict[str, dict[Any, Any]] = {}
    gathered = []
    for path, adapter in files:
        rows = Rows(adapter.network, adapter.parse_time, skip=skip, secret=secret)
        rows.memory = memory.setdefault(adapter.name, {})
        try:
            adapter.read(path, rows)
        except OSError as error:
            raise SchemaError(f"{path}: the file can't be read: {error.strerror or error}.") from error
        except EOFError as error:
            raise SchemaError(f"{path}: the compressed file is cut short ({error}). Get it again.") from error
        rows.flush()
        rows.notes += rows.signs.notes(secret=secret)
        if rows.memory.pop("untimed", False):
            rows.batches = _changed(rows.batches, _without_times)
        gathered.append(rows)
    once = [number for number, (_, adapter) in enumerate(files) if adapter.records]
    for number, (lost, record) in _repeated(gathered, once).items():
        rows = gathered[number]
        rows.leave_out(_TWICE, len(lost), where=_record(record))
        rows.batches = _changed(rows.batches, partial(_without, lost))
    if once:
        _find_authors(gathered)
    whole = all(rows.batches.whole for rows in gathered) and any(rows.batches.rows for rows in gathered)
    return [
        Adapted(
            _tidy(rows, whole=whole),
            rows.batches.held,
            rows.left_out,
            rows.first,
            (f"{path}: read as {adapter.title}", *(f"{path}: {note}" for note in rows.notes)),
        )
        for (path, adapter), rows in zip(files, gathered, strict=True)
    ]


def _changed(batches: Batches, change: Callable[[int, pl.DataFrame], pl.DataFrame]) -> Batches:
    """Return changed rows; ``change`` is told how many rows were before each piece."""
    made, first = Batches(), 0
    for piece in batches.pieces():
        made.add(change(first, piece))
        first += piece.height
    batches.clear()
    return made


def _without_times(first: int, piece: pl.DataFrame) -> pl.DataFrame:
    return piece.with_columns(pl.lit(None, piece.schema["timestamp"]).alias("timestamp"))


def _without(lost: IntArray, first: int, piece: pl.DataFrame) -> pl.DataFrame:
    """Return a piece without the rows with these numbers, sorted; ``first`` is that of its first row."""
    here = lost[np.searchsorted(lost, first) : np.searchsorted(lost, first + piece.height)] - first
    kept = np.ones(piece.height, dtype=bool)
    kept[here] = False
    return piece if kept.all() else piece.filter(pl.Series(kept))


def _twice(hashes: Sequence[Hashes]) -> pl.Series:
    """Return the hashes that are there more than once."""
    every = np.sort(np.concatenate(hashes)) if hashes else np.empty(0, np.uint64)
    return pl.Series(np.unique(every[1:][every[1:] == every[:-1]]))


def _record(number: int) -> str:
    return f"record {number % YIELDING:,}"


def _repeated(gathered: Sequence[Rows], files: Sequence[int]) -> dict[int, tuple[IntArray, int]]:
    """Return the numbers of rows that are there a second time, and of the first one's record, by file.

    Of each item the first record stays; of rows without item one, where all that they say is the same.
    """
    items = _twice([some for number in files for some in gathered[number].keys.items])
    bare = _twice([some for number in files for some in gathered[number].keys.bare])
    if not len(items) and not len(bare):
        return {}
    named = pl.col("item").is_not_null()
    alike = (named & item_hash().is_in(items.implode())) | (~named & row_hash().is_in(bare.implode()))
    found = []
    for number in files:
        first = 0
        for piece in gathered[number].batches.pieces():
            some = piece.with_row_index(_ROW, offset=first).filter(alike)
            found.append(some.with_columns(pl.lit(number, pl.UInt32).alias(_FILE)))
            first += piece.height
    log = joined(found)
    # Records of later files come later.
    log = log.with_columns((pl.col(_FILE).cast(pl.Int64) * _FILE_RECORDS + pl.col(RECORD)).alias("_number"))
    one = log["network"].drop_nulls().n_unique() < 2
    earliest = pl.col("_number").min().over("item" if one else ["network", "item"])
    again = log.filter(named & (pl.col("_number") != earliest))
    rest = log.filter(~named).filter(~pl.struct(SAME).is_first_distinct())
    names = (_FILE, _ROW, RECORD)
    lost = pl.concat([again.select(names), rest.select(names)]).sort(_FILE, _ROW)
    return {
        int(number[0]): (some[_ROW].cast(pl.Int64).to_numpy(), some[RECORD][0])
        for number, some in lost.partition_by(_FILE, as_dict=True).items()
    }


def _find_authors(gathered: Sequence[Rows]) -> None:
    """Give rows that name a parent and no target the author of the parent."""
    hashes = [some for rows in gathered for some in rows.keys.wanted]
    if not hashes:
        return
    # Only the authors of items that something lacks a target for are looked up.
    wanted = pl.Series(np.unique(np.concatenate(hashes))).implode()
    known = [
        piece.filter(item_hash().is_in(wanted)).select(
            pl.col("network"), pl.col("item", "source").cast(pl.String)
        )
        for rows in gathered
        for piece in rows.batches.pieces()
    ]
    authors = authors_of([pl.concat(known).lazy()])
    for rows in gathered:
        if rows.keys.wanted:
            rows.batches = _changed(rows.batches, partial(_with_authors, authors, rows))


def _with_authors(authors: pl.DataFrame, rows: Rows, first: int, piece: pl.DataFrame) -> pl.DataFrame:
    """Return a piece of whole records with targets, without the rows that have no use without."""
    texts = pl.col("source", "target", "item", "parent").cast(pl.String)
    piece = with_targets(piece.lazy().with_columns(texts), authors).collect()
    lost = piece.filter(pl.col(UNKNOWN))[RECORD]
    if len(lost):
        rows.leave_out(_UNKNOWN_AUTHOR, len(lost), where=_record(lost[0]))
        piece = piece.filter(~pl.col(UNKNOWN))
    # What fell back to a post is no second post of an item that is a reply or quote too.
    kind = pl.col("kind").cast(pl.String)
    same = ["network", "item"]
    other = (~pl.col(FELL_BACK) & (kind != "mention").fill_null(False)).any().over(same)
    second = ~pl.struct(*same, FELL_BACK).is_first_distinct()
    return piece.filter(~(pl.col(FELL_BACK) & (other | second))).drop(UNKNOWN, FELL_BACK)


def _tidy(rows: Rows, *, whole: bool) -> pl.LazyFrame:
    """Leave out columns that say nothing, and give the usual kind to rows that have none."""
    batches = rows.batches
    if not batches.rows:
        ids = pl.Int64() if whole else pl.String()
        return pl.DataFrame(schema={"source": ids, "target": ids, "weight": pl.Float64()}).lazy()
    frame = batches.lazy(whole=whole)
    if batches.there["timestamp"] and batches.untimed:
        untimed = frame.filter(is_untimed()).select(RECORD).head(1).collect().item()
        rows.leave_out(_NO_TIME, batches.untimed, where=_record(untimed))
        frame = frame.filter(~is_untimed())
    usual = ("source", "target", "weight")
    frame = frame.select(name for name in COLUMNS if name in usual or batches.there[name])
    return frame.with_columns(pl.col("kind").fill_null("interaction")) if batches.there["kind"] else frame
