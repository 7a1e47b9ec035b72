"""Replicates of PageRank: other readers start, and each reader's attention falls differently."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from influence_graph.errors import ConvergenceError
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.resampling import (
    Draws,
    Replicates,
    acts_per_edge,
    side_by_side,
    worth_of_a_reaction,
)

#: Share of all mass that may be left unspread: far below the sampling error of any interval.
ENOUGH = 1e-5
#: Most sweeps.
MOST = 10_000


def resampled_pagerank(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    """Return the replicates of :func:`~influence_graph.centrality.pagerank.pagerank`.

    A replicate solves y = w∘p + d·P*ᵀy, with the actor weights w on the personalization p and the rows of P*
    from the acts reweighted by Exp(1) each. To weigh a whole row would change nothing, since rows are
    normalised. What a person gives to oneself by starting anew is no reaction and does not vary: that term
    is kept at its expectation. O(m) a sweep, few sweeps: residuals are pushed in place, and
    1e-5 of the mass may stay behind.

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
        From :class:`~influence_graph.resampling.Draws` to shares, shape (n, b).
    """
    adjacency, n = graph.adjacency, graph.n
    damping, dangling = parameters["damping"], parameters["dangling"]
    indptr = adjacency.indptr.astype(np.int64)
    acting = np.diff(indptr) > 0
    reactors = np.bincount(adjacency.indices, minlength=n)
    sinks = np.flatnonzero(~acting)
    # Who is never acted on gets no mass after the start, so is pushed once; the others in every sweep.
    once, often = np.flatnonzero(acting & (reactors == 0)), np.flatnonzero(acting & (reactors > 0))
    largest = np.ones(n)
    if acting.any():
        largest[acting] = np.maximum.reduceat(adjacency.data, indptr[:-1][acting])
    weight = adjacency.data / np.repeat(largest, np.diff(indptr))
    acts = acts_per_edge(graph)
    repeated = np.flatnonzero(acts > 1)

    start = np.full(n, 1.0 / max(n, 1))
    personal = parameters["personalization"]
    if personal is not None:
        start = np.zeros(n)
        start[graph.positions(personal)] = list(personal.values())
        start /= start.sum()
    starts = [start]
    if dangling == "uniform" and personal is not None:
        starts.append(np.full(n, 1.0 / n))
    # The share that comes from starting anew at oneself; dangling mass starts anew, too.
    anew = (1.0 - damping) * start
    if dangling == "self":
        anew[sinks] = start[sinks]
    else:
        anew += damping * float(raw[sinks].sum()) * starts[-1]
    worth = worth_of_a_reaction(np.maximum(raw - anew, 0.0), reactors)

    def settled(solutions: list[FloatArray]) -> FloatArray:
        """Return values in proportion to PageRank: dangling mass goes where ``dangling`` says."""
        total = solutions[0].copy()
        if dangling == "self":
            total[sinks] /= 1.0 - damping
        if len(solutions) > 1:
            leak, back = total[sinks].sum(), solutions[1][sinks].sum()
            total += damping * leak / (1.0 - damping * back) * solutions[1]
        return total

    def replicates(draws: Draws) -> FloatArray:
        result = np.empty_like(draws.actors)

        def one(column: int) -> None:
            stream = draws.acts(column)
            share = stream.standard_exponential(len(weight))
            # The sum of k acts of Exp(1) each is Gamma(k, 1).
            share[repeated] = stream.standard_gamma(acts[repeated]) / acts[repeated]
            share *= weight
            _normalise(indptr, share, damping)
            solved, kept = [], []
            for mean in starts:
                mass = draws.actors[:, column] * mean
                mass /= mass.sum()
                y, left = _push(indptr, adjacency.indices, share, once, often, mass.copy(), ENOUGH, MOST)
                if left > ENOUGH:
                    raise ConvergenceError(
                        f"A replicate of PageRank left {left:.1e} of the mass unspread after {MOST:,} "
                        f"sweeps. Lower damping={damping:g}."
                    )
                solved.append(y)
                kept.append(y - mass + mean)
            values = settled(kept) / settled(solved).sum()
            result[:, column] = np.maximum(values, 0.0) + worth * draws.unseen[:, column]

        side_by_side(one, draws.actors.shape[1])
        return result

    return replicates


@njit(nogil=True, cache=True)
def _normalise(indptr: np.ndarray, share: np.ndarray, damping: float) -> None:
    """Scale each row of ``share`` (edges, in row order) to the sum ``damping``."""
    for u in range(len(indptr) - 1):
        total = 0.0
        for e in range(indptr[u], indptr[u + 1]):
            total += share[e]
        for e in range(indptr[u], indptr[u + 1]):
            share[e] *= damping / total


@njit(nogil=True, cache=True)
def _push(
    indptr: np.ndarray,
    indices: np.ndarray,
    share: np.ndarray,
    once: np.ndarray,
    often: np.ndarray,
    mass: np.ndarray,
    enough: float,
    most: int,
) -> tuple[np.ndarray, float]:
    """Return y = mass + Qᵀy, Q the rows of ``share``, by pushing residuals in place; and what is left."""
    y = np.zeros(len(mass))
    for u in once:
        y[u] = mass[u]
        mass[u] = 0.0
        for e in range(indptr[u], indptr[u + 1]):
            mass[indices[e]] += share[e] * y[u]
    left = 0.0
    for _ in range(most):
        for u in often:
            now = mass[u]
            mass[u] = 0.0
            y[u] += now
            for e in range(indptr[u], indptr[u + 1]):
                mass[indices[e]] += share[e] * now
        left = 0.0
        for u in often:
            left += mass[u]
        if left <= enough:
            break
    for v in range(len(mass)):
        y[v] += mass[v]
    return y, left
