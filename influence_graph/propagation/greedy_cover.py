"""Greedy maximum coverage: the few people who are in most of the sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, Int32Array, IntArray


@dataclass(frozen=True, eq=False)
class Cover:
    """A greedy choice.

    Attributes
    ----------
    chosen : ndarray of int64
        Positions, in the order chosen.
    gains : ndarray of float64
        Sets that each covers and those before do not.
    bound : float
        No choice within the budget covers more sets: min over the steps of what is covered plus the
        best that fits on top (Tang et al. 2018).
    """

    chosen: IntArray
    gains: FloatArray
    bound: float


def cover_greedily(
    n: int,
    pool: Int32Array,
    sizes: Int32Array,
    costs: FloatArray,
    budget: float,
    given: IntArray,
    allowed: npt.NDArray[np.bool_],
) -> Cover:
    """Choose by the most new sets a unit of cost until nobody fits the budget.

    Only people in many sets can be chosen, so only the first few thousand are indexed; should the
    choice ever reach below them, it starts again with more.

    Parameters
    ----------
    n : int
        People.
    pool, sizes : ndarray of int32
        Members of all sets, concatenated, and the size of each set.
    costs, budget : ndarray of float64, shape (n,), and float
        A person's cost and the most they may sum to; costs 1 and budget k choose k.
    given : ndarray of int64
        People whose sets are covered to begin with.
    allowed : ndarray of bool, shape (n,)
        Who may be chosen.
    """
    offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    counts = np.bincount(pool, minlength=n)
    ratio = np.where(allowed, counts / costs, -1.0)
    indexed = max(2048, 16 * int(min(budget / costs.min(), n)))
    while True:
        indexed = min(indexed, n)
        candidates = np.argpartition(-ratio, indexed - 1)[:indexed] if indexed < n else np.arange(n)
        # Ties go to the person who comes first, however the partition left them.
        candidates = np.sort(candidates)
        outside = float(np.delete(ratio, candidates).max(initial=0.0)) if indexed < n else 0.0
        cover = _cover(n, pool, offsets, counts, candidates, outside, costs, budget, given, allowed)
        if cover is not None:
            return cover
        indexed *= 8


def _cover(
    n: int,
    pool: Int32Array,
    offsets: IntArray,
    counts: IntArray,
    candidates: IntArray,
    outside: float,
    costs: FloatArray,
    budget: float,
    given: IntArray,
    allowed: npt.NDArray[np.bool_],
) -> Cover | None:
    rank = np.full(n, -1, dtype=np.int32)
    rank[candidates] = np.arange(len(candidates), dtype=np.int32)
    first = np.zeros(len(candidates) + 1, dtype=np.int64)
    np.cumsum(counts[candidates], out=first[1:])
    sets_of = _index(pool, offsets, rank, first)
    covered = np.zeros(len(offsets) - 1, dtype=np.bool_)
    gain = counts[candidates].astype(np.int64)
    price = costs[candidates]
    open_ = allowed[candidates]
    total = _cover_given(pool, offsets, rank, given, covered, gain)
    chosen: list[int] = []
    gains: list[int] = []
    left = budget
    bound = np.inf
    while True:
        rate = np.where(open_, gain / price, -1.0)
        bound = min(bound, total + _best_on_top(rate, price, budget, outside))
        fits = open_ & (price <= left)
        if not fits.any():
            break
        best = int(np.argmax(np.where(fits, rate, -1.0)))
        if rate[best] < outside:
            return None
        chosen.append(int(candidates[best]))
        gains.append(int(gain[best]))
        total += gains[-1]
        left -= float(price[best])
        open_[best] = False
        _mark(pool, offsets, rank, sets_of[first[best] : first[best + 1]], covered, gain)
    return Cover(np.array(chosen, dtype=np.int64), np.array(gains, dtype=np.float64), float(bound))


def _best_on_top(rate: FloatArray, price: FloatArray, budget: float, outside: float) -> float:
    """Most that a budget can add, in fractions of people; whoever is not indexed has rate ``outside``."""
    few = len(rate)
    if price.min() == price.max() and budget / price[0] < few:
        # All cost the same: only the k best matter.
        few = int(np.ceil(budget / price[0])) + 1
        top = np.argpartition(-rate, few - 1)[:few] if few < len(rate) else np.arange(len(rate))
        rate, price = rate[top], price[top]
    order = np.argsort(-rate, kind="stable")
    rate, spent = np.maximum(rate[order], outside), np.cumsum(price[order])
    share = np.clip((budget - (spent - price[order])) / price[order], 0.0, 1.0)
    rest = max(budget - float((share * price[order]).sum()), 0.0)
    return float((share * price[order] * rate).sum() + rest * outside)


@njit(cache=True, nogil=True)
def _index(pool: Int32Array, offsets: IntArray, rank: Int32Array, first: IntArray) -> Int32Array:
    sets_of = np.empty(first[-1], dtype=np.int32)
    at = first[:-1].copy()
    for s in range(len(offsets) - 1):
        for i in range(offsets[s], offsets[s + 1]):
            r = rank[pool[i]]
            if r >= 0:
                sets_of[at[r]] = s
                at[r] += 1
    return sets_of


@njit(cache=True, nogil=True)
def _mark(
    pool: Int32Array,
    offsets: IntArray,
    rank: Int32Array,
    sets: Int32Array,
    covered: npt.NDArray[np.bool_],
    gain: IntArray,
) -> None:
    for s in sets:
        if not covered[s]:
            covered[s] = True
            for i in range(offsets[s], offsets[s + 1]):
                r = rank[pool[i]]
                if r >= 0:
                    gain[r] -= 1


@njit(cache=True, nogil=True)
def _cover_given(
    pool: Int32Array,
    offsets: IntArray,
    rank: Int32Array,
    given: IntArray,
    covered: npt.NDArray[np.bool_],
    gain: IntArray,
) -> int:
    total = 0
    if len(given) == 0:
        return total
    member = np.zeros(len(rank), dtype=np.bool_)
    for v in given:
        member[v] = True
    for s in range(len(offsets) - 1):
        for i in range(offsets[s], offsets[s + 1]):
            if member[pool[i]]:
                total += 1
                covered[s] = True
                break
        if covered[s]:
            for i in range(offsets[s], offsets[s + 1]):
                r = rank[pool[i]]
                if r >= 0:
                    gain[r] -= 1
    return total
