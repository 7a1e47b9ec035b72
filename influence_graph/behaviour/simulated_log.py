"""The log of a simulation: arrays while it runs, ordinary interactions afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.behaviour.posting import Posts
from influence_graph.behaviour.reacting import REPLY
from influence_graph.errors import SchemaError
from influence_graph.interactions.encoded_log import SECOND, Rows
from influence_graph.interactions.log import POST, Interactions, OfRows
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)
STEP = 86_400_000_000  # microseconds
_START = int(START.timestamp()) * SECOND
KINDS = ("like", "retweet", "reply", "mention", "follow", "unfollow")
MENTION, FOLLOW, UNFOLLOW = range(3, len(KINDS))


@dataclass(frozen=True, eq=False)
class Events:
    """Events or states of a step, each array of shape (k,).

    Attributes
    ----------
    source, target : array of int
        People.
    kind : array of int
        Positions in ``KINDS``.
    time : array of float
        In steps.
    parent : array of int
        The number p of a post, or −2 − r for the item of the r-th event of the log; −1: none.
    """

    source: IntArray
    target: IntArray
    kind: IntArray
    time: FloatArray
    parent: IntArray


@dataclass
class SimulatedLog:
    """What people did, step by step.

    Attributes
    ----------
    n : int
        Number of people; ids in the log are 0 to n − 1.
    posts : list of Posts
        By step.
    events : list of Events
        By step: reactions, answers, changes of ties.
    positions : array of float, shape (periods, n, 4)
        The strategy of everybody in each period.
    audience_reactions : array of int, shape (steps, n)
        Reactions that each person's posts got from readers who saw them: answers and pods not counted.
    """

    n: int
    posts: list[Posts] = field(default_factory=list)
    events: list[Events] = field(default_factory=list)
    positions: FloatArray = field(default_factory=lambda: np.empty((0, 0, 4)))
    audience_reactions: IntArray = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))

    @property
    def steps(self) -> int:
        """Steps so far."""
        return len(self.posts)

    def posts_of(self, first: int = 0, last: int | None = None) -> IntArray:
        """Return the number of posts of each person in the steps from ``first`` to ``last``, shape (n,)."""
        counts = [np.bincount(one.author, minlength=self.n) for one in self.posts[first:last]]
        return np.sum(counts, axis=0, dtype=np.int64) if counts else np.zeros(self.n, dtype=np.int64)

    def interactions(self, *, first: int = 0, last: int | None = None, items: bool = True) -> Interactions:
        """Return the log as interactions.

        Parameters
        ----------
        first, last : int, optional
            The steps from ``first`` up to ``last``; default: all.
        items : bool, optional
            Whether rows have ``item`` and ``parent``. Posts and replies create items. Without them the log
            is made faster, and methods that count posts count rows of kind ``post``.

        Returns
        -------
        Interactions
            Rows of kind ``post``, ``like``, ``retweet``, ``reply``, ``mention`` (an answer to a reaction that
            created no item), ``follow`` and ``unfollow``; sorted by time. A step is a day.

        Raises
        ------
        SchemaError
            If nobody posted.
        """
        last = self.steps if last is None else min(last, self.steps)
        posts, events = self.posts[first:last], self.events[first:last]
        author = _joined([one.author for one in posts])
        source = np.concatenate([author, _joined([one.source for one in events])])
        if not len(source):
            raise SchemaError("Nobody posted in these steps. Simulate more steps, or raise posts_per_step.")
        none = np.full(len(author), -1)
        target = np.concatenate([none, _joined([one.target for one in events])])
        kind = np.concatenate([len(KINDS) + np.zeros_like(author), _joined([one.kind for one in events])])
        time = np.concatenate([*(one.time for one in posts), *(one.time for one in events)])
        moment = np.rint(time * STEP).astype(np.int64) + _START
        order = np.argsort(moment, kind="stable")
        columns = source[order], target[order], kind[order], moment[order]
        rows = Rows.of_numbers(*columns, kinds=(*KINDS, POST), network="simulated")
        if not items:
            return OfRows(rows, "simulation")
        before_posts = sum(len(one.author) for one in self.posts[:first])
        before_events = sum(len(one.source) for one in self.events[:first])
        number = [np.arange(len(author)) + before_posts, np.arange(len(source) - len(author)) + before_events]
        parent = np.concatenate([none, _joined([one.parent for one in events])])
        items_of = _items(kind[order], np.concatenate(number)[order], parent[order])
        return read_interactions(rows.frame().with_columns(**items_of))


def _items(kind: IntArray, number: IntArray, parent: IntArray) -> dict[str, pl.Expr]:
    """Return the columns ``item`` and ``parent`` of rows: posts and replies create items."""
    created = pl.when(pl.Series(kind == len(KINDS))).then(_names("p", number))
    of_post = pl.when(pl.Series(parent >= 0)).then(_names("p", parent))
    return {
        "item": created.when(pl.Series(kind == REPLY)).then(_names("r", number)),
        "parent": of_post.when(pl.Series(parent <= -2)).then(_names("r", -2 - parent)),
    }


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate(parts).astype(np.int64) if parts else np.empty(0, dtype=np.int64)


def _names(letter: str, number: IntArray) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(letter), pl.Series(number))).to_series()
