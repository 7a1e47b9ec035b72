"""Traits have the spread asked for, belong to the person, and are checked."""

import numpy as np
import pytest

from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.people import People, draw_people
from influence_graph.errors import ConfigError


def test_traits_are_lognormal_with_mean_one_and_do_not_depend_on_how_many_there_are():
    people = draw_people(
        50_000, posts_per_step=0.3, activity_spread=1.0, quality_spread=0.5, responsiveness_spread=0.8,
        key=world_key(1, 2),
    )  # fmt: skip
    for values, spread in ((people.rate / 0.3, 1.0), (people.quality, 0.5), (people.responsiveness, 0.8)):
        assert values.mean() == pytest.approx(1, abs=5 * np.sqrt(np.expm1(spread**2) / 50_000))
        assert np.log(values).std() == pytest.approx(spread, rel=0.02)
    assert abs(np.corrcoef(np.log(people.rate), np.log(people.quality))[0, 1]) < 0.03
    few = draw_people(
        10, posts_per_step=0.3, activity_spread=1.0, quality_spread=0.5, responsiveness_spread=0.8,
        key=world_key(1, 2),
    )  # fmt: skip
    assert (few.rate == people.rate[:10]).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n": 0}, "n is 0"),
        ({"posts_per_step": -1}, "posts_per_step is -1"),
        ({"activity_spread": np.inf}, "activity_spread is inf"),
        ({"quality_spread": np.nan}, "quality_spread is nan"),
    ],
)
def test_parameters_out_of_range_are_errors(wrong, message):
    with pytest.raises(ConfigError, match=message):
        draw_people(**{"n": 5, **wrong}, key=world_key(0, 0))


def test_given_traits_are_checked():
    one = np.ones(3)
    with pytest.raises(ConfigError, match=r"quality is -1\.0"):
        People(one, -one, one)
    with pytest.raises(ConfigError, match=r"responsiveness is \(2,\)"):
        People(one, one, one[:2])
    with pytest.raises(ConfigError, match="rate is nan"):
        People(one * np.nan, one, one)
