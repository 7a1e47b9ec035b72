"""Seed selection: the few people who together reach most."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.counter_rng import Rng, key_of
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.limits import check_limits
from influence_graph.propagation.cascades import run_cascades, seed_positions
from influence_graph.propagation.forward_edges import forward_edges
from influence_graph.propagation.greedy_cover import Cover, cover_greedily
from influence_graph.propagation.live_edges import LiveEdges, live_edges
from influence_graph.propagation.models import SIR, IndependentCascade, Model, make_model
from influence_graph.propagation.reverse_reachable import block_for, collect, count_hits

_FIRST = 4096
# No graph needs more than this many sets a person for a good choice of any size.
_FLOOR_CAP = 64


@dataclass(frozen=True, eq=False)
class Seeds:
    """People chosen to reach most together, and what is known of how good the choice is.

    Attributes
    ----------
    ids : list
        The chosen people, in the order chosen (given seeds are not among them).
    positions : ndarray of int64
        Where they stand in ``graph.ids``.
    gains : ndarray of float64
        People that each adds to those before, on the samples used to choose (a little too high).
    spread : float
        People they reach, given seeds included, on samples not used to choose.
    low : float
        Spread is at least this.
    optimum_high : float
        No choice within the same limits reaches more than this.
    certificate : float
        ``low / optimum_high``: the choice is at least this good. Both bounds hold together with chance
        1 − δ. NaN for ``algorithm="celf"``, which certifies nothing.
    samples : int
        Sets drawn to choose on; those to check on are drawn besides.
    stopped : {"guarantee", "budget", "celf"}
        Whether the wanted guarantee was reached before ``max_samples``.
    """

    ids: list[Any]
    positions: IntArray
    gains: FloatArray
    spread: float
    low: float
    optimum_high: float
    certificate: float
    samples: int
    stopped: str

    def __repr__(self) -> str:
        return (
            f"<Seeds: {len(self.ids)} people reach {self.spread:.4g}; at least {self.certificate:.0%} "
            f"of the best possible; {self.samples:,} sets, stopped by {self.stopped}>"
        )


def select_seeds(
    graph: InfluenceGraph,
    k: int | None = None,
    *,
    model: Model | str = IndependentCascade(),  # noqa: B008 - frozen, and its fields show in help()
    epsilon: float = 0.1,
    delta: float | None = None,
    costs: Mapping[Any, float] | FloatArray | None = None,
    budget: float | None = None,
    given: Iterable[Any] = (),
    forbidden: Iterable[Any] = (),
    support: int = 200,
    max_samples: int = 20_000_000,
    algorithm: Literal["opim", "celf"] = "opim",
    runs: int = 1000,
    rng: Rng = None,
) -> Seeds:
    """Choose the people whose cascades together reach most.

    OPIM-C (Tang, Tang, Xiao & Yuan 2018), with its tighter upper bound: greedy
    choice on one collection of reverse-reachable sets, checked on another, doubled until the choice is
    certified to be at least 1 − 1/e − ε of the best. A met certificate alone can stop far from the best
    spread, so the sets also go on until the last person chosen is supported by ``support`` of them.

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    k : int, optional
        How many to choose; or give ``budget``.
    model : IndependentCascade, LinearThreshold, or the name of one with its defaults
        The diffusion model.
    epsilon : float in (0, 1 − 1/e)
        How far below 1 − 1/e ≈ 0.63 the certificate may stay. With costs the aim is 1 − 1/√e ≈ 0.39.
    delta : float, optional
        Chance that the certificate is wrong. Default: 1/n.
    costs : mapping of id to cost, or ndarray of float64, shape (n,), optional
        What each person costs (> 0; people not named cost 1). Needs ``budget``.
    budget : float, optional
        Most that the chosen may cost together.
    given : iterable of ids
        Already seeds: they cost nothing and count in the spread.
    forbidden : iterable of ids
        Never chosen.
    support : int
        Fewest sets that the last person chosen adds; more choose better and take longer.
    max_samples : int
        Most sets to draw for choosing.
    algorithm : {"opim", "celf"}
        CELF (Leskovec et al. 2007) is the slow check for small graphs: lazy greedy on ``runs``
        simulated cascades an evaluation.
    runs : int
        Cascades an evaluation, for CELF.
    rng : None, int, or numpy.random.Generator
        Source of randomness (SPEC 7). The same seed gives the same bits for any number of threads.

    Returns
    -------
    Seeds
        The choice, its spread on fresh samples, and its certificate.

    Raises
    ------
    ConfigError, DataError
        If k is not between 1 and the number of people who may be chosen, a cost is not above 0,
        nobody is affordable, or a person is not in the graph.

    Examples
    --------
    >>> star = InfluenceGraph.from_edges({"source": ["b", "c", "e"], "target": ["a", "a", "d"]})
    >>> select_seeds(star, 1, model=IndependentCascade(1.0), rng=0).ids
    ['a']
    """
    check_limits({"k": k, "support": support, "max_samples": max_samples, "runs": runs})
    chosen = make_model(model)
    limits = _limits(graph, k, costs, budget, given, forbidden)
    if algorithm == "celf":
        return _celf(graph, chosen, limits, runs, key_of(rng))
    if isinstance(chosen, SIR):
        raise ConfigError("SIR has no reverse-reachable sets with independent edges. Use algorithm='celf'.")
    target = (1 - math.exp(-1) if limits.unit else 1 - math.exp(-0.5)) - epsilon
    if not epsilon > 0 or target <= 0:
        raise ConfigError(f"epsilon is {epsilon}, but it should be in (0, {target + epsilon:.2f}).")
    return _opim(
        graph, live_edges(graph, chosen), limits, target, delta or 1.0 / graph.n, support, max_samples, rng
    )


@dataclass(frozen=True, eq=False)
class _Limits:
    costs: FloatArray
    budget: float
    unit: bool
    given: IntArray
    allowed: npt.NDArray[np.bool_]


def _limits(
    graph: InfluenceGraph,
    k: int | None,
    costs: Mapping[Any, float] | FloatArray | None,
    budget: float | None,
    given: Iterable[Any],
    forbidden: Iterable[Any],
) -> _Limits:
    if (k is None) == (budget is None):
        raise ConfigError(
            "Say how many people to choose (k=…) or what they may cost (budget=…), one of the two."
        )
    if costs is not None and budget is None:
        raise ConfigError("costs= needs budget=, what the chosen may cost together.")
    already, never = list(given), list(forbidden)
    taken = seed_positions(graph, already) if already else np.zeros(0, dtype=np.int64)
    allowed = np.ones(graph.n, dtype=bool)
    allowed[taken] = False
    if never:
        allowed[graph.positions(never)] = False
    prices = np.ones(graph.n)
    if isinstance(costs, Mapping):
        prices[graph.positions(list(costs))] = list(costs.values())
    elif costs is not None:
        prices = np.array(costs, dtype=np.float64)
        if prices.shape != (graph.n,):
            raise ConfigError(
                f"costs has shape {prices.shape}, but there are {graph.n:,} people: one cost each."
            )
    wrong = ~(np.isfinite(prices) & (prices > 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(f"The cost of {graph.ids[at]!r} is {prices[at]}, but a cost is a number above 0.")
    if k is not None and not 1 <= k <= allowed.sum():
        raise ConfigError(
            f"k is {k}, but it should be between 1 and {int(allowed.sum()):,}, the people who may be chosen."
        )
    limit = float(k if k is not None else budget or 0.0)
    allowed &= prices <= limit
    if not allowed.any():
        raise DataError(f"Nobody who may be chosen costs {limit:g} or less. Raise the budget.")
    return _Limits(prices, limit, bool((prices == 1).all()), taken, allowed)


def _opim(
    graph: InfluenceGraph,
    edges: LiveEdges,
    limits: _Limits,
    target: float,
    delta: float,
    support: int,
    max_samples: int,
    rng: Rng,
) -> Seeds:
    n = graph.n
    generator = np.random.default_rng(rng)
    choosing, checking = key_of(generator), key_of(generator)
    rounds = max(math.ceil(math.log2(max(max_samples / _FIRST, 2))), 1) + 1
    # Two checks a round and one bound on the best: a union over all of them.
    log_term = math.log(3.0 * rounds / delta)
    pools: list[npt.NDArray[np.int32]] = []
    sizes: list[npt.NDArray[np.int32]] = []
    drawn, wanted, block = 0, min(_FIRST, max_samples), 512
    while True:
        pool, size = collect(edges, choosing, drawn, wanted, block=block, label="seeds: sets to choose on")
        pools, sizes = [np.concatenate([*pools, pool])], [np.concatenate([*sizes, size])]
        drawn = wanted
        block = block_for(len(pools[0]) / drawn)
        cover = cover_greedily(
            n, pools[0], sizes[0], limits.costs, limits.budget, limits.given, limits.allowed
        )
        more = _factor_for_support(cover, support, drawn, n)
        if more > 1 and drawn < max_samples:
            # Too few sets behind the last one chosen: no use checking the choice yet.
            wanted = min(drawn * more, max_samples)
            continue
        members = np.zeros(n, dtype=np.uint8)
        members[limits.given] = 1
        members[cover.chosen] = 1
        # The check needs fewer sets than the choice, unless the certificate turns out to be tight.
        certificate = 0.0
        for checked in dict.fromkeys((max(drawn // 4, min(drawn, _FIRST)), drawn)):
            hits = count_hits(
                edges, checking, 0, checked, members, block=block, label="seeds: sets to check on"
            )
            low = max(_lower(hits, log_term) * n / checked, float(members.sum()))
            high = min(_upper(cover.bound, log_term) * n / drawn, float(n))
            spread, certificate = hits * n / checked, low / high
            if certificate >= target:
                break
        if certificate >= target or drawn >= max_samples:
            return Seeds(
                graph.ids.gather(cover.chosen).to_list(),
                cover.chosen,
                cover.gains * (n / drawn),
                spread,
                low,
                high,
                certificate,
                drawn,
                "guarantee" if certificate >= target else "budget",
            )
        wanted = min(2 * drawn, max_samples)


def _factor_for_support(cover: Cover, support: int, drawn: int, n: int) -> int:
    """By what power of two more sets are needed before every person chosen adds ``support`` of them."""
    least = max(int(cover.gains.min(initial=support)), 1)
    wanted = min(support / least, max(_FLOOR_CAP * n / drawn, 1.0))
    return int(2 ** math.ceil(math.log2(max(wanted, 1.0))))


def _lower(hits: int, log_term: float) -> float:
    """Lower bound of Tang et al. (2018): the mean of hits is above this with chance 1 − exp(−log_term)."""
    return max((math.sqrt(hits + 2 * log_term / 9) - math.sqrt(log_term / 2)) ** 2 - log_term / 18, 0.0)


def _upper(bound: float, log_term: float) -> float:
    """Upper bound of Tang et al. (2018): what no choice's mean is above, from a bound on what it covers."""
    return (math.sqrt(bound + log_term / 2) + math.sqrt(log_term / 2)) ** 2


def _celf(graph: InfluenceGraph, model: Model, limits: _Limits, runs: int, key: np.uint64) -> Seeds:
    edges = forward_edges(graph, model)

    def spread(people: list[int]) -> float:
        if not people:
            return 0.0
        return run_cascades(edges, np.array(people, dtype=np.int64), runs=runs, key=key).spread

    now = limits.given.tolist()
    reached = spread(now)
    chosen: list[int] = []
    gains: list[float] = []
    left = limits.budget
    # Gains only fall as people are added, so an old gain is a bound: only the top one is evaluated again.
    heap = [
        (-(spread([*now, v]) - reached) / limits.costs[v], v, 0)
        for v in np.flatnonzero(limits.allowed).tolist()
    ]
    heapq.heapify(heap)
    while heap:
        ratio, v, at = heapq.heappop(heap)
        if limits.costs[v] > left:
            continue
        if at < len(chosen):
            gain = spread([*now, *chosen, v]) - reached
            heapq.heappush(heap, (-gain / limits.costs[v], v, len(chosen)))
            continue
        chosen.append(v)
        gains.append(-ratio * limits.costs[v])
        left -= limits.costs[v]
        reached += gains[-1]
    final = run_cascades(
        edges, np.array([*now, *chosen], dtype=np.int64), runs=10 * runs, key=key ^ np.uint64(1)
    )
    positions = np.array(chosen, dtype=np.int64)
    return Seeds(
        graph.ids.gather(positions).to_list(),
        positions,
        np.array(gains),
        final.spread,
        final.low,
        math.nan,
        math.nan,
        runs,
        "celf",
    )
