"""Effort that goes to others instead of posts: answers to one's audience, and reactions within a pod."""

from __future__ import annotations

import numpy as np

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.behaviour.keyed_numbers import ANSWERS, CHOICE, POD, poisson_counts, uniforms
from influence_graph.behaviour.posting import Posts


def answers(
    author: IntArray, reader: IntArray, name: IntArray, *, mean: FloatArray, step: int, key: np.uint64
) -> IntArray:
    """Return which reactions of a step their authors answer.

    Each person answers a Poisson number of the reactions received in the step, chosen at random, or all if
    there are fewer.

    Parameters
    ----------
    author, reader, name : array of int, shape (r,)
        Of each reaction: whose post, who reacted, and the name of the post.
    mean : array of float, shape (n,)
        Expected answers of each person: effort spent on answers over the cost of one.
    step : int
        The step.
    key : uint64
        Of the world.

    Returns
    -------
    array of int
        Positions of reactions. O(n + r log r).

    Examples
    --------
    >>> one = np.array([0])
    >>> answers(one, one + 1, one, mean=np.array([200.0, 0.0]), step=0, key=np.uint64(1)).tolist()
    [0]
    """
    budget = poisson_counts(key, ANSWERS, step, mean)
    able = np.flatnonzero(budget[author] > 0)
    drawn = uniforms(key, CHOICE, reader[able], step, name[able])
    order = able[np.lexsort((drawn, author[able]))]
    owner = author[order]
    first = np.searchsorted(owner, owner, side="left")
    return order[np.arange(len(order)) - first < budget[owner]]


def pod_reactions(
    posts: Posts, *, pod: IntArray, mean: FloatArray, step: int, key: np.uint64
) -> tuple[IntArray, IntArray]:
    """Return the reactions that members of pods give to each other's posts of a step.

    Parameters
    ----------
    posts : Posts
        Of the step.
    pod : array of int, shape (n,)
        The pod of each person; −1: none.
    mean : array of float, shape (n,)
        Expected reactions of each person: effort spent on the pod over the cost of one. A Poisson number of
        posts of the other members gets one, chosen at random, or all if there are fewer.
    step : int
        The step.
    key : uint64
        Of the world.

    Returns
    -------
    reader, post : array of int
        Who reacts, and the position of the post. O(members·posts of the pod).

    Examples
    --------
    >>> none = np.array([False])
    >>> posts = Posts(np.array([1]), np.zeros(1), np.ones(1), none, np.array([9]))
    >>> pod_reactions(posts, pod=np.array([0, 0]), mean=np.array([99.0, 0.0]), step=0, key=np.uint64(1))
    (array([0]), array([0]))
    """
    member = np.flatnonzero((pod >= 0) & (mean > 0))
    budget = poisson_counts(key, POD, step, np.where(pod >= 0, mean, 0.0))[member]
    of_pod = pod[posts.author]
    readers, chosen = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for person, count in zip(member[budget > 0], budget[budget > 0], strict=True):
        open_to = np.flatnonzero((of_pod == pod[person]) & (posts.author != person))
        drawn = uniforms(key, POD, np.full(len(open_to), person), step, posts.name[open_to])
        taken = open_to[np.argsort(drawn, kind="stable")[:count]]
        readers.append(np.full(len(taken), person))
        chosen.append(taken)
    return np.concatenate(readers), np.concatenate(chosen)
