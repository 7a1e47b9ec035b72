"""Collective influence: people whose removal would break the graph into parts."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Interval
from numba import get_num_threads, njit

from influence_graph.arrays import IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, Raw, method
from influence_graph.threads import over_threads


@method("collective_influence", version=1)
def collective_influence(
    graph: InfluenceGraph, *, distance: Annotated[int, Interval(ge=1, le=10)] = 2
) -> Raw:
    r"""Collective influence: in-degree − 1 times the sum of in-degree − 1 over people at a given distance.

    CI(v) = (k_v − 1) · Σ (k_u − 1) over the people u at ``distance`` steps from v (Morone & Makse 2015),
    with k the in-degree, as influence runs against the edges; k − 1 is at least 0. The values are those of
    the first step of the paper's algorithm, which then removes the best person and repeats, to choose a
    set; a score needs everybody's. Weights do not matter.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    distance : int from 1 to 10
        Radius of the ball whose edge counts.

    Returns
    -------
    Raw
        Whole numbers ≥ 0; 0 for people with at most one reactor. O(Σ edges within the balls): with hubs
        and distance 2 or more up to O(n·m).

    Notes
    -----
    .. math:: C_v = (k_v - 1)^+ \sum_{u : d(u, v) = \ell} (k_u - 1)^+

    With k the in-degree, d(u, v) the steps from u to v and ℓ the distance; x⁺ = max(x, 0).

    Unit: the value itself.

    Use: To find people whose removal takes the graph apart; people in the centre of a neighbourhood of hubs.

    References
    ----------
    Morone & Makse (2015), "Influence maximization in complex networks through optimal percolation", Nature
    524, 65–68.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": [1, 2, 3, 4, 5, 6], "target": [0, 0, 1, 1, 1, 2]})
    >>> collective_influence(InfluenceGraph.from_edges(edges), distance=1).values
    array([2., 0., 0., 0., 0., 0., 0.])
    """
    matrix = graph.in_edges
    result, pieces = np.zeros(graph.n, np.int64), get_num_threads()
    # Every person's value is computed by itself: no thread changes a bit.
    over_threads(
        lambda piece: _sums_over_balls(matrix.indptr, matrix.indices, distance, piece, pieces, result), pieces
    )
    return Raw(result.astype(np.float64), unit=NaturalUnit("the value itself"))


@njit(cache=True, nogil=True)
def _sums_over_balls(
    pointers: IntArray, indices: IntArray, distance: int, first: int, stride: int, result: IntArray
) -> None:
    """Set the value of v = first, first + stride, …, from the surface of the ball around v."""
    n = len(pointers) - 1
    seen = np.full(n, -1, np.int64)
    ball = np.empty(n, np.int64)
    for v in range(first, n, stride):
        degree = pointers[v + 1] - pointers[v]
        if degree > 1:
            seen[v] = v
            ball[0] = v
            start, stop = 0, 1
            for _ in range(distance):
                end = stop
                for i in range(start, stop):
                    u = ball[i]
                    for e in range(pointers[u], pointers[u + 1]):
                        w = indices[e]
                        if seen[w] != v:
                            seen[w] = v
                            ball[end] = w
                            end += 1
                start, stop = stop, end
            total = 0
            for i in range(start, stop):
                total += max(pointers[ball[i] + 1] - pointers[ball[i]] - 1, 0)
            result[v] = (degree - 1) * total
