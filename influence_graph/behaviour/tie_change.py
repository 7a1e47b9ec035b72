"""Tie change: followers leave by hazard, and follow after they saw a post that was passed on."""

from __future__ import annotations

import numpy as np
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.keyed_numbers import FOLLOW, UNFOLLOW, keyed, uniforms
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.posting import Posts
from influence_graph.behaviour.ties import Ties


def unfollow_hazard(model: BehaviourModel, posts: Posts, n: int) -> FloatArray:
    """Return the hazard at which each author loses followers in a step, shape (n,).

    h·(1 + burst_unfollow if more than ``burst`` posts)·(1 + dull_unfollow if their mean quality is below
    ``dull``)·(1 + bait_unfollow if one was bait). Multipliers are of one, so 0 switches each off.

    Examples
    --------
    >>> no = np.array([False])
    >>> posts = Posts(np.array([1]), np.zeros(1), np.ones(1), no, np.zeros(1, dtype=int))
    >>> unfollow_hazard(BehaviourModel(unfollow=0.1, burst=0, burst_unfollow=2.0), posts, 2).round(3).tolist()
    [0.1, 0.3]
    """
    count = np.bincount(posts.author, minlength=n)
    mean = np.bincount(posts.author, posts.quality, minlength=n) / np.maximum(count, 1)
    baited = np.bincount(posts.author, posts.bait, minlength=n) > 0
    hazard = np.full(n, model.unfollow)
    hazard *= 1.0 + model.burst_unfollow * (count > model.burst)
    hazard *= 1.0 + model.dull_unfollow * ((count > 0) & (mean < model.dull))
    hazard *= 1.0 + model.bait_unfollow * baited
    return hazard


def leave(ties: Ties, hazard: FloatArray, *, step: int, key: np.uint64) -> IntArray:
    """Return the ties that end in a step, each active one with probability 1 − exp(−hazard of the author).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from influence_graph.behaviour.ties import make_ties
    >>> ties = make_ties(csr_array(np.array([[0, 1], [0, 0]])), key=np.uint64(1))
    >>> leave(ties, np.array([0.0, 800.0]), step=0, key=np.uint64(1)).tolist()
    [0]
    """
    chance = -np.expm1(-hazard)
    return np.flatnonzero(_leave(key, ties.bounds, ties.author, ties.active, chance, step))


def join(
    reader: IntArray, author: IntArray, tie: IntArray, *, chance: float, step: int, key: np.uint64
) -> IntArray:
    """Return the ties that begin in a step: those of readers who saw a passed-on post and follow its author.

    Parameters
    ----------
    reader, author : array of int, shape (e,)
        Who saw a post of whom without following the author.
    tie : array of int, shape (e,)
        The potential tie of the two; −1 where there is none.
    chance : float
        Probability for each pair and step.
    step : int
        The step.
    key : uint64
        Of the world.

    Returns
    -------
    array of int
        Distinct ties, ascending.

    Examples
    --------
    >>> one = np.array([1])
    >>> join(one, one + 1, one + 4, chance=1.0, step=0, key=np.uint64(1)).tolist()
    [5]
    """
    pair = reader.astype(np.int64) << 32 | author
    begins = (tie >= 0) & (uniforms(key, FOLLOW, pair, step) < chance)
    return np.unique(tie[begins])


@njit(cache=True, nogil=True)
def _leave(
    key: np.uint64, bounds: IntArray, author: IntArray, active: BoolArray, chance: FloatArray, step: int
) -> BoolArray:
    ends = np.zeros(author.size, dtype=np.bool_)
    for reader in range(bounds.size - 1):
        for tie in range(bounds[reader], bounds[reader + 1]):
            likely = chance[author[tie]]
            if active[tie] and likely > 0.0:
                ends[tie] = keyed(key, UNFOLLOW, reader, step, author[tie]) < likely
    return ends
