"""Reputation by hitting time: whether a random walk visits a person, not how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval
from numba import get_num_threads, njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.centrality.personalization import start_distribution
from influence_graph.counter_rng import key_of, start, step, uniform
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.row_shares import transition_shares
from influence_graph.methods import NaturalUnit, Raw, method, share_without_unit
from influence_graph.threads import over_threads


@method("hitting_time", version=2, accuracy={"walks", "confidence"})
def hitting_time(
    graph: InfluenceGraph,
    *,
    damping: Annotated[float, Interval(ge=0, lt=1)] = 0.85,
    personalization: Mapping[int | str, Annotated[float, Ge(0)]] | None = None,
    walks: Annotated[int, Ge(1)] = 1_000_000,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Raw:
    r"""Hitting time: the chance that a random walk visits a person before it ends.

    The walk starts by the personalization, goes on with chance ``damping`` and ends at people
    without out-edges. Φ(v) = P[v is hit before the walk ends] (Hopcroft & Sheldon 2008). PageRank is
    Φ(v) times the expected visits to v of a walk from v, which depend on v's own out-edges: a person's
    out-edges change their PageRank, not their Φ. Estimated by counting each person once in each walk.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    damping : float in [0, 1)
        Chance to go on.
    personalization : mapping of id to weight ≥ 0, optional
        Where walks start; default: uniform.
    walks : int
        Sample size. The standard error of a value is √(Φ(1 − Φ)/walks).
    confidence : float in (0, 1)
        Level of each person's interval (Clopper & Pearson 1934: never below the level).
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    Raw
        Chances in [0, 1], with an interval. Diagnostics: ``walks``, ``steps``. O(m + walks / (1 −
        damping)). Without edges: about 1/n each. The same bits for the same rng, whatever the number of
        threads.

    Raises
    ------
    ConfigError
        If the personalization has no weight above 0.
    DataError
        If it names somebody who is not in the graph.

    Notes
    -----
    .. math:: \Phi_v = \mathrm{P}[\tau_v < \tau]

    With τ_v the step at which the walk first visits v, and τ that at which it ends.

    Unit: one walk, of one from everybody.

    Use: Where people might link to raise their own PageRank: out-edges do not help here. Look at the
    intervals.

    References
    ----------
    Hopcroft & Sheldon (2008), "Manipulation-resistant reputations using hitting time", Internet Mathematics
    5, 71–90.
    """
    n = graph.n
    if not n:
        return Raw(np.zeros(0), diagnostics={"walks": 0, "steps": 0})
    matrix = graph.adjacency
    to_start = np.cumsum(start_distribution(graph, personalization))
    to_edge = transition_shares(matrix)
    _accumulate(matrix.indptr, to_edge)
    key, pieces = key_of(rng), get_num_threads()
    # Counts are whole numbers, and every walk has its own stream: no thread changes a bit.
    visited, steps = np.zeros((pieces, n), np.int64), np.zeros(pieces, np.int64)

    def count(piece: int) -> None:
        steps[piece] = _walk(
            matrix.indptr,
            matrix.indices,
            to_edge,
            to_start,
            damping,
            key,
            piece,
            walks,
            pieces,
            visited[piece],
        )

    over_threads(count, pieces)
    hits = visited.sum(axis=0)
    low, high = _interval(hits, walks, confidence)
    # By linearity in the start: as if a walk began at everybody, or as many as the personalization says.
    starts = float(n) if personalization is None else float(sum(personalization.values()))
    unit = NaturalUnit("one walk, of one from everybody", factor=starts)
    if not np.isfinite(starts):
        unit = share_without_unit(n, "the weights of the personalization sum to more than a float holds")
    return Raw(hits / walks, low, high, {"walks": walks, "steps": int(steps.sum())}, unit)


def _interval(count: IntArray, walks: int, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the Clopper–Pearson interval of each count."""
    from scipy.special import betaincinv

    distinct, back = np.unique(count, return_inverse=True)
    tail = (1.0 - confidence) / 2.0
    k = distinct.astype(np.float64)
    low = np.where(k > 0, betaincinv(np.maximum(k, 1.0), walks - k + 1.0, tail), 0.0)
    high = np.where(k < walks, betaincinv(k + 1.0, np.maximum(walks - k, 1.0), 1.0 - tail), 1.0)
    return low[back], high[back]


@njit(cache=True)
def _accumulate(pointers: IntArray, shares: FloatArray) -> None:
    """Replace the shares of each row by their running sum."""
    for u in range(len(pointers) - 1):
        for e in range(pointers[u] + 1, pointers[u + 1]):
            shares[e] += shares[e - 1]


@njit(cache=True)
def _first_above(running: FloatArray, begin: int, end: int, at: float) -> int:
    """Return the first index from begin to end − 1 whose running sum is above at; end − 1 if none is."""
    low, high = begin, end - 1
    while low < high:
        middle = (low + high) // 2
        if running[middle] > at:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def _walk(
    pointers: IntArray,
    indices: IntArray,
    to_edge: FloatArray,
    to_start: FloatArray,
    damping: float,
    key: np.uint64,
    first: int,
    walks: int,
    stride: int,
    visited: IntArray,
) -> int:
    """Count in how many of the walks first, first + stride, … each person is visited; return the steps."""
    n, steps = len(pointers) - 1, 0
    last = np.full(n, -1, np.int64)
    for walk in range(first, walks, stride):
        state = start(key, walk)
        v = _first_above(to_start, 0, n, uniform(state) * to_start[n - 1])
        while True:
            if last[v] != walk:
                last[v] = walk
                visited[v] += 1
            begin, end = pointers[v], pointers[v + 1]
            state = step(state)
            if begin == end or uniform(state) >= damping:
                break
            state = step(state)
            v = indices[_first_above(to_edge, begin, end, uniform(state) * to_edge[end - 1])]
            steps += 1
    return steps
