"""Generated interactions: integer codes for people, networks, kinds and posts, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray


@dataclass(frozen=True)
class NumberedRows:
    """Interactions on one network with integer codes in place of names.

    Attributes
    ----------
    network : int
        Code of the network.
    kind : int or ndarray of int64, shape (r,)
        Codes of the kinds.
    source : ndarray of int64, shape (r,)
        Codes of the sources.
    target : ndarray of int64, shape (r,), or None
        Codes of the targets; None for posts.
    time : ndarray of int64, shape (r,)
        Microseconds since the start.
    item, parent : ndarray of int64, shape (r,), or None
        Codes of the post created and of the post reacted to.
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
    """Names by integer code.

    Attributes
    ----------
    people : int
        Number of people; their names are p0, p1, …, zero-padded to equal length.
    networks, kinds : sequence of str
        Names by code.
    shared_ids : bool
        Whether the name of an account is that of the person; else it is ``network:person``.
    """

    people: int
    networks: Sequence[str]
    kinds: Sequence[str]
    shared_ids: bool

    def persons(self, person: IntArray) -> pl.Series:
        """Return the names of people."""
        digits = pl.int_range(self.people).cast(pl.String).str.zfill(len(str(self.people - 1)))
        return pl.select(pl.concat_str(pl.lit("p"), digits)).to_series().gather(person)

    def accounts(self, person: IntArray, network: int | IntArray) -> pl.Series:
        """Return the names of people's accounts on networks."""
        persons = self.persons(person)
        if self.shared_ids:
            return persons
        networks = self.network_names(network, len(person))
        return pl.select(pl.concat_str(networks, persons, separator=":")).to_series()

    def network_names(self, network: int | IntArray, rows: int) -> pl.Series:
        """Return the names of networks."""
        return pl.Series(self.networks, dtype=pl.String).gather(np.broadcast_to(network, rows))

    def posts(self, post: IntArray | None, network: int, rows: int) -> pl.Series:
        """Return the names of posts, ``network/code``."""
        if post is None:
            return pl.repeat(None, rows, dtype=pl.String, eager=True)
        return pl.select(
            pl.concat_str(self.network_names(network, rows), pl.Series(post), separator="/")
        ).to_series()


def log_frame(parts: Sequence[NumberedRows], names: Names, start: datetime) -> pl.DataFrame:
    """Return the interactions of all parts with names for codes, sorted by time.

    Parameters
    ----------
    parts : sequence of NumberedRows
        The interactions; the sort by time is stable.
    names : Names
        Names by code.
    start : datetime
        The moment of time 0.

    Returns
    -------
    polars.DataFrame
        ``source``, ``target``, ``kind``, ``network``, ``timestamp``, ``item``, ``parent``.

    Examples
    --------
    >>> from datetime import UTC
    >>> one = np.array([1])
    >>> names = Names(people=2, networks=["forum"], kinds=["like"], shared_ids=True)
    >>> frame = log_frame([NumberedRows(0, 0, one - 1, one, one)], names, datetime(2024, 1, 1, tzinfo=UTC))
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
            "network": names.network_names(part.network, rows),
            "timestamp": pl.Series(part.time).cast(pl.Duration("us")) + start,
            "item": names.posts(part.item, part.network, rows),
            "parent": names.posts(part.parent, part.network, rows),
        }
        frames.append(pl.DataFrame(columns))
    order = np.argsort(np.concatenate([part.time for part in parts]), kind="stable")
    return pl.concat(frames)[order]
