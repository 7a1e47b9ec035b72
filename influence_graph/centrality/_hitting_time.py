"""Reputation by hitting time: how likely a walk finds a person, not how often it comes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval
from numba import get_num_threads, njit, prange

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Raw, method


@method("hitting_time", unit="share", version=1)
def hitting_time(
    graph: InfluenceGraph,
    *,
    damping: Annotated[float, Interval(ge=0, lt=1)] = 0.85,
    personalization: Mapping[int | str, Annotated[float, Ge(0)]] | None = None,
    walks: Annotated[int, Ge(1)] = 1_000_000,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Raw:
    """Chance that a random walk comes to a person before it ends.

    The walk starts by the personalization, goes on with chance ``damping`` and ends where there is no
    way on. Φ(v) = P[v is hit before the walk ends] (Hopcroft & Sheldon 2008). PageRank is
    Φ(v) times the visits that a walk at v pays v, which v's own edges decide: what a person does with
    out-edges changes their PageRank, not their Φ. Estimated by counting, in each walk, each person once.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    damping : float in [0, 1)
        Chance to go on.
    personalization : mapping of id to weight ≥ 0, optional
        Where walks start; default: anywhere alike.
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
        If the personalization has no weight.
    DataError
        If it names somebody who is not in the graph.
    """
    n = graph.n
    if not n:
        return Raw(np.zeros(0), diagnostics={"walks": 0, "steps": 0})
    start = np.ones(n)
    if personalization is not None:
        start = np.zeros(n)
        start[graph.positions(personalization)] = list(personalization.values())
        if not 0 < start.max() < np.inf:
            raise ConfigError("hitting_time: no weight of personalization is above 0. Give at least one.")
        start /= start.max()
    matrix = graph.adjacency
    seed = np.random.default_rng(rng).integers(0, 2**63 - 1, dtype=np.int64)
    upto = _running_shares(matrix.indptr, matrix.data)
    hits, steps = _walk(
        matrix.indptr,
        matrix.indices,
        upto,
        np.cumsum(start),
        damping,
        walks,
        np.uint64(seed),
        get_num_threads(),
    )
    count = hits.sum(axis=0)
    low, high = _interval(count, walks, confidence)
    return Raw(count / walks, low, high, {"walks": walks, "steps": int(steps.sum())})


def _interval(count: IntArray, walks: int, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the Clopper–Pearson interval of each count."""
    from scipy.special import betaincinv

    distinct, back = np.unique(count, return_inverse=True)
    tail = (1.0 - confidence) / 2.0
    k = distinct.astype(np.float64)
    low = np.where(k > 0, betaincinv(np.maximum(k, 1.0), walks - k + 1.0, tail), 0.0)
    high = np.where(k < walks, betaincinv(k + 1.0, np.maximum(walks - k, 1.0), 1.0 - tail), 1.0)
    return low[back], high[back]


@njit(cache=True, parallel=True)
def _running_shares(pointers: IntArray, data: FloatArray) -> FloatArray:
    """Return, along each row, the sum of the weights so far over the row's largest."""
    upto = np.empty(len(data))
    for u in prange(len(pointers) - 1):
        top = 0.0
        for e in range(pointers[u], pointers[u + 1]):
            top = max(top, data[e])
        total = 0.0
        for e in range(pointers[u], pointers[u + 1]):
            total += data[e] / top
            upto[e] = total
    return upto


@njit(cache=True)
def _uniform(key: np.uint64, draw: np.uint64) -> float:
    """Return the draw-th number in [0, 1) of a stream: splitmix64 of key and counter."""
    z = key + draw * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * 2.0**-53


@njit(cache=True)
def _mixed(seed: np.uint64, walk: int) -> np.uint64:
    z = seed + np.uint64(walk + 1) * np.uint64(0xD1342543DE82EF95)
    z = (z ^ (z >> np.uint64(32))) * np.uint64(0xDABA0B6EB09322E3)
    return z ^ (z >> np.uint64(32))


@njit(cache=True, parallel=True)
def _walk(
    pointers: IntArray,
    indices: IntArray,
    upto: FloatArray,
    start: FloatArray,
    damping: float,
    walks: int,
    seed: np.uint64,
    threads: int,
) -> tuple[IntArray, IntArray]:
    n = len(pointers) - 1
    # Counts are whole numbers, and each walk has its own stream: who takes which walk changes no bit.
    hits, steps = np.zeros((threads, n), np.int64), np.zeros(threads, np.int64)
    for thread in prange(threads):
        last = np.full(n, -1, np.int64)
        for walk in range(thread, walks, threads):
            key = _mixed(seed, walk)
            draw = np.uint64(1)
            v = min(np.searchsorted(start, _uniform(key, draw) * start[-1], side="right"), n - 1)
            while True:
                if last[v] != walk:
                    last[v] = walk
                    hits[thread, v] += 1
                begin, end = pointers[v], pointers[v + 1]
                draw += np.uint64(1)
                if begin == end or _uniform(key, draw) >= damping:
                    break
                draw += np.uint64(1)
                wanted = _uniform(key, draw) * upto[end - 1]
                row = np.searchsorted(upto[begin:end], wanted, side="right")
                v = indices[min(begin + row, end - 1)]
                steps[thread] += 1
    return hits, steps
