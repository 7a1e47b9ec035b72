"""LeaderRank: a ground node instead of PageRank's damping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt

from influence_graph.arrays import BoolArray, FloatArray
from influence_graph.bootstrap import Replicates
from influence_graph.centrality.pagerank_bootstrap import resampled_walks
from influence_graph.episodes import Episodes
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.random_walk import expected_visits
from influence_graph.methods import NaturalUnit, Raw, method, share_without_unit


def resampled_leaderrank(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates | None:
    """Return the replicates of ``leaderrank``: visits besides those from the ground. None with an alpha."""
    graph = episodes.graph
    if parameters["alpha"] != 0 or not graph.n:
        return None
    q, strength = np.full(graph.n, 1.0 / graph.n), graph.out_strength

    def going_on(share: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return np.asarray(
                np.where(share > 0, 1.0 / (1.0 + parameters["ground"] / (share * strength)), 0.0)
            )

    def visits(solutions: list[FloatArray], sinks: BoolArray) -> FloatArray:
        return np.asarray(np.maximum(graph.n * (solutions[0] - q), 0.0))

    return resampled_walks(episodes, [q], going_on, visits)


@method("leaderrank", version=3, replicates=resampled_leaderrank, accuracy={"tol", "max_iterations"})
def leaderrank(
    graph: InfluenceGraph,
    *,
    alpha: Annotated[float, Ge(0)] = 0.0,
    ground: Annotated[float, Gt(0)] = 1.0,
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 10_000,
) -> Raw:
    r"""LeaderRank: a random walk on the graph plus a ground node that is linked with everybody both ways.

    With g the ground, s_i = Σ_j s_j · a_ji / k_j over the people and g; the value is s_i + s_g/n (Lü,
    Zhang, Yeung & Zhou 2011). The larger a person's out-strength, the smaller the chance to go to
    the ground: it takes the place of PageRank's damping. Edges have weights here, and the edge to the ground
    has a weight that does not depend on the graph: 1, as in both papers, is one undecayed reaction. So a
    person's value depends only on those who lead to them. Values are divided by n, so that they sum to 1.

    Natural unit: with mass 1 on the ground for each person, what a person has besides the 1 from the ground
    (alpha = 0), so 0 where nobody reacts.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    alpha : float ≥ 0
        The ground goes to i in proportion to (in-degree)^alpha (weighted LeaderRank: Li, Zhou, Lü & Chen
        2014); 0: uniformly.
    ground : float > 0
        Weight of everybody's edge to the ground, in units of edge weights.
    tol : float
        Bound on the relative L1 residual.
    max_iterations : int
        Most sweeps over the edges. Many are needed for a group without edges to others and with weights much
        above ``ground``.

    Returns
    -------
    Raw
        Shares > 0 (alpha = 0), sum 1; without edges everybody 1/n. Diagnostics: ``iterations``,
        ``residual``, ``ground`` (s_g/n). O(m) a sweep.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.

    Notes
    -----
    .. math:: x_i = \frac{1}{n} \left( s_i + \frac{s_g}{n} \right), \quad s_i = \sum_j \frac{a_{ji}}{k_j} s_j

    With j over the people and the ground g, a_ji the weight of the edge from j to i, and k_j = Σ_i a_ji.

    Unit: as much as the ground gives to everybody.

    Use: Instead of PageRank, where no damping is to be chosen.

    References
    ----------
    Lü, Zhang, Yeung & Zhou (2011), "Leaders in social networks, the Delicious case", PLoS ONE 6, e21202. Li,
    Zhou, Lü & Chen (2014), "Identifying influential spreaders by weighted LeaderRank", Physica A 404, 47–55.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> leaderrank(InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))).values
    array([0.55555556, 0.44444444])
    """
    n, order = graph.n, graph.traversal
    if not n:
        return Raw(
            np.zeros(0),
            diagnostics={"iterations": 0, "residual": 0.0, "ground": 0.0},
            unit=_unit(graph, alpha, 1.0),
        )
    # With mass 1 on the ground, the people have y = q + Wᵀy; then all is scaled to sum to 1.
    visits = expected_visits(
        order.incoming,
        order.active_share,
        _going_on(graph, ground),
        order.from_public(_ground_shares(graph, alpha)),
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
        unit=_unit(graph, alpha, total),
        resolution=visits.error * y / total,
    )


def _ground_shares(graph: InfluenceGraph, alpha: float) -> FloatArray:
    """Return q: the share of the ground's mass that goes to each person."""
    degree = np.diff(graph.in_edges.indptr).astype(np.float64)
    weight = np.ones(graph.n) if alpha == 0 or not degree.any() else (degree / degree.max()) ** alpha
    return np.asarray(weight / weight.sum())


def _unit(graph: InfluenceGraph, alpha: float, total: float) -> NaturalUnit:
    """Return the unit y of shares (y + 1/n)/total, with mass Σ(in-degree^alpha) on the ground, not 1.

    Without alpha the 1 from the ground, which everybody has, is taken off.
    """
    n, name = graph.n, "as much as the ground gives to everybody"
    if alpha == 0:
        return NaturalUnit(name, factor=n * total, offset=2.0)
    degree = np.diff(graph.in_edges.indptr).astype(np.float64)
    with np.errstate(over="ignore"):
        mass = float((degree**alpha).sum())
    if not np.isfinite(mass):
        return share_without_unit(n, f"in-degrees to the power {alpha:g} are more than a float holds")
    return NaturalUnit(name, factor=mass * total, offset=mass / max(n, 1))


def _going_on(graph: InfluenceGraph, ground: float) -> FloatArray:
    """Return d in rank order: the chance of each person to go to a person, not to the ground."""
    strength, largest = graph.traversal.strength, graph.traversal.largest
    with np.errstate(over="ignore"):
        return np.asarray(strength / (strength + ground / largest))
