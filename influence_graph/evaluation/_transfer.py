"""Whether what a person is on one network says what follows on another.

At each origin, distinct people who reacted to somebody on a network within a period before it are held
against those who react on each network within the same period after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._concordance import concordance
from influence_graph.evaluation._jackknife import Estimate, folds_of, jackknife
from influence_graph.evaluation.log_arrays import Reactions, pair_folds
from influence_graph.evaluation.origins import auto_horizon, periods
from influence_graph.interactions.log import Interactions

#: Folds of pairs, at least: fewer would say nothing of the variance.
_FEWEST = 5
#: What a person's past is counted on, to predict reactors on one network.
OWN, OTHERS, ALL = "the same network", "the other networks", "all networks"


class Transfer(NamedTuple):
    """How well reactions on some networks predict those on one network.

    Attributes
    ----------
    matrix : polars.DataFrame
        One row a pair of networks: ``past``, ``future``, ``value`` (C), ``low``, ``high``, ``people``.
        Among people active on both before the origin; who is so at several origins counts at each.
    predictors : polars.DataFrame
        One row a network and a past, and one of all networks (``network`` "any"): ``network``, ``past`` (the
        same network, the other networks, all networks), ``value`` (C), ``low``, ``high``, ``below_own`` (C of
        the same network minus this), ``below_low``, ``below_high``, ``people``. Among people active
        there and elsewhere.
    origins : list of datetime
        When past and future meet.
    """

    matrix: pl.DataFrame
    predictors: pl.DataFrame
    origins: list[datetime]


def transfer(
    log: Interactions,
    *,
    horizon: timedelta | None = None,
    step: timedelta | None = None,
    networks: int = 12,
    fewest: int = 50,
    folds: int = 40,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
) -> Transfer:
    """Predict the people who will react to somebody on a network, from the past there and elsewhere.

    C is over pairs of people at one origin, all origins together. A person is compared on a network if
    active there (as a source) within a horizon before the origin, and on another one as well.

    Parameters
    ----------
    log : Interactions
        With timestamps and at least two networks.
    horizon : timedelta, optional
        Length of past and future. Default: :func:`auto_horizon`.
    step : timedelta, optional
        From origin to origin. Default: half a horizon.
    networks : int
        Only the largest are compared, by the people active there and elsewhere, over all origins.
    fewest : int
        A network needs this many such people, and a pair of networks this many active on both.
    folds : int
        Folds of people for the jackknife: a fold leaves all origins, as people compared and as reactors.
        There are half as many folds of pairs of people, with which what happens between two people counts
        once in the variance.
    confidence : float in (0, 1)
        Confidence level.
    rng : Generator, int or None
        Source of randomness (SPEC 7): who is in which fold.

    Returns
    -------
    Transfer
        In O(origins · folds · (rows of two horizons + K²·n log n)).

    Raises
    ------
    DataError
        If the log has no timestamps or one network, is too short, or too few people are on two networks.
    """
    reactions = Reactions.of(log)
    if len(reactions.networks) < 2:
        raise DataError(
            "The log has one network, so nothing can be transferred between networks. Read a log with a "
            "column 'network', and identities where people have several accounts."
        )
    length = horizon or auto_horizon(log)
    moments = periods(reactions.time, length, step or length / 2)
    if not moments:
        raise DataError(
            f"The log holds no two successive periods of {length} without a gap. Set a shorter horizon."
        )
    stream, count = np.random.default_rng(rng), min(folds, len(reactions.people))
    fold = folds_of(len(reactions.people), count, stream)
    of_pairs = max(count // 2, min(count, _FEWEST))
    pair = pair_folds(reactions.source, reactions.target, of_pairs, stream)
    origins = [_Origin(reactions, moment, length, fold, pair) for moment in moments]
    on_two = np.sum([one.on_two.sum(axis=0) for one in origins], axis=0)
    together = np.sum([one.active.T.astype(np.int64) @ one.active for one in origins], axis=0)
    chosen = np.argsort(-on_two, kind="stable")[:networks]
    chosen = np.sort(chosen[on_two[chosen] >= max(fewest, 2)])
    if not len(chosen):
        raise DataError(
            f"No network has {fewest} people who are active on another network too, over all origins. "
            "Read the log with identities, or lower fewest."
        )
    np.fill_diagonal(together, on_two)
    cells = [(a, b) for a in chosen for b in chosen if together[a, b] >= max(fewest, 2)]
    names = reactions.networks.to_list()

    def measured(without: int = -1, pairs: int = -1) -> tuple[FloatArray, FloatArray]:
        counted = [one.counts(without, pairs) for one in origins]
        return _over_matrix(origins, counted, cells), _over_pasts(origins, counted, chosen)

    people = [measured(without=number) for number in range(count)]
    paired = [measured(pairs=number) for number in range(of_pairs)]
    matrix, pasts = zip(measured(), *people, *paired, strict=True)
    between = [(names[a], names[b], int(together[a, b])) for a, b in cells]
    there = [[one.people[one.on_two[:, network]] for one in origins] for network in chosen]
    every = [found for one in there for found in one]
    sizes = [len(np.unique(np.concatenate(one))) for one in [*there, every]]
    labels = [*(names[network] for network in chosen), "any"]
    split = 1 + count
    epoch = datetime(1970, 1, 1)
    return Transfer(
        _matrix(between, matrix[0], matrix[1:split], matrix[split:], confidence),
        _predictors(labels, sizes, pasts[0], pasts[1:split], pasts[split:], confidence),
        [epoch + timedelta(microseconds=moment) for moment in moments],
    )


def _matrix(
    between: Sequence[tuple[str, str, int]],
    values: FloatArray,
    left_out: Sequence[FloatArray],
    pairs_left_out: Sequence[FloatArray],
    confidence: float,
) -> pl.DataFrame:
    """Return the table of C by pair of networks, from everybody's values and those without each fold."""
    found = jackknife(values, left_out, pairs_left_out=pairs_left_out, confidence=confidence)
    rows = [
        (past, future, *numbers, people)
        for (past, future, people), *numbers in zip(between, values, *_clipped(found), strict=True)
    ]
    columns = ["past", "future", "value", "low", "high", "people"]
    return pl.DataFrame(rows, columns, orient="row").fill_nan(None)


def _predictors(
    names: Sequence[str],
    sizes: Sequence[int],
    pasts: FloatArray,
    left_out: Sequence[FloatArray],
    pairs_left_out: Sequence[FloatArray],
    confidence: float,
) -> pl.DataFrame:
    """Return the table of C by network and past, likewise."""
    low, high = _clipped(jackknife(pasts, left_out, pairs_left_out=pairs_left_out, confidence=confidence))
    own, *others = (one[..., :1] - one for one in (pasts, np.array(left_out), np.array(pairs_left_out)))
    below = jackknife(own, others[0], pairs_left_out=others[1], confidence=confidence)
    figures = (pasts, low, high, below.value, below.low, below.high)
    rows = [
        (name, past, *(float(one[place, number]) for one in figures), size)
        for place, (name, size) in enumerate(zip(names, sizes, strict=True))
        for number, past in enumerate((OWN, OTHERS, ALL))
    ]
    columns = ["network", "past", "value", "low", "high", "below_own", "below_low", "below_high", "people"]
    return pl.DataFrame(rows, columns, orient="row").fill_nan(None)


def _clipped(found: Estimate) -> tuple[FloatArray, FloatArray]:
    """Return an interval of C, which lies in [0, 1]."""
    return np.clip(found.low, 0.0, 1.0), np.clip(found.high, 0.0, 1.0)


class _Counts(NamedTuple):
    """Distinct reactors of the n people of an origin, without a fold: by network (n × K), and in all (n)."""

    past: IntArray
    elsewhere: IntArray
    everywhere: IntArray
    future: IntArray
    kept: BoolArray


class _Distinct(NamedTuple):
    """Each distinct reactor of a person on a network.

    ``cell`` is the person and network, ``fold`` that of the reactor, ``pair`` that of the two; ``alone`` says
    whether it is on no other network, ``new`` whether it is the first of its networks.
    """

    cell: IntArray
    fold: IntArray
    pair: IntArray
    alone: BoolArray
    new: BoolArray


class _Origin:
    """Who was active where before an origin, and the distinct people who reacted before and after it."""

    def __init__(
        self, reactions: Reactions, moment: int, length: timedelta, fold: IntArray, pair: IntArray
    ) -> None:
        span = round(length.total_seconds() * 1e6)
        before = reactions.between(moment - span, moment)
        after = reactions.between(moment, moment + span)
        self.k = len(reactions.networks)
        self.people = np.unique(reactions.source[before])
        self.n = len(self.people)
        self.fold, self._folds, self._pair_folds = fold[self.people], fold, pair
        self.active = np.zeros((self.n, self.k), dtype=bool)
        self.active[np.searchsorted(self.people, reactions.source[before]), reactions.network[before]] = True
        self.on_two: BoolArray = self.active & (self.active.sum(axis=1) >= 2)[:, None]
        self._past, self._future = (self._distinct(reactions, rows) for rows in (before, after))

    def _distinct(self, reactions: Reactions, rows: slice) -> _Distinct:
        target, source = reactions.target[rows], reactions.source[rows]
        network = reactions.network[rows]
        at = np.searchsorted(self.people, target)
        known = (target >= 0) & (np.append(self.people, -1)[at] == target)
        named = np.stack([at[known], source[known], network[known]])
        triples, first = np.unique(named, axis=1, return_index=True)
        new = np.ones(triples.shape[1], dtype=bool)
        new[1:] = (np.diff(triples[:2], axis=1) != 0).any(axis=0)
        # Triples are sorted by pair: a pair is alone if the next triple is of another one too.
        alone = new & np.append(new[1:], True)
        pair = self._pair_folds[rows][known][first]
        return _Distinct(triples[0] * self.k + triples[2], self._folds[triples[1]], pair, alone, new)

    def counts(self, without: int, pairs: int) -> _Counts:
        """Return the reactors without a fold of people, or of pairs of people; −1: without none."""
        cell, fold, pair, alone, new = self._past
        kept, size = (fold != without) & (pair != pairs), self.n * self.k
        past = np.bincount(cell[kept], minlength=size).reshape(self.n, self.k)
        only = np.bincount(cell[kept & alone], minlength=size).reshape(self.n, self.k)
        everywhere = np.bincount(cell[kept & new] // self.k, minlength=self.n)
        later, fold, pair, *_ = self._future
        future = np.bincount(later[(fold != without) & (pair != pairs)], minlength=size)
        others = everywhere[:, None] - only
        return _Counts(past, others, everywhere, future.reshape(self.n, self.k), self.fold != without)


def _pooled(parts: list[tuple[IntArray, IntArray]]) -> float:
    """Return C over pairs of people at one origin, all origins together."""
    right, pairs = 0.0, 0.0
    for score, truth in parts:
        sizes = np.bincount(truth)
        untied = (len(truth) ** 2 - float(sizes @ sizes)) / 2.0
        if untied:
            right += untied * concordance(score, truth)
            pairs += untied
    return right / pairs if pairs else float("nan")


def _over_matrix(origins: list[_Origin], counted: list[_Counts], cells: list[tuple[int, int]]) -> FloatArray:
    found = []
    for a, b in cells:
        parts = []
        for one, count in zip(origins, counted, strict=True):
            # A network's own past is compared among the same kind of people: active on two.
            there = (one.active[:, a] & one.active[:, b] & one.on_two[:, b]) & count.kept
            parts.append((count.past[there, a], count.future[there, b]))
        found.append(_pooled(parts))
    return np.array(found)


def _over_pasts(origins: list[_Origin], counted: list[_Counts], chosen: IntArray) -> FloatArray:
    """Return C by network and past; the last row compares pairs of people within all networks together."""
    rows: list[list[float]] = []
    every: list[list[tuple[IntArray, IntArray]]] = [[], [], []]
    for b in chosen:
        own: list[list[tuple[IntArray, IntArray]]] = [[], [], []]
        for one, count in zip(origins, counted, strict=True):
            there = one.on_two[:, b] & count.kept
            truth = count.future[there, b]
            for place, past in enumerate((count.past[:, b], count.elsewhere[:, b], count.everywhere)):
                own[place].append((past[there], truth))
        rows.append([_pooled(parts) for parts in own])
        for place, parts in enumerate(own):
            every[place] += parts
    return np.array([*rows, [_pooled(parts) for parts in every]])
