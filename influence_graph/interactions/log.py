"""The interaction log: its columns, and the object that holds a validated one."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from influence_graph.errors import ConfigError, SchemaError

if TYPE_CHECKING:
    import numpy.typing as npt

    from influence_graph.interactions.encoded_log import Batch, Rows

POST = "post"
STATES = frozenset({"follow", "unfollow"})
DISTRUST = "distrust"
#: A log of more rows than this keeps them as a frame only: as numbers they take 14 to 25 bytes each.
HELD_ROWS = 1 << 27
_ROWS_SHOWN = 5
_KINDS_SHOWN = 4

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

    def narrowed(self, rows: int, reason: str) -> ReadReport:
        """Return the report of a part of the log: its rows, the others left out for this reason."""
        name = self.files["file"][0] if len(self.files) == 1 else f"{len(self.files):,} files"
        files = pl.DataFrame({"file": [name], "read": [self.kept], "kept": [rows]})
        left_out = pl.DataFrame({"file": [name], "reason": [reason], "rows": [self.kept - rows]})
        return ReadReport(files, left_out.filter(pl.col("rows") > 0), self.notes)

    def __str__(self) -> str:
        lines = [f"{self.kept:,} of {self.read:,} rows kept"]
        reasons = self.left_out.group_by("reason", maintain_order=True).agg(pl.col("rows").sum())
        lines += [f"  {rows:,} left out: {reason}" for reason, rows in reasons.iter_rows()]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


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
    _rows: list[Rows] = field(default_factory=list, repr=False)
    #: Of which log this is the part between which moments.
    _part: tuple[Interactions, datetime | None, datetime | None] | None = field(default=None, repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the data and of how it was read."""
        return self._hash()

    @property
    def rows(self) -> Rows:
        """All rows as numbers, which the graph is made of; kept, unless they are very many."""
        if self._rows:
            return self._rows[0]
        rows = self._packed()
        if self.report.kept <= HELD_ROWS:
            self._rows.append(rows)
        return rows

    def _packed(self) -> Rows:
        from influence_graph.interactions.encoded_log import ALWAYS, Packing
        from influence_graph.interactions.timestamps import microseconds

        if self._part is not None and self._part[0]._rows:
            whole, start, end = self._part
            first = ALWAYS if start is None else microseconds(start)
            last = np.iinfo(np.int64).max if end is None else microseconds(end)

            def inside(batch: Batch) -> npt.NDArray[np.bool_]:
                time = batch.times()
                kept: npt.NDArray[np.bool_] = ((time >= first) & (time < last)) | (time == ALWAYS)
                return kept

            return whole.rows.where(inside)
        ids = self.frame.collect_schema()["source"]
        packing = Packing(ids, timed=self.has_timestamps, total=self.report.kept)
        packing.add(self.frame)
        return packing.rows()

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
        first, last = (
            self.frame.select(time.min(), time.max().alias("last")).collect(engine="streaming").row(0)
        )
        return (first, last) if first is not None else None

    @cached_property
    def kinds(self) -> Mapping[str, int]:
        """Rows of each kind, most frequent first."""
        counts = self.frame.group_by("kind").agg(pl.len()).collect(engine="streaming")
        return dict(counts.sort("len", "kind", descending=[True, False]).iter_rows())

    def between(self, start: datetime | None = None, end: datetime | None = None) -> Interactions:
        """Return the rows with ``start <= timestamp < end``.

        Parameters
        ----------
        start, end : datetime, optional
            None: no limit. Without a time zone: UTC.

        Returns
        -------
        Interactions
            Its report counts the rows outside as left out. Rows of kind ``follow`` without a
            timestamp have always held, so they are in every part.

        Raises
        ------
        SchemaError
            If the log has no timestamps.
        ConfigError
            If ``start`` is after ``end``.

        Examples
        --------
        >>> from influence_graph.interactions.read import read_interactions
        >>> rows = pl.DataFrame({"source": [1, 2], "target": [3, 3], "timestamp": [1.2e9, 1.3e9]})
        >>> read_interactions(rows).between(datetime(2010, 1, 1))
        <Interactions: 1 row, interaction 1, 2011-03-13 to 2011-03-13>
        """
        if not self.has_timestamps:
            raise SchemaError(
                "This log has no timestamps, so no part of it can be cut out by time. "
                "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
            )
        start, end = _utc(start), _utc(end)
        if start is not None and end is not None and start > end:
            raise ConfigError(f"start is {start} and end is {end}. Expected start before end.")
        inside = pl.lit(True)
        if start is not None:
            inside &= pl.col("timestamp") >= start
        if end is not None:
            inside &= pl.col("timestamp") < end
        frame = self.frame.filter(inside | pl.col("timestamp").is_null())
        rows = frame.select(pl.len()).collect(engine="streaming").item()
        period = f"{start or 'the start'} to {end or 'the end'}"
        report = self.report.narrowed(rows, f"outside {period}")

        def fingerprint() -> str:
            return derived(self.fingerprint, str(start), str(end))

        return Interactions(frame, report, fingerprint, _part=(self, start, end))

    def __repr__(self) -> str:
        rows = self.report.kept
        parts = [f"{rows:,} row{'' if rows == 1 else 's'}"]
        shown = list(self.kinds.items())[:_KINDS_SHOWN]
        parts += [f"{kind} {count:,}" for kind, count in shown]
        parts += ["…"] if len(self.kinds) > _KINDS_SHOWN else []
        if self.span:
            parts.append(f"{self.span[0]:%Y-%m-%d} to {self.span[1]:%Y-%m-%d}")
        return f"<Interactions: {', '.join(parts)}>"

    def __str__(self) -> str:
        return f"{self!r}\n{self.frame.head(_ROWS_SHOWN).collect()}\n{self.report}"

    def _repr_html_(self) -> str:
        head = self.frame.head(_ROWS_SHOWN).collect()._repr_html_()
        report = html.escape(str(self.report))
        return f"<p>{html.escape(repr(self))}</p>{head}<pre>{report}</pre>"


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise ConfigError(
            f"{moment!r} is no datetime. Expected one, such as datetime(2024, 2, 1, tzinfo=UTC)."
        )
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def derived(fingerprint: str, *how: Any) -> str:
    """Return the fingerprint of what is made from data with this fingerprint in this way."""
    import hashlib

    return hashlib.sha256(repr((fingerprint, *how)).encode()).hexdigest()
