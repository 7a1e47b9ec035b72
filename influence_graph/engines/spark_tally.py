"""Rows of a log on Spark that were read, rows left out and why, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.engines.spark_columns import ORDER
from influence_graph.engines.spark_session import here
from influence_graph.errors import SchemaError
from influence_graph.interactions.log import COLUMNS, ReadReport
from influence_graph.interactions.time_span import time_span

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: The outermost times by which it is judged whether some are far from the others.
_OUTERMOST = 11


class Tally:
    """Rows read, rows left out and why, and notes."""

    def __init__(self, name: str, *, sampled: str | None) -> None:
        self.name, self.sampled = name, sampled
        self.read, self.left_out, self.notes = 0, dict[str, int](), list[str]()
        self.span: tuple[datetime, datetime] | None = None

    def leave_out(self, reason: str, rows: int) -> None:
        """Count rows as left out."""
        if rows:
            self.left_out[reason] = self.left_out.get(reason, 0) + rows

    @property
    def kept(self) -> int:
        """Rows kept so far."""
        return self.read - sum(self.left_out.values())

    def note_unread(self, columns: Sequence[str]) -> None:
        """Note columns that are no part of a log."""
        unread = [name for name in columns if name not in COLUMNS and name != ORDER]
        if unread:
            self.notes.append(f"{self.name}: columns not read: {', '.join(map(repr, unread))}")

    def finish(self, log: DataFrame) -> None:
        """Note the first and the last time, and acts that may be there twice; raise if no row is left."""
        from pyspark.sql import functions as F

        if not self.kept:
            raise SchemaError(f"{self.name}: no rows are left. {self.report()}")
        if "timestamp" not in log.columns:
            return
        times = log.select("timestamp").filter("timestamp IS NOT NULL")
        ends = [times.orderBy(order).limit(_OUTERMOST) for order in (F.asc("timestamp"), F.desc("timestamp"))]
        if self.kept > 2 * _OUTERMOST:
            times = ends[0].unionByName(ends[1])
        self.span, notes = time_span(here(times).lazy())
        self.notes += notes

    def report(self) -> ReadReport:
        """Return the counts as frames."""
        files = pl.DataFrame({"file": [self.name], "read": [self.read], "kept": [self.kept]})
        rows = [(self.name, reason, rows) for reason, rows in self.left_out.items()]
        schema: Any = {"file": pl.String, "reason": pl.String, "rows": pl.Int64}
        left_out = pl.DataFrame(rows, schema, orient="row")
        return ReadReport(files, left_out, tuple(self.notes), self.span, self.sampled)
