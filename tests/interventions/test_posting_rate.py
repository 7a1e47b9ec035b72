"""The simulation is held to algebra: no penalty where none is, and a planted one with its turning point."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.people import People
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.errors import ConfigError
from influence_graph.interventions._turning_point import turning_point
from influence_graph.interventions.posting_rate import PER_POST, REACTIONS, curves_frame, rate_response
from influence_graph.interventions.worlds import Population, ScoredBy, over_worlds

METHODS = [ScoredBy("engagement"), ScoredBy("reactors")]
EVEN = Population(people=150, activity_spread=0.0, quality_spread=0.0, responsiveness_spread=0.0)


def respond(population=EVEN, worlds=3, **model):
    return rate_response(
        population,
        BehaviourModel(reaction_chance=0.05, **model),
        METHODS,
        worlds=worlds,
        steps=25,
        share=0.15,
        rates=[0.5, 1.0, 2.0, 4.0],
    )


def turns(found, name):
    return turning_point(np.log(found.rates), found.curves[name], rng=np.random.default_rng(0))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.5])
def test_with_effort_alone_a_count_rises_by_one_minus_its_exponent(gamma):
    found = respond(effort=gamma)
    # Small chances are proportional to quality, so ε = −γ; a count has 1 + ε.
    assert found.elasticity[PER_POST].mean() == pytest.approx(-gamma, abs=0.12)
    assert found.elasticity[REACTIONS].mean() == pytest.approx(1 - gamma, abs=0.12)
    assert not turns(found, "engagement").found


def test_a_count_is_posts_times_reactions_per_post_at_every_rate():
    found = respond(effort=0.7, worlds=2)
    assert found.curves["engagement"] == pytest.approx(found.curves[REACTIONS])
    posts = found.curves[REACTIONS] - found.curves[PER_POST]
    assert np.diff(posts, axis=1) == pytest.approx(np.log(2), abs=0.25)


def test_the_derived_elasticity_of_reactors_holds():
    found = respond(effort=0.3, worlds=4)
    _, low, high = over_worlds(found.elasticity["reactors"] - found.derived["reactors"])
    assert low - 0.05 < 0 < high + 0.05
    assert found.elasticity["reactors"].mean() < 0.8 * found.elasticity["engagement"].mean()


def test_a_planted_penalty_is_found_with_its_turning_point():
    """Everybody's in-flow is (d + m)·r: reactions go as m·(θ/in-flow)^β, highest at m = d/(β − 1)."""
    readers, others, beta = 100, 6, 4.0
    n = readers + others + 1
    audience = np.zeros((n, n))
    audience[:readers, readers:] = 1
    people = People(np.where(np.arange(n) >= readers, 4.0, 0.0), np.ones(n), np.ones(n))
    model = BehaviourModel(reaction_chance=0.3, overload_threshold=8.0, overload=beta)
    rates = np.array([0.5, 1.0, 2.0, 4.0, 8.0])
    curves = np.empty((8, len(rates)))
    for world in range(8):
        for place, m in enumerate(rates):
            start = np.zeros((n, 4))
            start[-1, 0] = np.log(m) * (1 - 1e-12)
            log = simulate_people(
                csr_array(audience), people, model, steps=20, key=world_key(3, world), start=start
            )
            curves[world, place] = np.log(log.audience_reactions[:, -1].sum())
    found = turning_point(np.log(rates), curves, rng=np.random.default_rng(0))
    assert found.found
    assert np.exp(found.at) == pytest.approx(others / (beta - 1), rel=0.25)
    assert found.low < np.log(2) < found.high + 0.15


def test_rates_and_shares_outside_their_domain_are_errors():
    for wrong, message in (
        ({"rates": [0.01, 1.0, 2.0]}, "rates is"),
        ({"rates": [2.0, 1.0, 0.5]}, "rates is"),
        ({"share": 0.0}, "share is 0.0"),
        ({"worlds": 0}, "worlds is 0"),
    ):
        with pytest.raises(ConfigError, match=message):
            rate_response(EVEN, BehaviourModel(), METHODS, **wrong)


def test_the_table_has_a_row_a_world_outcome_and_rate():
    found = respond(worlds=2)
    table = curves_frame(found, effort=0.0)
    assert table.height == 2 * 4 * len(found.rates)
    assert table.columns == ["effort", "outcome", "world", "rate", "log_value"]
