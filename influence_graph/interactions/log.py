"""The interaction log: its columns, and the object that holds a validated one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl

from influence_graph.errors import SchemaError

POST = "post"
STATES = frozenset({"follow", "unfollow"})
DISTRUST = "distrust"

#: The columns of a validated log. ``source`` and ``target`` are both Int64 or both String.
COLUMNS: Mapping[str, pl.DataType] = {
    "source": pl.String(),
    "target": pl.String(),
    "kind": pl.String(),
    "network": pl.String(),
    "timestamp": pl.Datetime("us", "UTC"),
    "weight": pl.Float64(),
    "item": pl.String(),
    "parent": pl.String(),
    "topic": pl.String(),
}


def is_event(kind: str) -> bool:
    """Whether acts of this kind are reactions: not a post, a state or a distrust.

    Examples
    --------
    >>> is_event("retweet"), is_event("follow"), is_event("post")
    (True, False, False)
    """
    return kind != POST and kind != DISTRUST and kind not in STATES


@dataclass(frozen=True)
class ReadReport:
    """What a reader did with its rows, file by file.

    Attributes
    ----------
    files : polars.DataFrame
        One row a file: ``file``, ``read``, ``kept``.
    left_out : polars.DataFrame
        One row a file and reason: ``file``, ``reason``, ``rows``; no row where nothing was left out.
    notes : tuple of str
        What a careful reader should know: kinds recorded twice, mixed conventions.
    """

    files: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Rows read over all files."""
        return int(self.files["read"].sum())

    @property
    def kept(self) -> int:
        """Rows kept over all files."""
        return int(self.files["kept"].sum())

    def __str__(self) -> str:
        lines = [f"{self.kept:,} of {self.read:,} rows kept"]
        reasons = self.left_out.group_by("reason", maintain_order=True).agg(pl.col("rows").sum())
        lines += [f"  {rows:,} left out: {reason}" for reason, rows in reasons.iter_rows()]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Interactions:
    """A validated interaction log: who acted on whom, how, where, when.

    Made by :func:`read_interactions`; every function that produces a log (data sets, simulations)
    goes through it, so a frame found in here is always valid.

    Attributes
    ----------
    frame : polars.LazyFrame
        The columns of ``COLUMNS`` that the log has; ``source``, ``target``, ``kind``, ``network``
        and ``weight`` always. A small log is in memory behind it, a large one is scanned.
    report : ReadReport
        Rows read, and rows left out and why.
    """

    frame: pl.LazyFrame
    report: ReadReport
    _hash: Callable[[], str] = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the data and of how it was read."""
        return self._hash()

    @cached_property
    def columns(self) -> frozenset[str]:
        """Names of the columns that this log has."""
        return frozenset(self.frame.collect_schema().names())

    @property
    def has_timestamps(self) -> bool:
        """Whether rows say when they happened."""
        return "timestamp" in self.columns

    @cached_property
    def span(self) -> tuple[datetime, datetime] | None:
        """First and last timestamp, or None where rows say not when."""
        if not self.has_timestamps:
            return None
        time = pl.col("timestamp")
        first, last = self.frame.select(time.min(), time.max().alias("last")).collect().row(0)
        return (first, last) if first is not None else None

    def between(self, start: datetime | None = None, end: datetime | None = None) -> Interactions:
        """Return the rows with ``start <= timestamp < end``.

        Raises
        ------
        SchemaError
            If the log has no timestamps.
        """
        if not self.has_timestamps:
            raise SchemaError(
                "This log has no timestamps, so no part of it can be cut out by time. "
                "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
            )
        frame = self.frame
        if start is not None:
            frame = frame.filter(pl.col("timestamp") >= start)
        if end is not None:
            frame = frame.filter(pl.col("timestamp") < end)
        return Interactions(frame, self.report, lambda: derived(self.fingerprint, start, end))

    def __repr__(self) -> str:
        span = self.span
        when = f", {span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}" if span else ""
        return f"<Interactions: {self.report.kept:,} rows{when}>"


def derived(fingerprint: str, *how: Any) -> str:
    """Return the fingerprint of what is made from data with this fingerprint in this way."""
    import hashlib

    return hashlib.sha256(repr((fingerprint, *how)).encode()).hexdigest()
