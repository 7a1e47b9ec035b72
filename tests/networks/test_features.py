"""Features a person and network."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, DataError, Raw, build_graph, method, score
from influence_graph.datasets.synthetic import make_log
from influence_graph.methods import method_names
from influence_graph.networks._features import DEFAULT, features, person_features

DAY = dt.timedelta(days=1)
START = dt.datetime(2024, 1, 1)


def by_hand():
    rows = [
        ("a", None, "post", "x", START),
        ("a", None, "post", "x", START),
        ("b", "a", "like", "x", START + 5 * DAY),
        ("b", "a", "reply", "x", START + 50 * DAY),
        ("c", "a", "like", "x", START + 55 * DAY),
        ("a", "b", "like", "x", START + 60 * DAY),
        ("c", "a", "like", "y", START + 60 * DAY),
    ]
    return build_graph(
        pl.DataFrame(rows, schema=["source", "target", "kind", "network", "timestamp"], orient="row")
    )


def test_by_hand():
    frame = features(by_hand())
    a = frame.row(by_predicate=(pl.col("network") == "x") & (pl.col("id") == "a"), named=True)
    assert (a["received_like"], a["received_reply"], a["reactors"], a["posts"]) == (2, 1, 2, 2)
    assert a["engagement_rate"] == 1.5
    assert a["reciprocity"] == 0.5
    assert a["recency"] == pytest.approx(2 ** (-5 / 30))
    # Ages 55, 10 and 5 days: two in the last thirty, one in the thirty before.
    assert a["growth"] == pytest.approx(2.5 / 1.5)
    # b has one reactor, c none.
    assert a["audience_influence"] == 0.5


def test_null_where_there_is_nothing_to_say():
    frame = features(by_hand())
    on_y = frame.filter(network="y")
    assert on_y["id"].to_list() == ["a", "c"]
    assert on_y["posts"].null_count() == 2
    wrote_nothing = frame.filter((pl.col("network") == "x") & (pl.col("posts") == 0))
    assert wrote_nothing["engagement_rate"].null_count() == wrote_nothing.height == 2
    assert on_y["received_reply"].to_list() == [0, 0]


def test_all_defaults_are_methods_and_score():
    log = make_log(people=120, days=60, networks=["x"], rng=2).interactions
    graph = build_graph(log)
    for name in {*DEFAULT, "received"} & set(method_names()):
        scores = score(graph, name, rng=1)
        assert np.isfinite(scores.raw).all(), name
        assert (scores.raw >= 0).all(), name


def test_a_network_of_its_own_makes_the_same_features():
    log = make_log(people=100, days=20, rng=1).interactions
    both = features(build_graph(log), ["pagerank", "reactors"])
    for network in ("video", "forum"):
        alone = build_graph(log.frame.filter(pl.col("network") == network).collect())
        assert both.filter(network=network).equals(features(alone, ["pagerank", "reactors"]))


def test_who_adds_a_method_adds_a_feature():
    @method("doubled", version=1)
    def doubled(graph):
        """Twice the in-strength."""
        return Raw(2 * graph.in_strength)

    frame = features(by_hand(), ["doubled", "engagement"])
    assert (frame["doubled"] == 2 * frame["engagement"]).all()


def test_a_row_a_person():
    wide = person_features(by_hand(), ["reactors"])
    assert wide.columns == ["id", "x/reactors", "y/reactors"]
    assert wide.rows() == [("a", 2, 1), ("b", 1, 0), ("c", 0, 0)]


def test_errors():
    graph = by_hand()
    with pytest.raises(ConfigError, match=r"There is no feature 'reactor'\. Did you mean 'reactors'"):
        features(graph, ["reactor"])
    with pytest.raises(ConfigError, match=r"There is no kind 'lik'\. Did you mean 'like'"):
        score(graph, "received", kind="lik")
    with pytest.raises(ConfigError, match="There is no network 'z'"):
        features(graph, ["reactors"], networks=["z"])
    with pytest.raises(DataError, match="posts needs posts, and this log has none"):
        features(build_graph(pl.DataFrame({"source": ["b"], "target": ["a"]})), ["posts"])
    with pytest.raises(DataError, match="recency needs to know when"):
        features(build_graph(pl.DataFrame({"source": ["b"], "target": ["a"]})), ["recency"])
