"""Strategies: what people do with the same effort, and how they change it by the score they see.

The *position* of a person is four numbers: the logarithm of the posting rate relative to the usual one, and
the shares of effort that go to answers, of posts that are bait, and of effort that goes to a pod. What is
left of the effort goes to posts, so effort is the same at every position:

    rate · (effort per post) + effort on answers + effort on the pod = the usual rate.

A strategy is called once a period with the positions and the scores seen, and returns the new positions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.keyed_numbers import DIRECTION, NOISE, TRIAL, uniforms

#: Columns of a position.
RATE, ANSWERING, BAITING, PODDING = range(4)
#: What everybody does who has not changed anything.
USUAL = (0.0, 0.1, 0.0, 0.0)
#: A position stays within these: at least a tenth of the effort goes to posts.
LOWEST = (-np.log(8.0), 0.0, 0.0, 0.0)
HIGHEST = (np.log(8.0), 0.6, 0.8, 0.3)
#: How far a step of strength 1 goes on average, column by column.
_SCALE = np.array([0.7, 0.15, 0.2, 0.0])
#: Of the bandit: exploration after every arm was tried, and how fast old rewards are forgotten.
_EXPLORE, _FORGET = 0.1, 0.3


class Strategy(Protocol):
    """Changes positions once a period."""

    @property
    def needs_score(self) -> bool:
        """Whether it looks at the scores seen."""
        ...

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the positions of the next period, shape (n, 4)."""
        ...


def usual_positions(n: int) -> FloatArray:
    """Return the usual position of n people, shape (n, 4).

    Examples
    --------
    >>> usual_positions(1)
    array([[0. , 0.1, 0. , 0. ]])
    """
    return np.tile(np.array(USUAL), (n, 1))


def within_domain(position: FloatArray) -> FloatArray:
    """Return positions moved to the nearest that is allowed.

    Examples
    --------
    >>> within_domain(np.array([[0.0, 0.9, -1.0, 0.0]]))
    array([[0. , 0.6, 0. , 0. ]])
    """
    return np.clip(position, LOWEST, HIGHEST)


def effort_per_post(position: FloatArray) -> FloatArray:
    """Return the effort per post, 1 at the usual position, shape (n,).

    Examples
    --------
    >>> effort_per_post(usual_positions(1))
    array([1.])
    """
    usual = 1.0 - USUAL[ANSWERING] - USUAL[PODDING]
    left = 1.0 - position[:, ANSWERING] - position[:, PODDING]
    return np.asarray(left / usual * np.exp(-position[:, RATE]), dtype=np.float64)


@dataclass
class Steady:
    """Changes nothing."""

    needs_score: bool = field(default=False, init=False)

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the same positions."""
        return position


@dataclass
class Chaser:
    """Goes on with what last raised the score seen; takes back what did not, and tries something else.

    The change of a period is κ·d if the score rose, and κ·(d′ − d) if it did not, with d the direction of
    the last change and d′ a new one: a random search with win-stay, lose-shift.

    Attributes
    ----------
    who : array of bool, shape (n,)
        Who chases; the others stay.
    strength : float
        κ ≥ 0. With 0 nobody changes anything, to the bit.
    key : uint64
        Of the world: directions are keyed by person and period.
    blind : bool
        Whether the score is replaced by noise: an arm that changes as often, for no reason.
    """

    who: BoolArray
    strength: float
    key: np.uint64
    blind: bool = False
    _direction: FloatArray | None = field(default=None, init=False, repr=False)
    _seen: FloatArray | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check(0 <= self.strength < np.inf, "strength", self.strength, "finite and at least 0")

    @property
    def needs_score(self) -> bool:
        """Whether it looks at the scores seen."""
        return not self.blind

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the positions of the next period."""
        n = len(position)
        if self.blind:
            seen = uniforms(self.key, NOISE, np.arange(n), period)
        assert seen is not None
        tried = random_directions(n, period=period, key=self.key)
        if self._direction is None or self._seen is None:
            direction, change = tried, tried
        else:
            rose = (seen > self._seen)[:, None]
            direction = np.where(rose, self._direction, tried)
            change = np.where(rose, self._direction, tried - self._direction)
        self._direction, self._seen = direction, seen
        return _changed(position, self.strength * change, self.who)


@dataclass
class Bandit:
    """Learns which of seven positions raises the score most, by ε-greedy choice.

    The arms are the start, and the start with one of rate, answers or bait raised or lowered by κ standard
    steps. Every arm is tried once, in an order of one's own; then the one with the best mean score since (old
    scores forgotten at 0.3 a visit) is played, and another at random one time in ten.

    Attributes
    ----------
    who : array of bool, shape (n,)
        Who learns; the others stay.
    strength : float
        κ ≥ 0. With 0 all arms are the start.
    key : uint64
        Of the world.
    """

    who: BoolArray
    strength: float
    key: np.uint64
    needs_score: bool = field(default=True, init=False)
    _start: FloatArray | None = field(default=None, init=False, repr=False)
    _value: FloatArray | None = field(default=None, init=False, repr=False)
    _arm: IntArray | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check(0 <= self.strength < np.inf, "strength", self.strength, "finite and at least 0")

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the positions of the next period."""
        assert seen is not None
        n, people = len(position), np.arange(len(position))
        steps = np.zeros((7, 4))
        for column in (RATE, ANSWERING, BAITING):
            steps[1 + 2 * column, column], steps[2 + 2 * column, column] = _SCALE[column], -_SCALE[column]
        if self._start is None or self._value is None:
            self._start, self._value = position, np.full((n, len(steps)), np.nan)
        elif self._arm is not None:
            old = self._value[people, self._arm]
            self._value[people, self._arm] = np.where(np.isnan(old), seen, old + _FORGET * (seen - old))
        # Arms not yet tried come first, in the order of keyed numbers; later these decide ties.
        order = np.stack([uniforms(self.key, TRIAL, people, 0, arm) for arm in range(len(steps))], axis=1)
        worth = np.where(np.isnan(self._value), np.inf, self._value)
        best = np.lexsort((order, -worth), axis=1)[:, 0]
        explore = uniforms(self.key, TRIAL, people, 1 + period, 0) < _EXPLORE
        other = (uniforms(self.key, TRIAL, people, 1 + period, 1) * len(steps)).astype(np.int64)
        self._arm = np.where(explore & ~np.isnan(self._value).any(axis=1), other, best)
        goal = within_domain(self._start + self.strength * steps[self._arm])
        return np.where(self.who[:, None], goal, position)


@dataclass
class Yoked:
    """Replays the changes of donors, period by period, blind to the own score.

    Attributes
    ----------
    who : array of bool, shape (n,)
        Who replays; the others stay.
    donors : array of float, shape (periods, n, 4)
        Positions of the donors: chasers with the same start in an independent replicate world.
    """

    who: BoolArray
    donors: FloatArray
    needs_score: bool = field(default=False, init=False)

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the positions of the next period."""
        if period + 1 >= len(self.donors):
            return position
        return _changed(position, self.donors[period + 1] - self.donors[period], self.who)


@dataclass
class RandomWalk:
    """Changes at random: a step of strength κ in a new direction each period.

    Attributes
    ----------
    who : array of bool, shape (n,)
        Who changes; the others stay.
    strength : float
        κ ≥ 0.
    key : uint64
        Of the world.
    """

    who: BoolArray
    strength: float
    key: np.uint64
    needs_score: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        check(0 <= self.strength < np.inf, "strength", self.strength, "finite and at least 0")

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the positions of the next period."""
        tried = random_directions(len(position), period=period, key=self.key)
        return _changed(position, self.strength * tried, self.who)


@dataclass
class Gamer:
    """Moves a share of the effort from posts to reactions within a pod, and leaves it there.

    Attributes
    ----------
    who : array of bool, shape (n,)
        Who games; the others stay.
    share : float
        Of the effort, 0 to 0.3.
    """

    who: BoolArray
    share: float
    needs_score: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        check(0 <= self.share <= HIGHEST[PODDING], "share", self.share, f"from 0 to {HIGHEST[PODDING]}")

    def __call__(self, period: int, position: FloatArray, seen: FloatArray | None) -> FloatArray:
        """Return the positions of the next period."""
        goal = position.copy()
        goal[:, PODDING] = self.share
        return np.where(self.who[:, None], goal, position)


def random_directions(n: int, *, period: int, key: np.uint64) -> FloatArray:
    """Return one random direction a person in rate, answers and bait, normal and keyed, shape (n, 4)."""
    columns = np.arange(len(_SCALE))
    drawn = [uniforms(key, DIRECTION, np.arange(n), period, int(column)) for column in columns]
    return np.asarray(ndtri(np.maximum(np.stack(drawn, axis=1), 2.0**-54)) * _SCALE, dtype=np.float64)


def _changed(position: FloatArray, change: FloatArray, who: BoolArray) -> FloatArray:
    return np.where(who[:, None], within_domain(position + change), position)
