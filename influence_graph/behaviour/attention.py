"""Attention: which posts a reader sees in a step, newest first, and how overload lowers reactions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.ties import Ties


@dataclass(frozen=True, eq=False)
class Emissions:
    """What people send to their followers in a step, grouped by sender: own posts, and posts passed on.

    Attributes
    ----------
    bounds : array of int64, shape (n + 1,)
        What v sends is from bounds[v] up to bounds[v + 1].
    post : array of int64, shape (k,)
        Number of the post.
    time : array of float64, shape (k,)
        When it is sent, in steps.
    """

    bounds: IntArray
    post: IntArray
    time: FloatArray


def emissions(n: int, sender: IntArray, post: IntArray, time: FloatArray) -> Emissions:
    """Group what is sent by sender, in the order given within a sender.

    Examples
    --------
    >>> sent = emissions(3, np.array([2, 0, 2]), np.array([7, 8, 9]), np.zeros(3))
    >>> sent.bounds.tolist(), sent.post.tolist()
    ([0, 1, 1, 3], [8, 7, 9])
    """
    order = np.argsort(sender, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(sender, minlength=n))]).astype(np.int64)
    return Emissions(bounds, post[order], time[order])


@dataclass(frozen=True, eq=False)
class Exposures:
    """Who sees what in a step, grouped by reader.

    Attributes
    ----------
    reader : array of int, shape (e,)
    tie : array of int64, shape (e,)
        The tie by which the post came; its author is who sent it.
    post : array of int64, shape (e,)
    time : array of float64, shape (e,)
        When it was sent, in steps.
    """

    reader: IntArray
    tie: IntArray
    post: IntArray
    time: FloatArray


def in_flow(ties: Ties, sent: Emissions) -> IntArray:
    """Return the number of posts that come to each reader in a step, shape (n,). O(m).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from influence_graph.behaviour.ties import make_ties
    >>> ties = make_ties(csr_array(np.array([[0, 1], [0, 0]])), key=np.uint64(1))
    >>> in_flow(ties, emissions(2, np.array([1, 1]), np.array([0, 1]), np.zeros(2))).tolist()
    [2, 0]
    """
    return _in_flow(ties.bounds, ties.author, ties.active, sent.bounds)


def see_posts(ties: Ties, sent: Emissions, flow: IntArray, *, limit: float = np.inf) -> Exposures:
    """Return what each reader sees: all that comes by active ties, or the newest ``limit`` of it.

    Parameters
    ----------
    ties : Ties
    sent : Emissions
    flow : array of int, shape (n,)
        From :func:`in_flow`.
    limit : float, optional
        Most posts a reader sees a step, at least 1 (Weng et al. 2012). inf: no limit.

    Returns
    -------
    Exposures
        Grouped by reader. O(m + in-flow), and O(k log k) for a reader with k > ``limit`` posts.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from influence_graph.behaviour.ties import make_ties
    >>> ties = make_ties(csr_array(np.array([[0, 1], [0, 0]])), key=np.uint64(1))
    >>> sent = emissions(2, np.array([1, 1]), np.array([7, 8]), np.array([0.2, 0.9]))
    >>> see_posts(ties, sent, in_flow(ties, sent), limit=1).post.tolist()
    [8]
    """
    most = int(min(limit, np.iinfo(np.int64).max // 2)) if np.isfinite(limit) else np.iinfo(np.int64).max // 2
    seen = np.minimum(flow, most)
    starts = np.concatenate([[0], np.cumsum(seen)]).astype(np.int64)
    total = int(starts[-1])
    tie, place = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    longest = int(flow.max(initial=0))
    _see(ties.bounds, ties.author, ties.active, sent.bounds, sent.time, flow, starts, longest, tie, place)
    reader = np.repeat(np.arange(len(flow)), seen)
    return Exposures(reader, tie, sent.post[place], sent.time[place])


def overload_factor(flow: IntArray, *, threshold: float = np.inf, exponent: float = 0.0) -> FloatArray:
    """Return the factor by which each reader's rate of reacting falls: min(1, (θ/in-flow)^β), shape (n,).

    It is the receiver's in-flow that counts, not the author's rate (Gomez-Rodriguez et al. 2014).

    Examples
    --------
    >>> overload_factor(np.array([5, 20]), threshold=10, exponent=1.0)
    array([1. , 0.5])
    """
    if not exponent or not np.isfinite(threshold):
        return np.ones(len(flow))
    return np.asarray((threshold / np.maximum(flow, threshold)) ** exponent, dtype=np.float64)


@njit(cache=True, nogil=True)
def _in_flow(bounds: IntArray, author: IntArray, active: BoolArray, sent: IntArray) -> IntArray:
    flow = np.zeros(bounds.size - 1, dtype=np.int64)
    for reader in range(flow.size):
        for tie in range(bounds[reader], bounds[reader + 1]):
            if active[tie]:
                flow[reader] += sent[author[tie] + 1] - sent[author[tie]]
    return flow


@njit(cache=True, nogil=True)
def _see(
    bounds: IntArray,
    author: IntArray,
    active: BoolArray,
    sent: IntArray,
    time: FloatArray,
    flow: IntArray,
    starts: IntArray,
    longest: int,
    tie_seen: IntArray,
    place_seen: IntArray,
) -> None:
    # What comes to one reader; sorted only where there is more than is seen.
    ties, places, ages = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest)
    for reader in range(flow.size):
        count = 0
        for tie in range(bounds[reader], bounds[reader + 1]):
            if active[tie]:
                for place in range(sent[author[tie]], sent[author[tie] + 1]):
                    ties[count], places[count], ages[count] = tie, place, -time[place]
                    count += 1
        first, last = starts[reader], starts[reader + 1]
        if count <= last - first:
            for rank in range(count):
                tie_seen[first + rank], place_seen[first + rank] = ties[rank], places[rank]
        else:
            newest = np.argsort(ages[:count], kind="mergesort")
            for rank in range(last - first):
                tie_seen[first + rank] = ties[newest[rank]]
                place_seen[first + rank] = places[newest[rank]]
