"""The rows of a log, dictionary-encoded batch by batch in one pass, with the smallest exact types."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import boolean, get_num_threads, int32, int64, types

from influence_graph.arrays import IntArray
from influence_graph.compilation import kernel
from influence_graph.interactions.dictionary import ABSENT, Codes, Numbering

#: Applies a function to a list, on one thread or several; results in order: ``map``.
Spread: TypeAlias = Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]

#: Time of a row without a timestamp: before everything.
ALWAYS = np.iinfo(np.int64).min
#: A log of more rows than this shows its progress, and a shorter one is not worth a second thread.
LENGTHY, WORTH_THREADS = 5_000_000, 100_000
#: Most rows in a batch, and fewest in one but the last; no result depends on them.
BATCH, _FEWEST = 1 << 20, 1 << 17
SECOND = 1_000_000
_WAITING = 3


@dataclass(frozen=True, eq=False)
class Batch:
    """Consecutive rows, encoded.

    ``source`` and ``target`` are positions in the people (``target`` is ``ABSENT`` where there is none),
    ``label`` one in the labels. A row's time is ``base + unit·time``, in microseconds since 1970.
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

    def times(self) -> npt.NDArray[np.int64]:
        """Return timestamps in microseconds since 1970, ``ALWAYS`` where null; empty without timestamps."""
        times: IntArray = np.multiply(self.time, self.unit, dtype=np.int64)
        times += self.base
        return times

    def picked(self, rows: IntArray | Codes) -> Batch:
        """Return the rows with these numbers."""
        rows = rows.astype(np.intp, copy=False)  # once, and not for each column
        time = self.time.take(rows) if self.time.size else self.time
        ends, label = (self.source.take(rows), self.target.take(rows)), self.label.take(rows)
        return Batch(*ends, label, self.weight.take(rows), time, self.base, self.unit)

    def renumbered(self, rank: Codes, labels: npt.NDArray[Any]) -> Batch:
        """Return the rows with the new numbers of people and of labels."""
        ends = np.empty_like(self.source), np.empty_like(self.target)
        place(self.source, self.target, rank, *ends)
        return Batch(*ends, labels[self.label], self.weight, self.time, self.base, self.unit)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a log.

    Attributes
    ----------
    people : polars.Series
        The ids that the rows name, sorted.
    labels : list of (kind, network)
        In the order in which they appear.
    batches : list of Batch
        All rows, in order.
    timed : bool
        Whether rows have timestamps.
    """

    people: pl.Series
    labels: list[tuple[str, str]]
    batches: list[Batch]
    timed: bool

    def __len__(self) -> int:
        return sum(map(len, self.batches))

    @classmethod
    def of_numbers(
        cls,
        source: IntArray,
        target: IntArray,
        kind: IntArray,
        time: IntArray,
        *,
        kinds: Sequence[str],
        network: str,
    ) -> Rows:
        """Encode rows of weight 1 that are numbers already, in this order.

        Parameters
        ----------
        source, target : array of int, shape (m,)
            Ids, at least 0; a target below 0 is none.
        kind : array of int, shape (m,)
            Positions in ``kinds``.
        time : array of int, shape (m,)
            Microseconds since 1970.
        kinds : sequence of str
        network : str
            Of all rows.
        """
        there = np.zeros(int(max(source.max(), target.max())) + 1, dtype=bool)
        there[source], there[target[target >= 0]] = True, True
        rank = (np.cumsum(there) - 1).astype(np.int32)
        codes, first = np.unique(kind, return_index=True)
        codes = codes[np.argsort(first)]
        label = np.zeros(len(kinds), dtype=np.uint8)
        label[codes] = np.arange(len(codes))
        targets = np.where(target >= 0, rank[target], np.int32(ABSENT))
        weight = np.ones(len(source), dtype=np.uint8)
        batch = Batch(rank[source], targets, label[kind], weight, *_offsets(time))
        ids = pl.Series("id", np.flatnonzero(there), dtype=pl.Int64)
        return cls(ids, [(kinds[code], network) for code in codes], [batch], True)

    def frame(self) -> pl.DataFrame:
        """Return the rows decoded."""
        return pl.concat([self._decoded(batch) for batch in self.batches])

    def digest(self) -> str:
        """Return the hexadecimal SHA-256 of the rows."""
        digest = hashlib.sha256(repr((self.people.to_list(), self.labels, self.timed)).encode())
        for batch in self.batches:
            for column in (
                batch.source,
                batch.target,
                batch.label,
                batch.weight.astype(np.float64),
                batch.times(),
            ):
                digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def _decoded(self, batch: Batch) -> pl.DataFrame:
        target = pl.Series(batch.target)
        kinds, networks = (pl.Series([label[place] for label in self.labels]) for place in (0, 1))
        columns = {
            "source": self.people.gather(batch.source),
            "target": self.people.gather(target.set(target < 0, None)),
            "kind": kinds.gather(batch.label),
            "network": networks.gather(batch.label),
        }
        if self.timed:
            time = pl.Series(batch.times())
            columns["timestamp"] = time.set(time == ALWAYS, None).cast(pl.Datetime("us", "UTC"))
        return pl.DataFrame({**columns, "weight": batch.weight.astype(np.float64)})

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """First and last time, in microseconds since 1970; None where no row has one."""
        if not self.timed:
            return None
        first, last = None, None
        for batch in self.batches:
            time = batch.times()
            time = time[time > ALWAYS]
            if time.size:
                earliest, latest = int(time.min()), int(time.max())
                first = earliest if first is None else min(first, earliest)
                last = latest if last is None else max(last, latest)
        return None if first is None or last is None else (first, last)

    @cached_property
    def self_interactions(self) -> int:
        """Number of rows whose source is their target."""
        return sum(int((batch.source == batch.target).sum()) for batch in self.batches)

    @cached_property
    def in_order(self) -> bool:
        """Whether no row is earlier than the one before it."""
        latest = ALWAYS
        for batch in self.batches:
            time = batch.times()
            if time[0] < latest or (time[1:] < time[:-1]).any():
                return False
            latest = int(time[-1])
        return True

    def filter(self, kept: pl.Series, spread: Spread = map) -> Rows:
        """Return the rows where ``kept`` (Boolean, one value a row) is true, and the ids that they name."""
        first = itertools.accumulate(map(len, self.batches), initial=0)

        def pick(place: tuple[Batch, int]) -> Batch | None:
            batch, row = place
            inside = kept.slice(row, len(batch))
            if inside.all():
                return batch
            return batch.picked(np.flatnonzero(inside)) if inside.any() else None

        batches = [batch for batch in spread(pick, zip(self.batches, first, strict=False)) if batch]
        if sum(map(len, batches)) == len(self):
            return self
        there, used = np.zeros(len(self.people), dtype=bool), np.zeros(len(self.labels), dtype=bool)
        for batch in batches:
            mark(batch.source, batch.target, there)
            used |= np.bincount(batch.label, minlength=used.size) > 0
        rank = np.where(there, np.cumsum(there) - 1, ABSENT).astype(np.int32)
        labels = _label_numbers(np.cumsum(used) - 1)
        names = [name for name, kept in zip(self.labels, used, strict=True) if kept]
        people = self.people.gather(np.flatnonzero(there))
        renumbered = list(spread(lambda batch: batch.renumbered(rank, labels), batches))
        return Rows(people, names, renumbered, self.timed)

    def concat(self, other: Rows, spread: Spread = map) -> Rows:
        """Return these rows, then others, of which either all have room for a timestamp or none."""
        people = pl.concat([self.people, other.people]).unique().sort().rename("id")
        names = list(dict.fromkeys([*self.labels, *other.labels]))
        place_of = {name: number for number, name in enumerate(names)}
        batches: list[Batch] = []
        for rows in (self, other):
            rank = people.search_sorted(rows.people).to_numpy().astype(np.int32)
            labels = _label_numbers(np.array([place_of[name] for name in rows.labels]), len(names))

            def renumbered(batch: Batch, rank: Codes = rank, labels: npt.NDArray[Any] = labels) -> Batch:
                return batch.renumbered(rank, labels)

            batches += spread(renumbered, rows.batches)
        return Rows(people, names, batches, self.timed)


class Encoder:
    """Dictionary-encodes rows that come in frames, one after the other.

    Parameters
    ----------
    ids : polars.DataType
        Int64 or String.
    timed : bool
        Whether rows have timestamps.
    total : int
        Rows to come, for the progress that a long log shows.
    keep : bool
        Whether :meth:`rows` will be asked for.
    """

    def __init__(self, ids: pl.DataType, *, timed: bool, total: int, keep: bool = True) -> None:
        self._ids, self._timed, self._total, self._keep = ids, timed, total, keep
        self._people, self._words = Numbering(ids), (Numbering(pl.String()), Numbering(pl.String()))
        self._table, self._pairs = np.empty((0, 0), dtype=np.int32), list[tuple[int, int]]()
        self._places = np.empty(0, dtype=np.int32)  # memory for labels of a batch
        self._batches: list[Batch] = []

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Kind and network of each label so far."""
        kinds, networks = (words.values() for words in self._words)
        return [(kinds[kind], networks[network]) for kind, network in self._pairs]

    @property
    def people(self) -> pl.Series:
        """Ids of the rows so far."""
        return self._people.values()

    def add(
        self,
        frame: pl.LazyFrame,
        look: Callable[[Batch, IntArray], Any] = lambda *_: None,
        *,
        words: Mapping[str, str] | None = None,
    ) -> None:
        """Add rows: ``source``, ``target``, ``kind``, ``network``, ``weight`` and perhaps ``timestamp``.

        ``look`` sees each batch, in order, and its times (:meth:`Batch.times`). Numbers of people are then
        those of their first appearance. ``words`` gives a kind or network that is the same in all rows.
        """
        same = words or {}
        columns = ["source", "target", *(name for name in ("kind", "network") if name not in same), "weight"]
        columns += ["timestamp"] * self._timed
        frame = frame.select(columns).with_columns(pl.col("target").cast(self._ids))
        # While this thread numbers the people of a batch, another does the rest of the one before.
        with ThreadPoolExecutor(1) as aside, _progress(self._total) as advance:
            waiting: list[Future[Batch]] = []

            def finish() -> None:
                batch = waiting.pop(0).result()
                advance(len(batch))
                if self._keep:
                    self._batches.append(batch)

            def rest(rows: pl.DataFrame, source: Codes, target: Codes) -> Batch:
                time = _times(rows) if self._timed else np.empty(0, dtype=np.int64)
                batch = self._batch(rows, source, target, time, same)
                look(batch, time)
                return batch

            for rows in _in_batches(frame):
                source, target = self._people.codes(rows["source"]), self._people.codes(rows["target"])
                waiting.append(aside.submit(rest, rows, source, target))
                while len(waiting) > _WAITING:
                    finish()
            while waiting:
                finish()

    def rows(self) -> Rows:
        """Return all rows."""
        people = self.people
        order = people.arg_sort()
        rank = np.empty(len(order), dtype=np.int32)
        rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
        self._people = Numbering(self._ids)

        def placed(batch: Batch) -> None:
            place(batch.source, batch.target, rank, batch.source, batch.target)

        with threads(sum(map(len, self._batches))) as spread:
            list(spread(placed, self._batches))
        return Rows(people.gather(order).rename("id"), self.labels, self._batches, self._timed)

    def _batch(
        self, frame: pl.DataFrame, source: Codes, target: Codes, time: IntArray, same: Mapping[str, str]
    ) -> Batch:
        kind, network = (
            words.codes(frame[name] if name not in same else pl.Series([same[name]]))
            for words, name in zip(self._words, ("kind", "network"), strict=True)
        )
        since, base, unit = _offsets(time) if time.size else (time, 0, 1)
        return Batch(
            source,
            target,
            self._label(kind, network, source.size),
            _narrow(frame["weight"].to_numpy()),
            since,
            base,
            unit,
        )

    def _label(self, kind: Codes, network: Codes, rows: int) -> npt.NDArray[Any]:
        """Return the label of each row; kind or network may be one for all rows."""
        shape = len(self._words[0]), len(self._words[1])
        if shape != self._table.shape:
            wider = np.full(shape, -1, dtype=np.int32)
            wider[: self._table.shape[0], : self._table.shape[1]] = self._table
            self._table = wider
        if rows > self._places.size:
            self._places = np.empty(rows, dtype=np.int32)
        label = self._places[:rows]
        if _write_labels(kind, network, self._table, label) < 0:
            labels = self._table.reshape(-1)
            pairs = np.unique(kind * np.int32(shape[1]) + network)
            new = pairs[labels[pairs] < 0]
            labels[new] = np.arange(len(self._pairs), len(self._pairs) + len(new))
            self._pairs += [divmod(int(code), shape[1]) for code in new]
            _write_labels(kind, network, self._table, label)
        return label.astype(np.uint8 if len(self._pairs) < 256 else np.int32)


def _label_numbers(labels: npt.NDArray[Any], count: int = 0) -> npt.NDArray[Any]:
    """Return numbers of labels, of which there are ``count``, in the smallest type."""
    return labels.astype(np.uint8 if max(count, labels.size) < 256 else np.int32)


def _in_batches(frame: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows as they come from the file, neither tiny nor huge: sizes of our own cost a copy."""
    held: list[pl.DataFrame] = []
    rows = 0
    for chunk in itertools.chain(frame.collect_batches(maintain_order=True), [None]):
        if chunk is not None:
            held.append(chunk)
            rows += chunk.height
        if rows >= _FEWEST or (chunk is None and rows):
            yield from pl.concat(held, rechunk=False).iter_slices(BATCH)
            held, rows = [], 0


@contextmanager
def threads(rows: int) -> Iterator[Spread]:
    """Give a function like ``map``, which uses numba's number of threads if there are enough rows to pay."""
    count = get_num_threads()
    if rows < WORTH_THREADS or count < 2:
        yield map
        return
    with ThreadPoolExecutor(count) as pool:
        yield pool.map


def _times(frame: pl.DataFrame) -> npt.NDArray[np.int64]:
    time = frame["timestamp"].to_physical()
    return (time.fill_null(ALWAYS) if time.null_count() else time).to_numpy()


def _narrow(weight: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return weights in 8 or 32 bits where that loses nothing, as with counts."""
    with np.errstate(over="ignore", invalid="ignore"):
        for dtype in (np.uint8, np.float32):
            short = weight.astype(dtype)
            if (short == weight).all():
                return short
    return weight


def _offsets(time: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], int, int]:
    """Return times as whole seconds or microseconds from the first one, in 32 bits where they fit."""
    base = int(time.min())
    if base == ALWAYS:
        return time, 0, 1
    if int(time.max()) - base < 2**32:
        return (time - base).astype(np.uint32), base, 1
    since = np.empty(time.size, dtype=np.uint32)
    return (since, base, SECOND) if _whole_seconds(time, base, since) else (time, 0, 1)


@kernel(boolean(types.Array(types.int64, 1, "C", readonly=True), int64, types.uint32[::1]))
def _whole_seconds(time: npt.NDArray[np.int64], base: int, since: npt.NDArray[np.uint32]) -> bool:
    """Write the seconds since ``base``, and return whether times are whole ones that fit 32 bits."""
    exact = True
    for row in range(time.size):
        apart = np.uint64(time[row] - base)
        seconds = apart // np.uint64(SECOND)
        since[row] = np.uint32(seconds)
        exact &= np.uint64(since[row]) * np.uint64(SECOND) == apart
    return exact


@kernel(int64(*2 * [types.Array(types.int32, 1, "C", readonly=True)], int32[:, ::1], int32[::1]))
def _write_labels(kind: Codes, network: Codes, table: npt.NDArray[np.int32], label: Codes) -> int:
    """Write the label of each row, -1 where it has none yet, and return the least; see ``Encoder._label``."""
    least = np.int32(0)
    same_kind, same_network = kind.size == 1, network.size == 1
    for row in range(label.size):
        one = np.uint64(kind[0 if same_kind else row])
        label[row] = table[one, np.uint64(network[0 if same_network else row])]
        least = min(least, label[row])
    return int(least)


@kernel(types.void(*2 * [types.Array(types.int32, 1, "C", readonly=True)], *3 * [int32[::1]]))
def place(source: Codes, target: Codes, rank: Codes, sources: Codes, targets: Codes) -> None:
    """Write the ranks of sources and targets; a target that is absent stays so."""
    for row in range(source.size):
        sources[row] = rank[np.uint64(source[row])]
        there = target[row] >= 0
        targets[row] = rank[np.uint64(target[row])] if there else target[row]


@kernel(types.void(*2 * [types.Array(types.int32, 1, "C", readonly=True)], types.boolean[::1]))
def mark(source: Codes, target: Codes, there: npt.NDArray[np.bool_]) -> None:
    """Mark everybody who is a source or a target."""
    for row in range(source.size):
        there[np.uint64(source[row])] = True
        if target[row] >= 0:
            there[np.uint64(target[row])] = True


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], Any]]:
    """Yield a function that counts rows read; shows progress on a terminal if there are many."""
    if total < LENGTHY:
        yield lambda rows: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=" rows", unit_scale=True, desc="reading", disable=None, leave=False) as bar:
        yield bar.update
