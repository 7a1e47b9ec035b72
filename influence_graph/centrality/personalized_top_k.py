"""Who matters most to one person, without looking at the whole graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.centrality._pagerank import personalized_pagerank
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import get_method

#: Edges along which mass is pushed, at least, before all shares are computed instead.
LEAST = 1 << 16


@dataclass(frozen=True)
class TopPeople:
    """The people of highest personalised PageRank for one seed.

    Attributes
    ----------
    frame : polars.DataFrame
        At most k rows, best first: ``id``, ``low``, ``high``; the true share lies in [low, high].
    certain : bool
        Whether these are surely the k highest, as a set. False where ties, or ``tol``, forbid to tell.
    touched : int
        People that were looked at.
    """

    frame: pl.DataFrame
    certain: bool
    touched: int


def personalized_pagerank_top(
    graph: InfluenceGraph, seed: int | str, k: int, *, damping: float = 0.85, tol: float = 1e-8
) -> TopPeople:
    """Return the k people of highest personalised PageRank for one seed, by pushing mass locally.

    Mass r waits at people, at first 1 at the seed. A push at u moves (1 − d)·r(u) to the estimate p(u)
    and hands the rest on along u's edges (Andersen, Chung & Lang 2006, section 3; without a way on, back
    to the seed). Always p(v) ≤ PPR(v) ≤ p(v) + Σr, so pushing can stop as soon as the k-th estimate is
    Σr above the next one. It touches the seed's surroundings only, not the graph. Where these are most of
    the graph, as around a hub, pushing costs more than sweeping over all edges: once as many edges were
    pushed along as there are, all shares are computed at once instead.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    seed : id
        Where walks start.
    k : int
        How many people, 1 or more.
    damping : float in [0, 1)
        Chance to follow an edge.
    tol : float
        Stop at the latest when this much mass waits.

    Returns
    -------
    TopPeople
        Fewer than k rows where the seed reaches fewer. O(edges of those pushed), and at most the cost of
        one vector of :func:`personalized_pagerank` more than O(m).

    Raises
    ------
    ConfigError
        If k is below 1, or damping or tol out of range.
    DataError
        If the seed is not in the graph.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame(
    ...     {"source": ["c", "c", "b"], "target": ["a", "b", "a"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> found = personalized_pagerank_top(InfluenceGraph.from_edges(edges), "c", 2)
    >>> found.frame["id"].to_list(), found.certain
    (['c', 'a'], True)
    """
    get_method("pagerank").resolve({"damping": damping, "tol": tol})
    if k < 1:
        raise ConfigError(f"k is {k}, but it should be at least 1: the number of people to return.")
    matrix = graph.adjacency
    start = int(graph.positions([seed])[0])
    # Pages of these arrays that nobody touches are never given memory.
    estimate, waiting, known = np.zeros(graph.n), np.zeros(graph.n), np.zeros(graph.n, dtype=np.bool_)
    waiting[start], known[start] = 1.0, True
    touched = np.array([start])
    threshold, certain, budget = 0.1, False, _budget(graph)
    while True:
        threshold /= 10.0
        touched, pushed = _push(
            matrix.indptr,
            matrix.indices,
            matrix.data,
            start,
            damping,
            threshold,
            estimate,
            waiting,
            known,
            touched,
            budget,
        )
        budget -= pushed
        if budget < 0:
            return _by_sweeps(graph, seed, k, damping, tol)
        left = float(waiting[touched].sum())
        ranked = touched[np.lexsort((touched, -estimate[touched]))]
        best, rest = ranked[:k], ranked[k : k + 1]
        # People not touched have an estimate of 0.
        following = float(estimate[rest[0]]) if len(rest) else 0.0
        certain = len(best) < k or float(estimate[best[-1]]) >= following + left or left == 0.0
        if (certain and len(best) == k) or left <= tol:
            break
    best = best[estimate[best] > 0]
    frame = pl.DataFrame(
        {"id": graph.ids.gather(best), "low": estimate[best], "high": np.minimum(estimate[best] + left, 1.0)}
    )
    return TopPeople(frame, certain, len(touched))


def _budget(graph: InfluenceGraph) -> int:
    """Return along how many edges mass may be pushed."""
    return max(int(graph.adjacency.nnz), LEAST)


def _by_sweeps(graph: InfluenceGraph, seed: int | str, k: int, damping: float, tol: float) -> TopPeople:
    """Return the same from the whole vector, of which each share is known to tol / 2."""
    residual = max(tol * (1.0 - damping) / 2.0, 1e-14)
    shares = personalized_pagerank(graph, [seed], damping=damping, tol=residual)[:, 0]
    error = residual / (1.0 - damping)
    ranked = np.lexsort((np.arange(graph.n), -shares))[: k + 1]
    ranked = ranked[shares[ranked] > 0]
    best, rest = ranked[:k], ranked[k:]
    certain = not len(rest) or bool(shares[best[-1]] - error >= shares[rest[0]] + error)
    low, high = np.maximum(shares[best] - error, 0.0), np.minimum(shares[best] + error, 1.0)
    return TopPeople(pl.DataFrame({"id": graph.ids.gather(best), "low": low, "high": high}), certain, graph.n)


@njit(cache=True)
def _push(
    pointers: IntArray,
    indices: IntArray,
    data: FloatArray,
    seed: int,
    damping: float,
    threshold: float,
    estimate: FloatArray,
    waiting: FloatArray,
    known: np.ndarray,
    touched: IntArray,
    budget: int,
) -> tuple[IntArray, int]:
    """Push until nobody has more waiting than threshold · (out-degree + 1), or along more edges than budget.

    Returns all touched so far, and along how many edges mass was pushed.
    """
    found = list(touched)
    pushed = 0
    stack = [v for v in found if waiting[v] > threshold * (pointers[v + 1] - pointers[v] + 1)]
    while len(stack) and pushed <= budget:
        u = stack.pop()
        mass = waiting[u]
        degree = pointers[u + 1] - pointers[u]
        if mass <= threshold * (degree + 1):
            continue
        waiting[u] = 0.0
        if degree == 0:
            if u == seed:
                estimate[u] += mass
                continue
            estimate[u] += (1.0 - damping) * mass
            waiting[seed] += damping * mass
            stack.append(seed)
            continue
        estimate[u] += (1.0 - damping) * mass
        pushed += degree
        top, total = 0.0, 0.0
        for e in range(pointers[u], pointers[u + 1]):
            top = max(top, data[e])
        for e in range(pointers[u], pointers[u + 1]):
            total += data[e] / top
        for e in range(pointers[u], pointers[u + 1]):
            v = indices[e]
            waiting[v] += damping * mass * (data[e] / top / total)
            if not known[v]:
                known[v] = True
                found.append(v)
            if waiting[v] > threshold * (pointers[v + 1] - pointers[v] + 1):
                stack.append(v)
    return np.array(found), pushed
