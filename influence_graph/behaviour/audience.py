"""Audiences: directed graphs of who follows whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.counter_rng import Rng
from influence_graph.errors import ConfigError

if TYPE_CHECKING:
    from influence_graph.graph.graph import InfluenceGraph

# Rounds of drawing after which unfilled ties mean that no free pairs are left.
_ROUNDS = 64


def synthetic_audience(
    n: int,
    *,
    mean_degree: float = 15.0,
    exponent: float = 2.3,
    communities: int | npt.ArrayLike | None = None,
    mixing: float = 0.25,
    reciprocity: float = 0.22,
    spread: float = 1.0,
    popularity: npt.ArrayLike | None = None,
    rng: Rng = None,
) -> csr_array:
    """Draw a follower graph with heavy-tailed in-degrees, communities and mutual ties.

    A directed, degree-corrected block model (Karrer & Newman 2011); mutual ties are drawn separately from
    one-way ties. The follower of a one-way tie is drawn in proportion to sociability (log-normal), the
    followed person in proportion to popularity (a power law), as in Chung & Lu (2002). Both ends of a mutual
    tie are drawn in proportion to sociability: people with many followers rarely follow back (Kwak et al.
    2010). There are no multiple edges and no self-loops.

    Parameters
    ----------
    n : int
        Number of people, at least 1.
    mean_degree : float, optional
        Mean out-degree, and so also mean in-degree. At most (n − 1)/4.
    exponent : float, optional
        γ > 1 of the power law p(x) ∝ x^−γ of popularity. Kwak et al. (2010) fit 2.276 to the followers
        on Twitter. For small n the tail is truncated at n − 1 followers.
    communities : int or array of int, shape (n,), optional
        Number of communities of equal probability; or the community of each person. None: n // 250, at
        least 1.
    mixing : float, optional
        Share of ties between communities, 0 to 1: the μ of Lancichinetti et al. (2008). No effect with
        one community.
    reciprocity : float, optional
        Share q of linked pairs that are linked in both directions, 0 to 1. Kwak et al. (2010) count 0.221.
        The share of *ties* that are mutual is then 2q/(1 + q).
    spread : float, optional
        Standard deviation of the logarithm of sociability, at least 0.
    popularity : array of float, shape (n,), optional
        Popularity of each person, positive and finite; only ratios count. None: drawn.
    rng : int, numpy.random.SeedSequence, numpy.random.Generator or None, optional
        Seed or generator. The same seed gives the same audience.

    Returns
    -------
    csr_array
        Float64, n×n, every stored value 1: entry [u, v] if u follows v, so column v is the audience of v.
        Orientation as in every graph of this package: attention flows from u to v.

    Raises
    ------
    ConfigError
        If a parameter is out of range, or there are not enough pairs for the ties.

    Notes
    -----
    Time O(m log m) for m = n·mean_degree ties.

    References
    ----------
    - B. Karrer, M. E. J. Newman (2011). Stochastic blockmodels and community structure in networks.
      Phys. Rev. E 83, 016107. doi 10.1103/PhysRevE.83.016107
    - F. Chung, L. Lu (2002). Connected components in random graphs with given expected degree sequences.
      Ann. Comb. 6, 125–145. doi 10.1007/PL00012580
    - H. Kwak, C. Lee, H. Park, S. Moon (2010). What is Twitter, a social network or a news media?
      WWW '10. doi 10.1145/1772690.1772751
    - A. Lancichinetti, S. Fortunato, F. Radicchi (2008). Benchmark graphs for testing community detection
      algorithms. Phys. Rev. E 78, 046110. doi 10.1103/PhysRevE.78.046110

    Examples
    --------
    >>> audience = synthetic_audience(500, mean_degree=6, rng=1)
    >>> audience.shape, audience.nnz
    ((500, 500), 3000)
    >>> int(audience.diagonal().sum())
    0
    """
    check(n >= 1, "n", n, "at least 1 person")
    check(mean_degree >= 0, "mean_degree", mean_degree, "at least 0")
    check(exponent > 1, "exponent", exponent, "above 1")
    check(0 <= mixing <= 1, "mixing", mixing, "between 0 and 1")
    check(0 <= reciprocity <= 1, "reciprocity", reciprocity, "between 0 and 1")
    check(0 <= spread < np.inf, "spread", spread, "finite and at least 0")
    if 4 * mean_degree > n - 1:
        raise ConfigError(
            f"mean_degree is {mean_degree}, but it should be at most (n − 1)/4 = {(n - 1) / 4} for {n:,} "
            "people. Ask for fewer ties or more people."
        )
    on_labels, on_popularity, on_sociability, on_ties = np.random.default_rng(rng).spawn(4)
    labels = _labels(n, communities, on_labels)
    popular = pareto(on_popularity.random(n), exponent) if popularity is None else _weights(n, popularity)
    social = np.exp(spread * on_sociability.standard_normal(n))

    ties = round(n * mean_degree)
    mutual = round(ties * reciprocity / (1 + reciprocity))
    one_way = ties - 2 * mutual
    linked = np.empty(0, dtype=np.int64)
    one_way_pairs, linked = _draw(on_ties, one_way, social, popular, labels, mixing, linked)
    mutual_pairs, linked = _draw(on_ties, mutual, social, social, labels, mixing, linked)
    rows = np.concatenate([one_way_pairs[0], mutual_pairs[0], mutual_pairs[1]])
    columns = np.concatenate([one_way_pairs[1], mutual_pairs[1], mutual_pairs[0]])
    audience = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    audience.sort_indices()
    return audience


def audience_from_graph(graph: InfluenceGraph) -> csr_array:
    """Return the audience that a graph contains: its ``follow`` layers, else its edges.

    A person who reacted to another has seen the other, so the edges are a lower bound of the audience. Follow
    layers are merged over all networks.

    Parameters
    ----------
    graph : InfluenceGraph
        The graph; its people keep their positions.

    Returns
    -------
    csr_array
        Float64, n×n, every stored value 1: entry [u, v] if u sees v; no self-loops. O(m).

    Examples
    --------
    >>> from influence_graph.graph import InfluenceGraph, Weighting
    >>> import polars as pl
    >>> acted = csr_array(np.array([[0.0, 3.0], [0.0, 0.0]]))
    >>> graph = InfluenceGraph(pl.Series("id", ["a", "b"]), {}, acted, pl.DataFrame(), Weighting({}))
    >>> audience_from_graph(graph).toarray()
    array([[0., 1.],
           [0., 0.]])
    """
    follows = [layer for (kind, _), layer in sorted(graph.layers.items()) if kind == "follow"]
    seen = sum(follows[1:], start=follows[0]) if follows else graph.adjacency
    entries = seen.tocoo()
    keep = (entries.data > 0) & (entries.row != entries.col)
    rows, columns = entries.row[keep], entries.col[keep]
    audience = csr_array((np.ones(len(rows)), (rows, columns)), shape=(graph.n, graph.n))
    audience.sort_indices()
    return audience


def pareto(uniform: FloatArray, exponent: float) -> FloatArray:
    """Map uniform numbers in [0, 1) to a power law p(x) ∝ x^−exponent, x ≥ 1, by its quantile function.

    Examples
    --------
    >>> pareto(np.array([0.0, 0.75]), 3.0)
    array([1., 2.])
    """
    return np.asarray((1.0 - uniform) ** (-1.0 / (exponent - 1.0)), dtype=np.float64)


def check(holds: bool | np.bool_, name: str, value: object, expected: str) -> None:
    """Raise a ConfigError that names the parameter unless its condition holds."""
    if not holds:
        raise ConfigError(f"{name} is {value!r}, but it should be {expected}.")


def _labels(n: int, communities: int | npt.ArrayLike | None, rng: np.random.Generator) -> IntArray:
    given = np.asarray(max(1, n // 250) if communities is None else communities)
    if given.ndim == 0:
        check(bool(given >= 1), "communities", communities, "at least 1")
        return rng.integers(int(given), size=n)
    check(given.shape == (n,), "communities", given.shape, f"one label a person, shape ({n},)")
    labels: IntArray = np.unique(given, return_inverse=True)[1].astype(np.int64)
    return labels


def _weights(n: int, popularity: npt.ArrayLike) -> FloatArray:
    weights = np.asarray(popularity, dtype=np.float64)
    check(weights.shape == (n,), "popularity", weights.shape, f"one number a person, shape ({n},)")
    worst = float(weights.min()) if np.isfinite(weights).all() else "not finite"
    check(isinstance(worst, float) and worst > 0, "popularity", worst, "positive and finite")
    return weights


def _draw(
    rng: np.random.Generator,
    count: int,
    first: FloatArray,
    second: FloatArray,
    labels: IntArray,
    mixing: float,
    linked: IntArray,
) -> tuple[tuple[IntArray, IntArray], IntArray]:
    """Return ``count`` new pairs, a share ``mixing`` of them across communities, and all linked keys."""
    # Sorted by community: each community is one interval of the cumulated weights.
    order = np.argsort(labels, kind="stable")
    upper = np.cumsum(second[order])
    ends = np.cumsum(np.bincount(labels))
    high = upper[ends - 1]
    low = np.concatenate([[0.0], high[:-1]])
    chooser = np.cumsum(first)
    single = len(ends) == 1

    def pick(mass: FloatArray) -> IntArray:
        people: IntArray = order[np.minimum(np.searchsorted(upper, mass, side="right"), len(order) - 1)]
        return people

    def inside(size: int) -> tuple[IntArray, IntArray]:
        u = _choose(chooser, rng.random(size))
        c = labels[u]
        return u, pick(low[c] + rng.random(size) * (high[c] - low[c]))

    def across(size: int) -> tuple[IntArray, IntArray]:
        u = _choose(chooser, rng.random(size))
        c = labels[u]
        gap = high[c] - low[c]
        mass = rng.random(size) * (upper[-1] - gap)
        return u, pick(np.where(mass >= low[c], mass + gap, mass))

    leaving = 0 if single else round(count * mixing)
    stay, linked = _fill(count - leaving, inside, linked, len(order))
    leave, linked = _fill(leaving, across, linked, len(order))
    return (np.concatenate([stay[0], leave[0]]), np.concatenate([stay[1], leave[1]])), linked


def _choose(cumulated: FloatArray, uniform: FloatArray) -> IntArray:
    found: IntArray = np.searchsorted(cumulated, uniform * cumulated[-1], side="right").astype(np.int64)
    return np.minimum(found, len(cumulated) - 1)


def _fill(
    count: int, propose: Callable[[int], tuple[IntArray, IntArray]], linked: IntArray, n: int
) -> tuple[tuple[IntArray, IntArray], IntArray]:
    """Propose pairs until ``count`` of them are new; ``linked`` are the sorted keys of the existing pairs."""
    sources = [np.empty(0, dtype=np.int64)]
    targets = [np.empty(0, dtype=np.int64)]
    missing, share = count, 0.8
    for _ in range(_ROUNDS):
        if missing == 0:
            break
        proposed = int(missing / share) + 16
        u, v = propose(proposed)
        u, v = u[u != v], v[u != v]
        # One key for both directions, so that a one-way tie stays one-way.
        keys, position = np.unique(np.minimum(u, v) * n + np.maximum(u, v), return_index=True)
        place = np.searchsorted(linked, keys)
        new = np.ones(len(keys), dtype=np.bool_)
        inside = place < len(linked)
        new[inside] = linked[place[inside]] != keys[inside]
        # The first proposals are kept: which pairs are linked must not depend on their keys.
        kept = np.sort(np.argsort(position[new], kind="stable")[:missing])
        keys, place, position = keys[new][kept], place[new][kept], position[new][kept]
        sources.append(u[position])
        targets.append(v[position])
        linked = np.insert(linked, place, keys)
        missing -= len(keys)
        # Where few pairs are free, few proposals are new: propose more, within bounds.
        share = max(len(keys) / proposed, 0.05)
    if missing:
        raise ConfigError(
            f"{missing:,} of {count:,} ties have no free pair: mean_degree is too high for communities this "
            "small, or popularity too uneven. Lower mean_degree, raise mixing, or ask for fewer communities."
        )
    return (np.concatenate(sources), np.concatenate(targets)), linked
