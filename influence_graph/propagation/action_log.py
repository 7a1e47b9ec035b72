"""Action logs: who performed which action when, for learned probabilities and credit.

An *action* is a post and all that came of it: a post without a parent starts one, whoever reacts to a
post of it, or passes it on, performs it too. A log whose rows share an ``item`` without parents (a
link, a hashtag) has one action an item. A person performs an action once, the first time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from influence_graph.arrays import BoolArray, Int32Array, IntArray
from influence_graph.errors import DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.located_rows import LocatedRows, located_rows
from influence_graph.graph.weighting import duration_seconds
from influence_graph.interactions.log import DISTRUST, STATES, Interactions

_POSTS = ("item", "parent")
# Longer than any log, and far enough from the end of int64 to be added to a time.
_ANY = int(np.iinfo(np.int64).max // 4)


class Actions(NamedTuple):
    """Performances, grouped by action, in order of time.

    ``person[first[i]:first[i + 1]]`` performed action i at ``time`` (microseconds), earliest first.
    """

    first: IntArray
    person: Int32Array
    time: IntArray


class Exposures(NamedTuple):
    """Possible influence: one row a performance and each earlier performance that may have caused it.

    ``child`` and ``parent`` are rows of :class:`Actions`; ``edge`` is the entry [child, parent] of
    ``graph.adjacency``. Sorted by child. ``chances[e]`` counts the actions in which the source of edge e
    had its chance and ``missed[e]`` those of them in which the other did not follow in time.
    """

    child: IntArray
    parent: IntArray
    edge: IntArray
    chances: IntArray
    missed: IntArray


def actions_of(graph: InfluenceGraph, name: str) -> Actions:
    """Return the actions of the graph's log.

    Raises
    ------
    DataError
        If the graph keeps no log, or it lacks timestamps or items; the message says what to add.
    """
    log = _timed_log(graph, name)
    given = [column for column in ("item", "parent") if column in log.columns]
    remedy = "Name these columns, or use 'temporal_reachability', which only needs timestamps."
    if not given:
        raise DataError(
            f"{name} needs to know which post each row reacted to, "
            "and this log has neither 'item' nor 'parent'. "
            f"{remedy}"
        )
    item, parent = (pl.col(name) if name in given else pl.lit(None, dtype=pl.String) for name in _POSTS)
    # All in one query: each takes 0.1 ms, however few the rows.
    frame = log.frame.select(
        item.alias("item"),
        parent.alias("parent"),
        item.is_not_null().alias("has_item"),
        parent.is_not_null().alias("has_parent"),
    ).collect()
    rows = located_rows(graph, dict.fromkeys((kind for kind, _ in log.rows.labels), 1.0))
    kinds = [kind for kind, _ in log.rows.labels]
    acts = np.array([kind not in (*STATES, DISTRUST) for kind in kinds])[rows.label]
    kept = np.flatnonzero(acts & (frame["has_item"].to_numpy() | frame["has_parent"].to_numpy()))
    if not len(kept):
        raise DataError(
            f"{name} needs posts to follow, and every 'item' and 'parent' of this log is empty. {remedy}"
        )
    mentions = np.array([kind == "mention" for kind in kinds])[rows.label]
    action, person, time = _performances(frame, rows, mentions, kept)
    begins = np.flatnonzero(np.append(True, action[1:] != action[:-1]))
    return Actions(np.append(begins, len(action)).astype(np.int64), person.astype(np.int32), time)


def interactions_in_time(graph: InfluenceGraph, name: str) -> tuple[IntArray, IntArray, IntArray]:
    """Return (source, target or −1, time) of every event and post of the log, in order of time.

    Raises
    ------
    DataError
        If the graph keeps no log, or it has no timestamps.
    """
    log = _timed_log(graph, name)
    kinds = {kind: 1.0 for kind, _ in log.rows.labels if kind not in (*STATES, DISTRUST)}
    who, on, _, when, _ = located_rows(graph, kinds)
    # People whom the graph left out are no part of it here either.
    known = (who >= 0) & (who != on)
    who, on, when = who[known], on[known], when[known]
    order = np.lexsort((on, who, when))
    return who[order], on[order], when[order]


def _timed_log(graph: InfluenceGraph, name: str) -> Interactions:
    """The graph's log, if it has timestamps."""
    log = graph.log
    if log is None:
        raise DataError(
            f"{name} needs the rows of the log, and this graph came without them. Use build_graph(log)."
        )
    if not log.has_timestamps:
        raise DataError(
            f"{name} needs to know when things happened, and this log has no timestamps. "
            "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
        )
    return log


def _performances(
    frame: pl.DataFrame, rows: LocatedRows, mentions: BoolArray, kept: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Return (action, person, time), the first time of each person and action, with actions in order."""
    named = pl.concat([frame["item"], frame["parent"]])
    posts = named.unique().sort()
    posts = posts.slice(posts.null_count())
    own, parent = posts.search_sorted(named).to_numpy().astype(np.int64).reshape(2, -1)[:, kept]
    has_own, has_parent = (frame[f"has_{name}"].to_numpy()[kept] for name in _POSTS)
    # A row that made no post of its own performs the action of what it reacted to.
    node = np.where(has_own, own, parent)
    root = _roots(len(posts), own[has_own & has_parent], parent[has_own & has_parent])
    when, source, target = rows.time[kept], rows.source[kept], rows.target[kept]
    # Whoever started an action without a row of its own was its target, and there just before the first
    # who reacted to it directly. A mention's target is somebody else.
    recorded = np.zeros(len(posts), dtype=bool)
    recorded[own[has_own]] = True
    direct = np.flatnonzero(has_parent & ~mentions[kept])
    above = parent[direct]
    direct = direct[(root[above] == above) & ~recorded[above]]
    action = np.concatenate([root[node], root[parent[direct]]])
    person = np.concatenate([source, target[direct]])
    time = np.concatenate([when, when[direct] - 1])
    order = np.lexsort((time, person, action))
    order = order[person[order] >= 0]
    first = np.append(True, (np.diff(action[order]) != 0) | (np.diff(person[order]) != 0))[: len(order)]
    order = order[first]
    order = order[np.lexsort((person[order], time[order], action[order]))]
    return action[order], person[order], time[order]


def _roots(posts: int, own: IntArray, parent: IntArray) -> IntArray:
    """Follow each post up to the one that started it, doubling the step."""
    above = np.arange(posts, dtype=np.int64)
    above[own] = parent
    root = above
    for _ in range(64):
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    if not np.array_equal(above[root], root):
        raise DataError(
            "Some posts are, over their 'parent's, posts of themselves. Mend the column 'parent'."
        )
    return root


def exposures(graph: InfluenceGraph, actions: Actions, window: int) -> Exposures:
    """Find, for every performance, the people attended to who performed the action before.

    Parameters
    ----------
    graph : InfluenceGraph
        Edges [b, a]: a may move b.
    actions : Actions
        From :func:`actions_of`.
    window : int
        Most microseconds between the two; a later performance is not caused by it.
    """
    matrix, turned = graph.adjacency, graph.in_edges
    order = _edge_of_transposed(matrix.indptr, matrix.indices, turned.indptr)
    return Exposures(
        *_expose(
            matrix.indptr.astype(np.int64),
            matrix.indices,
            turned.indptr.astype(np.int64),
            turned.indices,
            order,
            actions.first,
            actions.person,
            actions.time,
            window,
        )
    )


def window_microseconds(window: str | timedelta | None) -> int:
    """Return a length of time in microseconds; None: any.

    Raises
    ------
    ConfigError
        If it can't be read, or is not above 0.

    Examples
    --------
    >>> window_microseconds("2h") == 2 * 3600 * 10**6
    True
    """
    if window is None:
        return _ANY
    return min(round(duration_seconds(window, "window") * 1e6), _ANY)


@njit(cache=True)
def _edge_of_transposed(indptr: IntArray, indices: Int32Array, turned: IntArray) -> IntArray:
    """Where each entry of the transpose stands in the matrix."""
    at = turned[:-1].copy()
    edge = np.empty(len(indices), dtype=np.int64)
    for b in range(len(indptr) - 1):
        for e in range(indptr[b], indptr[b + 1]):
            a = indices[e]
            edge[at[a]] = e
            at[a] += 1
    return edge


@njit(cache=True)
def _expose(
    indptr: IntArray,
    indices: Int32Array,
    turned: IntArray,
    followers: Int32Array,
    order: IntArray,
    first: IntArray,
    person: Int32Array,
    time: IntArray,
    window: int,
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    n = len(indptr) - 1
    row = np.full(n, -1, dtype=np.int64)
    chances = np.zeros(len(indices), dtype=np.int64)
    missed = np.zeros(len(indices), dtype=np.int64)
    capacity = 1024
    found = np.empty((3, capacity), dtype=np.int64)  # rows: child, parent, edge
    used = 0
    for i in range(len(first) - 1):
        for r in range(first[i], first[i + 1]):
            row[person[r]] = r
        for r in range(first[i], first[i + 1]):
            v = person[r]
            # v has its chance with whoever attends to it and has not performed yet.
            for j in range(turned[v], turned[v + 1]):
                at = row[followers[j]]
                if at < 0 or time[at] > time[r]:
                    chances[order[j]] += 1
                    if at < 0 or time[at] - time[r] > window:
                        missed[order[j]] += 1
            for e in range(indptr[v], indptr[v + 1]):
                at = row[indices[e]]
                if at >= 0 and time[at] < time[r] and time[r] - time[at] <= window:
                    if used == capacity:
                        capacity *= 2
                        longer = np.empty((3, capacity), dtype=np.int64)
                        # Not by a slice: numba compiles the message of its error for three seconds.
                        for part in range(3):
                            for old in range(used):
                                longer[part, old] = found[part, old]
                        found = longer
                    found[0, used], found[1, used], found[2, used] = r, at, e
                    used += 1
        for r in range(first[i], first[i + 1]):
            row[person[r]] = -1
    return found[0, :used].copy(), found[1, :used].copy(), found[2, :used].copy(), chances, missed
