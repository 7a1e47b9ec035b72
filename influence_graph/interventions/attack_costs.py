"""What it costs to lift somebody to a rank: attacks are put into the log, and the log is scored again.

Costs are those of the cheapest attack that was found. They are exact where the method adds up what reactors
bring (``engagement``, ``reactors``, ``credible_reach``) and where a farm has a closed form (PageRank, for a
new account); for all others they are upper bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from influence_graph.behaviour.attacks import Account, Prices
from influence_graph.errors import ConfigError
from influence_graph.interventions.attack_families import KNOWN, Economy, Goal, Mixed
from influence_graph.interventions.contest import Contest, Plan, middle


def cheapest(plans: Sequence[Plan], prices: Prices) -> Plan | None:
    """Return the plan that costs least at these prices; None where there is none."""
    return min(plans, key=lambda plan: plan.effort.cost(prices), default=None)


def least_plans(contest: Contest, target: Account, places: int, prices: Sequence[Prices]) -> list[Plan]:
    """Return attacks that lift a person into the first places, the smallest found of each kind.

    Parameters
    ----------
    contest : Contest
        The log and the method.
    target : id
        Who is lifted; an id that the log does not have is a new account.
    places : int
        A place is reached with the value of the last person who had one.
    prices : sequence of Prices
        Mixed attacks are chosen for each of them, and the cheapest at the middle is tried.

    Returns
    -------
    list of Plan
        Pure attacks were tried by insertion, at their size and at one less. Empty where none was found.

    Raises
    ------
    ConfigError
        If there are not more people than places.
    """
    if not 0 < places < contest.before[0].n:
        raise ConfigError(
            f"{places} places were asked for among {contest.before[0].n} people; expected from 1 to fewer."
        )
    economy = KNOWN.get(contest.method, Economy())
    goal, plans = economy.goal(contest, target, places), []
    for family in economy.pure(goal):
        size, place = smallest(
            lambda size, family=family: contest.place_after(family.make(size), target),  # type: ignore[misc]
            places,
            guess=family.guess,
            most=family.most,
        )
        if size is not None:
            exact = family.exact and size == family.guess
            made = family.make(size)
            plans.append(Plan(family.name, made.effort, exact, place, made))
    mixed = list(economy.mixed(goal, prices))
    return plans + _tried(goal, mixed, plans, middle(prices), always=economy.exact)


def smallest(
    place: Callable[[int], int], places: int, *, guess: int | None = None, most: int = 100_000
) -> tuple[int | None, int | None]:
    """Return the least size at which a place within ``places`` is reached, and the place.

    Parameters
    ----------
    place : callable
        From a size to a place, which falls as the size grows.
    places : int
        See above.
    guess : int, optional
        Where to begin.
    most : int
        The largest size that is tried.

    Examples
    --------
    >>> smallest(lambda size: 100 - size, 58, guess=40)
    (42, 58)
    """
    seen: dict[int, int] = {}

    def reached(size: int) -> bool:
        seen[size] = place(size)
        return seen[size] <= places

    start = min(max(1, guess or 1), most)
    low, high, step = 0, start, 1
    if reached(start):
        while high > 1 and reached(max(1, high - step)):
            high, step = max(1, high - step), step * 2
        low = max(0, high - step) if high > 1 else 0
    else:
        low = start
        while True:
            if low >= most:
                return None, None
            high = min(most, low + step)
            if reached(high):
                break
            low, step = high, step * 2
    while high - low > 1:
        half = (low + high) // 2
        low, high = (low, half) if reached(half) else (half, high)
    return high, seen[high]


def _tried(
    goal: Goal, mixed: Sequence[Mixed], pure: Sequence[Plan], price: Prices, *, always: bool
) -> list[Plan]:
    """Put the cheapest mixed plan into the log, with more accounts where it falls short."""
    if not mixed:
        return []
    best = min(range(len(mixed)), key=lambda number: mixed[number][0].effort.cost(price))
    plan, make = mixed[best]
    rest = [other for number, (other, _) in enumerate(mixed) if number != best]
    pure_cost = min((one.effort.cost(price) for one in pure), default=np.inf)
    if plan.effort.cost(price) >= pure_cost and not always:
        return [*rest, plan]
    for more in (0, 1, 2, 4, 8, 16, 32):
        attack = make(more)
        place = goal.contest.place_after(attack, goal.target)
        if place <= goal.places:
            exact = plan.exact and more == 0
            return [*rest, replace(plan, effort=attack.effort, place=place, exact=exact, made=attack)]
    return rest
