"""Measures of a person: against networkx, polars and the formula."""

import datetime as dt

import networkx as nx
import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, InfluenceGraph, build_graph, score
from influence_graph.datasets.synthetic import make_log

DAY = dt.timedelta(days=1)
START = dt.datetime(2024, 1, 1)


def log_of(rows):
    """Return the frame of rows (source, target, kind, day)."""
    return pl.DataFrame(
        [(source, target, kind, START + day * DAY) for source, target, kind, day in rows],
        schema=["source", "target", "kind", "timestamp"],
        orient="row",
    )


def test_reciprocity_and_audience_against_networkx():
    drawn = nx.gnp_random_graph(40, 0.1, seed=3, directed=True)
    graph = InfluenceGraph.from_networkx(drawn)
    back, audience = score(graph, "reciprocity").raw, score(graph, "audience_influence").raw
    for v in drawn:
        who = list(drawn.predecessors(v))
        assert back[v] == (np.mean([drawn.has_edge(v, u) for u in who]) if who else 0)
        assert audience[v] == pytest.approx(np.mean([drawn.in_degree(u) for u in who]) if who else 0)


def test_received_adds_up_to_engagement():
    graph = build_graph(make_log(people=100, days=20, rng=1).interactions, half_life="5d")
    parts = sum(score(graph, "received", kind=kind).raw for kind in graph.kinds if kind != "follow")
    np.testing.assert_allclose(parts, score(graph, "engagement").raw, rtol=1e-12)
    np.testing.assert_allclose(score(graph, "received").raw, parts, rtol=1e-12)


def test_posts_are_counted_without_decay():
    rows = [("a", None, "post", 0), ("a", None, "post", 50), ("b", "a", "like", 60)]
    graph = build_graph(log_of(rows), half_life="1d")
    assert score(graph, "posts").raw.tolist() == [2, 0]


@pytest.mark.parametrize(("as_of", "age"), [(None, 20), (START + 70 * DAY, 30), (START + 100 * DAY, 60)])
def test_recency_is_measured_at_as_of(as_of, age):
    rows = [("b", "a", "like", 10), ("b", "a", "like", 40), ("a", "c", "like", 60)]
    got = score(build_graph(log_of(rows), as_of=as_of), "recency", fades="15d").raw
    # a is reacted to last on day 40, the log ends on day 60; nobody reacts to b.
    assert got[0] == pytest.approx(2 ** (-age / 15))
    assert got[1] == 0


def test_recency_of_a_reaction_at_as_of_is_1():
    assert score(build_graph(log_of([("b", "a", "like", 3)])), "recency").raw.tolist() == [1, 0]


def growth_by_hand(frame, ids, kinds, as_of, days):
    """Return (new + ½)/(old + ½) by a loop over the rows."""
    new, old = dict.fromkeys(ids, 0), dict.fromkeys(ids, 0)
    for row in frame.iter_rows(named=True):
        age = as_of - row["timestamp"]
        if row["kind"] in kinds and age < 2 * days * DAY:
            (new if age < days * DAY else old)[row["target"]] += 1
    return [(new[person] + 0.5) / (old[person] + 0.5) for person in ids]


@pytest.mark.parametrize("days", [5, 30])
def test_growth_counts_kinds_of_weight_above_zero_only(days):
    log = make_log(people=60, days=70, networks=["x"], reaction_chance=0.3, rng=2).interactions
    weights = {"like": 0, "retweet": 2, "reply": 0.5, "mention": 0, "follow": 1}
    graph = build_graph(log, kinds=weights)
    frame = log.frame.collect()
    expected = growth_by_hand(frame, graph.ids, {"retweet", "reply"}, frame["timestamp"].max(), days)
    np.testing.assert_allclose(score(graph, "growth", window=f"{days}d").raw, expected)
    every = growth_by_hand(
        frame, graph.ids, {"like", "retweet", "reply", "mention"}, frame["timestamp"].max(), days
    )
    assert expected != every


def test_growth_with_windows_by_hand():
    rows = [("b", "a", "like", 1), ("b", "a", "like", 20), ("c", "a", "like", 31), ("b", "c", "like", 40)]
    graph = build_graph(log_of(rows), as_of=START + 40 * DAY)
    # Ages of a: 39, 20 and 9 days. With windows of 10 days one is new and none old; c has one new.
    assert score(graph, "growth", window="10d").raw.tolist() == [3, 1, 3]
    # With windows of 20 days, age 20 is old and age 39 too.
    assert score(graph, "growth", window="20d").raw.tolist() == [1.5 / 2.5, 1, 3]


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(ConfigError, match=r"There is no kind 'lik'\. Did you mean 'like'"):
        score(build_graph(log_of([("b", "a", "like", 1)])), "received", kind="lik")
