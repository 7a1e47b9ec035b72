"""Betweenness and harmonic closeness from sampled sources, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, Raw, method
from influence_graph.threads import over_threads

#: Pieces of the sample, whose sums are added in order: the bits do not depend on the number of threads.
PIECES = 8


@method("betweenness", version=1, accuracy={"pivots", "confidence"})
def betweenness(
    graph: InfluenceGraph,
    *,
    pivots: Annotated[int, Ge(2)] = 256,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Raw:
    r"""Betweenness: the number of pairs of others whose shortest paths pass through a person, from a sample.

    b(v) = Σ_{s,t ≠ v} σ_st(v)/σ_st over ordered pairs, paths measured in steps (Freeman 1977; dependencies
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

    Notes
    -----
    .. math:: b_v = \sum_{s \neq v} \sum_{t \neq v} \frac{\sigma_{st}(v)}{\sigma_{st}}

    With σ_st the number of shortest paths from s to t, and σ_st(v) of those through v.

    Unit: one pair.

    Use: To find people who connect groups. Sampled, so look at the intervals; far slower than PageRank.

    References
    ----------
    Freeman (1977), "A set of measures of centrality based on betweenness", Sociometry 40, 35–41. Brandes
    (2001), "A faster algorithm for betweenness centrality", Journal of Mathematical Sociology 25, 163–177.
    Brandes & Pich (2007), "Centrality estimation in large networks", International Journal of Bifurcation and
    Chaos 17, 2303–2318.

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
    sums, squares = _by_piece(_dependencies, matrix, sources)
    return _estimate(sums, squares, len(sources), graph.n, max(graph.n - 2.0, 0.0), confidence, "one pair")


@method("closeness", version=1, accuracy={"pivots", "confidence"})
def closeness(
    graph: InfluenceGraph,
    *,
    pivots: Annotated[int, Ge(2)] = 256,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Raw:
    r"""Harmonic closeness: the sum of 1/distance over the people with a path to a person, from a sample.

    c(v) = Σ_u 1/d(u, v) over the people u with a path to v (Marchiori & Latora 2000; the closeness that
    is well defined on graphs that are not connected: Boldi & Vigna 2014, section 3.2), estimated from people
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

    Notes
    -----
    .. math:: c_v = \sum_{u \neq v} \frac{1}{d(u, v)}

    With d(u, v) the steps of a shortest path from u to v, and 1/∞ = 0.

    Unit: one direct reactor.

    Use: To find people whom attention reaches in few steps. Sampled, so look at the intervals.

    References
    ----------
    Marchiori & Latora (2000), "Harmony in the small-world", Physica A 285, 539–546. Boldi & Vigna (2014),
    "Axioms for centrality", Internet Mathematics 10, 222–262. Eppstein & Wang (2004), "Fast approximation of
    centrality", Journal of Graph Algorithms and Applications 8, 39–45.

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
    sums, squares = _by_piece(_nearness, matrix, sources)
    return _estimate(sums, squares, len(sources), graph.n, 1.0, confidence, "one direct reactor")


def _pivots(n: int, pivots: int, rng: np.random.Generator | int | None) -> IntArray:
    if pivots >= n:
        return np.arange(n)
    return np.random.default_rng(rng).integers(0, n, size=pivots)


def _estimate(
    sums: FloatArray, squares: FloatArray, k: int, n: int, largest: float, confidence: float, name: str
) -> Raw:
    """Return n times the mean of k samples in [0, largest], with the empirical Bernstein interval."""
    total = sums.sum(axis=0)
    if k == n:
        return Raw(total, total, total, {"pivots": k}, NaturalUnit(name))
    mean = total / k
    variance = np.maximum(squares.sum(axis=0) - k * mean**2, 0.0) / (k - 1)
    log = np.log(4.0 / (1.0 - confidence))
    margin = np.sqrt(2.0 * variance * log / k) + 7.0 * largest * log / (3.0 * (k - 1))
    low, high = np.maximum(mean - margin, 0.0), np.minimum(mean + margin, largest)
    return Raw(n * mean, n * low, n * high, {"pivots": k}, NaturalUnit(name))


def _by_piece(
    kernel: Callable[..., None], matrix: csr_array, sources: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the sums and squares of a kernel, one row for each piece of the sources."""
    sums, squares = np.zeros((PIECES, matrix.shape[0])), np.zeros((PIECES, matrix.shape[0]))

    def run(piece: int) -> None:
        kernel(matrix.indptr, matrix.indices, sources[piece::PIECES].copy(), sums[piece], squares[piece])

    over_threads(run, PIECES)
    return sums, squares


@njit(cache=True, nogil=True)
def _dependencies(
    pointers: IntArray, indices: IntArray, sources: IntArray, sums: FloatArray, squares: FloatArray
) -> None:
    """Add δ_s(v) and δ_s(v)² of each source s (Brandes 2001, algorithm 1)."""
    n = len(pointers) - 1
    steps, paths, delta = np.full(n, -1, np.int64), np.zeros(n), np.zeros(n)
    queue = np.empty(n, np.int64)
    for s in sources:
        steps[s], paths[s], queue[0] = 0, 1.0, s
        end = _breadth_first(pointers, indices, queue, steps)
        for at in range(end):
            u = queue[at]
            for e in range(pointers[u], pointers[u + 1]):
                if steps[indices[e]] == steps[u] + 1:
                    paths[indices[e]] += paths[u]
        for at in range(end - 1, -1, -1):
            u = queue[at]
            for e in range(pointers[u], pointers[u + 1]):
                v = indices[e]
                if steps[v] == steps[u] + 1:
                    delta[u] += paths[u] / paths[v] * (1.0 + delta[v])
            if u != s:
                sums[u] += delta[u]
                squares[u] += delta[u] ** 2
        for at in range(end):
            u = queue[at]
            steps[u], paths[u], delta[u] = -1, 0.0, 0.0


@njit(cache=True, nogil=True)
def _nearness(
    pointers: IntArray, indices: IntArray, sources: IntArray, sums: FloatArray, squares: FloatArray
) -> None:
    """Add 1/d(s, v) and 1/d(s, v)² of each source s."""
    n = len(pointers) - 1
    steps, queue = np.full(n, -1, np.int64), np.empty(n, np.int64)
    for s in sources:
        steps[s], queue[0] = 0, s
        end = _breadth_first(pointers, indices, queue, steps)
        for at in range(1, end):
            v = queue[at]
            sums[v] += 1.0 / steps[v]
            squares[v] += 1.0 / steps[v] ** 2
        for at in range(end):
            steps[queue[at]] = -1


@njit(cache=True)
def _breadth_first(pointers: IntArray, indices: IntArray, queue: IntArray, steps: IntArray) -> int:
    """Fill queue and steps by distance from the one person in them; return the number of people reached."""
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
