"""Eigenvector centrality and Katz centrality."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.arnoldi import dominant_vector, resolution_of
from influence_graph.linalg.degree_order import edges_within
from influence_graph.linalg.random_walk import expected_visits
from influence_graph.methods import NaturalUnit, Raw, method, share_without_unit

#: What the diagnostics of a graph without a cycle say.
NO_CYCLE = (
    "the graph has no directed cycle, so nobody's influence comes back and everybody has 0; katz and "
    "pagerank do without cycles"
)
_EIGENVECTOR_REASON = (
    "eigenvector gives everything to the part of the graph with the largest eigenvalue, and a denser part "
    "elsewhere takes it all"
)


@method("eigenvector", version=4, accuracy={"tol", "max_iterations"})
def eigenvector(
    graph: InfluenceGraph,
    *,
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 1000,
) -> Raw:
    r"""Eigenvector centrality: the weighted sum of the values of those who act on a person.

    x = Aᵀx / ρ with ρ the largest eigenvalue of A (Bonacich 1972). A graph without a cycle has ρ = 0, and
    everybody 0, which the diagnostics say in ``note``.

    It has no natural unit: people elsewhere who are more densely connected take everything.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    tol : float
        Bound on ‖Aᵀx − ρx‖₂ / (ρ‖x‖₂).
    max_iterations : int
        Most products with Aᵀ.

    Returns
    -------
    Raw
        ≥ 0, sum 1, or all 0 without a cycle. Where parts share the largest ρ: what the power iteration
        from equal values ends in. Diagnostics: ``iterations``, ``residual``, ``spectral_radius`` (ρ).
        O(m) an iteration.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``: the graph has parts with nearly the
        same ρ.

    Notes
    -----
    .. math:: x = \frac{1}{\rho} A^\top x

    With A the weights of edges and ρ its largest eigenvalue.

    Unit: the average person.

    Use: On one connected graph, for comparison with the literature. Elsewhere PageRank is safer.

    References
    ----------
    Bonacich (1972), "Factoring and weighting approaches to status scores and clique identification", Journal
    of Mathematical Sociology 2, 113–120.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["a", "a", "b", "c"], "target": ["b", "c", "a", "b"]})
    >>> eigenvector(InfluenceGraph.from_edges(edges)).values.round(4)
    array([0.3247, 0.4302, 0.2451])
    """
    unit = share_without_unit(graph.n, _EIGENVECTOR_REASON)
    if not has_cycle(graph):
        diagnostics: dict[str, Any] = {"iterations": 0, "residual": 0.0, "spectral_radius": 0.0}
        diagnostics["note"] = NO_CYCLE
        return Raw(np.zeros(graph.n), diagnostics=diagnostics, unit=unit)
    vector, value, residual, iterations = _perron(graph, tol, max_iterations)
    diagnostics = {
        "iterations": iterations,
        "residual": residual,
        "spectral_radius": value * graph.traversal.largest,
    }
    values = graph.traversal.to_public(vector)
    return Raw(values, diagnostics=diagnostics, unit=unit, resolution=resolution_of(values, residual))


@method("katz", version=3, accuracy={"tol", "max_iterations"})
def katz(
    graph: InfluenceGraph,
    *,
    alpha: Annotated[float, Gt(0)],
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 10_000,
) -> Raw:
    r"""Katz centrality: the sum over walks that end at a person of alpha · weight for each step.

    x = 1 + αAᵀx = Σ_k α^k (Aᵀ)^k 1 (Katz 1953, plus oneself). It exists where α < 1/ρ, with ρ the spectral
    radius of A. There is no default alpha: one that follows from ρ, such as 0.85/ρ, changes with what people
    do elsewhere, and everybody's value with it. An error says how far alpha may go, and so do the
    diagnostics.

    Natural unit: x − 1, one walk of weight 1. With the same alpha it compares between populations.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    alpha : float
        Factor of a step, below 1/ρ; any in a graph without a cycle (ρ = 0).
    tol : float
        Bound on ‖1 + αAᵀx − x‖₁ / ‖x‖₁, and on the residual of ρ.
    max_iterations : int
        Most sweeps over the edges.

    Returns
    -------
    Raw
        ≥ 1; exactly 1 for people without in-edges. Diagnostics: ``iterations``, ``residual``,
        ``spectral_radius``. O(m) a sweep.

    Raises
    ------
    ConfigError
        If the sum diverges: alpha ≥ 1/ρ. The message says how far alpha may go.
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.

    Notes
    -----
    .. math:: x = \mathbf{1} + \alpha A^\top x = \sum_{k \geq 0} \alpha^k (A^\top)^k \mathbf{1}

    With A the weights of edges.

    Unit: one walk of weight 1.

    Use: Where reactions of reactors count, too, and what a reader gives is not divided among those read.

    References
    ----------
    Katz (1953), "A new status index derived from sociometric analysis", Psychometrika 18, 39–43.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"]})
    >>> katz(InfluenceGraph.from_edges(edges), alpha=0.5).values
    array([2.25, 1.5 , 1.  ])
    """
    order = graph.traversal
    # In units of the largest weight.
    radius = _spectral_radius(graph, tol, max_iterations)
    with np.errstate(over="ignore"):
        step = float(np.float64(alpha) * order.largest)
    if step * radius >= 1.0 or not np.isfinite(step):
        raise ConfigError(
            f"katz: alpha={alpha:g} is not below 1/ρ, with ρ the spectral radius of the graph, so the "
            f"sum over walks diverges. Give alpha < {1.0 / (radius or 1.0) / order.largest:.4g}."
        )
    visits = expected_visits(
        order.incoming,
        None,
        step * order.strength,
        np.ones(graph.n),
        tol=tol,
        max_iterations=max_iterations,
        name="katz",
    )
    diagnostics = {
        "iterations": visits.iterations,
        "residual": visits.residual,
        "spectral_radius": radius * order.largest,
    }
    unit = NaturalUnit("one walk of weight 1", offset=1.0)
    values = order.to_public(visits.values)
    return Raw(values, diagnostics=diagnostics, unit=unit, resolution=visits.error * values)


def _spectral_radius(graph: InfluenceGraph, tol: float, limit: int) -> float:
    """Return ρ of A in units of its largest weight: the largest of the strongly connected parts.

    One part after another, as a chain of parts of nearly equal ρ has no dominant vector to speak of: the
    eigenvalue of 1 + ε against 1 is as ill-conditioned as 1/ε. A part whose row sums are all below the
    largest so far is left out. O(m) for parts, and O(m) an iteration.
    """
    from scipy.sparse.csgraph import connected_components

    matrix, largest = graph.adjacency, graph.traversal.largest
    if not has_cycle(graph):
        return 0.0
    _, label = connected_components(matrix, connection="strong")
    rows = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
    inside = label[rows] == label[matrix.indices]
    sums = np.bincount(rows[inside], weights=matrix.data[inside] / largest, minlength=graph.n)
    bound = np.zeros(int(label.max()) + 1)
    np.maximum.at(bound, label, sums)
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label))
    radius = 0.0
    for part in np.argsort(-bound, kind="stable"):
        if bound[part] <= radius:
            break
        first = ends[part - 1] if part else 0
        people = order[first : ends[part]]
        within = edges_within(graph.in_edges, people, 1.0 / largest)
        # Half of x is kept: a part whose cycles all have even length has −ρ as an eigenvalue, too.
        shift = float(bound[part]) / 2.0
        _, value, _, _ = dominant_vector(
            lambda x, within=within, shift=shift: within.weighted_sum(x) + shift * x,  # type: ignore[misc]
            np.ones(len(people)), tol=tol, max_iterations=limit, name="katz",
        )  # fmt: skip
        radius = max(radius, value - shift)
    return radius


def _perron(graph: InfluenceGraph, tol: float, limit: int) -> tuple[FloatArray, float, float, int]:
    """Return the dominant vector of Aᵀ in rank order, A in units of its largest weight.

    Only active people, the first in rank order, pass on what they get, so the iteration is theirs; those with
    in-edges alone get theirs of it, and all others have 0.
    """
    order = graph.traversal
    edges, active, reached = order.incoming, order.active, order.reached
    flow = order.strength.copy()
    start = edges.weighted_sum(flow, last=active)
    flow[active:] = 0.0

    def product(x: FloatArray) -> FloatArray:
        np.multiply(order.strength[:active], x, out=flow[:active])
        return edges.weighted_sum(flow, last=active)

    x, value, residual, products = dominant_vector(
        product, start, tol=tol, max_iterations=limit, name="eigenvector"
    )
    vector = np.zeros(graph.n)
    vector[:active] = x
    np.multiply(order.strength[:active], x, out=flow[:active])
    vector[active:reached] = edges.weighted_sum(flow, first=active, last=reached) / value
    return vector / vector.sum(), value, residual, products + 1


def has_cycle(graph: InfluenceGraph) -> bool:
    """Whether the graph has a directed cycle. O(edges read until the first is found)."""
    return cyclic(graph.adjacency)


def cyclic(matrix: csr_array) -> bool:
    """Whether a matrix has a directed cycle."""
    return bool(_finds_cycle(matrix.indptr, matrix.indices))


@njit(cache=True)
def _finds_cycle(pointers: IntArray, indices: IntArray) -> bool:
    """Search depth first until an edge leads back to a node on the path."""
    n = len(pointers) - 1
    path, at = np.empty(n, np.int64), np.empty(n, np.int64)
    # 0: not visited, 1: on the path, 2: finished.
    state = np.zeros(n, np.int8)
    for start in range(n):
        if state[start]:
            continue
        path[0], at[0], state[start], depth = start, pointers[start], 1, 1
        while depth:
            u = path[depth - 1]
            if at[depth - 1] == pointers[u + 1]:
                state[u] = 2
                depth -= 1
                continue
            v = indices[at[depth - 1]]
            at[depth - 1] += 1
            if state[v] == 1:
                return True
            if state[v] == 0:
                path[depth], at[depth], state[v] = v, pointers[v], 1
                depth += 1
    return False
