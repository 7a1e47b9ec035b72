"""LeaderRank: a ground node in the place of PageRank's damping."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from influence_graph.centrality.pagerank_bootstrap import resampled_leaderrank
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.random_walk import expected_visits
from influence_graph.methods import Raw, method


@method("leaderrank", unit="share", version=2, replicates=resampled_leaderrank)
def leaderrank(
    graph: InfluenceGraph,
    *,
    alpha: Annotated[float, Ge(0)] = 0.0,
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 10_000,
) -> Raw:
    """LeaderRank: a random walk on the graph plus a ground node that everybody is tied to both ways.

    With g the ground, s_i = Σ_j s_j · a_ji / k_j over the people and g; the value is s_i + s_g/n (Lü,
    Zhang, Yeung & Zhou 2011). The busier a person, the smaller the chance to go to the
    ground: the damping of PageRank made personal, and no parameter. Edges have weights here; the edge to
    the ground weighs as much as the average edge, which is 1 without weights, as in the paper, and makes
    the unit of weights not matter. Values are divided by n, so that they sum to 1 and not to n.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    alpha : float ≥ 0
        The ground goes to i in proportion to (in-degree)^alpha (weighted LeaderRank: Li, Zhou, Lü & Chen
        2014); 0: to all alike.
    tol : float
        Bound on the relative L1 residual.
    max_iterations : int
        Most sweeps over the edges. Many are needed where a group that only acts on itself has edges much
        heavier than the average.

    Returns
    -------
    Raw
        Shares > 0 (alpha = 0), sum 1; without edges everybody 1/n. Diagnostics: ``iterations``,
        ``residual``, ``ground`` (s_g/n). O(m) a sweep.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> leaderrank(InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))).values
    array([0.55555556, 0.44444444])
    """
    n, order = graph.n, graph.traversal
    if not n:
        return Raw(np.zeros(0), diagnostics={"iterations": 0, "residual": 0.0, "ground": 0.0})
    degree = np.diff(graph.in_edges.indptr).astype(np.float64)
    to_people = np.ones(n) if alpha == 0 or not degree.any() else (degree / degree.max()) ** alpha
    ground = graph.adjacency.data.mean() / order.largest if graph.adjacency.nnz else 1.0
    if not np.isfinite(ground):
        ground = float((graph.adjacency.data / order.largest).mean())
    stay = order.strength / (order.strength + ground)
    # Given one unit on the ground, the people hold y = q + W'y; then all is scaled to sum to 1.
    visits = expected_visits(
        order.incoming,
        order.active_share,
        stay,
        order.from_public(to_people / to_people.sum()),
        tol=tol,
        max_iterations=max_iterations,
        name="leaderrank",
    )
    y = order.to_public(visits.values)
    total = y.sum() + 1.0
    return Raw(
        (y + 1.0 / n) / total,
        diagnostics={
            "iterations": visits.iterations,
            "residual": visits.residual,
            "ground": float(1.0 / n / total),
        },
    )
