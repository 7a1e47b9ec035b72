"""The log of a simulation: arrays while it runs, ordinary interactions afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.behaviour.posting import Posts
from influence_graph.behaviour.reacting import REPLY
from influence_graph.interactions.log import Interactions
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)
STEP = 86_400_000_000  # microseconds
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
        before_posts = sum(len(one.author) for one in self.posts[:first])
        before_events = sum(len(one.source) for one in self.events[:first])
        posts, events = self.posts[first:last], self.events[first:last]
        author = np.concatenate([one.author for one in posts] or [np.empty(0, dtype=np.int32)])
        rows = pl.DataFrame(
            {
                "source": author.astype(np.int64),
                "target": pl.repeat(None, len(author), dtype=pl.Int64, eager=True),
                "kind": pl.repeat("post", len(author), dtype=pl.String, eager=True),
                "timestamp": _moments([one.time for one in posts]),
            }
        )
        kind = np.concatenate([one.kind for one in events] or [np.empty(0, dtype=np.int64)])
        reacted = pl.DataFrame(
            {
                "source": _joined([one.source for one in events]),
                "target": _joined([one.target for one in events]),
                "kind": pl.Series(KINDS, dtype=pl.String).gather(kind),
                "timestamp": _moments([one.time for one in events]),
            }
        )
        if items:
            rows = rows.with_columns(
                item=_names("p", np.arange(len(author)) + before_posts),
                parent=pl.lit(None, dtype=pl.String),
            )
            number = np.arange(len(kind)) + before_events
            parent = _joined([one.parent for one in events])
            of_post = pl.when(pl.Series(parent >= 0)).then(_names("p", parent))
            of_reply = of_post.when(pl.Series(parent <= -2)).then(_names("r", -2 - parent))
            reacted = reacted.with_columns(
                item=pl.when(pl.Series(kind == REPLY)).then(_names("r", number)),
                parent=of_reply,
            )
        frame = pl.concat([rows, reacted]).with_columns(
            network=pl.lit("simulated"), weight=pl.lit(1.0, dtype=pl.Float64)
        )
        return read_interactions(frame.sort("timestamp", maintain_order=True))


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate(parts).astype(np.int64) if parts else np.empty(0, dtype=np.int64)


def _moments(parts: list[FloatArray]) -> pl.Series:
    time = np.concatenate(parts) if parts else np.empty(0)
    return pl.Series(np.rint(time * STEP).astype(np.int64)).cast(pl.Duration("us")) + START


def _names(letter: str, number: IntArray) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(letter), pl.Series(number))).to_series()
