"""PageRank: attention, and the attention of those who pay it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Interval
from numba import njit, prange
from scipy.sparse import csr_array

from influence_graph.errors import ConfigError, ConvergenceError
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.methods import Raw, method

#: Edges above which starting threads costs less than it saves. Both ways give the same bits.
WORTH_THREADS = 50_000


@method("pagerank", unit="share", version=1)
def pagerank(
    graph: InfluenceGraph,
    *,
    damping: Annotated[float, Interval(ge=0, lt=1)] = 0.85,
    personalization: Mapping[int | str, Annotated[float, Ge(0)]] | None = None,
    dangling: Literal["uniform", "personalization", "self"] = "uniform",
    initial: np.ndarray | None = None,
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 1000,
) -> Raw:
    """Weighted PageRank: the share of a random reader's time that a person gets.

    The reader at u goes on to v with chance damping · w(u, v) / Σ_v w(u, v), else anywhere by the
    personalization p. In matrix terms x = d·Pᵀx + d·D·q + (1 − d)·p, where D is the mass on people
    who act on nobody and q says where it goes (Page, Brin, Motwani & Winograd 1999, section 2.4;
    weights as in Xing & Ghorbani 2004).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    damping : float in [0, 1)
        Chance to follow an edge.
    personalization : mapping of id to weight ≥ 0, optional
        Where the reader starts anew; scaled to sum to 1. Default: everybody alike.
    dangling : {"uniform", "personalization", "self"}
        Where the mass of people without out-edges goes: to everybody, by the personalization, or
        it stays.
    initial : ndarray of float64, shape (n,), optional
        Where the iteration starts (a warm start); scaled to sum to 1. It changes how long it takes, not
        the result beyond ``tol``.
    tol : float
        Bound on the L1 residual ‖G(x) − x‖₁. The distance to the exact vector is at most
        tol · damping / (1 − damping).
    max_iterations : int
        Most sweeps over the edges.

    Returns
    -------
    Raw
        Shares, > 0 unless personalised, sum 1. Diagnostics: ``iterations``, ``residual`` (L1),
        ``dangling_mass`` (D). O(m) a sweep, about ln(tol)/ln(damping) sweeps, 8·m bytes for the
        normalised weights.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.
    ConfigError
        If the personalization has no weight, or ``initial`` is not n finite weights ≥ 0.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> pagerank(InfluenceGraph.from_edges(edges)).values.round(4)
    array([0.5379, 0.2597, 0.2024])
    """
    n = graph.n
    if n == 0:
        return Raw(np.zeros(0), diagnostics={"iterations": 0, "residual": 0.0, "dangling_mass": 0.0})
    teleport = _distribution(graph, personalization)
    spread = teleport if dangling == "personalization" else np.full(n, 1.0 / n)
    sinks = np.flatnonzero(np.diff(graph.adjacency.indptr) == 0)
    incoming = transition_in_edges(graph)
    x = teleport.copy() if initial is None else _start(initial, n)
    sweep = _pull_in_parallel if incoming.nnz > WORTH_THREADS else _pull_alone
    residual, iterations, mass = np.inf, 0, 0.0
    while residual > tol:
        if iterations == max_iterations:
            raise ConvergenceError(
                f"pagerank reached an L1 residual of {residual:.2e} after {iterations} iterations, not "
                f"tol={tol:g}. Raise max_iterations or tol, or lower damping={damping:g}."
            )
        new = damping * sweep(incoming.indptr, incoming.indices, incoming.data, x)
        new += (1.0 - damping) * teleport
        mass = float(x[sinks].sum())
        if dangling == "self":
            new[sinks] += damping * x[sinks]
        else:
            new += damping * mass * spread
        # The residual of the vector before; that of the new one is at most damping times it.
        residual = float(np.abs(new - x).sum())
        x, iterations = new, iterations + 1
    return Raw(x, diagnostics={"iterations": iterations, "residual": residual, "dangling_mass": mass})


def transition_in_edges(graph: InfluenceGraph) -> csr_array:
    """Return the in-edges with each weight divided by the out-strength of the one who acts.

    Rows are scaled by their largest weight first: sums of weights near 1e300 would overflow, and
    reciprocals of weights near 1e-300 too.
    """
    incoming = graph.in_edges
    adjacency = graph.adjacency
    acting = np.flatnonzero(np.diff(adjacency.indptr))
    largest = np.ones(graph.n)
    total = np.ones(graph.n)
    if len(acting):
        starts = adjacency.indptr[acting]
        largest[acting] = np.maximum.reduceat(adjacency.data, starts)
        scaled = adjacency.data / np.repeat(largest, np.diff(adjacency.indptr))
        total[acting] = np.add.reduceat(scaled, starts)
    share = incoming.data / largest[incoming.indices] / total[incoming.indices]
    return csr_array((share, incoming.indices, incoming.indptr), shape=incoming.shape)


def _distribution(graph: InfluenceGraph, weights: Mapping[int | str, float] | None) -> FloatArray:
    if weights is None:
        return np.full(graph.n, 1.0 / graph.n)
    teleport = np.zeros(graph.n)
    teleport[graph.positions(weights)] = list(weights.values())
    total = teleport.sum()
    if not 0.0 < total < np.inf:
        raise ConfigError(
            f"The weights of personalization sum to {total:g}; give at least one person a weight above 0."
        )
    return np.asarray(teleport / total)


def _start(initial: np.ndarray, n: int) -> FloatArray:
    x = np.asarray(initial, dtype=np.float64)
    if x.shape != (n,) or not np.isfinite(x).all() or (x < 0).any() or x.sum() <= 0:
        raise ConfigError(
            f"initial has shape {x.shape}; it should be {n} finite weights ≥ 0, not all zero, one a person."
        )
    return np.asarray(x / x.sum())


@njit(cache=True)
def _received(indptr: np.ndarray, indices: np.ndarray, shares: np.ndarray, x: np.ndarray, v: int) -> float:
    """Return (Pᵀx)_v: sum over who acted on v, in the order of the row."""
    total = 0.0
    for e in range(indptr[v], indptr[v + 1]):
        total += shares[e] * x[indices[e]]
    return total


@njit(cache=True)
def _pull_alone(indptr: np.ndarray, indices: np.ndarray, shares: np.ndarray, x: np.ndarray) -> np.ndarray:
    new = np.empty(len(x))
    for v in range(len(x)):
        new[v] = _received(indptr, indices, shares, x, v)
    return new


@njit(parallel=True, cache=True)
def _pull_in_parallel(
    indptr: np.ndarray, indices: np.ndarray, shares: np.ndarray, x: np.ndarray
) -> np.ndarray:
    new = np.empty(len(x))
    for v in prange(len(x)):
        new[v] = _received(indptr, indices, shares, x, v)
    return new
