"""The top k of personalized PageRank for one person, by local push."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from influence_graph.centrality._pagerank import personalized_pagerank
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.limits import check_limits
from influence_graph.linalg.residual_push import push_from_node
from influence_graph.methods import get_method

#: Least number of edges to push along before all shares are computed instead.
MIN_BUDGET = 1 << 16


@dataclass(frozen=True)
class TopPeople:
    """The people of highest personalized PageRank for one person.

    Attributes
    ----------
    frame : polars.DataFrame
        At most k rows, best first: ``id``, ``low``, ``high``; the true share lies in [low, high].
    certain : bool
        Whether these are known to be the k highest, as a set. False where ties, or ``tol``, leave it open.
    touched : int
        Number of people whose edges or residual were read.
    """

    frame: pl.DataFrame
    certain: bool
    touched: int


def personalized_pagerank_top(
    graph: InfluenceGraph, person: int | str, k: int, *, damping: float = 0.85, tol: float = 1e-8
) -> TopPeople:
    """Return the k people of highest PageRank personalized for one person, by pushing mass locally.

    The residual r is 1 at the person at first. A push at u moves (1 − d)·r(u) to the estimate x(u) and
    distributes the rest along u's edges (Andersen, Chung & Lang 2006, section 3; without out-edges, back to
    the person). Always x(v) ≤ PPR(v) ≤ x(v) + Σr, so pushing can stop as soon as the k-th estimate is
    Σr above the next one. Only the person's neighbourhood is read. Where that is most of the graph, as around
    a hub, pushing costs more than sweeps over all edges: after as many edges as the graph has, all shares
    are computed instead.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    person : id
        Where walks start.
    k : int
        How many people, 1 or more.
    damping : float in [0, 1)
        Chance to follow an edge.
    tol : float
        Stop at the latest when Σr is at most this.

    Returns
    -------
    TopPeople
        Fewer than k rows where the person reaches fewer. O(edges of those pushed), at most O(m) plus the
        cost of one vector of :func:`personalized_pagerank`.

    Raises
    ------
    ConfigError
        If k is below 1, or damping or tol out of range.
    DataError
        If the person is not in the graph.

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
    check_limits({"k": k})
    if k < 1:
        raise ConfigError(f"k is {k}, but it should be at least 1: the number of people to return.")
    matrix = graph.adjacency
    start = int(graph.positions([person])[0])
    # The system gives no memory to pages of these arrays that are never written.
    x, r, known = np.zeros(graph.n), np.zeros(graph.n), np.zeros(graph.n, dtype=np.bool_)
    r[start], known[start] = 1.0, True
    touched = np.array([start])
    threshold, certain, budget = 0.1, False, _budget(graph)
    while True:
        threshold /= 10.0
        touched, pushed = push_from_node(
            matrix.indptr,
            matrix.indices,
            matrix.data,
            start,
            damping,
            threshold,
            x,
            r,
            known,
            touched,
            budget,
        )
        budget -= pushed
        if budget < 0:
            return _by_sweeps(graph, person, k, damping, tol)
        left = float(r[touched].sum())
        ranked = touched[np.lexsort((touched, -x[touched]))]
        best, rest = ranked[:k], ranked[k : k + 1]
        # People not touched have an estimate of 0.
        following = float(x[rest[0]]) if len(rest) else 0.0
        certain = len(best) < k or float(x[best[-1]]) >= following + left or left == 0.0
        if (certain and len(best) == k) or left <= tol:
            break
    best = best[x[best] > 0]
    frame = pl.DataFrame(
        {"id": graph.ids.gather(best), "low": x[best], "high": np.minimum(x[best] + left, 1.0)}
    )
    return TopPeople(frame, certain, len(touched))


def _budget(graph: InfluenceGraph) -> int:
    """Return the number of edges to push along at most."""
    return max(int(graph.adjacency.nnz), MIN_BUDGET)


def _by_sweeps(graph: InfluenceGraph, person: int | str, k: int, damping: float, tol: float) -> TopPeople:
    """Return the same from the whole vector, of which each share is known to tol / 2."""
    residual = max(tol * (1.0 - damping) / 2.0, 1e-14)
    shares = personalized_pagerank(graph, [person], damping=damping, tol=residual)[:, 0]
    error = residual / (1.0 - damping)
    ranked = np.lexsort((np.arange(graph.n), -shares))[: k + 1]
    ranked = ranked[shares[ranked] > 0]
    best, rest = ranked[:k], ranked[k:]
    certain = not len(rest) or bool(shares[best[-1]] - error >= shares[rest[0]] + error)
    low, high = np.maximum(shares[best] - error, 0.0), np.minimum(shares[best] + error, 1.0)
    return TopPeople(pl.DataFrame({"id": graph.ids.gather(best), "low": low, "high": high}), certain, graph.n)
