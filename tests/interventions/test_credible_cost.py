"""The integer programme against plain enumeration, and at its limits."""

import math

import numpy as np
import pytest

from influence_graph.behaviour import Prices
from influence_graph.interventions.credible_cost import CredibleNeed


def need(**given):
    start = {"value": 30.0, "trusted": 0.0, "counted": 0.0, "floor": 10.0, "slope": 3.0, "tenure": 20.0,
             "longest": 60.0, "credits": np.linspace(0.9, 0.1, 40)}  # fmt: skip
    return CredibleNeed(**{**start, **given})


def by_enumeration(goal, prices):
    best = math.inf
    for bought in range(41):
        earned = goal.trusted + goal.credits[:bought].sum()
        for new in range(0, 130):
            for days in np.linspace(0.0, goal.longest, 601) if new else [0.0]:
                trusted = earned + new * (1 - math.exp(-days / goal.tenure))
                unknown = goal.counted + bought + new - trusted
                if trusted + min(unknown, goal.floor + goal.slope * trusted) >= goal.value - 1e-9:
                    cost = prices.bought * bought + new * (
                        prices.account + prices.event * (2 if days else 1) + prices.day * days
                    )
                    best = min(best, cost)
                    break
    return best


@pytest.mark.parametrize(
    "prices",
    [
        Prices(event=0.01, bought=3, day=0.01),
        Prices(event=0.1, bought=0.9, day=1.0),
        Prices(bought=2, day=0.5),
    ],
)
def test_no_mix_is_cheaper(prices):
    goal = need()
    found = goal.cheapest(prices)
    plain = by_enumeration(goal, prices)
    # The enumeration has days in steps of .1, so it can only be dearer.
    assert found.cost <= plain + 1e-9
    assert found.cost == pytest.approx(plain, rel=0.02)
    assert found.exact


def test_a_value_below_the_floor_needs_no_age():
    found = need(value=7.2).cheapest(Prices())
    assert (found.accounts, found.bought, found.days) == (8, 0, 0.0)


def test_the_capped_count_and_what_can_not_be_reached():
    assert need(value=10.0, tenure=math.inf, slope=0.0, credits=np.zeros(3)).cheapest(Prices()).accounts == 10
    assert need(value=11.0, tenure=math.inf, slope=0.0, credits=np.zeros(3)).cheapest(Prices()) is None
