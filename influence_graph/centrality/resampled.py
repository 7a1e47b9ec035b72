"""Replicates of PageRank: other readers start, and each reader's attention falls differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from influence_graph.errors import ConvergenceError
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.resampling import (
    Draws,
    Replicates,
    side_by_side,
    worth_of_a_reaction,
)

#: Share of all mass that may be left unspread: far below the sampling error of any interval.
ENOUGH = 1e-5
#: Last hops at which an actor's weight counts for all that the actor passes on. Measured on synthetic logs of
#: 1,500 people, nominal 95 %, all people / top 100: 0 hops 82 / 58 %, 1 hop 93 / 72 %, 2 hops 96 / 74 %,
#: 3 hops 96 / 75 %. All hops would not converge: an actor's weight times the damping may be above 1.
HOPS = 2
#: Most sweeps.
MOST = 10_000


def resampled_pagerank(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    """Return the replicates of :func:`~influence_graph.centrality.pagerank.pagerank`.

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
        From :class:`~influence_graph.resampling.Draws` to shares, shape (n, b). O(m) a sweep.
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

    A replicate solves y = w∘p + P*ᵀDy: actor weights w on the start p, D how likely each goes on, and in the
    rows of P* each edge weighed by Exp(1), all acts of one person on another being one unit, as they come in
    bursts. That alone is too sure: a row is normalised, so an actor with one edge, on whom others act,
    passes on nearly the same in every replicate. So at the last hops what an actor passes on is multiplied
    by w again, in place of the weight in y: x = p + P*ᵀDW(p + P*ᵀDW(p + y − w∘p)). What people give
    themselves by starting anew is no reaction and does not vary.

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
    once, often = np.flatnonzero(acting & (reactors == 0)), np.flatnonzero(acting & (reactors > 0))
    largest = np.ones(n)
    if acting.any():
        largest[acting] = np.maximum.reduceat(adjacency.data, indptr[:-1][acting])
    weight = adjacency.data / np.repeat(largest, np.diff(indptr))
    worth = worth_of_a_reaction(np.maximum(caused, 0.0), reactors)

    def replicates(draws: Draws) -> FloatArray:
        result = np.empty_like(draws.actors)

        def one(column: int) -> None:
            share = draws.within(column).standard_exponential(len(weight))
            share *= weight
            _normalise(indptr, share, go_on)
            kept = []
            for mean in starts:
                mass = draws.actors[:, column] * mean
                mass /= mass.sum()
                y, left = _push(indptr, adjacency.indices, share, once, often, mass.copy(), ENOUGH, MOST)
                if left > ENOUGH:
                    raise ConvergenceError(
                        f"A replicate left {left:.1e} of the mass unspread after {MOST:,} sweeps. "
                        f"Lower the damping, or leave uncertainty out."
                    )
                passed = y - mass
                for _ in range(HOPS):
                    passed = _hop(indptr, adjacency.indices, share, draws.actors[:, column], mean + passed)
                kept.append(mean + passed)
            values = settled(kept)
            values /= values.sum()
            result[:, column] = np.maximum(values, 0.0) + worth * draws.unseen[:, column]

        side_by_side(one, draws.actors.shape[1])
        return result

    return replicates


@njit(nogil=True, cache=True)
def _normalise(indptr: np.ndarray, share: np.ndarray, go_on: np.ndarray) -> None:
    """Scale row u of ``share`` (edges, in row order) to the sum ``go_on[u]``."""
    for u in range(len(indptr) - 1):
        total = 0.0
        for e in range(indptr[u], indptr[u + 1]):
            total += share[e]
        for e in range(indptr[u], indptr[u + 1]):
            share[e] *= go_on[u] / total


@njit(nogil=True, cache=True)
def _hop(
    indptr: np.ndarray, indices: np.ndarray, share: np.ndarray, actors: np.ndarray, held: np.ndarray
) -> np.ndarray:
    """Return Σ_u actor_u·share_uv·held_u."""
    passed = np.zeros(len(held))
    for u in range(len(held)):
        now = actors[u] * held[u]
        for e in range(indptr[u], indptr[u + 1]):
            passed[indices[e]] += share[e] * now
    return passed


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
