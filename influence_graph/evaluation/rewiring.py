"""A null for methods that look beyond counts: who reacts to whom is dealt again, counts of people kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, IntArray
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.interactions.log import Interactions, derived

#: Rounds of swaps: in each, every pair gets one partner of its block.
ROUNDS = 30


class Rewired(NamedTuple):
    """A rewired log, and the share of its events whose target changed."""

    log: Interactions
    moved: float


def rewired(arrays: LogArrays, *, until: int, block: int, rng: np.random.Generator) -> Rewired:
    """Swap the targets of distinct pairs of people, within blocks of time and network.

    Two pairs (a, b) and (c, d) of one block become (a, d) and (c, b); each takes all its events along. Swaps
    that would make a loop or a pair that is already there are refused. So the number of distinct people who
    reacted to each person, and that each reacted to, and everybody's activity stay exactly what they were.

    Parameters
    ----------
    arrays : LogArrays
        The log: n people, m rows.
    until : int
        Rows later than this, in microseconds since 1970, are left out.
    block : int
        Length of a block of time, in microseconds. A pair belongs to that of its last event.
    rng : Generator
        Of the swaps.

    Returns
    -------
    Rewired
        The log up to ``until``, and the share of its events that moved. Where the share is under half, the
        blocks leave too little to be dealt again, and it is no null. O(rounds · m log m).
    """
    past = arrays.time <= until
    rows = np.flatnonzero(past & arrays.event)
    keys, member = np.unique(arrays.source[rows] * arrays.n + arrays.target[rows], return_inverse=True)
    source, target = keys // arrays.n, keys % arrays.n
    last = np.zeros(len(keys), dtype=np.int64)
    np.maximum.at(last, member, np.arange(len(rows)))
    at = rows[last]
    group = ((until - arrays.time[at]) // block) * len(arrays.networks) + arrays.network[at]
    group = np.unique(group, return_inverse=True)[1].ravel()
    for _ in range(ROUNDS):
        target = _swapped(source, target, group, arrays.n, rng)
    moved = float((target != keys % arrays.n)[member].mean()) if len(rows) else 0.0
    whole = arrays.target.copy()
    whole[rows] = target[member]
    named = pl.Series("target", arrays.people.gather(np.maximum(whole, 0)))
    frame = arrays.log.frame.collect().with_columns(
        target=pl.when(pl.Series(whole >= 0)).then(named).otherwise(None)
    )
    log = Interactions(
        frame.filter(pl.Series(past)).lazy(),
        arrays.log.report.narrowed(int(past.sum()), "later than a cut-off"),
        lambda: derived(arrays.log.fingerprint, "rewired", until, block),
    )
    return Rewired(log, moved)


def _swapped(
    source: IntArray, target: IntArray, group: IntArray, n: int, rng: np.random.Generator
) -> IntArray:
    """Propose one partner a pair and take the swaps that are allowed, all at once."""
    order = np.argsort(group + rng.random(len(source)))  # by group, which is 0, 1, …; at random within
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    first = np.flatnonzero((place[:-1] % 2 == 0) & (group[order][1:] == group[order][:-1]))
    one, other = order[first], order[first + 1]
    new_one, new_other = source[one] * n + target[other], source[other] * n + target[one]
    allowed: BoolArray = (source[one] != target[other]) & (source[other] != target[one])
    both = np.concatenate([new_one, new_other])
    by_pair = np.argsort(both)
    ordered = both[by_pair]
    refused = np.ones(len(both), dtype=bool)
    # Two swaps of one round may make the same pair: only the first of them is taken.
    runs = np.flatnonzero(np.diff(ordered, prepend=-1))
    if len(runs):
        refused[np.minimum.reduceat(by_pair, runs)] = False
    refused[by_pair] |= _in(ordered, np.sort(source * n + target))
    allowed &= ~refused[: len(one)] & ~refused[len(one) :]
    result = target.copy()
    result[one[allowed]], result[other[allowed]] = target[other[allowed]], target[one[allowed]]
    return result


def _in(values: IntArray, ordered: IntArray) -> BoolArray:
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: BoolArray = ordered[at] == values
    return found
