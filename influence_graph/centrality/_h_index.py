"""The h-index of a person: not only many reactors, but reactors who have reactors."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from influence_graph.arrays import IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Raw, method


@method("h_index", unit="count", version=1)
def h_index(graph: InfluenceGraph) -> Raw:
    """H-index: the largest h such that h people act on a person and each has at least h reactors.

    Lü, Zhou, Zhang & Stanley 2016, with in-degrees. Applied to its own result again and again
    it ends in the coreness, as they prove. Weights do not matter.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        Whole numbers from 0 to the in-degree. O(m).

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "c", "d"], "target": ["a", "a", "b", "c"]})
    >>> h_index(InfluenceGraph.from_edges(edges)).values
    array([1., 1., 0., 0.])
    """
    matrix = graph.in_edges
    reactors = np.diff(matrix.indptr).astype(np.int64)
    return Raw(h_of_neighbours(matrix.indptr, matrix.indices, reactors).astype(np.float64))


@method("local_h_index", unit="count", version=1)
def local_h_index(graph: InfluenceGraph) -> Raw:
    """Local h-index: a person's h-index plus those of the people who act on them.

    LH(v) = H(v) + Σ_u H(u) over the u that act on v (Liu, Wang, Qi & Zhang 2018). It parts
    people whom the h-index leaves tied.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        Whole numbers ≥ 0. O(m).

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "c", "d"], "target": ["a", "a", "b", "c"]})
    >>> local_h_index(InfluenceGraph.from_edges(edges)).values
    array([2., 1., 0., 0.])
    """
    own = h_index(graph).values
    matrix = graph.in_edges
    rows = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
    return Raw(own + np.bincount(rows, weights=own[matrix.indices], minlength=graph.n))


@njit(cache=True, parallel=True)
def h_of_neighbours(pointers: IntArray, indices: IntArray, values: IntArray) -> IntArray:
    """Return the h-index of the values of each row's columns."""
    n = len(values)
    result = np.zeros(n, np.int64)
    for v in prange(n):
        degree = pointers[v + 1] - pointers[v]
        if degree:
            # at_least[h] counts columns whose value, cut at the degree, is h.
            at_least = np.zeros(degree + 1, np.int64)
            for e in range(pointers[v], pointers[v + 1]):
                at_least[min(degree, values[indices[e]])] += 1
            total, h = at_least[degree], degree
            while total < h:
                h -= 1
                total += at_least[h]
            result[v] = h
    return result
