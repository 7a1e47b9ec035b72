"""Arms of equal effort; nothing is gained without strength; the split and the effects add up exactly."""

import numpy as np
import polars as pl
import pytest

from influence_graph.behaviour.model import BehaviourModel
from influence_graph.errors import ConfigError
from influence_graph.interventions.score_chasing import (
    ARMS,
    Chase,
    best_position,
    chase_in_world,
    planned_effort,
    spillovers,
)
from influence_graph.interventions.worlds import Population, ScoredBy

PEOPLE = Population(people=80)
MODEL = BehaviourModel(reaction_chance=0.1, effort=0.5, retweets=0.1, replies=0.3, answered=0.3)
METHOD = ScoredBy("reactors", half_life=10)
OPTIMUM = np.array([0.5, 0.1, 0.0, 0.0])


def chase(**given):
    return Chase(**{"steps": 30, "period": 5, "window": 15, "share": 0.2, **given})


@pytest.fixture(scope="module")
def arms():
    return chase_in_world(PEOPLE, MODEL, METHOD, chase(), optimum=OPTIMUM, off=True, world=0)


def test_every_arm_runs_at_equal_effort(arms):
    assert arms["arm"].to_list() == list(ARMS)
    assert arms["effort"].to_list() == pytest.approx([1.0] * len(ARMS))
    assert arms.select(pl.exclude("arm")).null_count().sum_horizontal().item() == 0
    score = dict(arms.select("arm", "score").rows())
    assert len({round(value, 9) for value in score.values()}) == len(ARMS)
    assert ((arms["validity"] > 0) & (arms["validity"] < 1)).all()


def test_without_strength_every_arm_but_the_devoted_is_the_steady_one():
    found = chase_in_world(
        PEOPLE, MODEL, METHOD, chase(strength=0.0), optimum=OPTIMUM, off=True, world=1
    ).filter(pl.col("arm") != "devoted")
    assert found.drop("arm").n_unique() == 1


def test_a_start_off_the_optimum_differs_and_is_the_same_in_every_world(arms):
    at = chase_in_world(PEOPLE, MODEL, METHOD, chase(), optimum=OPTIMUM, off=False, world=0, arms=())
    assert at["arm"].to_list() == ["steady"]
    assert at["score"][0] != arms["score"][0]


def test_direct_effect_and_spillover_add_up_to_the_total():
    found = spillovers(PEOPLE, MODEL, METHOD, chase(), optimum=OPTIMUM, off=True, shares=[0.1, 0.5], world=0)
    assert found.height == 4
    assert (found["direct"] + found["spillover"]).to_list() == pytest.approx(found["total"].to_list())
    still = spillovers(
        PEOPLE, MODEL, METHOD, chase(strength=0.0), optimum=OPTIMUM, off=True, shares=[0.5], world=0
    )
    assert still.select("direct", "spillover", "total").to_numpy().tolist() == [[0, 0, 0]] * 2


@pytest.mark.parametrize(("effort", "raised"), [(0.0, True), (2.0, False)])
def test_the_search_finds_that_posting_more_pays_without_a_trade_off_alone(effort, raised):
    model = BehaviourModel(reaction_chance=0.05, effort=effort)
    best = best_position(PEOPLE, model, ScoredBy("engagement"), chase(), worlds=1)
    assert (best[0] > 0) == raised


def test_effort_is_what_the_shares_leave():
    assert planned_effort(np.array([[[1.0, 0.3, 0.5, 0.2]]])) == pytest.approx(np.ones((1, 1)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"share": 1.5}, "share is 1.5"), ({"strength": -1}, "strength is -1"), ({"window": 99}, "window is 99"),
     ({"steps": 6}, "steps is 6")],
)  # fmt: skip
def test_parameters_outside_their_domain_are_errors(wrong, message):
    with pytest.raises(ConfigError, match=message):
        chase(**wrong)


def test_an_arm_must_be_known():
    with pytest.raises(ConfigError, match="among steady"):
        chase_in_world(PEOPLE, MODEL, METHOD, chase(), optimum=OPTIMUM, off=True, world=0, arms=("lazy",))
