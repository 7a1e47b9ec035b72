"""VoteRank: people elected one after the other, with weaker votes next to those elected."""

from __future__ import annotations

import heapq
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numba import njit

from influence_graph.arrays import IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, Raw, method


@method("voterank", version=1)
def voterank(graph: InfluenceGraph, *, k: Annotated[int, Ge(1)] | None = None) -> Raw:
    r"""VoteRank: elect people in turn; those who voted for one have a weaker vote for the next.

    Everybody votes, with ability 1, for each person they act on. The person of most votes is elected and
    votes no more; each who voted for them loses 1/⟨degree⟩ of ability, down to 0 (Zhang, Chen, Dong &
    Zhao 2016). It ends when k are elected or no votes are left. Ties go to the first
    in ``graph.ids``. Weights do not matter.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    k : int, optional
        How many to elect; default: until no votes are left.

    Returns
    -------
    Raw
        Number elected − position: the first has that number, the last elected 1, all others 0.
        Diagnostics: ``elected``. Votes only ever shrink, so a stale count is an upper bound and only the
        top of a heap is recounted; O(m log n) in practice.

    Notes
    -----
    .. math:: x_v = E + 1 - i_v

    .. math:: \text{votes of } v = \sum_{u \in R_v} a_u

    With i_v the place at which v, who then has most votes, is elected, E the number elected, and a_u the
    ability of each u who reacted to v.

    Unit: one place above the last elected.

    Use: To choose a few spreaders far apart from each other, rather than to score everybody.

    References
    ----------
    Zhang, Chen, Dong & Zhao (2016), "Identifying a set of influential spreaders in complex networks",
    Scientific Reports 6, 27823.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame({"source": ["b", "c", "c", "d"], "target": ["a", "a", "d", "e"]})
    >>> voterank(InfluenceGraph.from_edges(edges)).values
    array([2., 0., 0., 0., 1.])
    """
    limit = graph.n if k is None else min(k, graph.n)
    matrix = graph.in_edges
    loss = graph.n / max(matrix.nnz, 1)
    elected = elect(matrix.indptr, matrix.indices, loss, limit)
    values = np.zeros(graph.n)
    values[elected] = len(elected) - np.arange(len(elected))
    unit = NaturalUnit(
        "one place above the last elected",
        reason="voterank is an order of election, and everybody elected elsewhere moves it",
    )
    return Raw(values, diagnostics={"elected": len(elected)}, unit=unit)


@njit(cache=True)
def elect(pointers: IntArray, indices: IntArray, loss: float, limit: int) -> IntArray:
    n = len(pointers) - 1
    ability = np.ones(n)
    heap = [(-float(pointers[v + 1] - pointers[v]), v) for v in range(n)]
    heapq.heapify(heap)
    elected, count = np.empty(limit, np.int64), 0
    while len(heap) and count < limit:
        stale, v = heapq.heappop(heap)
        votes = 0.0
        for e in range(pointers[v], pointers[v + 1]):
            votes += ability[indices[e]]
        if votes == 0.0:
            continue
        if -votes > stale:
            heapq.heappush(heap, (-votes, v))
            continue
        elected[count] = v
        count += 1
        ability[v] = 0.0
        for e in range(pointers[v], pointers[v + 1]):
            ability[indices[e]] = max(ability[indices[e]] - loss, 0.0)
    return elected[:count]
