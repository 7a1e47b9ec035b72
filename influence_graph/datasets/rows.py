"""From numbers to the rows of a log: names of people, networks, kinds and posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from influence_graph.behaviour.audience import IntArray


@dataclass(frozen=True)
class Rows:
    """Rows of one network, everything by number.

    Attributes
    ----------
    network : int
        Which network.
    kind : int or array of int
        Position among the kinds.
    source : array of int
        Who acts.
    target : array of int or None
        On whom; None for posts.
    time : array of int
        Microseconds since the start.
    item, parent : array of int or None
        The post made, the post reacted to.
    """

    network: int
    kind: int | IntArray
    source: IntArray
    target: IntArray | None
    time: IntArray
    item: IntArray | None = None
    parent: IntArray | None = None


@dataclass(frozen=True)
class Names:
    """What numbers stand for.

    Attributes
    ----------
    people : int
        How many people; they are called p0, p1, …, with as many digits as the last one needs.
    networks, kinds : sequence of str
        Names by number.
    shared_ids : bool
        Whether an account is called as the person is; if not, ``network:person``.
    """

    people: int
    networks: Sequence[str]
    kinds: Sequence[str]
    shared_ids: bool

    def persons(self, who: IntArray) -> pl.Series:
        """Return the names of people."""
        digits = pl.int_range(self.people).cast(pl.String).str.zfill(len(str(self.people - 1)))
        return pl.select(pl.concat_str(pl.lit("p"), digits)).to_series().gather(who)

    def accounts(self, who: IntArray, where: int | IntArray) -> pl.Series:
        """Return the names of people's accounts on networks."""
        persons = self.persons(who)
        if self.shared_ids:
            return persons
        return pl.select(pl.concat_str(self.places(where, len(who)), persons, separator=":")).to_series()

    def places(self, where: int | IntArray, rows: int) -> pl.Series:
        """Return the names of networks."""
        return pl.Series(self.networks, dtype=pl.String).gather(np.broadcast_to(where, rows))

    def posts(self, number: IntArray | None, where: int, rows: int) -> pl.Series:
        """Return the names of posts, ``network/number``."""
        if number is None:
            return pl.repeat(None, rows, dtype=pl.String, eager=True)
        return pl.select(
            pl.concat_str(self.places(where, rows), pl.Series(number), separator="/")
        ).to_series()


def log_frame(parts: Sequence[Rows], names: Names, start: datetime) -> pl.DataFrame:
    """Return the rows of all parts with names for numbers, sorted by time.

    Parameters
    ----------
    parts : sequence of Rows
        The rows; at equal times they stay in this order.
    names : Names
        What the numbers stand for.
    start : datetime
        When time is 0.

    Returns
    -------
    polars.DataFrame
        ``source``, ``target``, ``kind``, ``network``, ``timestamp``, ``item``, ``parent``.

    Examples
    --------
    >>> from datetime import UTC
    >>> one = np.array([1])
    >>> names = Names(people=2, networks=["forum"], kinds=["like"], shared_ids=True)
    >>> frame = log_frame([Rows(0, 0, one - 1, one, one)], names, datetime(2024, 1, 1, tzinfo=UTC))
    >>> frame.row(0)[:4]
    ('p0', 'p1', 'like', 'forum')
    """
    kinds = pl.Series(names.kinds, dtype=pl.String)
    frames = []
    for part in parts:
        rows = len(part.source)
        target = (
            pl.repeat(None, rows, dtype=pl.String, eager=True)
            if part.target is None
            else names.accounts(part.target, part.network)
        )
        columns = {
            "source": names.accounts(part.source, part.network),
            "target": target,
            "kind": kinds.gather(np.broadcast_to(part.kind, rows)),
            "network": names.places(part.network, rows),
            "timestamp": pl.Series(part.time).cast(pl.Duration("us")) + start,
            "item": names.posts(part.item, part.network, rows),
            "parent": names.posts(part.parent, part.network, rows),
        }
        frames.append(pl.DataFrame(columns))
    order = np.argsort(np.concatenate([part.time for part in parts]), kind="stable")
    return pl.concat(frames)[order]
