"""Agreement of two rankings of the same people.

Every measure takes two arrays of values (higher is more influential) and, for the bootstrap, ``counts``: how
often each person was drawn. A person drawn twice is two people with equal values; where nobody else has that
value in either ranking, both copies have the same order in both rankings.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError


def kendall_tau_b(a: npt.ArrayLike, b: npt.ArrayLike, *, counts: npt.ArrayLike | None = None) -> float:
    """Kendall's tau-b: concordant minus discordant pairs, corrected for ties.

    (P − Q)/√((P + Q + T_a)(P + Q + T_b)) with P concordant and Q discordant pairs and T pairs tied in one
    ranking only (Kendall 1945). NaN if a ranking is constant. O(n log n).

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Values of the same people.
    counts : array_like of int, shape (n,), optional
        Number of times each person was drawn; default 1.

    Returns
    -------
    float
        In [−1, 1].

    Examples
    --------
    >>> round(kendall_tau_b([1, 2, 3, 4], [1, 2, 4, 3]), 4)
    0.6667
    """
    codes = _coded(a, b, counts)
    return tau_b_in_order(np.argsort(codes[0], kind="stable"), *codes)


def spearman(a: npt.ArrayLike, b: npt.ArrayLike, *, counts: npt.ArrayLike | None = None) -> float:
    """Spearman's rho: Pearson's correlation of mid-ranks. NaN if a ranking is constant. O(n log n).

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Values of the same people.
    counts : array_like of int, shape (n,), optional
        Number of times each person was drawn; default 1.

    Returns
    -------
    float
        In [−1, 1].

    Examples
    --------
    >>> spearman([1, 2, 3, 4], [1, 2, 4, 3])
    0.8
    """
    return spearman_of_codes(*_coded(a, b, counts))


def top_k_overlap(
    a: npt.ArrayLike, b: npt.ArrayLike, *, k: int = 100, counts: npt.ArrayLike | None = None
) -> float:
    """Share of the top k of one ranking that is in the top k of the other.

    Ties across rank k are broken at random, independently in each ranking, and the value is the expectation.
    k above n counts as n. O(n log n).

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Values of the same people.
    k : int
        Number of people that are the top.
    counts : array_like of int, shape (n,), optional
        Number of times each person was drawn; default 1.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> top_k_overlap([4, 3, 2, 1], [4, 1, 3, 2], k=2)
    0.5
    """
    return overlap_of_codes(*_coded(a, b, counts), k)


def rank_biased_overlap(
    a: npt.ArrayLike, b: npt.ArrayLike, *, persistence: float = 0.98, counts: npt.ArrayLike | None = None
) -> float:
    """Rank-biased overlap: the overlap at every depth, with weights that decrease from the top.

    (1 − p)·Σ_d p^(d−1)·A_d with A_d the overlap of the two top d (Webber, Moffat & Zobel 2010, eq. 4).
    Ties are broken at random and the value is the expectation (RBO^a of Corsi & Urbano 2024). The sum stops
    where the remaining weight is below 1e-6, and extrapolates the agreement at the last depth.

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Values of the same people.
    persistence : float in (0, 1)
        p: probability of continuing to the next rank; the expected depth is 1/(1 − p), 50 for 0.98.
    counts : array_like of int, shape (n,), optional
        Number of times each person was drawn; default 1.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> round(rank_biased_overlap([3, 2, 1], [3, 2, 1]), 12)
    1.0
    """
    return rank_biased_of_codes(*_coded(a, b, counts), persistence)


def dense_codes(values: npt.ArrayLike) -> IntArray:
    """Return for each value the number of distinct values below it."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise DataError("A ranking should be one finite value a person, shape (n,). Remove NaN and infinity.")
    return np.unique(array, return_inverse=True)[1].astype(np.int64)


def _coded(
    a: npt.ArrayLike, b: npt.ArrayLike, counts: npt.ArrayLike | None
) -> tuple[IntArray, IntArray, IntArray]:
    codes_a, codes_b = dense_codes(a), dense_codes(b)
    if len(codes_a) != len(codes_b):
        raise DataError(
            f"The rankings have {len(codes_a):,} and {len(codes_b):,} people. Rank the same people."
        )
    drawn = np.ones(len(codes_a), np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
    return codes_a, codes_b, drawn


def tau_b_in_order(order: IntArray, a: IntArray, b: IntArray, counts: IntArray) -> float:
    """Return tau-b of dense codes; ``order`` sorts people by ``a``, once for all replicates."""
    difference = _concordant_minus_discordant(order, a, b, counts)
    pairs = _pairs(np.array([counts.sum()]))
    untied_a = pairs - _pairs(np.bincount(a, counts).astype(np.int64))
    untied_b = pairs - _pairs(np.bincount(b, counts).astype(np.int64))
    if untied_a == 0 or untied_b == 0:
        return float("nan")
    return float(difference / math.sqrt(untied_a * untied_b))


def _pairs(sizes: IntArray) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def spearman_of_codes(a: IntArray, b: IntArray, counts: IntArray) -> float:
    """Return rho of dense codes."""
    ranks_a, ranks_b = (_mid_ranks(codes, counts) for codes in (a, b))
    total = counts.sum()
    x = ranks_a - (total + 1) / 2.0
    y = ranks_b - (total + 1) / 2.0
    spread = math.sqrt(float((counts * x * x).sum()) * float((counts * y * y).sum()))
    return float((counts * x * y).sum()) / spread if spread > 0 else float("nan")


def _mid_ranks(codes: IntArray, counts: IntArray) -> FloatArray:
    sizes: FloatArray = np.asarray(np.bincount(codes, counts), dtype=np.float64)
    middle: FloatArray = np.cumsum(sizes) - (sizes - 1.0) / 2.0
    return middle[codes]


def _places(codes: IntArray, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return for each person the number strictly above and the number tied, self included."""
    sizes: FloatArray = np.asarray(np.bincount(codes, counts), dtype=np.float64)
    above: FloatArray = sizes.sum() - np.cumsum(sizes)
    return above[codes], sizes[codes]


def overlap_of_codes(a: IntArray, b: IntArray, counts: IntArray, k: int) -> float:
    """Return the overlap of the top k of dense codes."""
    depth = min(k, int(counts.sum()))
    (above_a, sharing_a), (above_b, sharing_b) = _places(a, counts), _places(b, counts)
    alone = (sharing_a == counts) & (sharing_b == counts)
    return float(counts @ _in_both(depth, above_a, sharing_a, above_b, sharing_b, alone) / depth)


def _in_both(
    depth: int | IntArray,
    above_a: FloatArray,
    sharing_a: FloatArray,
    above_b: FloatArray,
    sharing_b: FloatArray,
    alone: npt.NDArray[np.bool_],
) -> FloatArray:
    """Return the probability to be in both tops; ``alone``: tied with nobody else in either ranking."""
    in_a = np.clip((depth - above_a) / np.maximum(sharing_a, 1), 0.0, 1.0)
    in_b = np.clip((depth - above_b) / np.maximum(sharing_b, 1), 0.0, 1.0)
    # With copies of one person shuffled, no replicate would agree with itself, and intervals be too low.
    return np.asarray(np.where(alone, np.minimum(in_a, in_b), in_a * in_b))


def rank_biased_of_codes(a: IntArray, b: IntArray, counts: IntArray, persistence: float) -> float:
    """Return rank-biased overlap of dense codes."""
    depth = min(int(counts.sum()), int(np.ceil(np.log(1e-6) / np.log(persistence))))
    (above_a, sharing_a), (above_b, sharing_b) = _places(a, counts), _places(b, counts)
    reached = np.flatnonzero((above_a < depth) & (above_b < depth) & (counts > 0))
    # People with the same ranks and ties in both rankings are aggregated to one cell.
    alone = (sharing_a == counts) & (sharing_b == counts)
    places = np.stack([column[reached] for column in (above_a, sharing_a, above_b, sharing_b, alone)])
    cells, member = np.unique(places, axis=1, return_inverse=True)
    people = np.bincount(member.ravel(), counts[reached], minlength=cells.shape[1])
    depths = np.arange(1, depth + 1)
    together = np.zeros(depth)
    # Blocks of cells bound memory and fix the order of summation.
    for start in range(0, cells.shape[1], 4096):
        top_a, group_a, top_b, group_b, single = cells[:, start : start + 4096, None]
        chance = _in_both(depths, top_a, group_a, top_b, group_b, single > 0)
        together += people[start : start + 4096] @ chance
    agreement = together / depths
    weights = (1.0 - persistence) * persistence ** (depths - 1.0)
    return float(weights @ agreement + persistence**depth * agreement[-1])


@njit(cache=True)
def _concordant_minus_discordant(order: IntArray, a: IntArray, b: IntArray, counts: IntArray) -> int:
    """Visit people by ascending a; a Fenwick tree over b counts those with a strictly smaller a."""
    size = b.max() + 1
    tree = np.zeros(size + 1, np.int64)
    inside = 0
    difference = 0
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and a[order[stop]] == a[order[start]]:
            person = order[stop]
            if counts[person] > 0:
                below = 0
                node = b[person]
                while node > 0:
                    below += tree[node]
                    node -= node & -node
                up_to = 0
                node = b[person] + 1
                while node > 0:
                    up_to += tree[node]
                    node -= node & -node
                difference += counts[person] * (below - (inside - up_to))
            stop += 1
        for i in range(start, stop):
            person = order[i]
            inside += counts[person]
            node = b[person] + 1
            while node <= size:
                tree[node] += counts[person]
                node += node & -node
        start = stop
    return difference
