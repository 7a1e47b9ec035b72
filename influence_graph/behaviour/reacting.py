"""Reactions of an audience to posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.attention import Exposures
from influence_graph.behaviour.keyed_numbers import KIND, REACTION, uniforms

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def ties_by_author(audience: csr_array) -> tuple[IntArray, IntArray]:
    """List the ties of an audience, grouped by the followed person.

    Parameters
    ----------
    audience : csr_array
        n×n: entry [u, v] if u follows v.

    Returns
    -------
    bounds : array of int, shape (n + 1,)
        The ties to v are those from bounds[v] up to bounds[v + 1].
    reader : array of int, shape (ties,)
        The follower of each tie.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> bounds, reader = ties_by_author(csr_array(np.array([[0, 1], [0, 0]])))
    >>> bounds.tolist(), reader.tolist()
    ([0, 0, 1], [0])
    """
    columns = audience.tocsc()
    columns.sort_indices()
    return columns.indptr.astype(np.int64), columns.indices.astype(np.int64)


def draw_reactions(
    author: IntArray, bounds: IntArray, rate: FloatArray, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw reactions to posts: each reader at most once per post, with probability 1 − exp(−rate).

    The number of hits on a post is Poisson with the sum of the rates of its author's ties, and hits fall on
    ties in proportion to their rates; so each tie is hit Poisson(rate) times, independently, and at least
    once with probability 1 − exp(−rate). The cost is that of the reactions, not of the ties.

    Parameters
    ----------
    author : array of int, shape (posts,)
        The author of each post.
    bounds : array of int, shape (n + 1,)
        Where each author's ties begin and end: see ``ties_by_author``.
    rate : array of float, shape (ties,)
        Rate of each tie, at least 0.
    rng : numpy.random.Generator
        Generator.

    Returns
    -------
    post, tie : array of int, shape (reactions,)
        Sorted by post, then tie; no pair twice.

    Examples
    --------
    >>> post, tie = draw_reactions(
    ...     np.array([1, 1, 0]), np.array([0, 0, 2]), np.array([50.0, 0.0]), np.random.default_rng(0)
    ... )
    >>> post.tolist(), tie.tolist()
    ([0, 1], [0, 0])
    """
    cumulated = np.concatenate([[0.0], np.cumsum(rate)])
    start, total = cumulated[bounds[:-1]], np.diff(cumulated[bounds])
    post = np.repeat(np.arange(len(author)), rng.poisson(total[author]))
    hit = author[post]
    mass = start[hit] + rng.random(len(post)) * total[hit]
    # Rounding may move a hit to the next author.
    tie = np.clip(np.searchsorted(cumulated, mass, side="right") - 1, bounds[hit], bounds[hit + 1] - 1)
    ties = max(len(rate), 1)
    once = np.unique(post * ties + tie)
    return once // ties, once % ties


#: Kinds of reaction, by code.
LIKE, RETWEET, REPLY = 0, 1, 2


def reaction_rates(
    seen: Exposures,
    *,
    chance: float,
    quality: FloatArray,
    responsiveness: FloatArray,
    strength: FloatArray,
    attention: FloatArray,
    answered: BoolArray,
    answered_effect: float = 0.0,
) -> FloatArray:
    """Return the rate of reacting of each exposure: c·q·r·s·(in-flow factor)·(1 + a if answered).

    Parameters
    ----------
    seen : Exposures
        e exposures.
    chance : float
        Rate of an average reader for an average post.
    quality : array of float
        By post.
    responsiveness, attention : array of float, shape (n,)
        By reader; ``attention`` is from :func:`overload_factor`.
    strength : array of float, shape (m,)
        By tie.
    answered : array of bool, shape (e,)
        Whether the author has answered the reader.
    answered_effect : float, optional
        a: 0 switches this part off.

    Returns
    -------
    array of float, shape (e,)
    """
    rate = chance * quality[seen.post] * responsiveness[seen.reader] * strength[seen.tie]
    rate *= attention[seen.reader]
    if answered_effect:
        rate = np.where(answered, rate * (1.0 + answered_effect), rate)
    return rate


def react(
    seen: Exposures, rate: FloatArray, *, sender: IntArray, name: IntArray, before: IntArray, key: np.uint64
) -> IntArray:
    """Return the exposures that are reacted to: each with probability 1 − exp(−rate), once a reader and post.

    Parameters
    ----------
    seen : Exposures
        e exposures.
    rate : array of float, shape (e,)
        At least 0.
    sender : array of int, shape (e,)
        Who sent the post to the reader.
    name : array of int, shape (e,)
        The name of the post: see :class:`Posts`.
    before : array of int
        Earlier reactions to these posts, each ``reader << 40 | post``.
    key : uint64
        Of the world. The number of an exposure depends on reader, sender and post alone.

    Returns
    -------
    array of int
        Positions in ``seen``, ascending.
    """
    drawn = uniforms(key, REACTION, (seen.reader << 32) | sender, 0, name)
    hit = np.flatnonzero(drawn < -np.expm1(-rate))
    return np.asarray(hit[_first_time((seen.reader[hit] << 40) | seen.post[hit], before)], dtype=np.int64)


@njit(cache=True, nogil=True)
def _first_time(pair: IntArray, before: IntArray) -> BoolArray:
    """Return which entries are the first of their value, and not among those before."""
    earlier, order = np.sort(before), np.argsort(pair, kind="mergesort")
    first = np.zeros(pair.size, dtype=np.bool_)
    for rank in range(pair.size):
        value = pair[order[rank]]
        if rank == 0 or value != pair[order[rank - 1]]:
            place = np.searchsorted(earlier, value)
            first[order[rank]] = place == earlier.size or earlier[place] != value
    return first


def reaction_kinds(
    reader: IntArray, name: IntArray, *, retweets: float, replies: float, key: np.uint64
) -> IntArray:
    """Return the kind of each reaction: LIKE, RETWEET or REPLY by their shares.

    Examples
    --------
    >>> reaction_kinds(np.array([1]), np.array([1]), retweets=1.0, replies=0.0, key=np.uint64(1)).tolist()
    [1]
    """
    drawn = uniforms(key, KIND, reader, 0, name)
    passing = np.where(drawn < retweets + replies, REPLY, LIKE)
    return np.asarray(np.where(drawn < retweets, RETWEET, passing), dtype=np.int64)
