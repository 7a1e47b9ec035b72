"""The count of rows read, kept and left out, file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.log import ReadReport
from influence_graph.interactions.sources import Part


class Tally:
    """Rows read, and rows left out for each reason, of each file.

    Attributes
    ----------
    files : list of str
        Names of the files.
    notes : list of str
        What a careful reader should know.
    span : tuple of two datetimes or None
        First and last timestamp.
    sampled : str or None
        What the log is a sample by.
    complaints : list of str
        Of each file in which no row can be used: what is wrong with the first.
    """

    def __init__(self, parts: Sequence[Part], *, sampled: str | None = None) -> None:
        self.span: tuple[datetime, datetime] | None = None
        self.sampled = sampled
        self.complaints: list[str] = []
        self.files = [part.name for part in parts]
        self.notes = [note for part in parts for note in part.notes]
        self._read = [0] * len(parts)
        self._left_out: dict[tuple[int, str], int] = {}
        self._examples: dict[str, str] = {}
        for file, part in enumerate(parts):
            for unread in part.unread:
                self.add(file, unread.rows)
                self.leave_out(file, unread.reason, unread.rows, unread.first)

    def add(self, file: int, rows: int) -> None:
        """Count rows as read."""
        self._read[file] += rows

    def leave_out(self, file: int, reason: str, rows: int, first: str = "") -> None:
        """Count rows as left out; ``first`` says where the first of them is."""
        self._left_out[file, reason] = self._left_out.get((file, reason), 0) + rows
        if first:
            self._examples.setdefault(reason, f"{self.files[file]}, {first}" if self.files[1:] else first)

    def keep(self, kept: Mapping[int, int], reason: str) -> None:
        """Count as left out, for a reason, what is more than these rows of each file."""
        for file in range(len(self.files)):
            gone = sum(rows for (of, _), rows in self._left_out.items() if of == file)
            more = self._read[file] - gone - kept.get(file, 0)
            if more:
                self.leave_out(file, reason, more)

    @property
    def name(self) -> str:
        """The files in a few words."""
        return self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1} more"

    def report(self) -> ReadReport:
        """Return the counts as frames; reasons in the order they were found."""
        lost = [0] * len(self.files)
        for (file, _), rows in self._left_out.items():
            lost[file] += rows
        kept = [read - gone for read, gone in zip(self._read, lost, strict=True)]
        files = pl.DataFrame(
            {"file": self.files, "read": self._read, "kept": kept},
            schema={"file": pl.String, "read": pl.Int64, "kept": pl.Int64},
        )
        by_file = sorted(self._left_out.items(), key=lambda entry: entry[0][0])
        left_out = pl.DataFrame(
            [(self.files[file], reason, rows) for (file, reason), rows in by_file],
            schema={"file": pl.String, "reason": pl.String, "rows": pl.Int64},
            orient="row",
        )
        return ReadReport(files, left_out, tuple(self.notes), self.span, self.sampled, self._examples)

    def report_of_some(self) -> ReadReport:
        """Return the report; where no rows are left, say how many were left out and why.

        Raises
        ------
        SchemaError
            If no rows are left; with what is wrong with the first.
        """
        report = self.report()
        if report.kept:
            return report
        counts = str(report).replace("\n  ", "; ")
        first = "".join(f"\n{complaint}" for complaint in self.complaints[:1])
        raise SchemaError(f"{self.name}: no rows are left. {counts}.{first}")
