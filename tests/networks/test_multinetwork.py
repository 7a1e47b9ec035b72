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
    raw = score(graph, "multinetwork", weights=WEIGHTS).raw
    np.testing.assert_allclose(np.expm1(total), raw, rtol=1e-12, atol=1e-9)
    assert parts.group_by("network", "feature").agg(pl.col("weight").first())[
        "weight"
    ].sum() == pytest.approx(1)


@settings(max_examples=15)
@given(factor=st.floats(1e-6, 1e6))
def test_only_ratios_of_weights_count(graph, factor):
    weights = {"*": {"reactors": factor, "engagement": 2 * factor}}
    networks = dict.fromkeys(graph.networks, factor)
    even = dict.fromkeys(graph.networks, 1)
    same = score(graph, "multinetwork", weights={"*": {"reactors": 1, "engagement": 2}}, networks=even).raw
    np.testing.assert_allclose(
        score(graph, "multinetwork", weights=weights, networks=networks).raw, same, rtol=1e-9
    )


def test_without_weights_networks_weigh_what_share_of_reactions_they_have():
    rows = [("b", "a", "x", 3.0), ("c", "a", "x", 2.0), ("c", "b", "y", 1.0), ("d", "b", "z", 0.0)]
    frame = pl.DataFrame(rows[:3], ["source", "target", "network", "weight"], orient="row")
    got = score(build_graph(frame), "multinetwork", weights={"*": {"engagement": 1}})
    assert got.parameters["networks"] == {"x": 5 / 6, "y": 1 / 6}
    assert got.diagnostics["network_weights"] == "x 0.8333, y 0.1667"
    np.testing.assert_allclose(got.raw, [6 ** (5 / 6) - 1, 2 ** (1 / 6) - 1, 0])
    with_follows = pl.concat([frame.with_columns(kind=pl.lit("like")),
                              frame.with_columns(kind=pl.lit("follow"), network=pl.lit("y"))])  # fmt: skip
    assert score(build_graph(with_follows), "multinetwork").parameters["networks"] == {"x": 5 / 6, "y": 1 / 6}


def test_a_reference_freezes_the_shares():
    first = pl.DataFrame({"source": ["b", "c", "b"], "target": ["a", "a", "c"], "network": ["x", "x", "y"]})
    frozen = score(build_graph(first), "multinetwork")
    strangers = pl.DataFrame({"source": ["s", "t"], "target": ["t", "s"], "network": ["y", "y"]})
    more = build_graph(pl.concat([first, strangers, strangers]))
    now = score(more, "multinetwork", reference=frozen)
    assert now.parameters["networks"] == {"x": 2 / 3, "y": 1 / 3}
    np.testing.assert_allclose(now.natural[more.positions(["a", "b", "c"])], frozen.natural, rtol=1e-12)
    assert not np.allclose(score(more, "multinetwork").natural[more.positions(["a"])], frozen.natural[0])
    # A network that is not there keeps its weight; one that the reference does not know has none.
    alone = score(build_graph(first[:2]), "multinetwork", reference=frozen)
    np.testing.assert_allclose(alone.natural[0], np.expm1(2 / 3 * np.log1p(frozen_x(first))), rtol=1e-12)
    other = strangers.with_columns(network=pl.lit("z"))
    with pytest.raises(ConfigError, match="no weight to 'z'"):
        score(build_graph(pl.concat([first, other])), "multinetwork", reference=frozen)


def frozen_x(frame):
    """The mean of the features of ``a`` on x by the definition, on a graph of x alone."""
    graph = build_graph(frame.filter(pl.col("network") == "x"))
    values = [score(graph, name).natural[0] for name in ("reactors", "engagement", "pagerank")]
    return np.expm1(np.mean(np.log1p(values)))


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
