"""Hubs and authorities: HITS, and SALSA, its random walk."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt

from influence_graph.arrays import FloatArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.arnoldi import dominant_vector, resolution_of
from influence_graph.methods import NaturalUnit, Raw, method, share_without_unit

_HITS_REASON = (
    "hits gives everything to the part of the graph whose AᵀA has the largest eigenvalue, and a denser part "
    "elsewhere takes it all"
)


@method("hits", version=3, accuracy={"tol", "max_iterations"})
def hits(
    graph: InfluenceGraph,
    *,
    role: Literal["authority", "hub"] = "authority",
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 1000,
) -> Raw:
    r"""Kleinberg's HITS: good authorities have in-edges from good hubs, and good hubs the reverse.

    a ∝ Aᵀh and h ∝ Aa (Kleinberg 1999, section 3), so a is the dominant eigenvector of AᵀA and h = Aa.
    Where parts that are not connected share the largest eigenvalue, the answer is the one that the
    paper's iteration from equal hubs ends in.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    role : {"authority", "hub"}
        Which of the two.
    tol : float
        Bound on ‖AᵀAa − λa‖₂ / (λ‖a‖₂). The vector is as near as that over the gap to the next
        eigenvalue.
    max_iterations : int
        Most products with AᵀA.

    Returns
    -------
    Raw
        ≥ 0, sum 1; all 0 in a graph without edges. Connected parts other than the dominant one get 0, up
        to rounding. Weights are taken relative to the largest, so those 1e-308 times
        smaller count as 0. Diagnostics: ``iterations``, ``residual``. O(m) an iteration.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.

    Notes
    -----
    .. math:: a \propto A^\top h, \quad h \propto A a

    With A the weights of edges, a the authorities and h the hubs.

    Unit: the average person.

    Use: To tell those who are reacted to from those who find them, on one topic. Dense groups take
    everything.

    References
    ----------
    Kleinberg (1999), "Authoritative sources in a hyperlinked environment", Journal of the ACM 46, 604–632.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"]})
    >>> hits(InfluenceGraph.from_edges(edges)).values.round(4)
    array([0.618, 0.382, 0.   ])
    >>> hits(InfluenceGraph.from_edges(edges), role="hub").values.round(4)
    array([0.   , 0.382, 0.618])
    """
    if not graph.adjacency.nnz:
        return Raw(
            np.zeros(graph.n),
            diagnostics={"iterations": 0, "residual": 0.0},
            unit=share_without_unit(graph.n, _HITS_REASON),
        )
    order = graph.traversal
    strength, padded = order.strength, np.zeros(graph.n)

    # Authorities are those reached, the first in rank order; all others have 0.
    def hubs(authority: FloatArray) -> FloatArray:
        padded[: order.reached] = authority
        return strength * order.outgoing.weighted_sum(padded)

    def authorities(hub: FloatArray) -> FloatArray:
        return order.incoming.weighted_sum(strength * hub, last=order.reached)

    vector, _, residual, iterations = dominant_vector(
        lambda authority: authorities(hubs(authority)),
        authorities(np.ones(graph.n)),
        tol=tol,
        max_iterations=max_iterations,
        name="hits",
    )
    in_rank_order = hubs(vector) if role == "hub" else padded
    if role == "hub":
        in_rank_order /= in_rank_order.sum()
    else:
        padded[: order.reached] = vector
    values = order.to_public(in_rank_order)
    return Raw(
        values,
        diagnostics={"iterations": iterations, "residual": residual},
        unit=share_without_unit(graph.n, _HITS_REASON),
        resolution=resolution_of(values, residual),
    )


@method("salsa", version=1)
def salsa(graph: InfluenceGraph, *, role: Literal["authority", "hub"] = "authority") -> Raw:
    r"""SALSA: HITS as a random walk that steps back along an edge and on along another.

    Its stationary distribution has a closed form (Lempel & Moran 2001, weighted): in the
    bipartite graph of hubs and authorities, within a connected part, in proportion to in-strength; among
    parts, in proportion to their number of authorities. For hubs: out-strength and number of hubs.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    role : {"authority", "hub"}
        Which of the two.

    Returns
    -------
    Raw
        Shares, 0 for people without in-edges (out-edges), sum 1; all 0 in a graph without edges. Exact,
        O(m). Diagnostics: ``components``.

    Notes
    -----
    .. math:: x_v = \frac{n_C}{n_A} \cdot \frac{s_v}{\sum_{u \in C} s_u}

    With s the in-strength, C the connected part of v, n_C its authorities and n_A all of them.

    Unit: the average authority.

    Use: Instead of HITS, where a dense group is not to take everything. Close to a count.

    References
    ----------
    Lempel & Moran (2001), "SALSA: the stochastic approach for link-structure analysis", ACM Transactions on
    Information Systems 19, 131–160.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "c", "x"], "target": ["a", "a", "b", "y"]})
    >>> salsa(InfluenceGraph.from_edges(edges)).values.round(4)
    array([0.4444, 0.2222, 0.    , 0.    , 0.3333])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, matrix = graph.n, graph.adjacency
    if not matrix.nnz:
        return Raw(np.zeros(n), diagnostics={"components": 0}, unit=NaturalUnit(f"the average {role}"))
    hubs = np.repeat(np.arange(n), np.diff(matrix.indptr))
    both = coo_array((np.ones(matrix.nnz, dtype=np.int8), (hubs, matrix.indices + n)), shape=(2 * n, 2 * n))
    count, label = connected_components(both, directed=False)
    edges = matrix if role == "hub" else graph.in_edges
    part = label[:n] if role == "hub" else label[n:]
    # In units of the largest weight, as the sum of weights near 1e300 would overflow.
    rows = np.repeat(np.arange(n), np.diff(edges.indptr))
    strength = np.bincount(rows, weights=edges.data / edges.data.max(), minlength=n)
    has_edges = np.diff(edges.indptr) > 0
    people = np.bincount(part[has_edges], minlength=count)
    total = np.bincount(part[has_edges], weights=strength[has_edges], minlength=count)
    within = np.divide(strength, total[part], out=np.zeros(n), where=has_edges & (total[part] > 0))
    values = within * people[part] / has_edges.sum()
    # In its part a person has the share of their strength times the number of people of this role there.
    unit = NaturalUnit(f"the average {role}", factor=float(has_edges.sum()))
    return Raw(values, diagnostics={"components": int((people > 0).sum())}, unit=unit)
