"""Parts add up to the raw value, by formula and by hand."""

import numpy as np
import polars as pl
import pytest

from influence_graph import (
    ConfigError,
    DataError,
    InfluenceGraph,
    build_graph,
    explain,
    load_dataset,
    read_interactions,
    score,
)
from influence_graph.explaining._explain import explain_people
from influence_graph.explaining.decomposition import checked_decomposition, decomposable, decompose
from influence_graph.methods import Contributions, Decomposer, Decomposition, Raw, get_method, method


def rows(**columns):
    return read_interactions(pl.DataFrame(columns))


def test_a_saturated_pair_is_shared_in_proportion_to_what_it_weighs_before():
    log = rows(
        source=["b", "b", "b", "c"],
        target=["a"] * 4,
        kind=["retweet", "retweet", "reply", "reply"],
    )
    graph = build_graph(log, saturation=2)
    # b: 3 acts count 2; c: 1. So retweets 2·2/3, replies 2·1/3 + 1.
    parts = explain(graph, "a", "engagement", by="kind").decomposition
    assert parts.select("kind", "value").rows() == [
        ("reply", pytest.approx(5 / 3)),
        ("retweet", pytest.approx(4 / 3)),
    ]
    by_person = explain(graph, "a", "reactors", by=["reactor", "kind"]).decomposition
    assert dict(by_person.select(pl.concat_str("reactor", "kind", separator=" "), "value").iter_rows()) == {
        "b retweet": pytest.approx(2 / 3),
        "b reply": pytest.approx(1 / 3),
        "c reply": 1.0,
    }


@pytest.mark.parametrize("method", ["engagement", "reactors", "engagement_rate", "followers", "pagerank"])
@pytest.mark.parametrize(
    "by", [("kind", "network"), ("reactor",), ("period",), ("network", "reactor", "period")]
)
def test_parts_of_the_raw_value_add_up(graph, method, by):
    raw = score(graph, method).raw[::5]
    people = graph.ids.to_list()[::5]
    for one, value in zip(explain_people(graph, people, method, by=by, attribute_to=None), raw, strict=True):
        assert one.decomposition["value"].sum() == pytest.approx(one.raw, rel=1e-9)
        assert one.raw == pytest.approx(value, rel=1e-7)
        assert (one.decomposition["value"] > 0).all()
        if value:
            assert one.decomposition["share"].sum() == pytest.approx(1.0)


def test_followers_who_left_do_not_count():
    log = rows(
        source=["b", "b", "c", "c"],
        target=["a"] * 4,
        kind=["follow", "follow", "follow", "unfollow"],
        network=["x", "y", "x", "x"],
        timestamp=["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-03"],
    )
    one = explain(build_graph(log, kinds={"follow": 1}), "a", "followers", by=("network", "period"))
    assert one.decomposition.select("network", "value").rows() == [("x", 0.5), ("y", 0.5)]
    assert one.attribution.rows() == [("base", 1.0), ("follow", 99.0)]


@pytest.mark.parametrize("method", ["engagement", "reactors", "pagerank"])
def test_higgs_adds_up_for_people_drawn_at_random(data_folder, method):
    graph = build_graph(load_dataset("higgs"), half_life="1d", saturation="log")
    reacted_to = graph.ids.filter(pl.Series(graph.in_strength > 0))
    people = [*graph.ids.sample(30, seed=1), *reacted_to.sample(30, seed=2)]
    for one in explain_people(graph, people, method, attribute_to=None):
        assert one.decomposition["value"].sum() == pytest.approx(one.raw, rel=1e-9)


def test_parts_are_kept_only_of_sources_that_contributed():
    """b's interactions underflowed and made no edge, so they share nothing; c's share what c contributed."""
    log = rows(
        source=["b", "c", "c"], target=["a"] * 3, kind=["like", "like", "reply"], network=["x", "x", "y"]
    )
    graph = build_graph(log)
    made = Decomposer(
        np.array([5.0, 0.0, 0.0]), lambda v: Contributions(np.array([2]), np.array([4.0]), {"luck": 1.0})
    )
    parts = decompose(graph, made, 0, ("kind",), "1d")
    assert parts.rows() == [
        ("reactions", "like", 2.0, 0.4),
        ("reactions", "reply", 2.0, 0.4),
        ("luck", None, 1.0, 0.2),
    ]


def test_parts_with_words_of_their_own_are_aggregated():
    frame = pl.DataFrame({"part": "features", "feature": ["f", "g", "f"], "value": [1.0, 2.0, 3.0]})
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))
    parts = decompose(graph, Decomposer(np.array([6.0, 0.0]), parts=lambda v: frame), 0, ("feature",), "1d")
    assert parts.rows() == [
        ("features", "f", 4.0, pytest.approx(4 / 6)),
        ("features", "g", 2.0, pytest.approx(2 / 6)),
    ]


@pytest.mark.parametrize(
    ("name", "by", "message"),
    [
        ("pagerank", ("knid",), "Did you mean 'kind'"),
        ("pagerank", ("kind", "kind"), "names a word twice"),
        ("pagerank", ("origin", "kind"), "stands alone"),
        ("reactors", ("origin",), "can't be grouped by 'origin', only by kind, network, reactor, period"),
        ("multinetwork", ("reactor",), "can't be grouped by 'reactor', only by feature, network"),
        ("engagement", ("feature",), "can't be grouped by 'feature', only by kind"),
        ("last_reaction", ("kind",), "Methods that have one: engagement, engagement_rate, followers"),
    ],
)
def test_words_that_a_method_does_not_declare(graph, name, by, message):
    with pytest.raises(ConfigError, match=message):
        checked_decomposition(graph, name, by)


def test_kinds_need_layers(log):
    merged = build_graph(log, layers=False)
    with pytest.raises(DataError, match="layers=True"):
        checked_decomposition(merged, "engagement", ("kind",))
    assert checked_decomposition(merged, "engagement", ("reactor",)) is get_method("engagement").decomposition


def test_a_third_party_declares_its_decomposition():
    @method(
        "doubled_in_strength",
        version=1,
        decomposition=Decomposition(
            lambda graph, raw, parameters: Decomposer(
                raw,
                lambda v: Contributions(
                    *(lambda e: (e.coords[0], 2 * e.data))(graph.in_edges[[v]].T.tocoo())
                ),
            ),
        ),
    )
    def doubled_in_strength(graph: InfluenceGraph) -> Raw:
        """In-strength, twice."""
        return Raw(2 * graph.in_strength)

    log = rows(source=["b", "c", "c"], target=["a"] * 3, kind=["like", "like", "reply"])
    one = explain(build_graph(log), "a", "doubled_in_strength", by=("reactor", "kind"))
    assert one.decomposition.select("reactor", "kind", "value").rows() == [
        ("b", "like", 2.0), ("c", "like", 2.0), ("c", "reply", 2.0)
    ]  # fmt: skip
    assert "doubled_in_strength" in decomposable()
