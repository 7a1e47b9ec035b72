"""TrueTop: credit from seeds, spread for few rounds, so that little of it reaches sybils."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from annotated_types import Ge

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, Raw, method

#: How many people are the seeds where none are given.
_MOST = 20


@method("truetop", version=2)
def truetop(
    graph: InfluenceGraph,
    *,
    seeds: tuple[int | str, ...] | None = None,
    top: Annotated[int, Ge(1)] = 100,
    change: Annotated[float, Ge(0)] = 1.0,
    max_iterations: Annotated[int, Ge(1)] | None = None,
) -> Raw:
    r"""TrueTop: early-terminated credit distribution over the weighted graph of interactions.

    Credit 1 is divided among the seeds, people known not to be sybils. In every round each person passes
    all credit on along out-edges, in proportion to weight: c ← Pᵀc. Honest people rarely retweet, reply to
    or mention sybils, so few edges lead to them, and after few rounds little credit has crossed those
    (Zhang, Zhang, Sun, Zhang & Zhang 2016, arXiv 1504.04663). It ends when the ``top`` people of one round
    have, in the next, moved by at most ``change`` ranks each on average. The rounds, the end and its
    defaults are those of the program that the first author published with the paper.

    Decided here: credit of people who act on nobody is lost, as there, and what is left is scaled to sum
    to 1, which changes no rank; a round in which all would be lost is not taken; after
    ``max_iterations`` rounds it ends in any case, since on a nearly bipartite graph credit
    oscillates and ranks never settle.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    seeds : ids, optional
        People known to be real; at least one. None: the 20 people with the most distinct reactors, of equal
        ones the first by id; that protects no better than it is hard to become one of them.
    top : int
        How many of the first ranks must have settled.
    change : float ≥ 0
        Mean number of ranks by which they may have moved in the last round.
    max_iterations : int, optional
        Most rounds; default ⌈log₂ n⌉, at least 2: about the mixing time of a social graph.

    Returns
    -------
    Raw
        Credit after the last round, sum 1; 0 for people that no seed reaches in as many steps. Ending at
        ``max_iterations`` is no error: the early end is what protects. Without edges: the seeds,
        equally. Diagnostics: ``iterations``, ``moved`` (mean ranks in the last round), ``lost`` (share of
        the credit). O(m + n log n) a round.

    Raises
    ------
    ConfigError
        If there is no seed.
    DataError
        If a seed is not in the graph.

    Notes
    -----
    .. math:: c^{(t+1)} = P^\top c^{(t)}, \quad c^{(0)} = \frac{1}{|S|} \mathbf{1}_S

    With P the row-normalised weights and S the seeds.

    Unit: all credit of the seeds.

    Use: Where many accounts may be sybils and some people are known to be real.

    References
    ----------
    Zhang, Zhang, Sun, Zhang & Zhang (2016), "TrueTop: a sybil-resilient system for user influence measurement
    on Twitter", IEEE/ACM Transactions on Networking 24, 2834–2846.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "b", "c"], "target": ["a", "c", "a"]})
    >>> truetop(InfluenceGraph.from_edges(edges), seeds=("b",), max_iterations=1).values
    array([0.5, 0. , 0.5])
    """
    if seeds is None:
        received = np.bincount(graph.adjacency.indices, minlength=graph.n)
        places = np.argsort(-received, kind="stable")[:_MOST]
    elif seeds:
        places = graph.positions(dict.fromkeys(seeds))
    else:
        raise ConfigError(
            "truetop: seeds is empty, so there is no credit to spread. Name at least one person."
        )
    order, edges = graph.traversal, graph.traversal.incoming
    public = np.zeros(graph.n)
    public[places] = 1.0
    credit = order.from_public(public / public.sum())
    limit = max(2, math.ceil(math.log2(max(graph.n, 2)))) if max_iterations is None else max_iterations
    ranks = _ranks(credit)
    rounds, moved = 0, np.inf
    while rounds < limit and moved > change:
        spread = edges.weighted_sum(credit)
        if not spread.any():
            break
        first = np.flatnonzero((ranks < top) & (credit > 0))
        before, credit = ranks[first], spread
        ranks = _ranks(credit)
        moved = float(np.abs(ranks[first] - before).mean())
        rounds += 1
    left = float(credit.sum())
    diagnostics = {
        "iterations": rounds,
        "moved": moved if rounds else 0.0,
        "lost": max(0.0, 1.0 - left),
    }
    reason = "the number of rounds grows with log₂ n; give max_iterations" if max_iterations is None else ""
    reason = "the seeds depend on who else is there; give seeds" if seeds is None else reason
    unit = NaturalUnit("all credit of the seeds", factor=left, reason=reason)
    return Raw(order.to_public(credit / left), diagnostics=diagnostics, unit=unit)


def _ranks(credit: FloatArray) -> IntArray:
    """Return the number of people with more credit, for each person."""
    ordered = np.sort(-credit)
    return np.searchsorted(ordered, -credit, side="left")
