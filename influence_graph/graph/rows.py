"""The rows of a log as numbers: one pass, a batch at a time, in as few bytes as hold them exactly."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.errors import DataError
from influence_graph.graph.numbering import ABSENT, Codes, Numbering, Spread
from influence_graph.interactions.log import POST, Interactions

#: Time of a row without a timestamp: before everything.
ALWAYS = np.iinfo(np.int64).min
#: A log of more rows than this shows its progress, and a shorter one is not worth a second thread.
LENGTHY, WORTH_THREADS = 5_000_000, 100_000
#: Rows in a batch; the graph does not depend on it.
BATCH = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_PAGES = 1 << 15


@dataclass(eq=False)
class Batch:
    """Some rows, in order, as numbers.

    ``source`` and ``target`` are numbers of people (``target`` is ``ABSENT`` for a post), ``label``
    one of a kind on a network. A row's time is ``base + unit·time``, in microseconds since 1970.
    """

    source: Codes
    target: Codes
    label: npt.NDArray[Any]
    weight: npt.NDArray[Any]
    time: npt.NDArray[Any]
    base: int
    unit: int

    def __len__(self) -> int:
        return self.source.size

    def times(self, some: slice = slice(None)) -> npt.NDArray[np.int64]:
        """Return when these rows happened, in microseconds since 1970, or ``ALWAYS``."""
        if self.time.dtype == np.int64:
            return self.time[some]
        return self.time[some].astype(np.int64) * self.unit + self.base

    def empty(self) -> None:
        """Let the rows go."""
        for column in ("source", "target", "label", "weight", "time"):
            setattr(self, column, getattr(self, column)[:0].copy())

    def picked(self, rows: npt.NDArray[np.int64]) -> Batch:
        """Return these rows, in this order."""
        time = _picked(self.time, rows) if self.time.size else self.time
        source, target, label, weight = (
            _picked(column, rows) for column in (self.source, self.target, self.label, self.weight)
        )
        return Batch(source, target, label, weight, time, self.base, self.unit)


def _picked(column: npt.NDArray[Any], rows: npt.NDArray[np.int64] | None = None) -> npt.NDArray[Any]:
    """Return values (None: all) in memory of their own, which goes back to the system with them.

    What the allocator gets back it may keep, and the memory that the rows leave is needed for the edges.
    """
    size = (column.size if rows is None else rows.size) * column.dtype.itemsize
    if size < _PAGES:
        return column if rows is None else column.take(rows)
    values = np.frombuffer(mmap.mmap(-1, size), dtype=column.dtype)
    if rows is None:
        values[:] = column
        return values
    return column.take(rows, out=values, mode="clip")


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a log up to a moment.

    Attributes
    ----------
    people : polars.Series
        By number, in the order in which they appear.
    labels : list of (kind, network)
        By number, in the order in which they appear.
    batches : list of Batch
        All rows, in order.
    timed : bool
        Whether rows say when they happened.
    moment : datetime or None
        What the graph describes.
    later : int
        Rows after that moment, which were left out.
    """

    people: pl.Series
    labels: list[tuple[str, str]]
    batches: list[Batch]
    timed: bool
    moment: datetime | None
    later: int

    def __len__(self) -> int:
        return sum(map(len, self.batches))


def microseconds(moment: datetime) -> int:
    """Return a moment in microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def instant(time: int) -> datetime:
    """Return the moment that is so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=int(time))


@contextmanager
def threads(rows: int) -> Iterator[Spread]:
    """Give a function that runs another over a list, on all cores if there are so many rows that it pays."""
    count = min(os.cpu_count() or 1, int(os.environ.get("NUMBA_NUM_THREADS", 64)))
    if rows < WORTH_THREADS or count < 2:
        yield map
        return
    with ThreadPoolExecutor(count) as pool:
        yield pool.map


def read_rows(log: Interactions, moment: datetime | None, spread: Spread) -> Rows:
    """Return the rows of a log up to this moment (None: its last timestamp).

    Raises
    ------
    DataError
        If none is left.
    """
    schema = log.frame.collect_schema()
    ids = schema["source"]
    timed = log.has_timestamps
    columns = ["source", "target", "kind", "network", "weight"] + ["timestamp"] * timed
    frame = log.frame.select(columns).with_columns(pl.col("target").cast(ids))
    limit = None if moment is None else microseconds(moment)

    people, kinds, networks = Numbering(ids), Numbering(pl.String()), Numbering(pl.String())
    labels = Numbering(pl.Int64())
    batches: list[Batch] = []
    later, first, last = 0, None, ALWAYS
    with _progress(log) as advance:
        for some in frame.collect_batches(chunk_size=BATCH, maintain_order=True):
            advance(some.height)
            time = _times(some) if timed else None
            if time is not None and limit is not None and some.height:
                kept = time <= limit
                if not kept.all():
                    first = int(time.min()) if first is None else min(first, int(time.min()))
                    later += int(kept.size - kept.sum())
                    some, time = some.filter(pl.Series(kept)), time[kept]
            if not some.height:
                continue
            if time is not None:
                last = max(last, int(time.max()))
            kind = kinds.codes(some["kind"], spread).astype(np.int64)
            crossed = (kind << 32) | networks.codes(some["network"], spread)
            label: npt.NDArray[Any] = labels.codes(pl.Series(crossed), spread)
            if len(labels) < 256:
                label = label.astype(np.uint8)
            source = people.codes(some["source"], spread)
            target = people.codes(some["target"], spread)
            since, base, unit = _offsets(time)
            weight = _narrow(some["weight"].to_numpy())
            batches.append(
                Batch(
                    _picked(source),
                    _picked(target),
                    _picked(label),
                    _picked(weight),
                    _picked(since),
                    base,
                    unit,
                )
            )
    if not batches and later:
        assert moment is not None
        assert first is not None
        raise DataError(
            f"No row is left: as_of is {moment:%Y-%m-%d %H:%M:%S} UTC, and the log starts at "
            f"{instant(first):%Y-%m-%d %H:%M:%S} UTC. Choose a later as_of."
        )
    if not batches:
        raise DataError("The log has no rows, so there is no graph to build.")
    if moment is None and last > ALWAYS:
        moment = instant(last)
    words, places = kinds.values(), networks.values()
    names = [(words[pair >> 32], places[pair & 0xFFFFFFFF]) for pair in labels.values()]
    posts = np.array([kind == POST for kind, _ in names])
    for batch in batches:
        if posts.any():
            batch.target[posts[batch.label]] = ABSENT
    return Rows(people.values(), names, batches, timed, moment, later)


def _times(some: pl.DataFrame) -> npt.NDArray[np.int64]:
    time = some["timestamp"].to_physical()
    return (time.fill_null(ALWAYS) if time.null_count() else time).to_numpy()


def _narrow(weight: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return weights in 32 bits where that loses nothing, as with counts."""
    with np.errstate(over="ignore"):
        short = weight.astype(np.float32)
    return short if (short == weight).all() else weight


def _offsets(time: npt.NDArray[np.int64] | None) -> tuple[npt.NDArray[Any], int, int]:
    """Return times as whole seconds or microseconds from the first one, in 32 bits where they fit."""
    if time is None:
        return np.empty(0, dtype=np.int64), ALWAYS, 1
    base = int(time.min())
    if base == ALWAYS:
        return time, 0, 1
    since = time - base
    most = int(since.max())
    if most < 2**32:
        return since.astype(np.uint32), base, 1
    if most < 2**32 * _SECOND:
        seconds = (since // _SECOND).astype(np.uint32)
        if (seconds * np.int64(_SECOND) == since).all():
            return seconds, base, _SECOND
    return time, 0, 1


@contextmanager
def _progress(log: Interactions) -> Iterator[Callable[[int], Any]]:
    """Give a function that counts rows read, on a terminal, where there are many."""
    total = log.report.kept
    if total < LENGTHY:
        yield lambda rows: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=" rows", unit_scale=True, desc="reading", disable=None, leave=False) as bar:
        yield bar.update
