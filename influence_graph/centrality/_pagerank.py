"""PageRank, with many personalizations at once, and TrustRank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Interval
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.centrality.pagerank_bootstrap import resampled_pagerank, resampled_trustrank
from influence_graph.centrality.pagerank_decomposition import pagerank_decomposition
from influence_graph.centrality.pagerank_over_time import pagerank_over_time
from influence_graph.centrality.personalization import equal_weights, start_distribution, start_shares
from influence_graph.centrality.visits_unit import unit_of_shares
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.random_walk import Visits, expected_visits
from influence_graph.linalg.random_walk_block import COLUMNS, shares_of_visits
from influence_graph.methods import NaturalUnit, Raw, get_method, method


@method(
    "pagerank",
    version=2,
    replicates=resampled_pagerank,
    decomposition=pagerank_decomposition,
    over_time=pagerank_over_time,
    accuracy={"tol", "max_iterations", "initial"},
)
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
    r"""Weighted PageRank: the share of a random reader's time that a person gets.

    The reader at u goes on to v with chance damping · w(u, v) / Σ_v w(u, v), and otherwise restarts at a
    person drawn from the personalization p. In matrix terms x = d·Pᵀx + d·D·q + (1 − d)·p, where D is the
    mass on people who act on nobody and q says where it goes (Page, Brin, Motwani & Winograd 1999, section
    2.4; weights as in Xing & Ghorbani 2004).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    damping : float in [0, 1)
        Chance to follow an edge.
    personalization : mapping of id to weight ≥ 0, optional
        Where the reader restarts; scaled to sum to 1. Default: uniform.
    dangling : {"uniform", "personalization", "self"}
        Where the mass of dangling nodes (people without out-edges) goes: to everybody, by the
        personalization, or it stays.
    initial : ndarray of float64, shape (n,), optional
        Initial vector of the iteration (a warm start); scaled to sum to 1. It changes the number of sweeps,
        and the result only within ``tol``.
    tol : float
        Bound on the L1 residual ‖G(x) − x‖₁. The distance to the exact vector is at most
        tol / (1 − damping).
    max_iterations : int
        Most sweeps over the edges.

    Returns
    -------
    Raw
        Shares, > 0 unless personalized, sum 1. Diagnostics: ``iterations``, ``residual`` (a bound on
        the L1 residual, from one that is computed), ``dangling_mass`` (D). O(m) a sweep, at most about
        ln(tol)/ln(damping) sweeps; the graph keeps 12·m bytes of edges in the order they are swept.
        No people: no values. No edges: everybody 1/n, or the personalization. Parts that are not
        connected keep the mass they start with.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.
    ConfigError
        If the personalization has no weight, or ``initial`` is not n finite weights ≥ 0.

    Notes
    -----
    .. math:: x = d P^\top x + d D q + (1 - d) p, \quad P_{uv} = \frac{w_{uv}}{\sum_t w_{ut}}

    With d the damping, D = Σ x_u over the u without out-edges, q where that goes, and p the personalization.

    Unit: one visit by readers from others, one from each.

    Use: As the first choice where it matters whose reactions they are; fast on any graph.

    References
    ----------
    Page, Brin, Motwani & Winograd (1999), "The PageRank citation ranking: bringing order to the Web",
    Stanford InfoLab 1999-66. Xing & Ghorbani (2004), "Weighted PageRank algorithm", CNSR, 305–314.

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
    p = start_distribution(graph, personalization)
    if not n:
        unit = unit_of_shares(graph, 0.0, personalization, dangling)
        return Raw(p, diagnostics={"iterations": 0, "residual": 0.0, "dangling_mass": 0.0}, unit=unit)
    order = graph.traversal
    guess = None if initial is None else order.from_public(_initial(initial, n))

    def solve(b: FloatArray) -> Visits:
        return expected_visits(
            order.incoming,
            order.active_share,
            np.full(n, damping),
            order.from_public(b),
            tol=tol / 2.0,
            max_iterations=max_iterations,
            name="pagerank",
            guess=guess,
        )

    # x = (1 − d)·y(p) + d·D·y(q), with y(b) = b + d·Pᵀy(b): a system without D needs no sweep over dangling
    # nodes, and is the one that PRPACK solves (Gleich 2015). If q = p, x is y(p) up to a factor.
    visits = solve(p)
    x, iterations, residual = order.to_public(visits.values), visits.iterations, visits.residual
    error = visits.error
    sinks = np.flatnonzero(np.diff(graph.adjacency.indptr) == 0)
    if dangling == "self":
        # A mass of 1 that stays with chance d at each step is visited 1/(1 − d) times.
        x[sinks] /= 1.0 - damping
    elif dangling == "uniform" and personalization is not None:
        visits = solve(np.full(n, 1.0 / n))
        y = order.to_public(visits.values)
        # D from its own equation, D = (1 − d)·Σ y(p) + d·D·Σ y(q) over dangling nodes; all over 1 − d.
        x = x + damping * x[sinks].sum() / (1.0 - damping * y[sinks].sum()) * y
        iterations, residual = iterations + visits.iterations, max(residual, visits.residual)
        error = max(error, visits.error)
    total = x.sum()
    x = x / total
    # The residual of x = G(x) is r − Σr·q, with r that of the system: at most twice its L1 norm.
    diagnostics = {
        "iterations": iterations,
        "residual": 2.0 * residual,
        "dangling_mass": float(x[sinks].sum()),
    }
    unit = unit_of_shares(graph, float(total), personalization, dangling)
    return Raw(x, diagnostics=diagnostics, unit=unit, resolution=error * x)


def personalized_pagerank(
    graph: InfluenceGraph,
    personalizations: Sequence[int | str | Iterable[int | str] | Mapping[int | str, float]],
    *,
    damping: float = 0.85,
    tol: float = 1e-10,
    max_iterations: int = 1000,
) -> FloatArray:
    """PageRank for each of k personalizations.

    Column j is x = d·Pᵀx + (1 − d + d·D)·p_j: the walk restarts by personalization j, also from dangling
    nodes (Haveliwala 2002). Sixteen columns share each read of the edges.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    personalizations : sequence of length k
        Each a mapping of id to weight ≥ 0, an id, or several ids (equal weights).
    damping : float in [0, 1)
        Chance to follow an edge.
    tol : float
        Bound on the L1 residual of each column.
    max_iterations : int
        Most sweeps over the edges for sixteen columns.

    Returns
    -------
    ndarray of float64, shape (n, k)
        Shares; each column sums to 1. O(k·m) a sweep, 256 bytes for each person besides the
        result.

    Raises
    ------
    ConvergenceError
        If a residual is above ``tol`` after ``max_iterations``.
    ConfigError
        If a personalization has no weight above 0, or a parameter is out of range.
    DataError
        If an id is not in the graph.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> personalized_pagerank(InfluenceGraph.from_edges(edges), ["c", {"b": 1.0}]).round(4)
    array([[0.3862, 0.4595],
           [0.1355, 0.5405],
           [0.4783, 0.    ]])
    """
    get_method("pagerank").resolve({"damping": damping, "tol": tol, "max_iterations": max_iterations})
    result = np.empty((graph.n, len(personalizations)))
    for first in range(0, len(personalizations), COLUMNS):
        block = personalizations[first : first + COLUMNS]
        starts = [start_shares(graph, equal_weights(one)) for one in block]
        rows = graph.traversal.ranks[np.concatenate([at for at, _ in starts])]
        columns = np.repeat(np.arange(len(starts)), [len(at) for at, _ in starts])
        weights = np.concatenate([shares for _, shares in starts])
        # Mass of dangling nodes restarts, too, which only scales the column.
        shares_of_visits(
            graph.traversal,
            csr_array((weights, (rows, columns)), shape=(graph.n, len(starts))),
            damping,
            result[:, first : first + COLUMNS],
            tol=tol / 2.0,
            max_iterations=max_iterations,
            name="personalized_pagerank",
        )
    return result


@method(
    "trustrank",
    version=2,
    replicates=resampled_trustrank,
    accuracy={"tol", "max_iterations"},
)
def trustrank(
    graph: InfluenceGraph,
    *,
    seeds: tuple[int | str, ...],
    damping: Annotated[float, Interval(ge=0, lt=1)] = 0.85,
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 1000,
) -> Raw:
    r"""TrustRank: PageRank whose reader starts and restarts only at trusted seeds.

    x = d·Pᵀx + (1 − d)·s with s uniform over the seeds (Gyöngyi, Garcia-Molina & Pedersen 2004,
    section 4.3): trust flows from seeds along edges, so a farm of accounts that
    no seed reaches has none. The paper drops the mass of dangling nodes, which scales all values by one
    factor; here they sum to 1. It stops after 20 sweeps, here
    the residual decides. Choosing seeds (its section 4.4) is left to the user.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    seeds : ids
        The trusted people; at least one.
    damping : float in [0, 1)
        Chance that trust flows on.
    tol : float
        Bound on the L1 residual.
    max_iterations : int
        Most sweeps over the edges.

    Returns
    -------
    Raw
        Shares, 0 for people that no seed reaches, sum 1. Diagnostics: ``iterations``, ``residual``. O(m) a
        sweep.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.
    ConfigError
        If there is no seed.
    DataError
        If a seed is not in the graph.

    Notes
    -----
    .. math:: x \propto y, \quad y = d P^\top y + (1 - d) s

    With P the row-normalised weights, d the damping and s uniform over the seeds.

    Unit: all trust of the seeds.

    Use: Where some people are known to be trustworthy and others may be spam.

    References
    ----------
    Gyöngyi, Garcia-Molina & Pedersen (2004), "Combating web spam with TrustRank", VLDB, 576–587.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "x"], "target": ["a", "a", "y"]})
    >>> trustrank(InfluenceGraph.from_edges(edges), seeds=("b",)).values.round(4)
    array([0.4595, 0.5405, 0.    , 0.    , 0.    ])
    """
    ranked = pagerank(
        graph,
        damping=damping,
        personalization=equal_weights(seeds),
        dangling="personalization",
        tol=tol,
        max_iterations=max_iterations,
    )
    kept = {key: ranked.diagnostics[key] for key in ("iterations", "residual")}
    return Raw(
        ranked.values,
        diagnostics=kept,
        unit=NaturalUnit("all trust of the seeds"),
        resolution=ranked.resolution,
    )


def _initial(initial: np.ndarray, n: int) -> FloatArray:
    x = np.asarray(initial, dtype=np.float64)
    if x.shape != (n,) or not np.isfinite(x).all() or (x < 0).any() or x.sum() <= 0:
        raise ConfigError(
            f"initial has shape {x.shape}; it should be {n} finite weights ≥ 0, not all zero: "
            f"one for each person."
        )
    return np.asarray(x / x.sum())
