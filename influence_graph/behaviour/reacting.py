"""Reactions: who of an audience reacts to which post."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from influence_graph.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def ties_by_author(audience: csr_array) -> tuple[IntArray, IntArray]:
    """List the ties of an audience by whom they follow.

    Parameters
    ----------
    audience : csr_array
        n×n: row u lists whom u follows.

    Returns
    -------
    bounds : array of int, shape (n + 1,)
        The ties to v are those from bounds[v] up to bounds[v + 1].
    reader : array of int, shape (ties,)
        Who follows.

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
    """Draw who reacts to which post: each reader once or not at all, with chance 1 − exp(−rate).

    The number of hits on a post is Poisson with the sum of the rates of its author's ties, and hits fall on
    ties in proportion to their rates; then each tie is hit Poisson(rate) times, independently, and is
    hit at least once with chance 1 − exp(−rate). No tie is looked at that does not react.

    Parameters
    ----------
    author : array of int, shape (posts,)
        Who wrote each post.
    bounds : array of int, shape (n + 1,)
        Where each author's ties begin and end: see ``ties_by_author``.
    rate : array of float, shape (ties,)
        Of each tie, at least 0.
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
    # Rounding may carry a hit over the border to the next author.
    tie = np.clip(np.searchsorted(cumulated, mass, side="right") - 1, bounds[hit], bounds[hit + 1] - 1)
    ties = max(len(rate), 1)
    once = np.unique(post * ties + tie)
    return once // ties, once % ties
