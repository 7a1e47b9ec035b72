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

from influence_graph.errors import ConfigError, SchemaError, counted
from influence_graph.visible import frame_html

if TYPE_CHECKING:
    from influence_graph.interactions.encoded_log import Rows

POST = "post"
STATES = frozenset({"follow", "unfollow"})
DISTRUST = "distrust"
#: Kinds that create no item, however a platform numbers their rows: they pass on or mark what another wrote.
CREATE_NO_ITEM = STATES | {
    *("retweet", "repost", "reblog", "boost", "share", "like", "favorite", "favourite", "vote", "upvote"),
    *("downvote", "reaction", "bookmark", DISTRUST),
}
#: A log of more rows than this keeps them as a frame only: as numbers they take 14 to 25 bytes each.
HELD_ROWS = 1 << 27
_OF_ITEMS = frozenset({"item", "parent", "topic"})
_ROWS_SHOWN = 5
_KINDS_SHOWN = 4
_MOMENT = "%Y-%m-%d %H:%M:%S"

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
    """Whether interactions of this kind are events (reactions): not posts, states or distrust.

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
        One row per file: ``file``, ``read``, ``kept``.
    left_out : polars.DataFrame
        One row per file and reason: ``file``, ``reason``, ``rows``; no row where nothing was left out.
    notes : tuple of str
        Remarks: kinds recorded twice, mixed conventions.
    span : tuple of two datetimes or None
        First and last timestamp of the rows kept; None without timestamps, and for a part of a log.
    sampled : str or None
        What the log is a sample by, as the caller said: keywords, a percentage.
    examples : mapping of str to str
        For reasons of ``left_out``: where the first such row is, and what it says.
    """

    files: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...] = ()
    span: tuple[datetime, datetime] | None = None
    sampled: str | None = None
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Rows read over all files."""
        return int(self.files["read"].sum())

    @property
    def kept(self) -> int:
        """Rows kept over all files."""
        return int(self.files["kept"].sum())

    def narrowed(self, rows: int, reason: str) -> ReadReport:
        """Return the report of a part with this number of rows; the others are left out for a reason."""
        if rows == self.kept:
            return self
        name = self.files["file"][0] if len(self.files) == 1 else f"{len(self.files):,} files"
        files = pl.DataFrame({"file": [name], "read": [self.read], "kept": [rows]})
        more = pl.DataFrame({"file": [name], "reason": [reason], "rows": [self.kept - rows]})
        left_out = pl.concat([self.left_out, more], how="diagonal")
        return ReadReport(files, left_out, self.notes, sampled=self.sampled, examples=self.examples)

    def __str__(self) -> str:
        lines = [f"{self.kept:,} of {counted(self.read, 'row')} kept"]
        reasons = self.left_out.group_by("reason", maintain_order=True).agg(pl.col("rows").sum())
        lines += [f"  {rows:,} left out: {reason}" for reason, rows in reasons.iter_rows()]
        if self.span is not None:
            lines.append(f"  first {self.span[0]:{_MOMENT}}, last {self.span[1]:{_MOMENT}} UTC")
        if self.sampled is not None:
            lines.append(f"  a sample of all there is: {self.sampled}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


class Interactions:
    """A validated interaction log: who interacted with whom, how, where and when.

    Made by :func:`read_interactions`, so the rows of a log are always valid; simulations, which write valid
    rows, hand them over as numbers (:class:`OfRows`). A log does not change: :meth:`where` and
    :meth:`between` return a part of it, :meth:`concat` a longer one.

    Parameters
    ----------
    frame : polars.LazyFrame
        Valid rows.
    report : ReadReport
        What was read, kept and left out.
    fingerprint : callable
        Computes the fingerprint when it is first needed.
    rows : EncodedLog, optional
        The same rows, encoded, where they are known already.
    held : bool
        Whether the rows are kept in memory from the moment that their frame is first asked for.

    Attributes
    ----------
    frame : polars.LazyFrame
        The columns of ``COLUMNS`` that the log has; ``source``, ``target``, ``kind``, ``network``
        and ``weight`` always. A small log is in memory behind it, a large one is scanned.
    report : ReadReport
        Rows read, and rows left out and why.
    fingerprint : str
        Hexadecimal SHA-256 of the data and of how it was read.
    """

    def __init__(
        self,
        frame: pl.LazyFrame,
        report: ReadReport,
        fingerprint: Callable[[], str],
        *,
        rows: Rows | None = None,
        held: bool = False,
    ) -> None:
        self._frame, self._report, self._hash, self._rows = frame, report, fingerprint, rows
        self._held = held

    @cached_property
    def frame(self) -> pl.LazyFrame:
        """The rows."""
        return self._frame.collect().lazy() if self._held else self._frame

    @property
    def report(self) -> ReadReport:
        """Rows read, and rows left out and why."""
        return self._report

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the data and of how it was read."""
        return self._hash()

    @property
    def rows(self) -> Rows:
        """All rows, encoded as numbers, from which graphs are built; kept unless there are too many."""
        if self._rows is not None:
            return self._rows
        rows = self._encode()
        if len(rows) <= HELD_ROWS:
            self._rows = rows
        return rows

    def _encode(self) -> Rows:
        from influence_graph.interactions.encoded_log import Encoder

        encoder = Encoder(self.schema["source"], timed=self.has_timestamps, total=self.report.kept)
        encoder.add(self.frame)
        return encoder.rows()

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns that this log has."""
        return self._frame.collect_schema()

    @cached_property
    def columns(self) -> frozenset[str]:
        """Names of the columns that this log has."""
        return frozenset(self.schema.names())

    @property
    def has_timestamps(self) -> bool:
        """Whether rows have timestamps."""
        return "timestamp" in self.columns

    @cached_property
    def span(self) -> tuple[datetime, datetime] | None:
        """First and last timestamp; None if there are none."""
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
                "This log has no timestamps, so it can't be split by time. "
                "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
            )
        start, end = _utc(start), _utc(end)
        if start is not None and end is not None and start > end:
            raise ConfigError(f"start is {start} and end is {end}. Expected start before end.")
        time, inside = pl.col("timestamp"), pl.lit(True)
        if start is not None:
            inside &= time >= start
        if end is not None:
            inside &= time < end
        period = f"{start or 'the start'} to {end or 'the end'}"
        return self.where(inside | time.is_null(), reason=f"outside {period}")

    def where(self, condition: pl.Expr, *, reason: str) -> Narrowed:
        """Return the rows for which a condition holds.

        Parameters
        ----------
        condition : polars.Expr
            Boolean, over the columns of the log. A row for which it is null is left out.
        reason : str
            The report counts the rows left out under this.

        Returns
        -------
        Interactions
            The rows, in the same order. Its fingerprint depends on this log's and on which rows are left.

        Notes
        -----
        The condition is evaluated when it is first needed, once, in one pass over the columns that it reads.
        Frame, encoded rows, report and fingerprint all follow from that one evaluation: O(rows) time and
        one bit a row.

        Examples
        --------
        >>> from influence_graph.interactions.read import read_interactions
        >>> rows = pl.DataFrame({"source": [1, 2], "target": [3, 3], "kind": ["like", "reply"]})
        >>> log = read_interactions(rows).where(pl.col("kind") == "like", reason="not a like")
        >>> print(log.report)
        1 of 2 rows kept
          1 left out: not a like
        """
        return Narrowed(self, condition, reason)

    def concat(self, other: Interactions) -> Interactions:
        """Return the rows of this log, then those of another.

        Raises
        ------
        SchemaError
            If ids are integers in one log and text in the other.
        """
        ids = [log.schema["source"] for log in (self, other)]
        if ids[0] != ids[1]:
            raise SchemaError(
                f"Ids are of type {ids[0]} in one log and {ids[1]} in the other. "
                "ids='text' makes both text: read_interactions(…, ids='text')."
            )
        report = ReadReport(
            pl.concat([self.report.files, other.report.files], how="diagonal"),
            pl.concat([self.report.left_out, other.report.left_out], how="diagonal"),
            tuple(dict.fromkeys((*self.report.notes, *other.report.notes))),
            sampled=self.report.sampled or other.report.sampled,
            examples={**other.report.examples, **self.report.examples},
        )
        return Joined(report, self, other)

    def __repr__(self) -> str:
        rows = self.report.kept
        parts = [counted(rows, "row")]
        shown = list(self.kinds.items())[:_KINDS_SHOWN]
        parts += [f"{kind} {count:,}" for kind, count in shown]
        parts += ["…"] if len(self.kinds) > _KINDS_SHOWN else []
        if self.span:
            parts.append(f"{self.span[0]:%Y-%m-%d} to {self.span[1]:%Y-%m-%d}")
        return f"<Interactions: {', '.join(parts)}>"

    def __str__(self) -> str:
        return f"{self!r}\n{self.frame.head(_ROWS_SHOWN).collect()}\n{self.report}"

    def _repr_html_(self) -> str:
        head = frame_html(self.frame.head(_ROWS_SHOWN).collect())
        report = html.escape(str(self.report))
        return f"<p>{html.escape(repr(self))}</p>{head}<pre>{report}</pre>"


class Narrowed(Interactions):
    """The rows of a log for which a condition holds; made by :meth:`Interactions.where`."""

    def __init__(self, whole: Interactions, condition: pl.Expr, reason: str) -> None:
        self._whole, self._condition, self._reason = whole, condition, reason
        self._rows = None

    @cached_property
    def frame(self) -> pl.LazyFrame:
        """The rows."""
        return self._whole.frame.filter(self._condition)

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns that this log has."""
        return self._whole.schema

    @cached_property
    def mask(self) -> pl.Series:
        """Whether each row of the whole log is kept: one bit a row."""
        kept = self._whole.frame.select(self._condition.fill_null(False)).collect(engine="streaming")
        rows = self._whole.report.kept
        # A literal is one value for all rows.
        return kept.to_series() if kept.height == rows else kept.to_series().new_from_index(0, rows)

    @cached_property
    def report(self) -> ReadReport:
        """That of the whole log, with the rows left out here."""
        return self._whole.report.narrowed(int(self.mask.sum()), self._reason)

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the whole log's fingerprint and of the rows kept."""
        if self.mask.all():
            return self._whole.fingerprint
        import hashlib

        bits = np.packbits(self.mask.to_numpy()).tobytes()
        return derived(self._whole.fingerprint, "where", hashlib.sha256(bits).hexdigest())

    def _encode(self) -> Rows:
        from influence_graph.interactions.encoded_log import threads

        rows = self._whole._rows
        if rows is None:
            return super()._encode()
        with threads(len(rows)) as spread:
            return rows.filter(self.mask, spread)


class Joined(Interactions):
    """The rows of a log, then those of another; made by :meth:`Interactions.concat`."""

    def __init__(self, report: ReadReport, first: Interactions, second: Interactions) -> None:
        self._report, self._first, self._second = report, first, second
        self._hash = lambda: derived(first.fingerprint, "and", second.fingerprint)
        self._rows = None

    @cached_property
    def frame(self) -> pl.LazyFrame:
        """The rows."""
        return pl.concat([self._first.frame, self._second.frame], how="diagonal")

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns that this log has."""
        return pl.Schema({**self._first.schema, **self._second.schema})

    def _encode(self) -> Rows:
        from influence_graph.interactions.encoded_log import threads

        first, second = self._first, self._second
        if first.has_timestamps != second.has_timestamps or self.report.kept > HELD_ROWS:
            return super()._encode()
        with threads(self.report.kept) as spread:
            return first.rows.concat(second.rows, spread)


class OfRows(Interactions):
    """A log given by its encoded rows, which are valid; its frame is made of them when it is asked for."""

    def __init__(self, rows: Rows, name: str) -> None:
        self._rows, self._name = rows, name

    @cached_property
    def frame(self) -> pl.LazyFrame:
        """The rows."""
        assert self._rows is not None
        return self._rows.frame().lazy()

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns that this log has."""
        assert self._rows is not None
        ids = self._rows.people.dtype
        names = [
            name for name in COLUMNS if name not in _OF_ITEMS and (self._rows.timed or name != "timestamp")
        ]
        return pl.Schema({name: ids if name in ("source", "target") else COLUMNS[name] for name in names})

    @cached_property
    def report(self) -> ReadReport:
        """All rows are kept."""
        assert self._rows is not None
        files = pl.DataFrame({"file": [self._name], "read": [len(self._rows)], "kept": [len(self._rows)]})
        none = {"file": pl.String, "reason": pl.String, "rows": pl.Int64}
        return ReadReport(files, pl.DataFrame(schema=none))

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the rows."""
        assert self._rows is not None
        return self._rows.digest()


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise ConfigError(
            f"{moment!r} is not a datetime. Expected, for example, datetime(2024, 2, 1, tzinfo=UTC)."
        )
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def derived(fingerprint: str, *how: Any) -> str:
    """Return the fingerprint of data derived in this way from data with this fingerprint."""
    import hashlib

    return hashlib.sha256(repr((fingerprint, *how)).encode()).hexdigest()
