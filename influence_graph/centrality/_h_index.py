"""The h-index and the local h-index of a person's in-neighbours."""

from __future__ import annotations

import numpy as np
from numba import njit

from influence_graph.arrays import IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, Raw, method
from influence_graph.threads import over_threads

_UNIT = NaturalUnit("one person who has a reactor reacted")


@method("h_index", version=1)
def h_index(graph: InfluenceGraph) -> Raw:
    r"""H-index: the largest h such that h people act on a person and each has at least h reactors.

    Lü, Zhou, Zhang & Stanley 2016, with in-degrees. Applied repeatedly to its own result,
    it converges to the coreness, as they prove. Weights do not matter.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        Whole numbers from 0 to the in-degree. O(m).

    Notes
    -----
    .. math:: h_v = \max \{ h : |\{ u \in R_v : k_u \geq h \}| \geq h \}

    With R_v the people who reacted to v, and k_u their in-degree.

    Unit: one person who has a reactor reacted.

    Use: Robust against many reactors of no weight: a coreness that is local. Many tie.

    References
    ----------
    Lü, Zhou, Zhang & Stanley (2016), "The H-index of a network node and its relation to degree and coreness",
    Nature Communications 7, 10168.

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
    return Raw(h_of_neighbours(matrix.indptr, matrix.indices, reactors).astype(np.float64), unit=_UNIT)


@method("local_h_index", version=1)
def local_h_index(graph: InfluenceGraph) -> Raw:
    r"""Local h-index: a person's h-index plus those of the people who act on them.

    LH(v) = H(v) + Σ_u H(u) over the u that act on v (Liu et al. 2018). It breaks
    ties of the h-index.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        Whole numbers ≥ 0. O(m).

    Notes
    -----
    .. math:: l_v = h_v + \sum_{u \in R_v} h_u

    With R_v the people who reacted to v, and h the h-index.

    Unit: one person who has a reactor reacted.

    Use: Instead of the h-index, where fewer are to tie.

    References
    ----------
    Liu, Zhu, Jia, Deng, Zhou, Zhu & Zou (2018), "Leveraging local h-index to identify and rank influential
    spreaders in networks", Physica A 512, 379–391.

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
    return Raw(own + np.bincount(rows, weights=own[matrix.indices], minlength=graph.n), unit=_UNIT)


def h_of_neighbours(pointers: IntArray, indices: IntArray, values: IntArray) -> IntArray:
    """Return the h-index of the values of each row's columns."""
    n = len(values)
    result = np.zeros(n, np.int64)
    # Pieces of about equal edges, at most one for 65,536.
    pieces = 1 + min(int(pointers[-1]) >> 16, 63)
    cuts = np.searchsorted(pointers, np.linspace(0, pointers[-1], pieces + 1))
    cuts[0], cuts[-1] = 0, n
    over_threads(lambda i: _h_of_rows(pointers, indices, values, cuts[i], cuts[i + 1], result), len(cuts) - 1)
    return result


@njit(cache=True, nogil=True)
def _h_of_rows(
    pointers: IntArray, indices: IntArray, values: IntArray, first: int, last: int, result: IntArray
) -> None:
    for v in range(first, last):
        degree = pointers[v + 1] - pointers[v]
        if degree:
            # with_value[h] counts columns whose value, cut at the degree, is h.
            with_value = np.zeros(degree + 1, np.int64)
            for e in range(pointers[v], pointers[v + 1]):
                with_value[min(degree, values[indices[e]])] += 1
            total, h = with_value[degree], degree
            while total < h:
                h -= 1
                total += with_value[h]
            result[v] = h
