"""Agreement of methods on one log, across independent halves of it, and corrected for its noise.

A *deal* puts each episode of a log into one of two halves by a fair coin. What one half says of a person is
independent of what the other says, but for the person; so the agreement of one method on the first half with
another on the second is not raised by noise that they share. It is lowered by the noise of both, as is that
of a method with itself across halves: three figures, none of which may be divided by another
(:mod:`influence_graph.evaluation.corrected` has what can be divided). People "with a reaction" are there
those with one in the half that the first method ranks, averaged over both ways. To take those with one in
the whole log would make the halves dependent: a person with one reaction has it in one half only.

Sampling variability is that of actors. In each replicate every actor is kept with probability ½, the same
actors for all methods and on both halves: how far an agreement varies from one such replicate to another
is how far it varies from one log to another (half-sampling: McCarthy 1969; the delete-half jackknife of Shao
& Wu 1989). Draws with replacement would count a repeated actor once where a method counts distinct people or
normalises an actor's weights, and give intervals that are too narrow. An interval is centred at the figure of
the whole log, since agreement depends on the size of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import stats

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.evaluation import rank_agreement as agreement
from influence_graph.evaluation.comparison import MEASURES, POPULATIONS
from influence_graph.evaluation.corrected import corrected_with_interval, cross_covariances
from influence_graph.evaluation.log_parts import LogPart, LogParts, Values
from influence_graph.methods.ties import ROUNDING
from influence_graph.threads import over_threads

#: Groups of actors of the jackknife, and deals over which each is left out.
GROUPS, DEALS_PER_GROUP = 20, 1


@dataclass(frozen=True)
class Measuring:
    """How two rankings are compared: k of the top, persistence of rank-biased overlap."""

    k: int
    persistence: float


class Figures(NamedTuple):
    """Figures with their intervals: arrays of one shape."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Agreement:
    """What :func:`agreement_over_deals` finds.

    Attributes
    ----------
    same_log : Figures of shape (pairs, 2, 4)
        By pair of different methods, population and measure.
    halves : Figures of shape (pairs and methods, 2, 4)
        By pair of methods, then by method with itself.
    corrected : Figures of shape (2, M, M)
        By population.
    """

    same_log: Figures
    halves: Figures
    corrected: Figures


class _Deal(NamedTuple):
    """What one deal gives: figures of it, and of its replicates and groups less those of the whole."""

    halves: FloatArray
    covariance: FloatArray
    same_log_apart: FloatArray
    halves_apart: FloatArray
    covariance_apart: dict[int, FloatArray]


def agreement_over_deals(
    parts: LogParts,
    whole: Values,
    *,
    measuring: Measuring,
    deals: int,
    replicates: int,
    confidence: float,
    seed: np.random.SeedSequence,
) -> Agreement:
    """Return the agreement of M methods on a log, across halves of it, and corrected.

    Parameters
    ----------
    parts : LogParts
        Runs the methods on parts of the log.
    whole : Values
        Those of the whole log.
    measuring : Measuring
        k and persistence.
    deals : int
        Number of deals over which figures are averaged.
    replicates : int
        Number of draws of actors; 0: no intervals.
    confidence : float in (0, 1)
        Confidence level.
    seed : numpy.random.SeedSequence
        Spawns one stream a deal, replicate and group.

    Returns
    -------
    Agreement
        In O(deals + replicates) runs of each method; independent of the number of threads.
    """
    dealing, drawing, grouping = seed.spawn(3)
    work = _Work(
        parts,
        parts.part(np.ones(parts.episodes.count, dtype=bool)),
        measuring,
        dealing.spawn(deals),
        drawing.spawn(replicates),
        _groups(parts.actors, parts.graph.n, np.random.default_rng(grouping)),
    )
    same_log = work.same_log(whole)
    found = over_threads(lambda number: work.deal(number, same_log), deals, loops=True)
    halves = np.array([deal.halves for deal in found])
    covariance = np.mean([deal.covariance for deal in found], axis=0)
    of_same_log = np.concatenate([deal.same_log_apart for deal in found])
    of_halves = np.concatenate([deal.halves_apart for deal in found])
    mean_halves = _mean(halves)
    return Agreement(
        _with_interval(same_log, of_same_log, confidence),
        _with_interval(mean_halves, of_halves, confidence),
        _corrected(covariance, [deal.covariance_apart for deal in found], len(work.groups), confidence),
    )


@dataclass(frozen=True, eq=False)
class _Work:
    """What all deals share."""

    parts: LogParts
    whole: LogPart
    measuring: Measuring
    deal_seeds: Sequence[np.random.SeedSequence]
    replicate_seeds: Sequence[np.random.SeedSequence]
    groups: Sequence[BoolArray]

    def same_log(self, values: Values) -> FloatArray:
        """Return the agreement of all pairs of methods on one log, shape (pairs, 2, 4)."""
        ranked = _Ranked.of([values])
        pairs = combinations(range(len(values.raw)), 2)
        return np.array([ranked.measures((0, a), (0, b), self.measuring) for a, b in pairs])

    def across(self, first: Values, second: Values) -> FloatArray:
        """Return that across two halves, shape (pairs and methods, 2, 4): both ways averaged."""
        ranked = _Ranked.of([first, second])
        methods = range(len(first.raw))
        pairs = [*combinations(methods, 2), *zip(methods, methods, strict=True)]
        return np.array(
            [
                (
                    ranked.measures((0, a), (1, b), self.measuring)
                    + ranked.measures((1, a), (0, b), self.measuring)
                )
                / 2.0
                for a, b in pairs
            ]
        )

    def deal(self, number: int, same_log: FloatArray) -> _Deal:
        """Return the figures of one deal, of its share of the replicates, and of its groups."""
        setup, *streams = self.deal_seeds[number].spawn(4)
        rng = np.random.default_rng(setup)
        half, third = (self.parts.deal(pieces, rng) for pieces in (2, 3))
        values = self._both(half, None, streams[0])
        halves, covariance = self.across(*values), self._covariance(values, third, None, streams[1])
        deals = len(self.deal_seeds)
        same_log_apart, halves_apart = [], []
        for replicate in range(number, len(self.replicate_seeds), deals):
            draw, whole, pair = self.replicate_seeds[replicate].spawn(3)
            kept = np.random.default_rng(draw).random(self.parts.graph.n) < 0.5
            on_whole = self.parts.values(self.whole, kept=kept, seed=whole)
            same_log_apart.append(_apart(self.same_log(on_whole), same_log))
            halves_apart.append(_apart(self.across(*self._both(half, kept, pair)), halves))
        covariance_apart = {}
        for group in range(len(self.groups)):
            # Group g is left out of deals g, g + GROUPS / DEALS_PER_GROUP, … (modulo their number).
            turns = {(group + turn * (GROUPS // DEALS_PER_GROUP)) % deals for turn in range(DEALS_PER_GROUP)}
            if number in turns:
                kept = self.groups[group]
                without = self._covariance(self._both(half, kept, streams[0]), third, kept, streams[1])
                covariance_apart[group] = without - covariance
        return _Deal(
            halves,
            covariance,
            np.array(same_log_apart).reshape(-1, 2, *same_log.shape),
            np.array(halves_apart).reshape(-1, 2, *halves.shape),
            covariance_apart,
        )

    def _both(
        self, dealt: Sequence[LogPart], kept: BoolArray | None, seed: np.random.SeedSequence
    ) -> tuple[Values, Values]:
        # The same stream with and without some of the actors: a method that samples varies less.
        first, second = _children(seed, 2)
        return (
            self.parts.values(dealt[0], kept=kept, seed=first),
            self.parts.values(dealt[1], kept=kept, seed=second),
        )

    def _covariance(
        self,
        halves: tuple[Values, Values],
        third: Sequence[LogPart],
        kept: BoolArray | None,
        seed: np.random.SeedSequence,
    ) -> FloatArray:
        """Return the covariances of log values by population, shape (2, M, M).

        Who has a reaction in the whole log depends on both halves, and to select people by it would make
        the halves dependent: a person with one reaction has it in one of them. So a log is dealt into three
        here; the third part says who is counted.
        """
        counted = self.parts.reacted(third[2], kept=kept)
        thirds = self._both(third, kept, seed)
        weights = None, counted.astype(np.float64)
        return np.array(
            [
                cross_covariances(_logs(first), _logs(second), weight)
                for (first, second), weight in zip((halves, thirds), weights, strict=True)
            ]
        )


@dataclass(frozen=True, eq=False)
class _Ranked:
    """The rankings by M methods on a few logs, and how people are counted.

    Attributes
    ----------
    rankings : sequence of sequences of Ranking or None
        By log and method; None where the method failed.
    counts : sequence of ndarray of int64, shape (c,)
        How many people each cell is: of everybody, and of those with a reaction in each log.
    block : bool
        Whether the last cell is all people without a reaction.
    places : dict
        Those of each ranking and count, by log, method and number of the count.
    """

    rankings: Sequence[Sequence[agreement.Ranking | None]]
    counts: Sequence[IntArray]
    block: bool
    places: dict[tuple[int, int, int], agreement.Places]

    @classmethod
    def of(cls, logs: Sequence[Values]) -> _Ranked:
        """Rank; where people without a reaction tie in every ranking, they are one cell."""
        reacted = np.logical_or.reduce([log.reacted for log in logs])
        idle = np.flatnonzero(~reacted)
        block = len(idle) > 1 and all(_all_tie(log, idle) for log in logs)
        cells = np.append(np.flatnonzero(reacted), idle[0]) if block else np.arange(len(reacted))
        everybody = np.ones(len(cells), dtype=np.int64)
        if block:
            everybody[-1] = len(idle)
        rankings = [
            [
                agreement.Ranking.of(raw[cells], near[cells] if isinstance(near, np.ndarray) else near)
                if np.isfinite(raw[0])
                else None
                for raw, near in zip(log.raw, log.resolution, strict=True)
            ]
            for log in logs
        ]
        counts = [everybody, *(log.reacted[cells].astype(np.int64) for log in logs)]
        return cls(rankings, counts, block, {})

    def measures(self, a: tuple[int, int], b: tuple[int, int], how: Measuring) -> FloatArray:
        """Return the measures of two methods, each on a log: (log, method), shape (2, 4).

        The second population is the people with a reaction in the log of the first.
        """
        x, y = self.rankings[a[0]][a[1]], self.rankings[b[0]][b[1]]
        if x is None or y is None:
            return np.full((len(POPULATIONS), len(MEASURES)), np.nan)
        found = []
        for population in (0, 1 + a[0]):
            counts = self.counts[population]
            if population == 0 and self.block:
                # Pairs with somebody of the last cell by their signs, the others by the kernel.
                apart = np.sign(x.codes[:-1] - x.codes[-1]) * np.sign(y.codes[:-1] - y.codes[-1])
                inner = counts.copy()
                inner[-1] = 0
                difference = agreement.concordance(x, y, inner) + int(counts[-1]) * int(apart.sum())
            else:
                difference = agreement.concordance(x, y, counts)
            one, two = self._places(*a, population, x), self._places(*b, population, y)
            found.append(agreement.measures(one, two, difference, k=how.k, persistence=how.persistence))
        return np.array(found)

    def _places(self, log: int, method: int, population: int, ranking: agreement.Ranking) -> agreement.Places:
        key = log, method, population
        if key not in self.places:
            self.places[key] = agreement.Places.of(ranking, self.counts[population], copies=False)
        return self.places[key]


def _logs(values: Values) -> FloatArray:
    """Return the logarithms of one plus the natural values; most of these are 0."""
    natural = values.natural
    logs = np.zeros_like(natural)
    there = natural != 0.0
    logs[there] = np.log1p(natural[there])
    return logs


def _all_tie(log: Values, people: IntArray) -> bool:
    """Whether these people have one value by each method."""
    for raw, near in zip(log.raw, log.resolution, strict=True):
        values = raw[people]
        reach = near[people].max() if isinstance(near, np.ndarray) else near
        if np.ptp(values) > max(float(reach), ROUNDING * float(values.max())):
            return False
    return True


def _groups(actors: IntArray, n: int, rng: np.random.Generator) -> list[BoolArray]:
    """Return who is kept when each of the groups of actors is left out."""
    group = np.full(n, -1)
    group[rng.permutation(actors)] = np.arange(len(actors)) % GROUPS
    return [group != number for number in range(GROUPS)]


def _children(seed: np.random.SeedSequence, count: int) -> list[np.random.SeedSequence]:
    """Return the first children of a seed, the same on every call."""
    return [
        np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, number)) for number in range(count)
    ]


def _on_z(figures: FloatArray) -> FloatArray:
    """Return figures on the scale on which their intervals are symmetric: Fisher's z of tau and rho."""
    scaled = figures.copy()
    inside = np.abs(scaled[..., :2]) < 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        # A correlation of ±1 has no finite z.
        scaled[..., :2] = np.where(inside, np.arctanh(scaled[..., :2]), np.nan)
    return scaled


def _apart(replicate: FloatArray, whole: FloatArray) -> FloatArray:
    """Return by how much the figures of a replicate differ: plainly, and on z, shape (2, …)."""
    return np.array([replicate - whole, _on_z(replicate) - _on_z(whole)])


def _with_interval(value: FloatArray, apart: FloatArray, confidence: float) -> Figures:
    """Return figures with normal intervals on z, or on their own scale where z is not finite."""
    nothing = np.full_like(value, np.nan)
    if not len(apart):
        return Figures(value, nothing, nothing)
    quantile = float(stats.norm.ppf(0.5 + confidence / 2.0))
    plain, by_z = (quantile * _deviation(apart[:, scale]) for scale in (0, 1))
    low, high = value - plain, value + plain
    use = np.isfinite(by_z[..., :2]) & (np.abs(value[..., :2]) < 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.arctanh(value[..., :2])
        low[..., :2] = np.where(use, np.tanh(z - by_z[..., :2]), low[..., :2])
        high[..., :2] = np.where(use, np.tanh(z + by_z[..., :2]), high[..., :2])
    least = np.where(np.arange(value.shape[-1]) < 2, -1.0, 0.0)
    return Figures(value, np.maximum(low, least), np.minimum(high, 1.0))


def _deviation(apart: FloatArray) -> FloatArray:
    """Return the standard deviation over replicates; NaN where not nearly all of them have a value."""
    known = np.isfinite(apart)
    count = known.sum(axis=0)
    filled = np.where(known, apart, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    square = (np.where(known, apart - mean, 0.0) ** 2).sum(axis=0)
    return np.where(count >= 0.9 * len(apart), np.sqrt(square / np.maximum(count - 1, 1)), np.nan)


def _mean(values: FloatArray) -> FloatArray:
    """Return the mean over the first axis of what is known."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _corrected(
    covariance: FloatArray, apart: Sequence[dict[int, FloatArray]], groups: int, confidence: float
) -> Figures:
    """Return corrected correlations by population, shape (2, M, M)."""
    changes: list[list[FloatArray]] = [[] for _ in range(groups)]
    for of_deal in apart:
        for group, change in of_deal.items():
            changes[group].append(change)
    # Without a group: the mean over all deals, plus what leaving it out changes in those where it was.
    left_out = np.array([covariance + np.mean(found, axis=0) for found in changes])
    parts = [
        corrected_with_interval(covariance[number], left_out[:, number], confidence)
        for number in range(len(covariance))
    ]
    return Figures(*(np.array(column) for column in zip(*parts, strict=True)))
