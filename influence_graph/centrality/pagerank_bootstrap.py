"""Bootstrap replicates of PageRank, TrustRank, LeaderRank and any random walk y = p + Wᵀy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from influence_graph.arrays import BoolArray, FloatArray
from influence_graph.bootstrap import Draw, Replicates, chance_to_act, reactors_of, unseen_edges
from influence_graph.centrality.personalization import equal_weights, start_distribution
from influence_graph.episodes import Episodes
from influence_graph.errors import ConvergenceError
from influence_graph.linalg.residual_push import push_random_rows
from influence_graph.linalg.row_shares import transition_shares

#: Bound on the residual, as a share of all mass: far below the sampling error of any interval.
TOLERANCE = 1e-5
MAX_ROUNDS = 10_000


def resampled_pagerank(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    """Return the replicates of :func:`~influence_graph.centrality._pagerank.pagerank`.

    Parameters
    ----------
    episodes : Episodes
        Of a graph with n people and m edges.
    parameters : mapping
        Those of ``pagerank``.

    Returns
    -------
    Replicates
        y − w in the natural unit: readers who came from others. O(m) a sweep.
    """
    graph, damping, dangling = episodes.graph, parameters["damping"], parameters["dangling"]
    n, personalization = graph.n, parameters["personalization"]
    p, q = start_distribution(graph, personalization), np.full(n, 1.0 / max(n, 1))
    d = np.full(n, damping)
    if personalization is not None and dangling == "uniform":

        def shares(solutions: list[FloatArray], sinks: BoolArray) -> FloatArray:
            leak, back = solutions[0][sinks].sum(), solutions[1][sinks].sum()
            total = solutions[0] + damping * leak / (1.0 - damping * back) * solutions[1]
            return np.asarray(n * total / total.sum())

        return resampled_walks(episodes, [p, q], d, shares, caused=lambda natural: without(natural, p))
    starts = float(n) if personalization is None else float(sum(personalization.values()))

    def visits(solutions: list[FloatArray], sinks: BoolArray) -> FloatArray:
        y = solutions[0]
        if dangling == "self":
            y = np.where(sinks, y / (1.0 - damping), y)
        return np.asarray(np.maximum(starts * (y - p), 0.0))

    return resampled_walks(episodes, [p], d, visits)


def resampled_trustrank(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    """Return the replicates of ``trustrank``: shares of a walk that starts at its seeds."""
    graph = episodes.graph
    p = start_distribution(graph, equal_weights(parameters["seeds"]))

    def shares(solutions: list[FloatArray], sinks: BoolArray) -> FloatArray:
        return np.asarray(solutions[0] / solutions[0].sum())

    d = np.full(graph.n, parameters["damping"])
    return resampled_walks(episodes, [p], d, shares, caused=lambda natural: without(natural, p))


def without(natural: FloatArray, p: FloatArray) -> FloatArray:
    """Return values without what everybody has by starting there: at most the least of value / p, times p."""
    least = np.divide(natural, p, out=np.full(len(p), np.inf), where=p > 0).min(initial=np.inf)
    return np.asarray(np.maximum(natural - p * (least if np.isfinite(least) else 0.0), 0.0))


def resampled_walks(
    episodes: Episodes,
    starts: list[FloatArray],
    d: FloatArray | Callable[[FloatArray], FloatArray],
    natural: Callable[[list[FloatArray], BoolArray], FloatArray],
    *,
    caused: Callable[[FloatArray], FloatArray] = lambda natural: natural,
) -> Replicates:
    """Return the replicates of visits y = p + (DP*)ᵀy, in a natural unit made of them.

    Rows of P* are the edge weights of the replicate, and one edge that was not observed
    (:func:`~influence_graph.bootstrap.unseen_edges`), normalised; without it, the normalised row of a person
    with one edge would not vary. The row of a person none of whose episodes is drawn is empty, or the
    unobserved edge alone: an influential person whose first reaction is still to come moves much.
    ``Draw.unseen`` says whether there are unseen edges.

    Few rounds are needed: residuals are pushed in place to 1e-5 of the mass, and people without in-edges are
    pushed once.

    Parameters
    ----------
    episodes : Episodes
        Of a graph with n people and m edges.
    starts : list of ndarray, shape (n,)
        The starts p, each of sum 1.
    d : ndarray of shape (n,), or callable
        Chance of each person to go on; or from the out-strength of the replicate, over that of the log, to
        that chance.
    natural : callable
        From one solution for each start, and who has an empty row, to natural values.
    caused : callable
        See :class:`~influence_graph.bootstrap.Replicates`.
    """
    adjacency, n = episodes.graph.adjacency, episodes.graph.n
    indptr, indices = adjacency.indptr.astype(np.int64), adjacency.indices
    lengths, reactors = np.diff(indptr), reactors_of(episodes)
    acting, source = np.flatnonzero(lengths), np.repeat(np.arange(n), lengths)
    parts = np.bincount(source, weights=episodes.of_edge, minlength=n)
    chance = chance_to_act(parts)
    # The kernel takes the weight of an unseen edge in mean edges of the row, and it is one in mean episodes.
    per_episode = np.maximum(lengths, 1) / np.maximum(parts, 1.0)
    # A row's weights matter only in proportion.
    weight = transition_shares(adjacency)

    def values(draw: Draw) -> FloatArray:
        stream = draw.stream()
        drawn = episodes.edge_weights(draw.multiplicity) / adjacency.data
        strength = np.bincount(source, weights=weight * drawn, minlength=n).astype(np.float64, copy=False)
        # People without in-edges get no mass after the start: one push each is exact.
        alone = reactors == 0
        if draw.unseen:
            actors, new, to = unseen_edges(strength > 0, indices, chance, stream)
            new *= per_episode[actors]
            alone[to] = False
        else:
            actors, new, to = acting, np.zeros(len(acting)), indices[indptr[acting]]
        once = alone[actors]
        order = np.concatenate([np.flatnonzero(once), np.flatnonzero(~once)])
        y, left = push_random_rows(
            indptr, indices, weight, drawn, to[order], new[order], actors[order], int(once.sum()),
            d(strength) if callable(d) else d, np.array(starts), TOLERANCE, MAX_ROUNDS,
        )  # fmt: skip
        if left > TOLERANCE:
            raise ConvergenceError(
                f"A bootstrap replicate has a residual of {left:.1e} after {MAX_ROUNDS:,} rounds, "
                f"not {TOLERANCE:g}. Lower the damping, or leave uncertainty out."
            )
        idle = strength == 0
        idle[actors[(new > 0) & (to != actors)]] = False
        return natural(list(y), idle)

    return Replicates(values, caused, centred=True, unseen=True)
