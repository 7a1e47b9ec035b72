"""Bootstrap replicates of the expected spread."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import Draw, Replicates, chance_to_act, unseen_edges
from influence_graph.counter_rng import key_of
from influence_graph.episodes import Episodes
from influence_graph.linalg.row_shares import transition_shares
from influence_graph.propagation.live_edges import lay_out
from influence_graph.propagation.reverse_reachable import count_members, spread_from_counts


def resampled_spread(episodes: Episodes, samples: int, *, distinct: bool, threshold: bool) -> Replicates:
    """Return the replicates of :func:`~influence_graph.propagation._expected_spread.expected_spread`.

    As those of PageRank: the probabilities of a row, which sum to one, are those of its edges in the
    replicate, and of one edge that was not seen (see
    :func:`~influence_graph.centrality.pagerank_bootstrap.resampled_walks`). Each replicate counts as many
    sets as the score itself, so what varies includes the error of sampling sets. It also lays out its edges,
    O(m log m): each takes longer than the score itself.

    Parameters
    ----------
    episodes : Episodes
        Of a graph with n people and m edges.
    samples : int
        On how many sets the spread was counted.
    distinct : bool
        Whether a row shares its probability out equally (``"weighted_cascade"``), not by weight
        (``"share"``).
    threshold : bool
        Linear threshold, not independent cascade.
    """
    adjacency, n = episodes.graph.adjacency, episodes.graph.n
    lengths = np.diff(adjacency.indptr)
    rows = np.repeat(np.arange(n), lengths)
    # An unseen edge weighs what an episode of the row does on average; a row's weights sum to 1.
    parts = np.bincount(rows, weights=episodes.of_edge, minlength=n)
    chance = chance_to_act(parts)
    weight = np.repeat(1.0 / np.maximum(lengths, 1), lengths) if distinct else transition_shares(adjacency)

    def values(draw: Draw) -> FloatArray:
        stream = draw.stream()
        drawn = (
            episodes.presence(draw.multiplicity)
            if distinct
            else episodes.edge_weights(draw.multiplicity) / adjacency.data
        )
        share = weight * drawn
        present = np.bincount(rows, weights=share, minlength=n) > 0
        actors, new, to = unseen_edges(present, adjacency.indices, chance, stream)
        new /= np.maximum(parts[actors], 1.0)
        added = (to != actors) & draw.unseen
        of = np.concatenate([rows, actors[added]])
        entries = np.concatenate([share, new[added]])
        matrix = csr_array((entries, (of, np.concatenate([adjacency.indices, to[added]]))), shape=(n, n))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        total = np.bincount(of, weights=entries, minlength=n)
        passing = matrix.data / np.repeat(total, np.diff(matrix.indptr))
        counts, rooted = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        edges = lay_out(matrix, passing, threshold=threshold)
        count_members(edges, key_of(stream), 0, samples, counts, rooted)
        return spread_from_counts(counts, rooted, samples) - 1.0

    # The sets of one replicate are counted on several threads.
    return Replicates(values, centred=True, unseen=True, threaded=False, most=max(n - 1.0, 0.0))
