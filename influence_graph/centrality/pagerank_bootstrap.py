"""Replicates of PageRank: other readers start, and each reader's attention falls differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import (
    NOT_SEEN,
    Draws,
    Replicates,
    Values,
    side_by_side,
    worth_of_a_reaction,
)
from influence_graph.errors import ConvergenceError
from influence_graph.graph.graph import InfluenceGraph

#: Share of all mass that may be left unspread: far below the sampling error of any interval.
ENOUGH = 1e-5
#: Most sweeps.
MOST = 10_000


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
    everybody = np.full(n, 1.0 / max(n, 1))
    personal = parameters["personalization"]
    start = everybody
    if personal is not None:
        start = np.zeros(n)
        start[graph.positions(personal)] = list(personal.values())
        start /= start.max()
        start /= start.sum()
    starts = [start, everybody] if dangling == "uniform" and personal is not None else [start]
    # The share that comes from starting anew at oneself; dangling mass starts anew, too.
    anew = (1.0 - damping) * start
    if dangling == "self":
        anew[sinks] = start[sinks]
    else:
        anew += damping * float(raw[sinks].sum()) * starts[-1]

    def settled(solutions: list[FloatArray]) -> FloatArray:
        """Return values in proportion to PageRank: dangling mass goes where ``dangling`` says."""
        total = solutions[0].copy()
        if dangling == "self":
            total[sinks] /= 1.0 - damping
        if len(solutions) > 1:
            leak, back = total[sinks].sum(), solutions[1][sinks].sum()
            total += damping * leak / (1.0 - damping * back) * solutions[1]
        return total

    return _resampled_walks(graph, raw - anew, starts, np.full(n, damping), settled)


def resampled_trustrank(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    """Return the replicates of ``trustrank``: PageRank that starts at its seeds."""
    seeds = dict.fromkeys(parameters["seeds"], 1.0)
    how = {"damping": parameters["damping"], "dangling": "personalization", "personalization": seeds}
    return resampled_pagerank(graph, raw, how)


def resampled_leaderrank(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    """Return the replicates of ``leaderrank``: the busier a person, the likelier to go on."""
    n, adjacency = graph.n, graph.adjacency
    degree = np.bincount(adjacency.indices, minlength=n).astype(np.float64)
    alpha = parameters["alpha"]
    start = np.ones(n) if alpha == 0 or not degree.any() else (degree / degree.max()) ** alpha
    start /= max(start.sum(), 1.0)
    scaled = adjacency.data / adjacency.data.max(initial=1e-300)
    rows = np.repeat(np.arange(n), np.diff(adjacency.indptr))
    strength = np.bincount(rows, weights=scaled, minlength=n)
    go_on = strength / (strength + (scaled.mean() if len(scaled) else 1.0))
    # Whom nobody acts on has this share of start and ground, and no one has less.
    own = start + 1.0 / max(n, 1)
    anew = own * float((raw / own).min(initial=np.inf)) if n else own
    return _resampled_walks(graph, raw - anew, [start], go_on, lambda solutions: solutions[0] + 1.0 / n)


def _resampled_walks(
    graph: InfluenceGraph,
    caused: FloatArray,
    starts: list[FloatArray],
    go_on: FloatArray,
    settled: Callable[[list[FloatArray]], FloatArray],
) -> Replicates:
    """Return the replicates of a share of a random reader's time.

    A replicate solves y = w∘p + P*ᵀDy: actor weights w on the start p, D how likely each goes on, and rows P*
    drawn from their posterior under a Dirichlet process (Ferguson 1973): each edge weighed by Exp(1), all
    acts of one person on another being one unit, as they come in bursts; and one edge that was not seen, to
    somebody drawn in proportion to reactors, weighed by Gamma(``NOT_SEEN``) times the actor's mean edge.
    Without the latter a normalised row with one edge passes on the same in every replicate, though its actor
    may rarely act and could well have turned to somebody else. What people give themselves by starting anew
    is no reaction and does not vary: x = p + (y − w∘p).

    Few sweeps are needed: residuals are pushed in place, 1e-5 of the mass may stay behind, and who is never
    acted on is pushed once. A warm start would save nothing: the start varies by as much as it is.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    caused : ndarray, shape (n,)
        What of each value comes from reactions.
    starts : list of ndarray, shape (n,)
        Each p, of sum 1.
    go_on : ndarray, shape (n,)
        Chance of each to go on.
    settled : callable
        From the solutions to values in proportion to the shares.
    """
    adjacency, n = graph.adjacency, graph.n
    indptr = adjacency.indptr.astype(np.int64)
    acting = np.diff(indptr) > 0
    reactors = np.bincount(adjacency.indices, minlength=n)
    # Who is never acted on gets no mass after the start, so is pushed once; the others in every sweep.
    often = np.flatnonzero(acting & (reactors > 0))
    order = np.concatenate([np.flatnonzero(acting & (reactors == 0)), often])
    once = len(order) - len(often)
    largest = np.ones(n)
    if acting.any():
        largest[acting] = np.maximum.reduceat(adjacency.data, indptr[:-1][acting])
    weight = adjacency.data / np.repeat(largest, np.diff(indptr))
    worth = worth_of_a_reaction(np.maximum(caused, 0.0), reactors)

    def replicates(draws: Draws) -> Values:
        seen = np.empty_like(draws.actors)

        def one(column: int) -> None:
            stream = draws.within(column)
            share = stream.standard_exponential(len(weight))
            # Gamma(k, 1) is the sum of k Exp(1), and drawn faster so.
            new = stream.standard_exponential((NOT_SEEN, len(order))).sum(axis=0)
            # The target of a random edge: in proportion to reactors, and only those who have some.
            to = adjacency.indices[stream.integers(0, max(len(weight), 1), len(order))]
            mass = np.array([draws.actors[:, column] * mean for mean in starts])
            mass /= mass.sum(axis=1, keepdims=True)
            edges = (indptr, adjacency.indices, weight, share, to, new)
            y, left = _push(*edges, order, once, go_on, mass.copy(), ENOUGH, MOST)
            if left > ENOUGH:
                raise ConvergenceError(
                    f"A replicate left {left:.1e} of the mass unspread after {MOST:,} sweeps. "
                    f"Lower the damping, or leave uncertainty out."
                )
            values = settled([mean + (y[k] - mass[k]) for k, mean in enumerate(starts)])
            values /= values.sum()
            seen[:, column] = np.maximum(values, 0.0)

        side_by_side(one, draws.actors.shape[1])
        return Values(seen, seen + worth[:, None] * draws.unseen)

    return replicates


@njit(nogil=True, cache=True)
def _push(
    indptr: np.ndarray,
    indices: np.ndarray,
    weight: np.ndarray,
    share: np.ndarray,
    to: np.ndarray,
    new: np.ndarray,
    order: np.ndarray,
    once: int,
    go_on: np.ndarray,
    mass: np.ndarray,
    enough: float,
    most: int,
) -> tuple[np.ndarray, float]:
    """Return y = mass + Qᵀy by pushing residuals in place, for each row of ``mass``; and the most left over.

    ``share`` holds a draw for each edge, ``new`` one for the edge of ``order[i]`` to ``to[i]``. They become
    Q, whose row u sums to ``go_on[u]``. The first ``once`` in ``order`` are never acted on.
    """
    y = np.zeros_like(mass)
    for i in range(len(order)):
        u = order[i]
        first, last = indptr[u], indptr[u + 1]
        drawn, plain = 0.0, 0.0
        for e in range(first, last):
            share[e] *= weight[e]
            drawn += share[e]
            plain += weight[e]
        new[i] *= 0.0 if to[i] == u else plain / (last - first)
        scale = go_on[u] / (drawn + new[i])
        new[i] *= scale
        for e in range(first, last):
            share[e] *= scale
        if i < once:
            for k in range(len(mass)):
                y[k, u] = mass[k, u]
                mass[k, u] = 0.0
                for e in range(first, last):
                    mass[k, indices[e]] += share[e] * y[k, u]
                mass[k, to[i]] += new[i] * y[k, u]
    most_left = 0.0
    for k in range(len(mass)):
        left = 0.0
        for _ in range(most):
            for i in range(once, len(order)):
                u = order[i]
                now = mass[k, u]
                mass[k, u] = 0.0
                y[k, u] += now
                for e in range(indptr[u], indptr[u + 1]):
                    mass[k, indices[e]] += share[e] * now
                mass[k, to[i]] += new[i] * now
            left = 0.0
            for i in range(once, len(order)):
                left += mass[k, order[i]]
            if left <= enough:
                break
        most_left = max(most_left, left)
        for v in range(mass.shape[1]):
            y[k, v] += mass[k, v]
    return y, most_left
