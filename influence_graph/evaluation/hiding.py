"""What happens to scores when a part of the log is hidden, and what a coverage statement says beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl
from scipy.special import ndtri

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation.rank_agreement import kendall_tau_b
from influence_graph.graph.build import build_graph
from influence_graph.graph.decay import decay_as_of
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.log import STATES, Interactions
from influence_graph.scoring._scale import Reference, scale
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores

What: TypeAlias = Literal["network", "kind", "rows", "people"]
#: A part with a smaller share of the weight changes nothing that could be told from ties.
SMALLEST_PART = 0.002
_CANDIDATES = 20


@dataclass(frozen=True, eq=False)
class Hiding:
    """A part of a log that is hidden.

    Attributes
    ----------
    what : {"network", "kind", "rows", "people"}
        What is hidden; of people, what they do.
    part : str
        Name of the network or kind, or how rows or people are chosen.
    share : float or None
        Share of rows or people that was asked for.
    draw : int
        Number of the random choice.
    kept : ndarray of bool, shape (rows,)
        Rows of the log that stay.
    """

    what: What
    part: str
    share: float | None
    draw: int
    kept: BoolArray


class Reactions:
    """The rows of a log that make a graph, with the weight that each has in it.

    Parameters
    ----------
    log : Interactions
        r rows.
    graph : InfluenceGraph
        Built from it; n people.

    Attributes
    ----------
    frame : DataFrame
        ``source``, ``kind``, ``network`` and, where there is one, ``timestamp``, of all rows.
    target : ndarray of int64, shape (r,)
        Position among ``graph.ids``, −1 for a row that makes no edge.
    weight : ndarray of float64, shape (r,)
        Weight by kind times decayed weight; 0 for a row that makes no edge.
    """

    def __init__(self, log: Interactions, graph: InfluenceGraph) -> None:
        names = [
            "source",
            "target",
            "kind",
            "network",
            "weight",
            *(["timestamp"] if log.has_timestamps else []),
        ]
        rows = log.frame.select(names).collect()
        kinds, weighting = graph.weighting.kinds, graph.weighting
        by_kind = rows["kind"].replace_strict(dict(kinds), default=0.0, return_dtype=pl.Float64).to_numpy()
        weight = by_kind * rows["weight"].to_numpy()
        decay = decay_as_of(weighting.as_of, weighting.half_life)
        if decay is not None:
            fades = ~rows["kind"].is_in(sorted(STATES)).to_numpy()
            times = rows["timestamp"].to_physical().fill_null(ALWAYS).to_numpy()
            weight[fades] *= decay(times[fades])
        makes = rows.select(
            pl.col("target").is_not_null() & (pl.col("target") != pl.col("source"))
        ).to_series()
        used = makes.to_numpy() & (weight > 0)
        self.target = np.full(rows.height, -1, dtype=np.int64)
        self.target[used] = graph.positions(rows.filter(pl.Series(used))["target"])
        self.weight: FloatArray = np.where(used, weight, 0.0)
        self.frame, self.graph = rows.drop("target", "weight"), graph

    def received(self, kept: BoolArray | None = None) -> FloatArray:
        """Return the weight that each person receives from these rows, shape (n,)."""
        used = self.target >= 0 if kept is None else (self.target >= 0) & kept
        weights = self.weight[used]
        return np.bincount(self.target[used], weights=weights, minlength=self.graph.n).astype(np.float64)

    def share_hidden(self, kept: BoolArray) -> float:
        """Return the share of the weight of all rows that is hidden."""
        return float(1.0 - self.weight[kept].sum() / self.weight.sum())


def hidings(
    reactions: Reactions, what: What, *, shares: Sequence[float], draws: int, rng: np.random.Generator
) -> Iterator[Hiding]:
    """Yield the parts to hide: each network or kind, or shares of rows or of people.

    Rows are chosen at random, the oldest or the latest first; people, whose interactions are hidden while
    they still receive, at random, the most popular or the newest first. Only what can be chosen is: a single
    network or kind is all there is, and without timestamps nothing is old.

    Parameters
    ----------
    reactions : Reactions
        The log.
    what : {"network", "kind", "rows", "people"}
        What to hide.
    shares : sequence of float in (0, 1)
        Of rows or people.
    draws : int
        Random choices a share.
    rng : numpy.random.Generator
        Of the choices.

    Yields
    ------
    Hiding
    """
    frame = reactions.frame
    if what in ("network", "kind"):
        names = frame[what].filter(pl.Series(reactions.weight > 0)).unique().sort().to_list()
        for name in names if len(names) > 1 else []:
            kept = (frame[what] != name).to_numpy()
            if reactions.share_hidden(kept) >= SMALLEST_PART:
                yield Hiding(what, name, None, 0, kept)
        return
    for part, order, draw in _orders(reactions, what, draws, rng):
        for share in shares:
            hidden = order < share * (order.max() + 1)
            kept = ~hidden if what == "rows" else ~hidden[_sources(reactions)]
            yield Hiding(what, part, share, draw, kept)


def _orders(
    reactions: Reactions, what: What, draws: int, rng: np.random.Generator
) -> Iterator[tuple[str, IntArray, int]]:
    """Yield the orders in which rows or people are hidden: the place of each, from 0."""
    frame, graph = reactions.frame, reactions.graph
    count = frame.height if what == "rows" else graph.n
    for draw in range(draws):
        yield "random", rng.permutation(count), draw
    timed = "timestamp" in frame.columns
    if what == "people":
        # Ties in an order that has nothing to do with who people are.
        shuffled = rng.permutation(count)
        yield "most popular", _places(-reactions.received(), shuffled), 0
        if timed:
            first = frame.group_by("source").agg(pl.col("timestamp").min().to_physical())
            since = np.full(count, np.iinfo(np.int64).max)
            since[graph.positions(first["source"])] = first["timestamp"].fill_null(ALWAYS).to_numpy()
            yield "newest", _places(-since.astype(np.float64), shuffled), 0
    elif timed:
        times = frame["timestamp"].to_physical().fill_null(ALWAYS).to_numpy().astype(np.float64)
        yield "oldest", _places(times, np.arange(count)), 0
        yield "latest", _places(-times, np.arange(count)), 0


def _places(key: FloatArray, ties: IntArray) -> IntArray:
    places = np.empty(len(key), dtype=np.int64)
    places[np.lexsort((ties, key))] = np.arange(len(key))
    return places


def _sources(reactions: Reactions) -> IntArray:
    return reactions.graph.positions(reactions.frame["source"])


def top(values: FloatArray, k: int, before: FloatArray) -> IntArray:
    """Return the positions of the k highest; among equals, who was higher before.

    Examples
    --------
    >>> top(np.array([1.0, 2.0, 2.0]), 2, np.array([9.0, 1.0, 5.0])).tolist()
    [2, 1]
    """
    near = np.arange(len(values))
    more = np.flatnonzero(values > values.min(initial=np.inf))
    if 0 < k <= len(more) < len(values):
        # Most people of a log have the least value: only those who may be among the highest are put in order.
        near = more[values[more] >= np.sort(values[more])[-k]]
    return near[np.lexsort((near, -before[near], -values[near]))[:k]]


@dataclass(frozen=True, eq=False)
class Movement:
    """What hiding a part did to the k people at the top, and what was stated beforehand.

    Attributes
    ----------
    survived : ndarray of bool, shape (k,)
        Who is still among the k highest, with a value above 0.
    stated : ndarray of bool, shape (k,)
        The same by the coverage statement: each value times the share of what the person receives that is
        still seen.
    expected : ndarray of float64, shape (k,)
        The probability of the same, if what is hidden were a random share of everybody's.
    points, stated_points, points_before : ndarray of float64, shape (k,)
        Points on the scale frozen before; recomputed, stated, and before.
    rank_change : float
        Median absolute change of their ranks.
    tau : float
        Kendall's tau-b of values before and after, among people with a value before.
    """

    survived: BoolArray
    stated: BoolArray
    expected: FloatArray
    points: FloatArray
    stated_points: FloatArray
    points_before: FloatArray
    rank_change: float
    tau: float


class Statement:
    """The coverage statement on one method's scores, made before anything is hidden.

    Parameters
    ----------
    reactions : Reactions
        The log.
    scores : Scores
        Of the whole log.
    k : int
        Size of the top.
    seed : int
        Of the thinning that the expectation for a random share takes.
    """

    def __init__(self, reactions: Reactions, scores: Scores, k: int, seed: int) -> None:
        self.natural = scores.natural
        self.k = min(k, int((self.natural > 0).sum()))
        if self.k == 0:
            raise DataError(f"Nobody has a value above 0 by {scores.method}.")
        self.top = top(self.natural, self.k, self.natural)
        self._whole, self._reactions, self._seed = reactions.received(), reactions, seed
        self._reference = Reference.of(self.natural)
        used = reactions.target[reactions.target >= 0]
        self._counts = np.bincount(used, minlength=reactions.graph.n)
        self._expected: dict[float, FloatArray] = {}

    def stated(self, kept: BoolArray) -> FloatArray:
        """Return the value of each person that the statement foretells, shape (n,)."""
        left = self._reactions.received(kept)
        seen = np.divide(left, self._whole, out=np.zeros_like(left), where=self._whole > 0)
        return np.asarray(self.natural * seen)

    def expected(self, hidden: float, *, draws: int = 40) -> FloatArray:
        """Return how probably each of the top stays there when a random share of rows is hidden.

        Each person keeps a binomial number of the reactions received, and that share of the value.
        """
        hidden = round(hidden, 3)
        if hidden not in self._expected:
            rng = np.random.default_rng(self._seed)
            near = top(self.natural, _CANDIDATES * self.k, self.natural)
            counts = np.maximum(self._counts[near], 1)
            kept = rng.binomial(counts, 1.0 - hidden, size=(draws, len(near))) / counts
            found = np.zeros(len(near))
            for one in kept:
                left = self.natural[near] * one
                highest = top(left, self.k, self.natural[near])
                found[highest[left[highest] > 0]] += 1 / draws
            self._expected[hidden] = found[: self.k]
        return self._expected[hidden]

    def against(self, after: FloatArray, kept: BoolArray) -> Movement:
        """Return the movement to values that were recomputed without a part, shape (n,)."""
        stated, chosen = self.stated(kept), self.top
        survived, foretold = (
            np.isin(chosen, top(values, self.k, self.natural)) & (values[chosen] > 0)
            for values in (after, stated)
        )
        points, stated_points, before = (
            self._points(values)[chosen] for values in (after, stated, self.natural)
        )
        among = self.natural > 0
        change = np.abs(_ranks(after, chosen) - _ranks(self.natural, chosen))
        constant = np.ptp(after[among]) == 0 or np.ptp(self.natural[among]) == 0
        tau = float("nan") if constant else kendall_tau_b(self.natural[among], after[among])
        expected = self.expected(self._reactions.share_hidden(kept))
        return Movement(
            survived, foretold, expected, points, stated_points, before, float(np.median(change)), tau
        )

    def _points(self, values: FloatArray) -> FloatArray:
        return scale(values, "log", reference=self._reference)


def _ranks(values: FloatArray, chosen: IntArray) -> FloatArray:
    """Return the ranks of some, 1 for the highest value; equals have their mean."""
    ordered = np.sort(values)
    below, up_to = (np.searchsorted(ordered, values[chosen], side=side) for side in ("left", "right"))
    return np.asarray(len(values) - up_to + (up_to - below + 1) / 2, dtype=np.float64)


def hidden_values(
    log: Interactions,
    graph: InfluenceGraph,
    kept: BoolArray,
    methods: Sequence[tuple[str, Mapping[str, Any]]],
    seed: int,
) -> list[FloatArray]:
    """Return the natural values of all people by each method, recomputed on the rows that are kept.

    Parameters
    ----------
    log, graph : Interactions, InfluenceGraph
        The whole; the moment and the weights stay as they are.
    kept : ndarray of bool, shape (rows,)
        The rows that stay.
    methods : sequence of (name, parameters)
        The methods.
    seed : int
        Of methods that sample.

    Returns
    -------
    list of ndarray of float64, shape (n,)
        0 for people who are in no row that stays; all 0 where no edge is left.
    """
    nothing = np.zeros(graph.n)
    if not kept.any():
        return [nothing for _ in methods]
    part = log.where(pl.lit(pl.Series(kept)), reason="hidden")
    try:
        built = build_graph(part, **graph.weighting.parameters())
    except DataError:
        return [nothing for _ in methods]
    at = graph.positions(built.ids)
    found = []
    for name, parameters in methods:
        values = nothing.copy()
        values[at] = score(built, name, rng=seed, **parameters).natural
        found.append(values)
    return found


def mean_interval(values: FloatArray, level: float) -> tuple[float, float, float]:
    """Return the mean over people and its normal interval.

    Examples
    --------
    >>> [round(one, 2) for one in mean_interval(np.array([0.0, 1.0, 1.0, 0.0]), 0.95)]
    [0.5, -0.07, 1.07]
    """
    mean = float(values.mean())
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    width = float(ndtri(0.5 + level / 2) * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - width, mean + width


def share_interval(share: float, count: int, level: float) -> tuple[float, float, float]:
    """Return a share of this number of people and its interval (Wilson 1927).

    Examples
    --------
    >>> [round(one, 3) for one in share_interval(0.5, 10, 0.95)]
    [0.5, 0.237, 0.763]
    """
    z = float(ndtri(0.5 + level / 2))
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    width = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return share, float(middle - width), float(middle + width)
