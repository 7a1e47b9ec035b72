"""Replicates of the expected spread: other people start, and each person's attention falls differently."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import NOT_SEEN, Draws, Replicates, Values, worth_of_a_reaction
from influence_graph.counter_rng import key_of
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.propagation.live_edges import lay_out
from influence_graph.propagation.reverse_reachable import count_members, spread_from_counts


def resampled_spread(
    graph: InfluenceGraph, raw: FloatArray, samples: int, *, probability: Any, threshold: bool
) -> Replicates:
    """Return the replicates of :func:`~influence_graph.propagation._expected_spread.expected_spread`.

    As those of PageRank: σ(u) = 1 + (n − 1)·P[u ∈ RR(b) | b ≠ u], with b drawn by the actors' weights, and
    the chances of b's row, which sum to one, drawn from their posterior with one pair that was not seen. Each
    replicate counts as many sets as the score itself, so what varies holds the error of sampling sets, too.
    It also lays out its edges, O(m log m): each takes longer than the score itself.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    raw : ndarray of float64, shape (n,)
        The spread itself.
    samples : int
        How many sets it was counted on.
    probability : str, float or ndarray
        Where edges have their chances from: ``"weighted_cascade"`` or ``"share"``.
    threshold : bool
        Linear threshold, not independent cascade.

    Raises
    ------
    ConfigError
        If the chances are no shares: how they vary with who acted is then not known.
    """
    if not isinstance(probability, str) or probability not in ("weighted_cascade", "share"):
        said = repr(probability) if isinstance(probability, str | float | int) else "an array"
        raise ConfigError(
            f"expected_spread with probability={said} has no valid interval by bootstrap: how such chances "
            "vary with who happened to act is not known. Take 'weighted_cascade' or 'share', or "
            "uncertainty='own' for the error of sampling alone."
        )
    adjacency, n = graph.adjacency, graph.n
    lengths = np.diff(adjacency.indptr)
    rows = np.repeat(np.arange(n), lengths)
    actors = np.flatnonzero(lengths)
    weight = np.ones(adjacency.nnz) if probability == "weighted_cascade" else adjacency.data
    weight = weight / np.repeat(np.bincount(rows, weights=weight, minlength=n), lengths)
    reactors = np.bincount(adjacency.indices, minlength=n)
    worth = worth_of_a_reaction(raw - 1.0, reactors)

    def replicates(draws: Draws) -> Values:
        seen = np.ones_like(draws.actors)
        for column in range(seen.shape[1] if len(actors) else 0):
            stream = draws.within(column)
            share = weight * stream.standard_exponential(len(weight))
            new = stream.standard_gamma(NOT_SEEN, len(actors)) / lengths[actors]
            to = adjacency.indices[stream.integers(0, len(weight), len(actors))]
            new[to == actors] = 0.0
            pairs = (
                np.concatenate([rows, actors[new > 0]]),
                np.concatenate([adjacency.indices, to[new > 0]]),
            )
            matrix = csr_array((np.concatenate([share, new[new > 0]]), pairs), shape=(n, n))
            total = np.bincount(pairs[0], weights=np.concatenate([share, new[new > 0]]), minlength=n)
            chance = matrix.data / np.repeat(total, np.diff(matrix.indptr))
            counts, rooted = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
            count_members(
                lay_out(matrix, chance, threshold=threshold),
                key_of(stream),
                0,
                samples,
                counts,
                rooted,
                roots=np.cumsum(draws.actors[:, column]),
            )
            seen[:, column] = spread_from_counts(counts, rooted, samples)
        return Values(seen, np.minimum(seen + worth[:, None] * draws.unseen, max(n, 1)))

    return replicates
