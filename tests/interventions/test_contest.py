"""A log and a method: thresholds, places after an attack, prices."""

import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.behaviour import Prices, star
from influence_graph.errors import ConfigError
from influence_graph.interventions.contest import Contest, middle, newcomer, price_cone


def contest():
    """Three react to ann, two to bea, one to cem; nobody to the others."""
    rows = [("d", "a"), ("e", "a"), ("f", "a"), ("d", "b"), ("e", "b"), ("d", "c")]
    frame = pl.DataFrame(rows, ["source", "target"], orient="row")
    day = pl.datetime(2020, 1, pl.int_range(1, pl.len() + 1))
    return Contest(read_interactions(frame.with_columns(timestamp=day)), "reactors")


def test_thresholds_and_standings():
    one = contest()
    assert [one.threshold(places) for places in (1, 2, 3, 4)] == [3.0, 2.0, 1.0, 0.0]
    assert (one.person(0.01), one.person(0.5)) == ("a", "c")
    assert one.at("nobody") is None


def test_the_place_after_an_attack_counts_the_people_above_and_not_the_attackers():
    one, fresh = contest(), newcomer(contest().log)
    assert one.at(fresh) is None
    for accounts, place in ((1, 3), (2, 2), (3, 1), (4, 1)):
        assert one.place_after(star(one.log, fresh, accounts=accounts), fresh) == place


def test_a_cone_of_prices_and_its_middle():
    cone = price_cone(event=[0.01, 0.1], bought=[1.0, 100.0], taken_over=[30.0], day=[0.01])
    assert len(cone) == 4
    assert middle(cone) == pytest.approx(Prices(1.0, 10**-1.5, 10.0, 30.0, 0.01))
    with pytest.raises(ConfigError, match="above 0"):
        price_cone(event=[0.0], bought=[1.0], taken_over=[1.0], day=[1.0])
