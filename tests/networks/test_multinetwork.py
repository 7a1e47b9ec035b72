"""Features → network score → person score."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph import ConfigError, build_graph, score
from influence_graph.datasets.synthetic import make_log
from influence_graph.networks._features import person_features
from influence_graph.networks._multinetwork import network_parts

WEIGHTS = {"*": {"reactors": 2, "received_like": 1}, "video": {"pagerank": 1, "engagement": 3}}


@pytest.fixture(scope="module")
def graph():
    return build_graph(make_log(people=150, days=20, rng=1).interactions)


def test_by_the_formula(graph):
    networks = {"microblog": 3, "video": 1, "forum": 0}
    wide = person_features(graph, ["reactors", "received_like", "pagerank", "engagement"])

    def log(name):
        return np.log1p(wide[name].to_numpy())

    micro = (2 * log("microblog/reactors") + log("microblog/received_like")) / 3
    video = (log("video/pagerank") + 3 * log("video/engagement")) / 4
    raw = score(graph, "multinetwork", weights=WEIGHTS, networks=networks).raw
    np.testing.assert_allclose(raw, np.expm1((3 * micro + video) / 4), rtol=1e-12, atol=1e-12)


def test_parts_add_up(graph):
    parts = network_parts(graph, weights=WEIGHTS)
    total = parts.group_by("id").agg(pl.col("part").sum()).sort("id")["part"].to_numpy()
    np.testing.assert_allclose(np.expm1(total), score(graph, "multinetwork", weights=WEIGHTS).raw, atol=1e-9)
    assert parts.group_by("network", "feature").agg(pl.col("weight").first())[
        "weight"
    ].sum() == pytest.approx(1)


@settings(max_examples=15)
@given(factor=st.floats(1e-6, 1e6))
def test_only_ratios_of_weights_count(graph, factor):
    weights = {"*": {"reactors": factor, "engagement": 2 * factor}}
    networks = dict.fromkeys(graph.networks, factor)
    same = score(graph, "multinetwork", weights={"*": {"reactors": 1, "engagement": 2}}).raw
    np.testing.assert_allclose(
        score(graph, "multinetwork", weights=weights, networks=networks).raw, same, rtol=1e-9
    )


def test_a_network_of_weight_zero_changes_nothing(graph):
    only = {"microblog": 1, "video": 0, "forum": 0}
    scores = score(graph, "multinetwork", networks=only)
    assert scores.diagnostics["networks"] == "microblog"
    assert 0 < scores.diagnostics["share_of_reactions"] < 1
    parts = network_parts(graph, networks=only)
    assert parts["network"].unique().to_list() == ["microblog"]


def test_everybody_is_scored(graph):
    scores = score(graph, "multinetwork")
    assert len(scores.raw) == graph.n
    assert scores.diagnostics["share_of_reactions"] == 1
    assert scores.score.max() == 100


def test_a_network_without_an_edge_that_counts_is_no_part():
    rows = pl.DataFrame(
        {"source": ["b", "c"], "target": ["a", "a"], "kind": ["like", "follow"], "network": ["x", "y"]}
    )
    scores = score(build_graph(rows), "multinetwork")
    assert scores.diagnostics["networks"] == "x"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"weights": {"*": {"reactors": -1}}},
            r"multinetwork: parameter 'weights' at \['\*'\]\['reactors'\] is -1, but it should be greater",
        ),
        ({"weights": {"*": {"reactors": 0}}}, "weights of features on 'forum' sum to 0"),
        ({"weights": {"*": {}}}, "sum to 0"),
        ({"networks": {"microblog": 0, "video": 0, "forum": 0}}, "all weights in networks are zero"),
        ({"networks": {"microblog": 1}}, "networks gives no weight to 'forum'"),
        ({"networks": {"microblok": 1}}, "'microblok', which is not in the graph. Did you mean 'microblog'"),
        ({"weights": {"video": {"reactors": 1}}}, r"weights has neither 'forum' nor '\*'"),
        ({"weights": {"*": {"reactor": 1}}}, "There is no feature 'reactor'"),
        (
            {"weights": {"*": {"reactors": float("nan")}}},
            r"\['reactors'\] is nan, but it should be a finite number",
        ),
    ],
)
def test_bad_weights(graph, parameters, message):
    with pytest.raises(ConfigError, match=message):
        score(graph, "multinetwork", **parameters)


def test_a_reference_from_another_method(graph):
    with pytest.raises(ConfigError, match="made by 'reactors', and this score is by 'multinetwork'"):
        score(graph, "multinetwork", reference=score(graph, "reactors"))


def test_people_without_a_reaction_are_at_zero_and_could_have_had_one(graph):
    got = score(graph, "multinetwork", uncertainty="bootstrap", rng=1)
    idle = np.bincount(graph.adjacency.indices, minlength=graph.n) == 0
    assert idle.any()
    assert (got.raw[idle] == 0).all()
    assert (got.intervals.raw_low[idle] == 0).all()
    assert (got.intervals.raw_high[idle] > 0).all()
