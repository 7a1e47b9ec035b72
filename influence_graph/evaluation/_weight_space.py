"""What holds whatever the weights: orders, ranks and membership of the top over a whole space of weights.

A score that adds up, s(w) = w·x with x ≥ 0 a person's reactions by kind (or network, or feature), is set by
the weights w. Two regions: the *interior*, all w > 0, and a *band*, every weight within a factor of a base.
One person is surely above another if they are for every w of the region: on the interior if no component is
lower and one is higher; on a band, a box, if Σ low·(x − y)₊ − high·(y − x)₊ > 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from scipy.stats import rankdata

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError

#: More pairs of people than this are sampled.
_MOST_PAIRS = 2_000_000
#: Differences below this share of what is added up are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Region:
    """A region of weights: a box around a base, or the interior of the non-negative orthant.

    Attributes
    ----------
    base : ndarray of float64, shape (d,)
        Above 0.
    factor : float
        Each weight is within this factor of the base; infinite: any weights above 0.
    """

    base: FloatArray
    factor: float

    def __post_init__(self) -> None:
        if not (self.base > 0).all() or not self.factor >= 1:
            raise ConfigError("A region needs base weights above 0 and a factor of 1 or more.")

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """The lowest and the highest weights; 0 and infinite for the interior."""
        if np.isinf(self.factor):
            return np.zeros_like(self.base), np.full_like(self.base, np.inf)
        return self.base / self.factor, self.base * self.factor

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return weights of the region, log-uniform, and corners where one weight or all but one is highest.

        The interior is drawn from within a factor of 1,000 of the base.
        """
        d, factor = len(self.base), min(self.factor, 1000.0)
        inside = factor ** rng.uniform(-1, 1, size=(count, d))
        alone = np.full((d, d), 1 / factor)
        np.fill_diagonal(alone, factor)
        corners = np.concatenate([alone, 1 / alone]) if d > 1 else np.ones((1, d))
        return np.asarray(self.base * np.concatenate([np.ones((1, d)), corners, inside]))


def sure_counts(
    values: FloatArray, region: Region, *, people: IntArray | None = None, among: IntArray | None = None
) -> tuple[IntArray, IntArray]:
    """Return how many people are surely above, and surely below, each of some people.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
        0 or more.
    region : Region
        Of the d weights.
    people : ndarray of int64, shape (k,), optional
        Whose; None: everybody's.
    among : ndarray of int64, optional
        Who is counted; None: everybody.

    Returns
    -------
    tuple of ndarray of int64, shape (k,)
        O(k·m·d) for m distinct rows among those who are counted. A person's rank is at least 1 + the first,
        and at most n − the second.

    Examples
    --------
    >>> values = np.array([[3.0, 1.0], [2.0, 1.0], [0.0, 2.0]])
    >>> sure_counts(values, Region(np.ones(2), np.inf))
    (array([0, 1, 0]), array([1, 0, 0]))
    >>> sure_counts(values, Region(np.ones(2), 1.2))
    (array([0, 1, 2]), array([2, 1, 0]))
    """
    wanted = values if people is None else values[people]
    counted = values if among is None else values[among]
    distinct, sizes = np.unique(counted, axis=0, return_counts=True)
    rows, back = np.unique(wanted, axis=0, return_inverse=True)
    low, high = region.bounds
    above, below = _sure(rows, distinct, sizes, low, high, bool(np.isinf(region.factor)))
    return above[back.ravel()], below[back.ravel()]


@njit(cache=True, nogil=True)
def _sure(
    rows: FloatArray, others: FloatArray, sizes: IntArray, low: FloatArray, high: FloatArray, interior: bool
) -> tuple[IntArray, IntArray]:
    above, below = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for i in range(len(rows)):
        for j in range(len(others)):
            least, most, size = 0.0, 0.0, 0.0
            if interior:
                for c in range(rows.shape[1]):
                    least = min(least, others[j, c] - rows[i, c])
                    most = max(most, others[j, c] - rows[i, c])
                if least >= 0.0 and most > 0.0:
                    above[i] += sizes[j]
                elif most <= 0.0 and least < 0.0:
                    below[i] += sizes[j]
                continue
            for c in range(rows.shape[1]):
                difference = others[j, c] - rows[i, c]
                least += (low[c] if difference > 0 else high[c]) * difference
                most += (high[c] if difference > 0 else low[c]) * difference
                size += high[c] * (others[j, c] + rows[i, c])
            if least > _ROUNDING * size:
                above[i] += sizes[j]
            elif most < -_ROUNDING * size:
                below[i] += sizes[j]
    return above, below


@dataclass(frozen=True, eq=False)
class Space:
    """Ranks over a region of weights.

    Attributes
    ----------
    top : ndarray of int64, shape (k,)
        The k highest by the base weights.
    lowest, highest : ndarray of int64, shape (k,)
        Their ranks are never better, never worse than these, whatever the weights.
    seen_lowest, seen_highest : ndarray of float64, shape (k,)
        Best and worst rank that some drawn weights give.
    certain : ndarray of bool, shape (k,)
        Who is among the k highest whatever the weights.
    possible : ndarray of int64
        Who is not surely outside them.
    seen : ndarray of int64
        Who is among them with some drawn weights.
    sure_pairs : ndarray of float64
        For each person asked about, the share of all others whose order no weights change (equal people
        count as such).
    """

    top: IntArray
    lowest: IntArray
    highest: IntArray
    seen_lowest: FloatArray
    seen_highest: FloatArray
    certain: BoolArray
    possible: IntArray
    seen: IntArray
    sure_pairs: FloatArray


def weight_space(
    values: FloatArray, region: Region, *, k: int, draws: int, rng: np.random.Generator
) -> Space:
    """Return what weights of a region can and can't change about the k highest of n people.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
        What each weight multiplies, 0 or more; of people with something above 0.
    region : Region
        The weights.
    k : int
        Size of the top; at most n.
    draws : int
        Weights drawn, besides the base and the corners.
    rng : numpy.random.Generator
        Of the draws, and of the people asked about pairs where there are many.

    Returns
    -------
    Space
        Bounds are exact for pairs; a rank between them need not be attained, so those seen are given too.
        Compared with everybody are only the k highest, people who could be among them, and a sample for the
        pairs: O((k + candidates)·m·d) for m distinct rows.

    Raises
    ------
    DataError
        If nobody has a value.
    """
    n = len(values)
    if n == 0:
        raise DataError("Nobody has a reaction, so there is nothing to weigh.")
    k = min(k, n)
    base = values @ region.base
    top = np.argsort(-base, kind="stable")[:k]
    above, below = sure_counts(values, region, people=top)
    highest = n - below
    candidates = _candidates(values, region, k)
    over, _ = sure_counts(values, region, people=candidates)
    best, worst, seen = np.full(k, np.inf), np.zeros(k), np.zeros(n, dtype=bool)
    for weights in region.draw(draws, rng):
        # Sums of weights that differ by rounding are one value.
        total = np.round(values @ weights / (base.max() * weights.max()), 13)
        ranks = rankdata(-total, method="average")
        best, worst = np.minimum(best, ranks[top]), np.maximum(worst, ranks[top])
        seen[np.argsort(-total, kind="stable")[:k]] = True
    asked = np.arange(n) if n * n <= _MOST_PAIRS else rng.choice(n, _MOST_PAIRS // n + 1, replace=False)
    higher, lower = sure_counts(values, region, people=asked)
    equal = _equals(values, asked)
    pairs = (higher + lower + equal - 1) / max(n - 1, 1)
    return Space(
        top, above + 1, highest, best, worst, highest <= k, candidates[over < k], np.flatnonzero(seen), pairs
    )


def _candidates(values: FloatArray, region: Region, k: int) -> IntArray:
    """Return people of whom fewer than k of the strongest are surely above: nobody else can be in the top."""
    columns = [values @ region.base, *values.T]
    strong = np.unique(np.concatenate([np.argsort(-column, kind="stable")[: 2 * k] for column in columns]))
    above, _ = sure_counts(values, region, among=strong)
    return np.flatnonzero(above < k)


def _equals(values: FloatArray, asked: IntArray) -> IntArray:
    """Return how many people have the same values as each of those asked about, themselves included."""
    _, back, sizes = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(sizes[back.ravel()][asked])


def finite_space(values: FloatArray, *, k: int) -> Space:
    """Return the same over a few settings, one row of values each; the first is the base.

    Parameters
    ----------
    values : ndarray of float64, shape (settings, n)
        The values of n people in each setting.
    k : int
        Size of the top.

    Returns
    -------
    Space
        Bounds and what is seen are the same. ``sure_pairs`` is of the k highest.

    Examples
    --------
    >>> space = finite_space(np.array([[3.0, 2.0, 1.0], [1.0, 3.0, 0.5]]), k=1)
    >>> space.certain.tolist(), space.possible.tolist(), space.highest.tolist()
    ([False], [0, 1], [2])
    """
    n = values.shape[1]
    k = min(k, n)
    orders = [np.argsort(-row, kind="stable") for row in values]
    ranks = np.array([rankdata(-row, method="average") for row in values])
    member = np.zeros((len(values), n), dtype=bool)
    for row, order in zip(member, orders, strict=True):
        row[order[:k]] = True
    top = orders[0][:k]
    first = np.sign(values[0, top][:, None] - values[0])
    same = np.ones(first.shape, dtype=bool)
    for row in values[1:]:
        same &= np.sign(row[top][:, None] - row) == first
    low, high = ranks[:, top].min(axis=0), ranks[:, top].max(axis=0)
    possible = np.flatnonzero(member.any(axis=0))
    pairs = (same.sum(axis=1) - 1) / max(n - 1, 1)
    return Space(
        top, np.floor(low).astype(np.int64), np.ceil(high).astype(np.int64), low, high,
        np.asarray(member[:, top].all(axis=0)), possible, possible, pairs,
    )  # fmt: skip


def parts_received(graph: Any, by: str) -> tuple[list[str], FloatArray]:
    """Return what each person receives by kind or by network, with the weights of the graph.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers; n people.
    by : {"kind", "network"}
        The parts; only those of weight above 0 and with an edge.

    Returns
    -------
    list of str
        Names of the d parts, sorted.
    ndarray of float64, shape (n, d)
        Weight received, before saturation. For kinds without their weight, for networks with it. O(m).

    Examples
    --------
    >>> from influence_graph import InfluenceGraph
    >>> import polars as pl
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> parts_received(graph, "kind")[1].ravel().tolist()
    [2.0, 0.0, 0.0]
    """
    sums: dict[str, FloatArray] = {}
    for (kind, network), layer in sorted(graph.layers.items()):
        weight = graph.weighting.kinds[kind]
        if weight == 0 or not layer.nnz:
            continue
        received = np.bincount(layer.indices, weights=layer.data, minlength=graph.n)
        name = kind if by == "kind" else network
        sums[name] = sums.get(name, np.zeros(graph.n)) + received * (1.0 if by == "kind" else weight)
    if not sums:
        raise DataError("The graph has no layers with edges. Build it with build_graph(log, layers=True).")
    return sorted(sums), np.column_stack([sums[name] for name in sorted(sums)])
