"""The rows of a log as arrays of positions and times, from which risk sets and truths are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, IntArray
from influence_graph.errors import DataError
from influence_graph.interactions.log import CREATE_NO_ITEM, POST, Interactions, is_event


@dataclass(frozen=True, eq=False)
class LogArrays:
    """The m rows of a log, in its order.

    Attributes
    ----------
    log : Interactions
        The log.
    people : polars.Series
        Its ids, sorted, n of them.
    source, target : ndarray of int64, shape (m,)
        Positions in the people; the target is negative where there is none.
    time : ndarray of int64, shape (m,)
        Microseconds since 1970; before everything for a row without a timestamp.
    event : ndarray of bool, shape (m,)
        Whether the row is a reaction to somebody else.
    created : ndarray of bool, shape (m,)
        Whether the row creates an item, or is a post without one.
    network : ndarray of int64, shape (m,)
        Position in ``networks``.
    networks : list of str
        Names of the networks, sorted.
    item : ndarray of int64, shape (m,), or None
        The item that each row creates, as a number; negative where none. None in a log without items.
    parent_row : ndarray of int64, shape (m,), or None
        The first row that created the parent of each row; negative where none. None without parents.
    """

    log: Interactions
    people: pl.Series
    source: IntArray
    target: IntArray
    time: IntArray
    event: BoolArray
    created: BoolArray
    network: IntArray
    networks: list[str]
    item: IntArray | None = None
    parent_row: IntArray | None = None

    @classmethod
    def of(cls, log: Interactions) -> LogArrays:
        """Return the arrays of a log. O(m log m).

        Raises
        ------
        DataError
            If it has no timestamps.
        """
        if not log.has_timestamps:
            raise DataError(
                "Predictions need timestamps, and this log has none. Name the column that holds them: "
                "read_interactions(…, columns={'timestamp': …})."
            )
        rows = log.rows
        source, target, label = (
            np.concatenate([np.asarray(getattr(batch, name), np.int64) for batch in rows.batches])
            for name in ("source", "target", "label")
        )
        time = np.concatenate([batch.times() for batch in rows.batches])
        event = np.array([is_event(kind) for kind, _ in rows.labels])[label]
        creates = np.array([kind not in CREATE_NO_ITEM for kind, _ in rows.labels])[label]
        created = np.array([kind == POST for kind, _ in rows.labels])[label]
        networks = sorted({network for _, network in rows.labels})
        network = np.array([networks.index(name) for _, name in rows.labels])[label]
        item = parent = None
        if "item" in log.columns:
            items = log.frame.select(pl.col("item").rank("dense").cast(pl.Int64) - 1).collect().to_series()
            created |= creates & items.is_not_null().to_numpy()
            numbers = np.where(created, items.fill_null(-1).to_numpy(), -1)
            item = numbers if (numbers >= 0).any() else None
        if item is not None and "parent" in log.columns:
            parent = _parent_rows(log, item >= 0)
        reacts = event & (target >= 0) & (source != target)
        arrays = (source, target, time, reacts, created, network)
        return cls(log, rows.people, *arrays, networks, item, parent)

    def part(self, kept: BoolArray, condition: pl.Expr) -> LogArrays:
        """Return the rows that are kept, with the same people.

        Parameters
        ----------
        kept : ndarray of bool, shape (m,)
            Which rows.
        condition : polars.Expr
            The same, over the columns of the log.
        """
        place = np.cumsum(kept) - 1
        parent = self.parent_row
        if parent is not None:
            parent = parent[kept]
            parent = np.where((parent >= 0) & kept[np.maximum(parent, 0)], place[np.maximum(parent, 0)], -1)
        return LogArrays(
            self.log.where(condition, reason="left out of an evaluation"), self.people, self.source[kept],
            self.target[kept], self.time[kept], self.event[kept], self.created[kept], self.network[kept],
            self.networks, None if self.item is None else self.item[kept], parent,
        )  # fmt: skip

    def without_people(self, gone: BoolArray) -> LogArrays:
        """Return the rows that name none of these people; ``gone`` has shape (n,)."""
        kept = ~gone[self.source] & ~((self.target >= 0) & gone[np.maximum(self.target, 0)])
        left = self.people.filter(pl.Series(gone)).implode()
        target = pl.col("target").is_in(left).fill_null(False)
        return self.part(kept, ~pl.col("source").is_in(left) & ~target)

    def without_network(self, name: str) -> LogArrays:
        """Return the rows of the other networks."""
        return self.part(self.network != self.networks.index(name), pl.col("network") != name)

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.people)

    def within(self, start: int, end: int) -> IntArray:
        """Return the rows with ``start < time <= end``, in order."""
        return np.flatnonzero((self.time > start) & (self.time <= end))


def _parent_rows(log: Interactions, creates: BoolArray) -> IntArray | None:
    """Return the first row that created the parent of each row; None where no parent is in the log."""
    rows = log.frame.select("item", "parent").collect().with_row_index("row")
    made = rows.filter(pl.Series(creates))
    first = made.select("item", pl.col("row").cast(pl.Int64).alias("made")).unique(
        "item", keep="first", maintain_order=True
    )
    joined = rows.join(first, left_on="parent", right_on="item", how="left", maintain_order="left")
    found: IntArray = joined["made"].fill_null(-1).to_numpy()
    return found if (found >= 0).any() else None
