"""The rows that an adapter makes of a file, gathered in batches, with what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.errors import counted
from influence_graph.interactions.adapters.batches import Batches
from influence_graph.interactions.timestamps import FORMS

#: The number of the record that a row was made from: of records with the same item the first is kept.
RECORD = "_record"
#: Added to the number of a record that gives way to any other record of the same item.
YIELDING = 1 << 62
#: What rows without an item agree in where they are one.
SAME = ("source", "target", "kind", "network", "timestamp", "parent")
Hashes: TypeAlias = npt.NDArray[np.uint64]
_BATCH_ROWS = 1 << 12
#: Edges of a weight below zero that a note shows.
_EXAMPLES = 2
_TIME = pl.Datetime("us", "UTC")
_SCHEMA: Mapping[str, Any] = {
    "source": pl.String(),
    "target": pl.String(),
    "kind": pl.String(),
    "network": pl.String(),
    "timestamp": pl.String(),
    "weight": pl.Float64(),
    "item": pl.String(),
    "parent": pl.String(),
    "topic": pl.String(),
    RECORD: pl.Int64(),
    "seen": pl.Int64(),
}
_NUMBER = list(_SCHEMA).index(RECORD)


@dataclass
class Rows:
    """Rows of one file; ids are text until all files are known.

    Attributes
    ----------
    network : str or None
        The network of rows that name none.
    parse_time : callable
        From the texts of a batch to times; see :func:`iso_time`.
    left_out : Counter
        Records, or parts of them, that gave no row, by reason.
    first : dict
        Where the first of each reason is.
    unit, number : str and int
        What a record is, and which it is of the file, where that is not ``record``.
    notes : list of str
        What a careful reader should know.
    memory : dict
        What an adapter keeps between the files of one log.
    skip : bool
        Whether records that can't be read are left out, and counted, instead of raising.
    secret : bool
        Whether messages show nothing of the records.
    signs : Signs
        Edges whose weight below zero made their kind.
    batches : Batches
        The rows.
    keys : Keys
        What tells which of them may be there twice, or lack a target.
    """

    network: str | None = None
    parse_time: Callable[[pl.Series], pl.Series] = field(default=lambda texts: iso_time(texts))
    left_out: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    unit: str = "record"
    number: int = 0
    notes: list[str] = field(default_factory=list)
    memory: dict[Any, Any] = field(default_factory=dict)
    record: int = 0
    skip: bool = False
    secret: bool = False
    signs: Signs = field(default_factory=lambda: Signs())
    _held: list[tuple[Any, ...]] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)
    keys: Keys = field(default_factory=lambda: Keys())

    def add(
        self,
        source: str,
        target: str | None,
        kind: str | None,
        time: str | int | None = None,
        *,
        item: str | None = None,
        parent: str | None = None,
        topic: str | None = None,
        weight: float = 1.0,
        network: str | None = None,
        record: int | None = None,
        seen: int | None = None,
    ) -> None:
        """Add a row.

        ``time`` is text or microseconds since 1970; ``seen`` (microseconds) holds where it is earlier than
        ``time``, or where ``time`` is none. A target of None beside a parent is the author of that item, to
        be found once all files are read.
        """
        number = self.record if record is None else record
        network = network or self.network
        if isinstance(time, int):
            seen = time if seen is None else min(time, seen)
            time = None
        # The rows of a record are never in two batches.
        if len(self._held) >= _BATCH_ROWS and self._held[-1][_NUMBER] != number:
            self.flush()
        self._held.append((source, target, kind, network, time, weight, item, parent, topic, number, seen))

    def leave_out(self, reason: str, rows: int = 1, *, where: str = "") -> None:
        """Count a record, or a part of one, that gives no row; ``where`` is it, by default here."""
        self.left_out[reason] += rows
        if reason not in self.first:
            self.first[reason] = where or f"{self.unit} {self.number or self.record:,}"

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Add rows that already are a frame with columns of a log, timestamps as times."""
        self.flush()
        size = len(frame)
        numbers = pl.int_range(self.record + 1, self.record + 1 + size, dtype=pl.Int64, eager=True)
        self.record += size
        absent = [
            pl.lit(
                self.network if name == "network" else None, _TIME if name == "timestamp" else dtype
            ).alias(name)
            for name, dtype in _SCHEMA.items()
            if name not in frame.columns and name not in (RECORD, "seen", "weight")
        ]
        if "weight" not in frame.columns:
            absent.append(pl.lit(1.0).alias("weight"))
        made = frame.with_columns(absent).with_columns(numbers.alias(RECORD))
        self.batches.add(made.select(name for name in _SCHEMA if name != "seen"))

    def flush(self) -> None:
        """Put what was added one by one into a batch."""
        if not self._held:
            return
        columns = zip(*self._held, strict=True)
        batch = pl.DataFrame(
            {
                name: pl.Series(name, values, dtype)
                for (name, dtype), values in zip(_SCHEMA.items(), columns, strict=True)
            }
        )
        self._held.clear()
        texts = batch["timestamp"]
        written = pl.Series("timestamp", [None], _TIME).new_from_index(0, len(texts))
        if texts.null_count() < len(texts):
            written = self.parse_time(texts).rename("timestamp")
        # min_horizontal passes over nulls.
        time = pl.min_horizontal("timestamp", pl.col("seen").cast(_TIME))
        batch = batch.with_columns(written).with_columns(time.alias("timestamp")).drop("seen")
        self.keys.add(batch)
        self.batches.add(batch)


@dataclass(eq=False)
class Signs:
    """Edges whose weight below zero made their kind: how many became which, and the first of them.

    Attributes
    ----------
    edges : Counter
        How many became each kind.
    first : dict
        Source, target and weight of the first two of each kind.
    """

    edges: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[tuple[str | int, str | int, float]]] = field(default_factory=dict)

    def add(self, kind: str, below: Sequence[tuple[str | int, str | int, float]], edges: int) -> None:
        """Count edges that became a kind, of which these are the first."""
        if edges:
            known = self.first.setdefault(kind, [])
            known += below[: _EXAMPLES - len(known)]
            self.edges[kind] += edges

    def notes(self, *, secret: bool) -> list[str]:
        """Say what became of them, and what changes that; ``secret``: without examples."""
        notes = []
        for kind, edges in self.edges.items():
            shown = ", ".join(
                f"{source!r} → {target!r} {weight:g}" for source, target, weight in self.first[kind]
            )
            have = counted(edges, "edge has", "edges have")
            example = "" if secret else f" ({shown})"
            notes.append(
                f"{have} a weight below zero{example}: read as kind {kind!r}, with the weight's size; "
                f"kind_names={{{kind!r}: 'interaction'}} reads them as a usual kind"
            )
        return notes


@dataclass(eq=False)
class Keys:
    """Hashes of what tells rows apart: 8 bytes each.

    Attributes
    ----------
    items : list of arrays
        Of the item of each record.
    bare : list of arrays
        Of all that a row without item says.
    wanted : list of arrays
        Of parents whose author is looked for.
    """

    items: list[Hashes] = field(default_factory=list)
    bare: list[Hashes] = field(default_factory=list)
    wanted: list[Hashes] = field(default_factory=list)

    def add(self, batch: pl.DataFrame) -> None:
        """Add the rows of a batch of whole records."""
        named = batch.filter(pl.col("item").is_not_null())
        new = (item_hash() != item_hash().shift()) | (pl.col(RECORD) != pl.col(RECORD).shift())
        lacking = batch.filter(pl.col("target").is_null() & pl.col("parent").is_not_null())
        bare = batch.filter(pl.col("item").is_null())
        for hashes, found in (
            (self.items, named.filter(new.fill_null(True)).select(item_hash())),
            (self.bare, bare.select(row_hash())),
            (self.wanted, lacking.select(pl.col("parent").cast(pl.String).hash().unique())),
        ):
            if found.height:
                hashes.append(found.to_series().to_numpy())


def item_hash() -> pl.Expr:
    """Return a hash of each item as text."""
    return pl.col("item").cast(pl.String).hash()


def row_hash() -> pl.Expr:
    """Return a hash of what the columns of ``SAME`` say."""
    texts = [pl.col(name).cast(pl.String) if name != "timestamp" else pl.col(name) for name in SAME]
    return pl.struct(texts).hash()


def iso_time(texts: pl.Series) -> pl.Series:
    """Return times written in ISO 8601, UTC where no zone is written; null where a text is no time."""
    times = texts.str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC", ambiguous="earliest")
    return _mended(texts, times, datetime.fromisoformat)


def twitter_time(texts: pl.Series) -> pl.Series:
    """Return times written like ``Wed Apr 04 09:00:00 +0000 2018``; null where a text is no time."""
    return texts.to_frame().select(FORMS["twitter"](pl.col(texts.name))).to_series().cast(_TIME)


def _mended(texts: pl.Series, times: pl.Series, parse: Callable[[str], datetime]) -> pl.Series:
    """Return the times with those that polars could not read parsed one by one."""
    lost = texts.filter(times.is_null() & texts.is_not_null()).unique()
    if not len(lost):
        return times
    found: dict[str, datetime] = {}
    for text in lost:
        try:
            time = parse(text)
            found[text] = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    if not found:
        return times
    known: Sequence[str] = list(found)
    fixed = texts.replace_strict(known, list(found.values()), default=None, return_dtype=_TIME)
    return times.fill_null(fixed)
