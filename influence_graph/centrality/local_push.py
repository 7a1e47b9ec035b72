"""Who matters most to one person, without looking at the whole graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from influence_graph.errors import ConfigError
from influence_graph.graph.graph import FloatArray, InfluenceGraph, IntArray
from influence_graph.methods import get_method


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
    Σr above the next one. It touches the seed's surroundings only, not the graph.

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
        Fewer than k rows where the seed reaches fewer. O(edges of those pushed); pushes ≤ about
        1/((1 − damping) · threshold) in total, whatever the size of the graph.

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
    threshold, certain = 0.1, False
    while True:
        threshold /= 10.0
        touched = _push(
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
        )
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
) -> IntArray:
    """Push until nobody has more waiting than threshold · (out-degree + 1); return all touched so far."""
    found = list(touched)
    stack = [v for v in found if waiting[v] > threshold * (pointers[v + 1] - pointers[v] + 1)]
    while len(stack):
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
    return np.array(found)
