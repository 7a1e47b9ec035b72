"""Expected spread of all people at once: how many a post of each would reach."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Interval

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.bootstrap import Replicates
from influence_graph.counter_rng import Rng, key_of
from influence_graph.episodes import Episodes
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import REACHED, Raw, method
from influence_graph.propagation.live_edges import LiveEdges, live_edges
from influence_graph.propagation.models import Probability, events_if_learned, make_model
from influence_graph.propagation.reverse_reachable import block_for, count_members, spread_from_counts
from influence_graph.propagation.spread_bootstrap import resampled_spread

# The pilot is done when it is a tenth of what it says is needed: its forecast then errs by little, and
# what it costs, since the estimate does not use it, is a fifth at most.
_PILOT_SHARE = 0.1
_FIRST = 256


def _resampled(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates | None:
    probability = parameters["probability"]
    if isinstance(probability, np.ndarray):
        raise ConfigError(
            "expected_spread with an array of probabilities has no interval by bootstrap: a replicate has "
            "other edges. Take a named probability, or uncertainty='own' for the error of sampling alone."
        )
    if probability not in ("weighted_cascade", "share") or not episodes.graph.adjacency.nnz:
        return None
    samples = parameters["samples"]
    if samples is None:
        # How many sets a wanted precision takes is not in the values: one more run among the replicates.
        samples = expected_spread(episodes.graph, **dict(parameters) | {"rng": 0}).diagnostics["samples"]
    threshold = parameters["model"] == "linear_threshold"
    return resampled_spread(
        episodes, int(samples), distinct=probability == "weighted_cascade", threshold=threshold
    )


@method(
    "expected_spread",
    version=2,
    replicates=_resampled,
    accuracy={"precision", "top", "samples", "max_samples", "confidence"},
    needs_with=events_if_learned,
)
def expected_spread(
    graph: InfluenceGraph,
    *,
    model: Literal["independent_cascade", "linear_threshold"] = "independent_cascade",
    probability: Probability = "weighted_cascade",
    precision: Annotated[float, Gt(0)] = 0.18,
    top: Annotated[float, Interval(gt=0, le=1)] = 1.0,
    samples: Annotated[int, Ge(1)] | None = None,
    max_samples: Annotated[int, Ge(1000)] = 100_000_000,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    rng: Rng = None,
) -> Raw:
    r"""Expected number of people a cascade from each person reaches, the person included.

    σ(u) = 1 + (n − 1) · P[u ∈ RR(b) | b ≠ u] for a uniform root b, where RR(b) is the set of people from
    whom b is reached over live edges (Borgs, Brautbar, Chayes & Lucier 2014, observation 3.2). Random sets
    are drawn, memberships counted, nothing stored: one pass serves everybody. The sets whose root is u
    itself say nothing of u and are left out of its share, so an estimate is unbiased, never above n, and
    exactly n for a person who reaches everybody for certain.

    A pilot of doubling size forecasts how many samples the wanted precision takes; the estimate is made
    from that many *fresh* samples, whose number does not depend on what they show, so the intervals
    hold as stated. An interval is Wilson's for the count, which is binomial, and contains the estimate;
    a person on whom nobody acts has spread 1 for certain.

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    model : {"independent_cascade", "linear_threshold"}
        The diffusion model.
    probability : str, float or ndarray
        Chances (or weights) of the edges; see :class:`.IndependentCascade`.
    precision : float
        Wanted half-width of the interval relative to σ, as a mean over people. The mean error is about
        0.4 of it. About n/precision² samples, fewer where spreads are large.
    top : float in (0, 1]
        Over which share of the people, those of largest spread, ``precision`` is a mean.
    samples : int, optional
        This many samples, instead of ``precision``.
    max_samples : int
        The budget: no more samples than this, pilot included.
    confidence : float in (0, 1)
        Chance that an interval holds its σ.
    rng : None, int, or numpy.random.Generator
        Source of randomness (SPEC 7). The same seed gives the same bits for any number of threads.

    Returns
    -------
    Raw
        σ in people, with 1 ≤ ``low`` ≤ σ ≤ ``high`` ≤ n. Diagnostics: ``samples``, ``pilot_samples``,
        ``stopped`` ("precision", "budget" or "samples"), ``halfwidth`` (achieved, as ``precision`` means it),
        ``mean_set_size``. O(n) memory; time is proportional to the sum of set sizes.

    Notes
    -----
    .. math:: \sigma_v = \mathrm{E}\,|I_v| = 1 + (n - 1) \, \mathrm{P}[v \in RR(b) \mid b \neq v]

    With I_v the people whom a cascade from v reaches, and RR(b) those from whom b is reached.

    Unit: one person reached besides oneself.

    Use: Where influence means how far a post spreads. The answer depends on the model and the probabilities.

    References
    ----------
    Borgs, Brautbar, Chayes & Lucier (2014), "Maximizing social influence in nearly optimal time", SODA,
    946–957. Kempe, Kleinberg & Tardos (2003), "Maximizing the spread of influence through a social network",
    KDD, 137–146.

    Examples
    --------
    b and c act on a and on nobody else, so a reaches both for certain.

    >>> graph = InfluenceGraph.from_edges({"source": ["b", "c"], "target": ["a", "a"]})
    >>> result = expected_spread(graph, samples=1000, rng=1)
    >>> result.values.tolist()  # a, b, c
    [3.0, 1.0, 1.0]
    """
    n = graph.n
    if n == 0 or graph.adjacency.nnz == 0:
        ones = np.ones(n)
        return Raw(
            ones,
            ones,
            ones,
            {"samples": 0, "pilot_samples": 0, "stopped": "precision", "halfwidth": 0.0},
            unit=REACHED,
        )
    edges = live_edges(graph, make_model(model, probability=probability))
    key = key_of(rng)
    z = _quantile(confidence)
    alone = np.bincount(graph.adjacency.indices, minlength=n) == 0
    wanted, pilot, stopped, block = samples or _FIRST, 0, "samples", _FIRST
    if samples is None:
        wanted, pilot, block = _pilot(edges, key, alone, precision, top, max_samples, z)
        stopped = "precision" if wanted <= max_samples - pilot else "budget"
        wanted = min(wanted, max_samples - pilot)
    counts, rooted = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    visited = count_members(
        edges, key, pilot, pilot + wanted, counts, rooted, block=block, label="expected spread"
    )
    values = spread_from_counts(counts, rooted, wanted)
    low, high = (1.0 + (n - 1.0) * share for share in _wilson(counts, wanted - rooted, z))
    high[alone] = 1.0
    relative = (high - low) / (2.0 * values)
    best = np.argsort(-counts, kind="stable")[: math.ceil(top * n)]
    return Raw(
        values,
        low,
        high,
        {
            "samples": int(wanted),
            "pilot_samples": int(pilot),
            "stopped": stopped,
            "halfwidth": float(relative[best].mean()),
            "mean_set_size": visited / wanted,
        },
        unit=REACHED,
    )


def _pilot(
    edges: LiveEdges,
    key: np.uint64,
    alone: BoolArray,
    precision: float,
    top: float,
    max_samples: int,
    z: float,
) -> tuple[int, int, int]:
    """Draw samples, twice as many each time, until they forecast how many the precision takes.

    Returns that number, the number drawn, and how many samples make a block.
    """
    n = len(alone)
    counts, rooted = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    drawn, size, visited, block = 0, _FIRST, 0, _FIRST
    while True:
        visited += count_members(
            edges, key, drawn, drawn + size, counts, rooted, block=block, label="expected spread: pilot"
        )
        drawn += size
        block = block_for(visited / drawn)
        wanted = _needed(counts, alone, drawn, precision, top, z)
        if drawn >= _PILOT_SHARE * wanted or 2 * drawn >= _PILOT_SHARE * max_samples:
            return wanted, drawn, block
        size = drawn


def _quantile(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2.0))


def _wilson(count: Any, trials: Any, z: float) -> tuple[FloatArray, FloatArray]:
    """Wilson's (1927) interval for a binomial share: near its level also for small counts, never below 0.

    It holds ``count / trials``; without trials it is [0, 1].
    """
    middle = (count + z * z / 2.0) / (trials + z * z)
    half = z / (trials + z * z) * np.sqrt(count * (trials - count) / np.maximum(trials, 1.0) + z * z / 4.0)
    # At the ends it reaches 0 and 1, up to rounding.
    low = np.where(count == 0, 0.0, np.maximum(middle - half, 0.0))
    return low, np.where(count == trials, 1.0, np.minimum(middle + half, 1.0))


def _needed(counts: IntArray, alone: BoolArray, pilot: int, precision: float, top: float, z: float) -> int:
    """Forecast how many samples give the wanted mean relative half-width, from the counts of a pilot."""
    n = len(counts)
    # Who is alone has no width; their counts are 0, so they come last.
    best = np.sort(counts[~alone])[::-1][: math.ceil(top * n)]
    value, times = np.unique(best, return_counts=True)
    # Of n samples one, on average, starts at the person, and says nothing.
    informative = 1.0 - 1.0 / n
    share, people = np.minimum(value / (informative * pilot), 1.0), min(math.ceil(top * n), n)

    def halfwidth(samples: float) -> float:
        trials = informative * samples
        low, high = _wilson(share * trials, trials, z)
        return float(((n - 1.0) * (high - low) / 2.0 / (1.0 + (n - 1.0) * share) * times).sum() / people)

    few, many = 1.0, 2.0
    while halfwidth(many) > precision and many < 2**60:
        few, many = many, 2.0 * many
    for _ in range(20):
        middle = math.sqrt(few * many)
        few, many = (middle, many) if halfwidth(middle) > precision else (few, middle)
    return max(math.ceil(many), 64)
