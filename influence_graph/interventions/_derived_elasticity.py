"""What algebra says about the elasticity of a score to the posting rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph


def derived_elasticity(
    method: str, graph: InfluenceGraph, people: IntArray, epsilon: float, *, damping: float = 0.85
) -> float:
    r"""Return d ln(sum of the natural values of some people)/d ln(their posting rate), by algebra.

    With ε the elasticity of reactions per post, the volume of reactions has the elasticity 1 + ε. Reactions
    are Poisson with the mean of each pair proportional to that volume, and for a function f of Poisson counts
    N, d E f/d ln(mean) = E Σ over reactions of f(N) − f(N without that reaction). So

    - ``engagement``: 1 + ε;
    - ``engagement_rate`` (reactions per post): ε;
    - ``reactors``: (1 + ε)·(reactors who reacted once)/(all reactors);
    - ``pagerank``: (1 + ε)·Σ_u w·y_u·(w/s − (w − 1)/(s − 1)) / Σ_u y_u·w/s, with w the reactions of u, s all
      reactions that u gives, and y_u the visits of u: what counts is how much of their attention those who
      react already give. The change of y itself by those who are reacted to is left out.

    Parameters
    ----------
    method : {"engagement", "engagement_rate", "reactors", "pagerank"}
        The score.
    graph : InfluenceGraph
        Every reaction of weight 1, without decay.
    people : array of int
        Positions in ``graph.ids``.
    epsilon : float
        Elasticity of reactions per post.
    damping : float, optional
        Of PageRank.

    Returns
    -------
    float
        NaN for another method, or where nobody reacts.

    Examples
    --------
    >>> import polars as pl
    >>> edges = pl.DataFrame({"source": [1, 2, 2], "target": [0, 0, 1], "weight": [2.0, 1.0, 1.0]})
    >>> graph = InfluenceGraph.from_edges(edges)
    >>> [derived_elasticity(name, graph, np.array([0]), -0.5) for name in ("engagement", "reactors")]
    [0.5, 0.25]
    """
    derive = DERIVED.get(method)
    return float("nan") if derive is None else derive(graph, people, epsilon, damping)


def _of_events(graph: InfluenceGraph, people: IntArray, epsilon: float, damping: float) -> float:
    return 1.0 + epsilon


def _of_rates(graph: InfluenceGraph, people: IntArray, epsilon: float, damping: float) -> float:
    return epsilon


def _of_people(graph: InfluenceGraph, people: IntArray, epsilon: float, damping: float) -> float:
    _, weight = _reactions(graph, people)
    return (1.0 + epsilon) * float((weight == 1).mean()) if len(weight) else float("nan")


def _of_visits(graph: InfluenceGraph, people: IntArray, epsilon: float, damping: float) -> float:
    reader, weight = _reactions(graph, people)
    given = np.asarray(graph.adjacency.sum(axis=1), dtype=np.float64)
    visits = _visits(graph, damping)
    s, y = given[reader], visits[reader]
    less = np.where(s > 1, (weight - 1) / np.maximum(s - 1, 1), 0.0)
    whole = float((y * weight / s).sum())
    change = float((weight * y * (weight / s - less)).sum())
    return (1.0 + epsilon) * change / whole if whole > 0 else float("nan")


def _reactions(graph: InfluenceGraph, people: IntArray) -> tuple[IntArray, FloatArray]:
    """Return who reacts to some people, an entry a pair, and how often."""
    entries = graph.adjacency.tocoo()
    mine = np.isin(entries.col, people)
    return entries.row[mine], entries.data[mine]


def _visits(graph: InfluenceGraph, damping: float) -> FloatArray:
    """Return y = 1 + d·Pᵀy by iteration: a bounded error, since ‖y − y_k‖ falls as d^k."""
    given = np.asarray(graph.adjacency.sum(axis=1), dtype=np.float64)
    back = graph.adjacency.T.tocsr()
    visits = np.ones(graph.n)
    for _ in range(200):
        visits = 1.0 + damping * (back @ (visits / np.where(given > 0, given, 1.0)))
    return np.asarray(visits, dtype=np.float64)


#: What is derived for a method: from the graph, the people, ε and the damping.
DERIVED: Mapping[str, Callable[[InfluenceGraph, IntArray, float, float], float]] = {
    "engagement": _of_events,
    "engagement_rate": _of_rates,
    "reactors": _of_people,
    "pagerank": _of_visits,
}
