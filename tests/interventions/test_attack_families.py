"""Which attacks are tried on a method."""

import numpy as np
import polars as pl
import pytest

from influence_graph import load_dataset
from influence_graph.interventions.attack_families import KNOWN, Economy
from influence_graph.interventions.contest import Contest, newcomer
from influence_graph.methods.declaration import get_method, method_names


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=60, days=10, rng=4)


def test_what_is_known_is_of_methods_that_exist():
    assert set(KNOWN) <= set(method_names())


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_attack_adds_rows_about_its_target(log, name):
    contest = Contest(log, name)
    target = contest.person(0.5)
    families = list(KNOWN[name].pure(KNOWN[name].goal(contest, target, 3)))
    assert len({family.name for family in families}) == len(families) > 0
    for family in families:
        rows = family.make(3).rows.frame.collect()
        assert target in {*rows["source"], *rows["target"]}


def test_the_reaction_that_is_worth_most_is_bought_first(log):
    contest = Contest(log, "pagerank")
    target = contest.person(0.1)
    goal = KNOWN["pagerank"].goal(contest, target, 3)
    assert (np.diff(goal.worth[goal.sellers]) <= 0).all()
    free = {contest.before[0].ids[int(at)] for at in goal.sellers}
    own = log.frame.filter(pl.col("target") == target, pl.col("kind") != "follow").collect()["source"]
    assert own.len()
    assert not free.intersection([*own, target])
    (bought,) = goal.bought(1).rows.frame.collect()["source"]
    assert bought == contest.before[0].ids[int(goal.sellers[0])]
    # Of the first sellers each reacts once before one reacts twice.
    many = goal.bought(len(goal.sellers) + 1).rows.frame.collect()["source"].value_counts()
    assert sorted(many["count"]) == [1] * (len(goal.sellers) - 1) + [2]


def test_a_method_of_which_nothing_is_known_is_attacked_from_a_guess(log):
    contest = Contest(log, "hits")
    families = list(Economy().pure(Economy().goal(contest, newcomer(log), 3)))
    assert not any(family.exact for family in families)
    assert get_method("hits").name not in KNOWN
