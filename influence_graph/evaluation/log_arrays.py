"""The rows of a log as arrays of positions and times, from which risk sets and truths are counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, IntArray
from influence_graph.errors import DataError
from influence_graph.interactions.encoded_log import ALWAYS
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
    active : ndarray of bool, shape (m,)
        Whether the row is an event or a post: its source did something, and a state is none.
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
    active: BoolArray
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
                "Predictions need timestamps, and this log has no timestamps. Name the column that has them: "
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
        active = event | created
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
        arrays = (source, target, time, active, reacts, created, network)
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
            self.target[kept], self.time[kept], self.active[kept], self.event[kept], self.created[kept],
            self.network[kept], self.networks, None if self.item is None else self.item[kept], parent,
        )  # fmt: skip

    def without_people(self, gone: BoolArray) -> LogArrays:
        """Return the rows that name none of these people; ``gone`` has shape (n,)."""
        kept = ~gone[self.source] & ~((self.target >= 0) & gone[np.maximum(self.target, 0)])
        left = self.people.filter(pl.Series(gone)).implode()
        target = pl.col("target").is_in(left).fill_null(False)
        return self.part(kept, ~pl.col("source").is_in(left) & ~target)

    def without_rows(self, gone: BoolArray) -> LogArrays:
        """Return the other rows; ``gone`` has shape (m,)."""
        return self.part(~gone, pl.lit(pl.Series(~gone)))

    def pair_folds(self, folds: int, rng: np.random.Generator) -> IntArray:
        """Deal the pairs of people into folds of nearly equal size, whoever of the two reacts.

        Returns
        -------
        ndarray of int64, shape (m,)
            The fold of each row; −1 for a row that names one person: it has one end. O(m log m).
        """
        return pair_folds(self.source, self.target, folds, rng)

    def without_network(self, name: str) -> LogArrays:
        """Return the rows of the other networks."""
        return self.part(self.network != self.networks.index(name), pl.col("network") != name)

    def renumbered(self, people: pl.Series) -> LogArrays:
        """Return the same rows with positions in more people, sorted ids that hold those of this log."""
        place = people.search_sorted(self.people).to_numpy().astype(np.int64)
        target = np.where(self.target >= 0, place[np.maximum(self.target, 0)], -1)
        return replace(self, people=people, source=place[self.source], target=target)

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.people)

    def within(self, start: int, end: int) -> IntArray:
        """Return the rows with ``start < time <= end``, in order."""
        return np.flatnonzero((self.time > start) & (self.time <= end))


class Reactions(NamedTuple):
    """Events and posts with a timestamp, in the order of time.

    Attributes
    ----------
    people, networks : polars.Series
        Who and what the numbers stand for, sorted.
    source, target, network : ndarray of int64, shape (r,)
        Positions; target −1 for a row that is no reaction to somebody else.
    time : ndarray of int64, shape (r,)
        Microseconds since 1970.
    """

    people: pl.Series
    networks: pl.Series
    source: IntArray
    target: IntArray
    network: IntArray
    time: IntArray

    @classmethod
    def of(cls, log: Interactions) -> Reactions:
        """Return those of a log with timestamps.

        Raises
        ------
        DataError
            If it has none.
        """
        arrays = LogArrays.of(log)
        kept = np.flatnonzero(arrays.active & (arrays.time > ALWAYS))
        rows = kept[np.argsort(arrays.time[kept], kind="stable")]
        target = np.where(arrays.event, arrays.target, -1)[rows]
        people, networks = arrays.people, pl.Series(arrays.networks, dtype=pl.String)
        return cls(people, networks, arrays.source[rows], target, arrays.network[rows], arrays.time[rows])

    def between(self, start: int, end: int) -> slice:
        """Return the rows with start < time ≤ end."""
        return slice(*np.searchsorted(self.time, [start, end], side="right"))


def pair_folds(source: IntArray, target: IntArray, folds: int, rng: np.random.Generator) -> IntArray:
    """Return the fold of each row by the pair of people that it names; see :meth:`LogArrays.pair_folds`."""
    lower, upper = np.minimum(source, target), np.maximum(source, target)
    two = (target >= 0) & (lower != upper)
    size = 1 + int(upper.max(initial=0))
    pairs, place = np.unique(lower[two] * size + upper[two], return_inverse=True)
    found = np.full(len(source), -1)
    found[two] = (rng.permutation(len(pairs)) % folds)[place]
    return found


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
