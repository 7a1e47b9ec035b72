"""The least cost of an attack on credible reach: an integer programme, solved by enumeration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.attacks import Prices

#: Above so many accounts a grid replaces the enumeration of all numbers, and the plan is an upper bound.
_ALL = 600


class Mix(NamedTuple):
    """New accounts, days of ageing for each, reactions bought from real accounts, and the price of it all.

    ``exact`` is whether every number was tried.
    """

    accounts: int
    days: float
    bought: int
    cost: float
    exact: bool


@dataclass(frozen=True, eq=False)
class CredibleNeed:
    """What an attacker on T + min(U, floor + slope·T) starts from.

    Attributes
    ----------
    value : float
        To be reached.
    trusted, counted : float
        T, and T + U, of the target before.
    floor, slope : float
        Of the method.
    tenure : float
        In days; ∞ where age earns nothing.
    longest : float
        The most days for which an account can be aged.
    credits : ndarray of float64
        Of real accounts that can be bought, largest first.
    """

    value: float
    trusted: float
    counted: float
    floor: float
    slope: float
    tenure: float
    longest: float
    credits: FloatArray

    def cheapest(self, prices: Prices) -> Mix | None:
        """Return the least that reaches the value at these prices; None where nothing does.

        Notes
        -----
        The value is reached where T + U ≥ V and (1 + slope)·T ≥ V − floor. Credit is concave in age, so of
        all ways to earn credit with a number of new accounts, ageing all alike is the cheapest; the numbers
        of new and of bought accounts are enumerated. The accounts that are bought are those with most credit.
        """
        missing = max(0, math.ceil(self.value - self.counted - 1e-9))
        lacking = max(0.0, (self.value - self.floor) / (1.0 + self.slope) - self.trusted)
        bought, all_bought = _numbers(min(max(missing, math.ceil(2 * lacking) + 1), len(self.credits)))
        new, all_new = _numbers(max(3 * missing, math.ceil(4 * lacking)) + 1)
        earned = np.concatenate([[0.0], np.cumsum(self.credits)])[bought]
        short = np.maximum(lacking - earned, 0.0)[:, None]
        count = new[None, :].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(short > 1e-12, short / count, 0.0)
            days = -self.tenure * np.log1p(-np.minimum(share, 1.0)) if np.isfinite(self.tenure) else np.inf
            days = np.where(share > 0.0, days, 0.0)
        enough = (bought[:, None] + count >= missing) & (days <= self.longest)
        if not enough.any():
            return None
        events = np.where(days > 0.0, 2.0, 1.0)
        kept = np.where(enough, days, 0.0)
        cost = count * (prices.account + prices.event * events + prices.day * kept)
        cost = np.where(enough, cost + prices.bought * bought[:, None], np.inf)
        row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
        return Mix(
            int(new[column]),
            float(kept[row, column]),
            int(bought[row]),
            float(cost[row, column]),
            all_bought and all_new,
        )


def _numbers(most: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], bool]:
    """Return the numbers from 0 to ``most``, and whether none is left out."""
    if most <= _ALL:
        return np.arange(most + 1, dtype=np.int64), True
    grid = np.rint(np.geomspace(_ALL, most, _ALL)).astype(np.int64)
    return np.unique(np.concatenate([np.arange(_ALL, dtype=np.int64), grid])), False
