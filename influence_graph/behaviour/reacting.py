"""Reactions of an audience to posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from influence_graph.arrays import FloatArray, IntArray

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
