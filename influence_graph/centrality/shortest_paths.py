"""Betweenness and closeness from a sample of people, with intervals."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval
from numba import njit, prange

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Raw, method

#: Pieces of the sample, each summed by itself and the sums added in order: the bits do not depend on threads.
PIECES = 8


@method("betweenness", unit="count", version=1)
def betweenness(
    graph: InfluenceGraph,
    *,
    pivots: Annotated[int, Ge(2)] = 256,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Raw:
    """Betweenness: for how many pairs of others a person lies on the shortest way, from a sample.

    b(v) = Σ_{s,t ≠ v} σ_st(v)/σ_st over ordered pairs, ways counted in steps (Freeman 1977; dependencies
    of one source by Brandes 2001, equation 2), estimated from sources drawn at random (Brandes & Pich
    2007). Weights do not matter: they are strengths, not lengths.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    pivots : int
        Sources drawn, with replacement; n or more: every one once, exact.
    confidence : float in (0, 1)
        Level of each person's interval (empirical Bernstein bound: Maurer & Pontil 2009, theorem 4).
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    Raw
        Pairs, ≥ 0, with an interval. Diagnostics: ``pivots``. O(pivots · m); 32·8·n bytes.
        The same bits for the same rng, whatever the number of threads.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["a", "b", "c"], "target": ["b", "c", "d"]})
    >>> betweenness(InfluenceGraph.from_edges(edges)).values
    array([0., 2., 2., 0.])
    """
    matrix = graph.adjacency
    sources = _pivots(graph.n, pivots, rng)
    sums, squares = _dependencies(matrix.indptr, matrix.indices, sources, PIECES)
    return _estimate(sums, squares, len(sources), graph.n, max(graph.n - 2.0, 0.0), confidence)


@method("closeness", unit="count", version=1)
def closeness(
    graph: InfluenceGraph,
    *,
    pivots: Annotated[int, Ge(2)] = 256,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Raw:
    """Harmonic closeness: how many people attend to a person, each counted 1/steps, from a sample.

    c(v) = Σ_u 1/d(u, v) over the people with a way to v (Marchiori & Latora 2000; the one closeness that
    makes sense where not everybody is connected: Boldi & Vigna 2014, section 3.2), estimated from people
    u drawn at random (Eppstein & Wang 2004). Weights do not matter: they are strengths, not lengths.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    pivots : int
        People drawn, with replacement; n or more: every one once, exact.
    confidence : float in (0, 1)
        Level of each person's interval (empirical Bernstein bound: Maurer & Pontil 2009, theorem 4).
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    Raw
        ≥ 0: one direct reactor counts 1; with an interval. Diagnostics: ``pivots``. O(pivots · m);
        24·8·n bytes.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
    >>> closeness(InfluenceGraph.from_edges(edges)).values
    array([0. , 1. , 1.5])
    """
    matrix = graph.adjacency
    sources = _pivots(graph.n, pivots, rng)
    sums, squares = _nearness(matrix.indptr, matrix.indices, sources, PIECES)
    return _estimate(sums, squares, len(sources), graph.n, 1.0, confidence)


def _pivots(n: int, pivots: int, rng: np.random.Generator | int | None) -> IntArray:
    if pivots >= n:
        return np.arange(n)
    return np.random.default_rng(rng).integers(0, n, size=pivots)


def _estimate(
    sums: FloatArray, squares: FloatArray, k: int, n: int, largest: float, confidence: float
) -> Raw:
    """Return n times the mean of k samples in [0, largest], and how far the truth may lie from it."""
    total = sums.sum(axis=0)
    if k == n:
        return Raw(total, total, total, {"pivots": k})
    mean = total / k
    variance = np.maximum(squares.sum(axis=0) - k * mean**2, 0.0) / (k - 1)
    log = np.log(4.0 / (1.0 - confidence))
    away = np.sqrt(2.0 * variance * log / k) + 7.0 * largest * log / (3.0 * (k - 1))
    low, high = np.maximum(mean - away, 0.0), np.minimum(mean + away, largest)
    return Raw(n * mean, n * low, n * high, {"pivots": k})


@njit(cache=True, parallel=True)
def _dependencies(
    pointers: IntArray, indices: IntArray, sources: IntArray, pieces: int
) -> tuple[FloatArray, FloatArray]:
    """Return Σ δ_s(v) and Σ δ_s(v)² over the sources s, one row a piece (Brandes 2001, algorithm 1)."""
    n = len(pointers) - 1
    sums, squares = np.zeros((pieces, n)), np.zeros((pieces, n))
    for piece in prange(pieces):
        steps, ways, part = np.full(n, -1, np.int64), np.zeros(n), np.zeros(n)
        queue = np.empty(n, np.int64)
        for i in range(piece, len(sources), pieces):
            s = sources[i]
            steps[s], ways[s], queue[0] = 0, 1.0, s
            end = _breadth_first(pointers, indices, queue, steps)
            for at in range(end):
                u = queue[at]
                for e in range(pointers[u], pointers[u + 1]):
                    if steps[indices[e]] == steps[u] + 1:
                        ways[indices[e]] += ways[u]
            for at in range(end - 1, -1, -1):
                u = queue[at]
                for e in range(pointers[u], pointers[u + 1]):
                    v = indices[e]
                    if steps[v] == steps[u] + 1:
                        part[u] += ways[u] / ways[v] * (1.0 + part[v])
                if u != s:
                    sums[piece, u] += part[u]
                    squares[piece, u] += part[u] ** 2
            for at in range(end):
                u = queue[at]
                steps[u], ways[u], part[u] = -1, 0.0, 0.0
    return sums, squares


@njit(cache=True, parallel=True)
def _nearness(
    pointers: IntArray, indices: IntArray, sources: IntArray, pieces: int
) -> tuple[FloatArray, FloatArray]:
    """Return Σ 1/d(s, v) and Σ 1/d(s, v)² over the sources s, one row a piece."""
    n = len(pointers) - 1
    sums, squares = np.zeros((pieces, n)), np.zeros((pieces, n))
    for piece in prange(pieces):
        steps, queue = np.full(n, -1, np.int64), np.empty(n, np.int64)
        for i in range(piece, len(sources), pieces):
            s = sources[i]
            steps[s], queue[0] = 0, s
            end = _breadth_first(pointers, indices, queue, steps)
            for at in range(1, end):
                v = queue[at]
                sums[piece, v] += 1.0 / steps[v]
                squares[piece, v] += 1.0 / steps[v] ** 2
            for at in range(end):
                steps[queue[at]] = -1
    return sums, squares


@njit(cache=True)
def _breadth_first(pointers: IntArray, indices: IntArray, queue: IntArray, steps: IntArray) -> int:
    """Fill queue and steps from the one person in them; return how many were reached."""
    end, at = 1, 0
    while at < end:
        u = queue[at]
        at += 1
        for e in range(pointers[u], pointers[u + 1]):
            v = indices[e]
            if steps[v] < 0:
                steps[v] = steps[u] + 1
                queue[end] = v
                end += 1
    return end
