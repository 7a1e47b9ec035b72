"""Bootstrap replicates of PageRank, TrustRank and any random walk y = b + Wᵀy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import (
    NOT_SEEN,
    Draws,
    Replicates,
    Values,
    side_by_side,
    worth_of_a_reaction,
)
from influence_graph.centrality.personalization import equal_weights, start_distribution
from influence_graph.errors import ConvergenceError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.residual_push import push_random_rows
from influence_graph.linalg.row_shares import transition_shares

#: Bound on the residual, as a share of all mass: far below the sampling error of any interval.
TOLERANCE = 1e-5
MAX_ROUNDS = 10_000


def resampled_pagerank(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    """Return the replicates of :func:`~influence_graph.centrality._pagerank.pagerank`.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    raw : ndarray of float64, shape (n,)
        PageRank itself.
    parameters : dict
        Those of ``pagerank``.

    Returns
    -------
    callable
        From :class:`~influence_graph.bootstrap.Draws` to shares. O(m) a sweep.
    """
    n, damping, dangling = graph.n, parameters["damping"], parameters["dangling"]
    sinks = np.flatnonzero(np.diff(graph.adjacency.indptr) == 0)
    p, q = start_distribution(graph, parameters["personalization"]), np.full(n, 1.0 / max(n, 1))
    starts = [p, q] if dangling == "uniform" and parameters["personalization"] is not None else [p]
    # The part of x that comes from restarts at the person, by teleport or from dangling nodes.
    restarts = (1.0 - damping) * p
    if dangling == "self":
        restarts[sinks] = p[sinks]
    else:
        restarts += damping * float(raw[sinks].sum()) * starts[-1]

    def combined(solutions: list[FloatArray]) -> FloatArray:
        """Return values in proportion to PageRank: dangling mass goes where ``dangling`` says."""
        total = solutions[0].copy()
        if dangling == "self":
            total[sinks] /= 1.0 - damping
        if len(solutions) > 1:
            leak, back = total[sinks].sum(), solutions[1][sinks].sum()
            total += damping * leak / (1.0 - damping * back) * solutions[1]
        return total

    return resampled_walks(graph, raw - restarts, starts, np.full(n, damping), combined)


def resampled_trustrank(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    """Return the replicates of ``trustrank``: PageRank that starts at its seeds."""
    p = {"dangling": "personalization", "personalization": equal_weights(parameters["seeds"])}
    return resampled_pagerank(graph, raw, {**parameters, **p})


def resampled_walks(
    graph: InfluenceGraph,
    caused: FloatArray,
    starts: list[FloatArray],
    d: FloatArray,
    combined: Callable[[list[FloatArray]], FloatArray],
) -> Replicates:
    """Return the replicates of a share of a random reader's time.

    A replicate solves y = w∘p + P*ᵀDy: w are the actor weights, p the start, D = diag(d), and rows of P* are
    drawn from their posterior under a Dirichlet process (Ferguson 1973). Each edge is weighted by Exp(1): all
    events between two people are one unit, as they come in bursts. One edge that was not observed, to a
    target drawn in proportion to in-degree, is weighted by Gamma(``NOT_SEEN``) times the row's mean edge;
    without it the normalised row of a person with one edge would not vary. What people get from restarts at
    themselves is no reaction and does not vary: x = p + (y − w∘p).

    Few rounds are needed: residuals are pushed in place to 1e-5 of the mass, and people without in-edges are
    pushed once. A warm start saves nothing: Exp(1) weights on p vary by as much as p.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    caused : ndarray, shape (n,)
        The part of each value that comes from reactions.
    starts : list of ndarray, shape (n,)
        The starts p, each of sum 1.
    d : ndarray, shape (n,)
        Chance of each person to go on.
    combined : callable
        From one solution for each start to values in proportion to the shares.
    """
    adjacency, n = graph.adjacency, graph.n
    indptr = adjacency.indptr.astype(np.int64)
    acting = np.diff(indptr) > 0
    reactors = np.bincount(adjacency.indices, minlength=n)
    # People without in-edges get no mass after the start: one push each is exact.
    once = np.flatnonzero(acting & (reactors == 0))
    order = np.concatenate([once, np.flatnonzero(acting & (reactors > 0))])
    # A row's weights matter only in proportion.
    weight = transition_shares(adjacency)
    worth = worth_of_a_reaction(np.maximum(caused, 0.0), reactors)

    def replicates(draws: Draws) -> Values:
        seen = np.empty_like(draws.actors)

        def one(column: int) -> None:
            stream = draws.within(column)
            edge_draws = stream.standard_exponential(len(weight))
            # Gamma(k, 1) is the sum of k Exp(1), and drawn faster so.
            new = stream.standard_exponential((NOT_SEEN, len(order))).sum(axis=0)
            # The target of a random edge: in proportion to in-degree.
            to = adjacency.indices[stream.integers(0, max(len(weight), 1), len(order))]
            b = np.array([draws.actors[:, column] * p for p in starts])
            b /= b.sum(axis=1, keepdims=True)
            edges = (indptr, adjacency.indices, weight, edge_draws, to, new)
            y, left = push_random_rows(*edges, order, len(once), d, b.copy(), TOLERANCE, MAX_ROUNDS)
            if left > TOLERANCE:
                raise ConvergenceError(
                    f"A bootstrap replicate has a residual of {left:.1e} after {MAX_ROUNDS:,} rounds, "
                    f"not {TOLERANCE:g}. Lower the damping, or leave uncertainty out."
                )
            values = combined([p + (y[k] - b[k]) for k, p in enumerate(starts)])
            values /= values.sum()
            seen[:, column] = np.maximum(values, 0.0)

        side_by_side(one, draws.actors.shape[1])
        return Values(seen, seen + worth[:, None] * draws.unseen)

    return replicates
