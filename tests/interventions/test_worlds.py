"""Worlds are independent replicates, scores are those of the package, and intervals are t intervals."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph import build_graph, read_interactions, score
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.errors import ConfigError
from influence_graph.interventions.worlds import (
    Population,
    ScoredBy,
    draw_world,
    effect,
    made_from,
    over_worlds,
    points,
)

SMALL = Population(people=120)


def test_equal_numbers_give_equal_worlds_and_others_independent_ones():
    one, again, other = (draw_world(SMALL, seed=1, world=world) for world in (0, 0, 1))
    assert (one.people.rate == again.people.rate).all()
    assert (one.audience.indices == again.audience.indices).all()
    assert one.key != other.key
    assert abs(np.corrcoef(one.people.quality, other.people.quality)[0, 1]) < 0.3
    assert (one.audience != one.latent).nnz
    assert draw_world(SMALL, seed=2, world=0).key != one.key


def test_natural_values_and_points_are_those_of_score():
    rows = {"source": [1, 2, 3, 3], "target": [0, 0, 1, 0], "kind": ["like"] * 4}
    log = read_interactions(pl.DataFrame(rows))
    found = score(build_graph(log), "pagerank", damping=0.5)
    by = ScoredBy("pagerank", {"damping": 0.5})
    assert by.natural(log, 6)[:4] == pytest.approx(found.unit.of(found.raw))
    assert by.natural(log, 6)[4:].tolist() == [0, 0]
    assert by.points(log, 6)[:4] == pytest.approx(found.score)
    assert (by.seen(6)(log) == by.points(log, 6)).all()


def test_a_frozen_top_is_not_clipped_and_all_zero_is_all_one():
    assert points(np.array([0.0, 7.0]), top=1.0) == pytest.approx([1, 1 + 99 * 3])
    assert points(np.zeros(3)).tolist() == [1, 1, 1]


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_is_the_t_interval(level):
    values = np.random.default_rng(0).normal(1, 2, 9)
    mean, low, high = over_worlds(values, level)
    assert (low, high) == pytest.approx(
        stats.t.interval(level, 8, loc=mean, scale=stats.sem(values)), rel=1e-12
    )
    assert effect(values, level, measure="m")["level"] == level


def test_too_few_worlds_have_no_interval():
    assert np.isnan(over_worlds([1.0])).tolist() == [False, True, True]
    assert np.isnan(over_worlds([np.nan])).all()


def test_tables_of_a_config_become_parameters_or_errors():
    model = made_from(BehaviourModel, {"attention_limit": 0, "effort": 1, "lifetime": 2}, "model")
    assert (model.attention_limit, model.effort, model.lifetime) == (np.inf, 1.0, 2)
    with pytest.raises(ConfigError, match="Did you mean 'effort'"):
        made_from(BehaviourModel, {"efort": 1}, "model")
    with pytest.raises(ConfigError, match="whole number"):
        made_from(Population, {"people": 10.5}, "population")
