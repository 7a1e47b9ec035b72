"""Coreness: k-shell decomposition, unweighted and weighted."""

from __future__ import annotations

import heapq
from typing import Any, Literal

import numpy as np
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, Raw, method

_UNIT = NaturalUnit("the 1-core")


@method("coreness", version=1)
def coreness(
    graph: InfluenceGraph, *, degree: Literal["in", "out", "all"] = "in", weighted: bool = False
) -> Raw:
    r"""Coreness: the largest k such that a person is in the k-core.

    The k-core is left when people of degree below k are removed until nobody has a lower degree
    (Seidman 1983; found in O(m) by Batagelj & Zaveršnik 2003). Weighted: the degree k is replaced
    by √(k·s) with s the strength, the sum of weights (Garas, Schweitzer & Havlin 2012 with
    α = β = 1). The paper rounds it to whole numbers; here it stays real, so that the unit
    of weights changes only the unit of the result (its square root).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    degree : {"in", "out", "all"}
        Count those who act on a person, those whom the person acts on, or both (two who act on each other
        count twice).
    weighted : bool
        Whether strength counts besides degree.

    Returns
    -------
    Raw
        ≥ 0, 0 for isolated people. O(m), weighted O(m log m) in one thread. Of weights of one person that
        differ by more than 1e15 the smaller are lost in rounding.

    Notes
    -----
    .. math:: c_v = \max \{ k : v \in C_k \}

    With C_k the k-core: the largest set of people with degree ≥ k within it.

    Unit: the 1-core.

    Use: To find the dense core of a graph, whatever the number of reactions. Many tie; in linear time.

    References
    ----------
    Seidman (1983), "Network structure and minimum degree", Social Networks 5, 269–287. Garas, Schweitzer &
    Havlin (2012), "A k-shell decomposition method for weighted networks", New Journal of Physics 14, 083030.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["a", "b", "c", "d"], "target": ["b", "c", "a", "a"]})
    >>> coreness(InfluenceGraph.from_edges(edges)).values
    array([1., 1., 1., 0.])
    """
    out, into = graph.adjacency, graph.in_edges
    # Removing v lowers the in-degree of its out-neighbours and the out-degree of its in-neighbours.
    hit = {"in": [out], "out": [into], "all": [out, into]}[degree]
    counted = {"in": [into], "out": [out], "all": [out, into]}[degree]
    count = np.sum([np.diff(matrix.indptr) for matrix in counted], axis=0).astype(np.int64)
    first, second = hit[0], hit[-1]
    both = len(hit) == 2
    if not weighted:
        shells = peel_by_degree(first.indptr, first.indices, second.indptr, second.indices, both, count)
        return Raw(shells.astype(np.float64), unit=_UNIT)
    largest = float(out.data.max()) if out.nnz else 1.0
    strength = np.zeros(graph.n)
    for matrix in counted:
        rows = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
        strength += np.bincount(rows, weights=matrix.data / largest, minlength=graph.n)
    weights = [matrix.data / largest for matrix in (first, second)]
    core = _peel_by_strength(
        first.indptr,
        first.indices,
        weights[0],
        second.indptr,
        second.indices,
        weights[1],
        both,
        count,
        strength,
    )
    core *= np.sqrt(largest)
    # Strengths are differences, with the rounding error of what they were.
    return Raw(core, unit=_UNIT, resolution=1e-13 * float(core.max(initial=0.0)))


@njit(cache=True)
def peel_by_degree(
    pointers: IntArray,
    indices: IntArray,
    pointers_2: IntArray,
    indices_2: IntArray,
    both: bool,
    count: IntArray,
) -> IntArray:
    """Batagelj & Zaveršnik's algorithm: people sorted by degree in bins, which swaps keep sorted."""
    n = len(count)
    bins = np.zeros((count.max() if n else 0) + 2, np.int64)
    for v in range(n):
        bins[count[v] + 1] += 1
    bins = np.cumsum(bins)
    queue, place = np.empty(n, np.int64), np.empty(n, np.int64)
    fill = bins.copy()
    for v in range(n):
        place[v] = fill[count[v]]
        queue[place[v]] = v
        fill[count[v]] += 1
    for i in range(n):
        v = queue[i]
        for side in range(2 if both else 1):
            ends = pointers if side == 0 else pointers_2
            heads = indices if side == 0 else indices_2
            for e in range(ends[v], ends[v + 1]):
                u = heads[e]
                if count[u] > count[v]:
                    # Swap u with the first of its bin, then let the bin begin after it.
                    start = max(bins[count[u]], i + 1)
                    w = queue[start]
                    if u != w:
                        queue[place[u]], queue[start] = w, u
                        place[w], place[u] = place[u], start
                    bins[count[u]] = start + 1
                    count[u] -= 1
    return count


@njit(cache=True)
def _peel_by_strength(
    pointers: IntArray,
    indices: IntArray,
    weights: FloatArray,
    pointers_2: IntArray,
    indices_2: IntArray,
    weights_2: FloatArray,
    both: bool,
    count: IntArray,
    strength: FloatArray,
) -> FloatArray:
    """Remove the least √(k·s) first; outdated entries of the heap are skipped."""
    n = len(count)
    heap: list[tuple[Any, Any]] = [(np.sqrt(count[v] * strength[v]), v) for v in range(n)]
    heapq.heapify(heap)
    core, removed, level = np.zeros(n), np.zeros(n, np.bool_), 0.0
    while len(heap):
        value, v = heapq.heappop(heap)
        if removed[v] or value != np.sqrt(count[v] * strength[v]):
            continue
        removed[v] = True
        level = max(level, value)
        core[v] = level
        for side in range(2 if both else 1):
            ends = pointers if side == 0 else pointers_2
            heads = indices if side == 0 else indices_2
            loads = weights if side == 0 else weights_2
            for e in range(ends[v], ends[v + 1]):
                u = heads[e]
                if not removed[u]:
                    count[u] -= 1
                    strength[u] = max(strength[u] - loads[e], 0.0) if count[u] else 0.0
                    heapq.heappush(heap, (np.sqrt(count[u] * strength[u]), np.int64(u)))
    return core
