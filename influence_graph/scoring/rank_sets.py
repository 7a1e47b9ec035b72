"""Confidence sets of ranks from pairwise differences of bootstrap replicates.

For a person j, D_k = f_j − f_k is the difference to every other person k, f the square root of the natural
value, and s_k the bootstrap standard deviation of D_k. The critical value c_j is the quantile of max_k
|D*_k − D_k| / s_k over replicates, which are shifted so that the mean of D*_k is the estimate D_k. People
with |D_k| > c_j·s_k are surely above or below j; they are left out and c_j is found again until nobody is
added (stepdown). The rank of j is no better than one plus the number of those surely above, and no worse
than n minus the number of those surely below (Mogstad, Romano, Shaikh & Wilhelm 2024; stepdown: Romano &
Wolf 2005). Where s_k = 0, equal values are a tie and unequal ones are sure.

Ranks are those of any increasing f. The root of the value and ⅜ of a reaction has, for a count, the same
variance at every value (Anscombe 1948), so that a difference to few reactions is as nearly normal as one to
many; and no unit matters. With ln(1 + x) a few reactions have a long tail to the left, which raises c_j for
everybody: sets of the top ten of dense logs of ``benchmarks/intervals.py`` were twice as wide.

In a large graph nearly everybody has two reactors or fewer, and a bootstrap of one or two reactions is no
basis for a maximum over all of them. Above ``LARGE`` people they are not among the k: they are below j where
the upper bound of a Gamma–Poisson tail, for all of them at once, is below the lower bound of j; and they are
never surely above.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.bootstrap import FEW, Float32Array, stable_roots, worth_of_a_reaction
from influence_graph.threads import over_threads

Ranks: TypeAlias = Literal["marginal", "simultaneous"]

#: Above ``LARGE`` people, those with at most ``FEW`` reactors are bounded by a Gamma–Poisson tail.
LARGE = 10_000
#: Share of the error probability that goes to people with few reactors.
TAIL_SHARE = 0.1
#: Differences of roots below this share of them are none: 32-bit replicates do not resolve them.
RESOLUTION = 2e-6


def compared_with(reactors: IntArray) -> IntArray:
    """Return the people with whom others are compared pair by pair: all, or of many those with reactors.

    Examples
    --------
    >>> compared_with(np.array([3, 0, 1]))
    array([0, 1, 2])
    """
    return np.flatnonzero((reactors > FEW) | (len(reactors) <= LARGE))


def rank_sets(
    roots: Float32Array,
    rows: IntArray,
    natural: FloatArray,
    people: IntArray,
    *,
    reactors: IntArray,
    caused: FloatArray,
    confidence: float,
    ranks: Ranks = "marginal",
) -> tuple[IntArray, IntArray]:
    """Return the best and the worst rank of some people.

    Parameters
    ----------
    roots : ndarray of float32, shape (r, b)
        :func:`~influence_graph.bootstrap.stable_roots` of the natural values of some people by replicate.
    rows : ndarray of int64, shape (r,)
        Who they are, ascending: all of :func:`compared_with` and of ``people``.
    natural : ndarray of float64, shape (n,)
        Natural values of the log.
    people : ndarray of int64, shape (k,)
        Whose ranks.
    reactors : ndarray of int64, shape (n,)
        How many people reacted to each.
    caused : ndarray of float64, shape (n,)
        The part of the natural values that reactions cause.
    confidence : float in (0, 1)
        Confidence level.
    ranks : {"marginal", "simultaneous"}
        Whether each set holds with this confidence, or all of them together do.

    Returns
    -------
    low, high : ndarray of int64, shape (k,)
        Ranks from 1 (the highest) to n; tied people have all their ranks in the set. O(k·n·b) time where n
        people are compared pair by pair, O(k·n) memory besides ``roots``; the same bits for any number of
        threads.

    Examples
    --------
    >>> roots = np.sqrt(np.array([[0.9, 1.1, 1], [0.09, 0.11, 0.1], [0.09, 0.11, 0.1]], dtype=np.float32))
    >>> natural, everybody = np.array([100.0, 10, 10]), np.arange(3)
    >>> how = {"reactors": np.array([100, 10, 10]), "caused": natural, "confidence": 0.9}
    >>> rank_sets(roots, everybody, natural, everybody, **how)
    (array([1, 2, 2]), array([1, 3, 3]))
    """
    n, k = len(natural), len(people)
    f = stable_roots(natural, natural, caused, reactors)
    error = 1.0 - confidence
    members = compared_with(reactors)
    above, below = np.zeros((2, k), dtype=np.int64)
    shared = TAIL_SHARE if len(members) < n else 0.0
    own, others = (np.searchsorted(rows, who) for who in (people, members))
    sure = _surely_different(
        roots, f[rows], own, others, 1.0 - error * (1.0 - shared), ranks == "simultaneous"
    )
    for at, j in enumerate(people):
        apart = f[j] - f[members]
        above[at] = np.count_nonzero(sure[at] & (apart < 0))
        below[at] = np.count_nonzero(sure[at] & (apart > 0))
    tail = error * TAIL_SHARE / 2.0
    few = np.setdiff1d(np.arange(n), members, assume_unique=True)
    if len(few):
        from scipy.special import gammaincinv, ndtri

        worth = worth_of_a_reaction(caused, reactors)[few]
        most = gammaincinv(np.arange(FEW + 1) + 0.5, 1.0 - tail / len(few))[reactors[few]]
        bounds = np.sort(stable_roots(natural[few] - caused[few] + worth * most, natural, caused, reactors))
        spread = roots[own].astype(np.float64).std(axis=1, ddof=1)
        lowest = f[people] - ndtri(1.0 - tail / (k if ranks == "simultaneous" else 1)) * spread
        below += np.searchsorted(bounds, lowest, side="left")
    return 1 + above, n - below


def _surely_different(
    roots: Float32Array, f: FloatArray, people: IntArray, members: IntArray, level: float, together: bool
) -> BoolArray:
    """Return which members are surely above or below each person, shape (k, members).

    ``people`` and ``members`` are rows of ``roots`` and of ``f``.
    """
    k, b = len(people), roots.shape[1]
    spread = np.full((k, len(members)), -1.0, dtype=np.float32)
    active, largest = np.ones((k, len(members)), dtype=bool), np.zeros((k, b), dtype=np.float32)
    sure = np.zeros((k, len(members)), dtype=bool)
    apart = np.abs(f[people][:, None] - f[members])
    differ = apart > RESOLUTION * np.maximum(f[people][:, None], f[members])
    mean = roots.mean(axis=1, dtype=np.float64).astype(np.float32)

    def measure(at: int) -> None:
        largest[at] = 0.0
        _largest(roots, mean, people[at], members, active[at], spread[at], largest[at])

    def step_down(rows: IntArray) -> None:
        while True:
            if together:
                over_threads(measure, k)
            else:
                measure(rows[0])
            still = spread[rows] == 0.0
            sure[rows] |= still & differ[rows]
            active[rows] &= ~still
            critical = np.quantile(largest[rows].max(axis=0, initial=0.0), level, method="higher")
            found = active[rows] & (apart[rows] > critical * spread[rows])
            if not found.any():
                return
            sure[rows] |= found
            active[rows] &= ~found

    if together:
        step_down(np.arange(k))
    else:
        over_threads(lambda at: step_down(np.array([at])), k)
    return sure


@njit(cache=True, nogil=True, fastmath=True)
def _largest(
    roots: Any, mean: Any, j: int, members: IntArray, active: BoolArray, spread: Any, largest: Any
) -> None:
    """Raise ``largest[b]`` to max |D*_k − mean D*_k| / s_k over the active members k.

    ``spread`` is s_k, and is filled where it is < 0: with 0 where replicates do not resolve it. Shapes: roots
    (r, b), mean (r,), members, active and spread (K,), largest (b,).
    """
    b = roots.shape[1]
    own = roots[j]
    for i in range(len(members)):
        if not active[i]:
            continue
        other = roots[members[i]]
        if spread[i] < 0.0:
            squares = np.float32(0.0)
            middle = mean[j] - mean[members[i]]
            for c in range(b):
                x = own[c] - other[c] - middle
                squares += x * x
            spread[i] = np.sqrt(squares / np.float32(b - 1))
            if spread[i] <= RESOLUTION * max(mean[j], mean[members[i]]):
                spread[i] = 0.0
        if spread[i] == 0.0:
            continue
        middle = mean[j] - mean[members[i]]
        scale = np.float32(1.0) / spread[i]
        for c in range(b):
            z = abs(own[c] - other[c] - middle) * scale
            if z > largest[c]:
                largest[c] = z
