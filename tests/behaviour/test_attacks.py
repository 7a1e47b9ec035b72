"""Attacks add the rows that they say, buy what they say, and leave the log otherwise as it is."""

from datetime import timedelta

import polars as pl
import pytest

from influence_graph import ConfigError, DataError, build_graph, read_interactions
from influence_graph.behaviour import (
    Effort,
    Prices,
    bought_reactions,
    hijack,
    new_accounts,
    own_events,
    pod,
    ring,
    star,
)
from influence_graph.behaviour.attacks import both


@pytest.fixture(params=["text", "whole"])
def log(request):
    rows = {
        "source": ["b", "c", "d", "b"],
        "target": ["a", "a", "b", "c"],
        "kind": ["like", "like", "reply", "like"],
    }
    frame = pl.DataFrame(rows).with_columns(
        timestamp=pl.Series(["2024-01-01", "2024-01-05", "2024-02-01", "2024-02-10"]).str.to_datetime(
            time_zone="UTC"
        )
    )
    if request.param == "whole":
        numbers = {"a": 1, "b": 2, "c": 3, "d": 4}
        frame = frame.with_columns(pl.col("source", "target").replace_strict(numbers))
    return read_interactions(frame)


def pairs(attack):
    return set(attack.rows.frame.select("source", "target").collect().rows())


def test_a_star_points_at_the_target_and_back(log):
    target = log.frame.collect()["target"][0]
    attack = star(log, target, accounts=3, events=2, back=1)
    mine = new_accounts(log, 3)
    assert list(attack.accounts) == mine
    assert pairs(attack) == {(one, target) for one in mine} | {(target, one) for one in mine}
    assert attack.effort == Effort(accounts=3, events=9)
    both_logs = log.concat(attack.rows)
    assert build_graph(both_logs).n == build_graph(log).n + 3
    assert set(attack.rows.frame.collect()["timestamp"]) == {log.span[1]}


def test_a_new_target_is_paid_for_and_is_not_among_the_sybils(log):
    target = new_accounts(log, 1)[0]
    for make in (star, ring):
        attack = make(log, target, accounts=4)
        assert attack.effort.accounts == 5
        assert target not in attack.accounts
        assert len(attack.accounts) == 4


def test_an_aged_star_is_there_before(log):
    target = log.frame.collect()["target"][0]
    attack = star(log, target, accounts=2, days=10)
    nodes = build_graph(log.concat(attack.rows)).nodes.filter(pl.col("id").is_in(list(attack.accounts)))
    assert set(nodes["first_seen"]) == {log.span[1] - timedelta(days=10)}
    assert attack.effort == Effort(accounts=2, events=4, days=20.0)


def test_a_ring_holds_every_ordered_pair(log):
    target = log.frame.collect()["target"][0]
    attack = ring(log, target, accounts=8)
    assert len(pairs(attack)) == attack.effort.events == 9 * 8


def test_what_real_accounts_do_costs_what_they_are_bought_for(log):
    a, b, c = log.frame.collect()["target"][0], *log.frame.collect()["source"][:2]
    assert bought_reactions(log, a, reactors=[b, c]).effort == Effort(bought=2)
    assert hijack(log, a, taken=[b], events=5).effort == Effort(events=5, taken_over=1)
    assert own_events(log, a, events=3, on=[a, b, c]).effort == Effort(events=3)
    members = pod(log, a, members=[b, c])
    assert pairs(members) == {(b, a), (c, a), (a, b), (a, c), (b, c), (c, b)}
    assert members.effort == Effort(events=2, bought=2)
    mixed = both(log, star(log, a, accounts=2), bought_reactions(log, a, reactors=[b]))
    assert mixed.effort == Effort(accounts=2, events=2, bought=1)
    prices = Prices(account=1, event=2, bought=4, taken_over=8, day=16)
    assert Effort(1, 1, 1, 1, 1.0).cost(prices) == 31


def test_parameters_outside_their_domain_are_errors(log):
    a = log.frame.collect()["target"][0]
    with pytest.raises(ConfigError, match="accounts is -1"):
        star(log, a, accounts=-1)
    with pytest.raises(ConfigError, match="can't be among"):
        bought_reactions(log, a, reactors=[a])
    untimed = read_interactions(log.frame.drop("timestamp").collect())
    with pytest.raises(DataError, match="can't be aged"):
        star(untimed, a, accounts=1, days=3)
    posts = read_interactions(pl.DataFrame({"source": ["a"], "target": ["b"], "kind": ["follow"]}))
    with pytest.raises(DataError, match="no reactions"):
        star(posts, "a", accounts=1)
