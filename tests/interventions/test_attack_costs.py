"""Attacks reach the place that their cost says, when they are in the log, and one account less does not."""

import numpy as np
import pytest

from influence_graph import load_dataset
from influence_graph.behaviour import Prices, star
from influence_graph.errors import ConfigError
from influence_graph.interventions.attack_costs import cheapest, least_plans, smallest
from influence_graph.interventions.contest import Contest, newcomer

PLACES = 5


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=200, days=30, rng=4)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("engagement", {}),
        ("reactors", {}),
        ("pagerank", {}),
        ("h_index", {}),
        ("credible_reach", {"tenure": "5d"}),
    ],
)
@pytest.mark.parametrize("standing", [None, 0.5])
def test_every_plan_reaches_its_place_by_insertion(log, method, parameters, standing):
    contest = Contest(log, method, parameters)
    target = newcomer(log) if standing is None else contest.person(standing)
    plans = least_plans(contest, target, PLACES, [Prices()])
    tried = [plan for plan in plans if plan.made is not None]
    assert tried
    for plan in tried:
        assert plan.place <= PLACES
        assert contest.place_after(plan.made, target) == plan.place
    assert cheapest(plans, Prices()) in plans


def test_counts_cost_exactly_the_threshold(log):
    target = newcomer(log)
    for method, means in (("reactors", "accounts"), ("engagement", "events")):
        contest = Contest(log, method)
        best = cheapest(least_plans(contest, target, PLACES, [Prices()]), Prices())
        assert best.exact
        values = np.sort(contest.before[1].values)[::-1]
        assert getattr(best.effort, means) == values[PLACES - 1] + (means == "accounts")


def test_one_sybil_less_does_not_reach_it(log):
    target = newcomer(log)
    for method, back in (("reactors", 0), ("pagerank", 0), ("pagerank", 1)):
        contest = Contest(log, method)
        name = "star with links back" if back else "sybil star"
        plan = next(one for one in least_plans(contest, target, PLACES, [Prices()]) if one.attack == name)
        less = star(log, target, accounts=plan.effort.accounts - 2, back=back)
        assert contest.place_after(less, target) > PLACES


def test_the_least_size_is_found_from_any_guess():
    for guess in (None, 1, 36, 37, 38, 400):
        assert smallest(lambda size: 50 - size, 13, guess=guess, most=500) == (37, 13)
    assert smallest(lambda size: 50 - size, 13, most=30) == (None, None)
    assert smallest(lambda size: 1, 1) == (1, 1)


def test_more_places_than_people_are_refused():
    contest = Contest(load_dataset("synthetic", people=20, days=5, rng=1), "reactors")
    with pytest.raises(ConfigError, match="places"):
        least_plans(contest, "x", 50, [Prices()])
