"""Fitting reproduces the moments of a simulation whose parameters are known, better than the start does."""

import numpy as np
import pytest

from influence_graph.errors import ConfigError
from influence_graph.evaluation.moments import MOMENTS
from influence_graph.interventions.calibrating import FITTED, fit_behaviour, moments_of
from influence_graph.interventions.worlds import Population, draw_world

TRUE = {name: start for name, (_, _, start) in FITTED.items()} | {
    "activity_spread": 0.6, "reciprocity": 0.5, "reaction_chance": 0.15, "posts_per_step": 0.2,
}  # fmt: skip
SIZE = {"answered": 0.0, "people": 150, "steps": 25, "seed": 5}


def test_known_parameters_are_approached():
    target = moments_of(TRUE, world=0, **SIZE)
    scale = {name: max(0.1 * abs(value), 0.02) for name, value in target.items()}
    start = moments_of({name: row[2] for name, row in FITTED.items()}, world=0, **SIZE)
    used = [name for name in target if name not in ("delay_within_day", "response_to_answer")]
    before = np.mean([((start[name] - target[name]) / scale[name]) ** 2 for name in used])
    found = fit_behaviour(target, scale, evaluations=90, **SIZE)
    assert found.loss < 0.3 * before
    assert found.parameters["posts_per_step"] == pytest.approx(0.2, rel=0.6)
    assert set(found.simulated) == set(target)
    assert found.evaluations <= 95


def test_without_a_moment_there_is_nothing_to_fit():
    with pytest.raises(ConfigError, match="at least one moment"):
        fit_behaviour({"reciprocity": np.nan}, {"reciprocity": 1.0})


def test_parameters_of_which_no_audience_can_be_drawn_have_no_moments():
    uneven = {**TRUE, "exponent": FITTED["exponent"][0], "reciprocity": FITTED["reciprocity"][0]}
    population = Population(people=400, **{name: uneven[name] for name in ("exponent", "reciprocity")})

    def drawn(world):
        try:
            draw_world(population, seed=5, world=world)
        except ConfigError:
            return False
        return True

    impossible = [world for world in range(4) if not drawn(world)]
    with pytest.raises(ConfigError, match="no free pair"):
        draw_world(population, seed=5, world=impossible[0])
    found = moments_of(uneven, world=impossible[0], **{**SIZE, "people": 400})
    assert set(found) == set(MOMENTS)
    assert np.isnan(list(found.values())).all()
