"""TrueTop: credit from known people, spread for a short time, so that little of it reaches sybils."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval

from influence_graph.centrality.dominant_vector import weighted_in_sum
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.methods import Raw, method


@method("truetop", unit="share", version=1)
def truetop(
    graph: InfluenceGraph,
    *,
    seeds: tuple[int | str, ...],
    top: Annotated[int, Ge(1)] = 100,
    change: Annotated[float, Interval(ge=0, lt=1)] = 0.01,
    max_iterations: Annotated[int, Ge(1)] | None = None,
) -> Raw:
    """TrueTop: early-terminated credit distribution over the weighted graph of interactions.

    Credit 1 lies on the seeds, people known not to be sybils. In every round each person hands all
    credit on to those they acted on, in proportion to weight: c ← Pᵀc, whose limit is the weighted
    eigenvector centrality of P. Honest people are selective in whom they retweet, reply to and mention,
    so few edges lead to sybils, and stopping early leaves credit little time to cross them (Zhang,
    Zhang, Sun, Zhang & Zhang 2016, arXiv 1504.04663).

    Decided here: credit of people who act on nobody goes back to the seeds; the value is the mean credit
    over the rounds so far, since credit at one round swings where the graph is nearly bipartite, and has
    the same limit; it ends when of the ``top`` people with most credit (of all who have any, where fewer
    have) at most the share ``change`` is new, or after ``max_iterations`` rounds.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    seeds : ids
        People known to be real; at least one.
    top : int
        How many of the first ranks must have settled.
    change : float in [0, 1)
        Share of them that may be new in the last round.
    max_iterations : int, optional
        Most rounds; default ⌈log₂ n⌉, at least 2: about the mixing time of a social graph.

    Returns
    -------
    Raw
        Mean credit, sum 1; 0 for those whom no seed reaches in that many steps. Ending at
        ``max_iterations`` is no error: it is the early end that protects. Diagnostics: ``iterations``,
        ``new_in_top`` (share in the last round). O(m) a round.

    Raises
    ------
    ConfigError
        If there is no seed.
    DataError
        If a seed is not in the graph.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "b", "c"], "target": ["a", "c", "a"]})
    >>> truetop(InfluenceGraph.from_edges(edges), seeds=("b",), max_iterations=2).values
    array([0.5 , 0.25, 0.25])
    """
    if not seeds:
        raise ConfigError(
            "truetop: seeds is empty, so there is no credit to hand on. Name at least one person."
        )
    order, edges = graph.traversal, graph.traversal.incoming
    start = np.zeros(graph.n)
    start[graph.positions(dict.fromkeys(seeds))] = 1.0
    start = order.from_public(start / start.sum())
    ends = order.from_public(np.diff(graph.adjacency.indptr)) == 0
    limit = max(2, math.ceil(math.log2(max(graph.n, 2)))) if max_iterations is None else max_iterations
    credit, total = start, np.zeros(graph.n)
    before: set[int] | None = None
    rounds, new = 0, 1.0
    while rounds < limit and new > change:
        handed = weighted_in_sum(edges.pointers, edges.columns, edges.shares, edges.cuts, credit)
        credit = handed + float(credit[ends].sum()) * start
        total += credit
        rounds += 1
        first = _first(order.to_public(total), top)
        new = 1.0 if before is None else len(first - before) / max(len(first), 1)
        before = first
    return Raw(order.to_public(total / total.sum()), diagnostics={"iterations": rounds, "new_in_top": new})


def _first(values: FloatArray, top: int) -> set[int]:
    """Return the positions of the largest values above 0, ties in the order of ids."""
    first = np.argsort(-values, kind="stable")[:top]
    return set(first[values[first] > 0].tolist())
