"""Agreement of two rankings of the same people.

Every measure takes two arrays of values (higher is more influential) and, for the bootstrap, ``counts``: how
often each person was drawn. A person drawn twice is two people with equal values; where nobody else has that
value in either ranking, both copies have the same order in both rankings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.methods.ties import ROUNDING

#: How many people who tie in every ranking are one cell.
MANY = 50


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
    x, y, drawn = _ranked(a, b, counts)
    return tau_b(Places.of(x, drawn), Places.of(y, drawn), concordance(x, y, drawn))


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
    x, y, drawn = _ranked(a, b, counts)
    return rho(Places.of(x, drawn), Places.of(y, drawn))


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
    x, y, drawn = _ranked(a, b, counts)
    return overlap(Places.of(x, drawn), Places.of(y, drawn), k)


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
    x, y, drawn = _ranked(a, b, counts)
    return rank_biased(Places.of(x, drawn), Places.of(y, drawn), persistence)


@dataclass(frozen=True, eq=False)
class Ranking:
    """One ranking of c cells: a cell is a person, or people who tie in all rankings that are compared.

    Attributes
    ----------
    codes : ndarray of int64, shape (c,)
        The number of distinct values below that of each cell.
    order : ndarray of int64, shape (c,)
        The cells by ascending value.
    """

    codes: IntArray
    order: IntArray

    @classmethod
    def of(cls, values: npt.ArrayLike, resolution: npt.ArrayLike | None = None) -> Ranking:
        """Return the ranking by these values; neighbours no further apart than the resolution tie.

        Parameters
        ----------
        values : array_like, shape (c,)
            Finite.
        resolution : float or array_like of shape (c,), optional
            As for :func:`~influence_graph.methods.ties.merge_ties`; None: only equal values tie.

        Examples
        --------
        >>> Ranking.of([3.0, 1.0, 1.1], resolution=0.2).codes.tolist()
        [1, 0, 0]
        """
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 1 or not np.isfinite(array).all():
            raise DataError(
                "A ranking should be one finite value a person, shape (n,). Remove NaN and infinity."
            )
        plain = resolution is None or np.ndim(resolution) == 0
        order = _ascending(array) if plain else np.argsort(array)
        ordered = array[order]
        apart = np.diff(ordered)
        if resolution is None:
            new = apart > 0.0
        else:
            near = np.broadcast_to(np.asarray(resolution, dtype=np.float64), array.shape)[order]
            new = apart > np.maximum(np.maximum(near[1:], near[:-1]), ROUNDING * np.abs(ordered[1:]))
        codes = np.zeros(len(array), dtype=np.int64)
        codes[order[1:]] = np.cumsum(new)
        return cls(codes, order)


def _ascending(values: FloatArray) -> IntArray:
    """Return positions by ascending value; those with the least, of logs most people, are not sorted."""
    if not len(values):
        return np.empty(0, dtype=np.int64)
    least = values == values.min()
    more = np.flatnonzero(~least)
    return np.concatenate([np.flatnonzero(least), more[np.argsort(values[more])]])


@dataclass(frozen=True, eq=False)
class Places:
    """Where the people of a ranking are, counted in one way.

    Attributes
    ----------
    codes : ndarray of int64, shape (c,)
        Those of the ranking.
    counts : ndarray of int64, shape (c,)
        How many people each cell is.
    above, sharing : ndarray of float64, shape (c,)
        How many people are strictly above each cell, and how many tie with it, itself included.
    alone : ndarray of bool, shape (c,)
        Whether nobody but the cell's own copies ties with it.
    untied : int
        Pairs of people with different values.
    """

    codes: IntArray
    counts: IntArray
    above: FloatArray
    sharing: FloatArray
    alone: BoolArray
    untied: int

    @classmethod
    def of(cls, ranking: Ranking, counts: IntArray, *, copies: bool | BoolArray = True) -> Places:
        """Count people; ``copies``: whether a cell, or each of them, is one person drawn. O(c)."""
        sizes: FloatArray = np.asarray(np.bincount(ranking.codes, counts), dtype=np.float64)
        total = sizes.sum()
        above: FloatArray = (total - np.cumsum(sizes))[ranking.codes]
        sharing = sizes[ranking.codes]
        alone: BoolArray = sharing == np.where(copies, counts, 1)
        untied = _pairs(np.array([total])) - _pairs(sizes)
        return cls(ranking.codes, counts, above, sharing, alone, untied)


@dataclass(frozen=True, eq=False)
class Cells:
    """The same people in a few rankings, those who tie in all of them together in one cell.

    Attributes
    ----------
    rankings : list of Ranking
        Of c cells.
    cell : ndarray of int64, shape (n,)
        That of each person.
    single : ndarray of bool, shape (c,)
        Whether the cell is one person.
    """

    rankings: list[Ranking]
    cell: IntArray
    single: BoolArray

    @classmethod
    def of(cls, rankings: Sequence[Ranking]) -> Cells:
        """Put people together where ``MANY`` or more tie in every ranking. O(n log n) a ranking.

        Most people of a log have no reaction and tie in every ranking: without them every replicate is
        cheaper. Fewer stay apart, as a replicate may draw one of them and nobody whom that one ties with.

        Examples
        --------
        >>> apart, together = Cells.of([Ranking.of([0.0, 1.0])]), Cells.of([Ranking.of([1.0] + [0.0] * 99)])
        >>> apart.cell.tolist(), together.single.tolist()
        ([0, 1], [True, False])
        """
        key = rankings[0].codes
        for ranking in rankings[1:]:
            key = np.unique(key * (ranking.codes.max(initial=0) + 1) + ranking.codes, return_inverse=True)[1]
        many = np.bincount(key) >= MANY
        shared = many[key]
        apart = int((~shared).sum())
        cell = np.empty(len(key), dtype=np.int64)
        cell[~shared] = np.arange(apart)
        cell[shared] = apart + (np.cumsum(many) - 1)[key[shared]]
        first = np.unique(cell, return_index=True)[1]
        codes = [ranking.codes[first] for ranking in rankings]
        return cls(
            [Ranking(one, np.argsort(one, kind="stable")) for one in codes],
            cell,
            np.arange(len(first)) < apart,
        )


def _ranked(
    a: npt.ArrayLike, b: npt.ArrayLike, counts: npt.ArrayLike | None
) -> tuple[Ranking, Ranking, IntArray]:
    x, y = Ranking.of(a), Ranking.of(b)
    if len(x.codes) != len(y.codes):
        raise DataError(
            f"The rankings have {len(x.codes):,} and {len(y.codes):,} people. Rank the same people."
        )
    drawn = np.ones(len(x.codes), np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
    return x, y, drawn


def concordance(a: Ranking, b: Ranking, counts: IntArray) -> int:
    """Return concordant minus discordant pairs of people. O(c log c)."""
    # The tree is over the codes of the second ranking: the one with fewer.
    first, second = (a, b) if b.codes.max(initial=0) <= a.codes.max(initial=0) else (b, a)
    return int(_concordant_minus_discordant(first.order, first.codes, second.codes, counts))


def measures(a: Places, b: Places, difference: int, *, k: int, persistence: float) -> list[float]:
    """Return tau-b, rho, overlap of the top k and rank-biased overlap."""
    return [tau_b(a, b, difference), rho(a, b), overlap(a, b, k), rank_biased(a, b, persistence)]


def tau_b(a: Places, b: Places, difference: int) -> float:
    """Return tau-b from concordant minus discordant pairs."""
    if a.untied == 0 or b.untied == 0:
        return float("nan")
    return float(difference / math.sqrt(a.untied * b.untied))


def _pairs(sizes: FloatArray) -> int:
    whole = sizes.astype(np.int64)
    return int((whole * (whole - 1) // 2).sum())


def rho(a: Places, b: Places) -> float:
    """Return Spearman's rho."""
    counts = a.counts
    total = counts.sum()
    # Mid-ranks from below, centred.
    x, y = ((total - one.above - (one.sharing - 1.0) / 2.0) - (total + 1) / 2.0 for one in (a, b))
    spread = math.sqrt(float((counts * x * x).sum()) * float((counts * y * y).sum()))
    return float((counts * x * y).sum()) / spread if spread > 0 else float("nan")


def overlap(a: Places, b: Places, k: int) -> float:
    """Return the overlap of the top k."""
    depth = min(k, int(a.counts.sum()))
    if not depth:
        return float("nan")
    near = np.flatnonzero((a.above < depth) & (b.above < depth))
    in_a, in_b = (
        np.minimum((depth - one.above[near]) / np.maximum(one.sharing[near], 1), 1.0) for one in (a, b)
    )
    # With copies of one person shuffled, no replicate would agree with itself, and intervals be too low.
    together = np.where(a.alone[near] & b.alone[near], np.minimum(in_a, in_b), in_a * in_b)
    return float(a.counts[near] @ together / depth)


def rank_biased(a: Places, b: Places, persistence: float) -> float:
    """Return rank-biased overlap."""
    depth = min(int(a.counts.sum()), int(np.ceil(np.log(1e-6) / np.log(persistence))))
    if not depth:
        return float("nan")
    reached = np.flatnonzero((a.above < depth) & (b.above < depth) & (a.counts > 0))
    # Cells with the same values in both rankings are aggregated.
    key = a.codes[reached] * (b.codes.max(initial=0) + 1) + b.codes[reached]
    _, first, member = np.unique(key, return_index=True, return_inverse=True)
    people: FloatArray = np.bincount(member, a.counts[reached], minlength=len(first)).astype(np.float64)
    at = reached[first]
    together = _together_by_depth(
        a.above[at], a.sharing[at], b.above[at], b.sharing[at], a.alone[at] & b.alone[at], people, depth
    )
    depths = np.arange(1, depth + 1)
    agreement = together / depths
    weights = (1.0 - persistence) * persistence ** (depths - 1.0)
    return float(weights @ agreement + persistence**depth * agreement[-1])


@njit(cache=True, nogil=True)
def _together_by_depth(
    above_a: FloatArray,
    sharing_a: FloatArray,
    above_b: FloatArray,
    sharing_b: FloatArray,
    alone: BoolArray,
    people: FloatArray,
    depth: int,
) -> FloatArray:
    """Return the expected number of people in both tops, by depth 1 … depth."""
    together, settled = np.zeros(depth), np.zeros(depth + 1)
    for cell in range(len(people)):
        d = int(max(above_a[cell], above_b[cell])) + 1
        while d <= depth:
            in_a = min((d - above_a[cell]) / sharing_a[cell], 1.0)
            in_b = min((d - above_b[cell]) / sharing_b[cell], 1.0)
            if in_a == 1.0 and in_b == 1.0:
                break
            together[d - 1] += people[cell] * (min(in_a, in_b) if alone[cell] else in_a * in_b)
            d += 1
        settled[d - 1] += people[cell]
    total = 0.0
    for d in range(depth):
        total += settled[d]
        together[d] += total
    return together


@njit(cache=True, nogil=True)
def _concordant_minus_discordant(order: IntArray, a: IntArray, b: IntArray, counts: IntArray) -> int:
    """Visit people by ascending a; a Fenwick tree over b counts those with a strictly smaller a."""
    size = b.max() + 1 if len(b) else 0
    tree, equal = np.zeros(size + 1, np.int32), np.zeros(size, np.int32)
    inside = 0
    difference = 0
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and a[order[stop]] == a[order[start]]:
            person = order[stop]
            if counts[person] > 0 and inside > 0:
                below = 0
                node = b[person]
                while node > 0:
                    below += tree[node]
                    node -= node & -node
                difference += counts[person] * (2 * below + equal[b[person]] - inside)
            stop += 1
        for i in range(start, stop):
            person = order[i]
            if counts[person] == 0:
                continue
            inside += counts[person]
            equal[b[person]] += counts[person]
            node = b[person] + 1
            while node <= size:
                tree[node] += counts[person]
                node += node & -node
        start = stop
    return difference
