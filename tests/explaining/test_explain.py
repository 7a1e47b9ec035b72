"""Explanations add up, and tell what recomputing gives."""

import json
from dataclasses import replace
from itertools import permutations

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
from influence_graph.explaining.attribution import keep_layers
from influence_graph.explaining.decomposition import decomposable
from influence_graph.networks._multinetwork import network_parts

WEIGHTS = {"retweet": 2.0, "reply": 0.5, "like": 1.0, "mention": 1.0, "follow": 0.3}


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=120, days=15, rng=3)


@pytest.fixture(scope="module")
def graph(log):
    return build_graph(log, kinds=WEIGHTS, half_life="4d", saturation="log")


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


def test_unsaturated_counts_are_sums_over_rows(log):
    graph = build_graph(log, kinds={**WEIGHTS, "follow": 0}, half_life="4d")
    person = score(graph, "engagement").top(1)["id"][0]
    weighed = (
        log.frame.filter(
            (pl.col("target") == person) & pl.col("kind").is_in(["retweet", "reply", "like", "mention"])
        )
        .collect()
        .with_columns(
            value=pl.col("kind").replace_strict(WEIGHTS, return_dtype=pl.Float64)
            * pl.col("weight")
            * (
                2.0
                ** (
                    -(pl.lit(graph.weighting.as_of) - pl.col("timestamp")).dt.total_microseconds()
                    / (4 * 86_400e6)
                )
            ),
            period=pl.col("timestamp").dt.truncate("1d"),
            reactor="source",
        )
    )
    for by in (["kind"], ["network"], ["reactor"], ["period"], ["kind", "network", "reactor", "period"]):
        truth = weighed.group_by(by).agg(pl.col("value").sum()).sort(by)
        told = explain(graph, person, "engagement", by=by).decomposition.sort(by)
        assert told.select(by).equals(truth.select(by))
        np.testing.assert_allclose(told["value"], truth["value"], rtol=1e-12)


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


def dense_pagerank_parts(graph, damping, p, q):
    """Return what started where by teleport and by the dangling mass, and ended where: two n×n arrays."""
    dense = graph.adjacency.toarray()
    total = dense.sum(axis=1, keepdims=True)
    walk = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    sinks = total[:, 0] == 0
    n = graph.n
    x = np.linalg.solve(np.eye(n) - damping * (walk + np.outer(sinks, q)).T, (1 - damping) * p)
    visits = np.linalg.inv(np.eye(n) - damping * walk)
    return (
        x,
        (1 - damping) * p[:, None] * visits,
        (damping * x[sinks].sum() * q)[:, None] * visits,
        damping * walk * x[:, None],
    )


@pytest.mark.parametrize("dangling", ["uniform", "personalization"])
@pytest.mark.parametrize("personal", [False, True])
def test_pagerank_parts_are_those_of_dense_algebra(graph, dangling, personal):
    n = graph.n
    p = np.full(n, 1 / n)
    options = {"dangling": dangling, "damping": 0.7}
    if personal:
        chosen = graph.ids[:5].to_list()
        p = np.where(np.arange(n) < 5, 0.2, 0.0)
        options["personalization"] = dict.fromkeys(chosen, 1.0)
    q = p if dangling == "personalization" else np.full(n, 1 / n)
    x, teleport, dangle, hop = dense_pagerank_parts(graph, 0.7, p, q)
    people = graph.ids.to_list()
    origins = explain_people(graph, people, by=("origin",), attribute_to=None, **options)
    hops = explain_people(graph, people, by=("reactor",), attribute_to=None, **options)
    for v in range(n):
        assert origins[v].raw == pytest.approx(x[v], rel=1e-10)
        for one, part, truth in (
            (origins[v], "teleport", teleport[:, v]),
            (origins[v], "dangling", dangle[:, v]),
            (hops[v], "reactions", hop[:, v]),
        ):
            found = one.decomposition.filter(part=part)
            told = np.zeros(n)
            told[graph.positions(found[one.by[0]])] = found["value"]
            np.testing.assert_allclose(told, truth, rtol=1e-9, atol=1e-11 * x[v])
        last = dict(
            hops[v].decomposition.filter(pl.col("part") != "reactions").select("part", "value").iter_rows()
        )
        assert last.get("teleport", 0.0) == pytest.approx((1 - 0.7) * p[v])
        assert last.get("dangling", 0.0) == pytest.approx(
            0.7 * x[np.diff(graph.adjacency.indptr) == 0].sum() * q[v]
        )


@pytest.mark.parametrize("by", ["reactor", "origin"])
def test_pagerank_whose_dangling_mass_stays_adds_up(by):
    edges = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]})
    graph = InfluenceGraph.from_edges(edges)
    raw = score(graph, dangling="self").raw
    for one, value in zip(
        explain_people(graph, ["a", "b", "c"], by=by, attribute_to=None, dangling="self"), raw, strict=True
    ):
        assert one.decomposition["value"].sum() == pytest.approx(value, rel=1e-9)


def test_someone_whom_no_mass_reaches_has_no_parts():
    edges = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]})
    graph = InfluenceGraph.from_edges(edges)
    one = explain(graph, "c", by="origin", personalization={"b": 1}, dangling="personalization")
    assert (one.raw, one.score, one.decomposition.height) == (0.0, 1.0, 0)


@pytest.mark.parametrize("method", ["engagement", "pagerank", "reactors"])
@pytest.mark.parametrize("to", ["kind", "network"])
def test_points_are_the_shapley_values_of_graphs_built_anew(log, method, to):
    settings = {"kinds": {**WEIGHTS, "follow": 0}, "saturation": 3}
    full = build_graph(log, **settings)
    scores = score(full, method)
    people = scores.top(3)["id"].to_list() + full.ids[:4].to_list()
    places = full.positions(people)
    parts = sorted(["like", "mention", "reply", "retweet"] if to == "kind" else full.networks)
    # Everybody stays: their posts are kept, and those without get one.
    everyone = pl.DataFrame({"source": full.ids, "kind": "post"})

    def value(kept):
        if not kept:
            return np.ones(len(people))
        inside = pl.col(to).is_in(list(kept)) | (pl.col("kind") == "post")
        known = log.frame.filter(inside).select("source", "target", "kind", "network", "weight").collect()
        again = build_graph(
            read_interactions(
                pl.concat([known, everyone], how="diagonal").with_columns(pl.col("weight").fill_null(1))
            ),
            **settings | {"other": 0},
        )
        assert again.ids.equals(full.ids)
        return score(again, method, reference=scores).score[places]

    cache = {}
    truth = dict.fromkeys(parts, 0.0)
    orders = list(permutations(parts))
    for order in orders:
        for i, part in enumerate(order):
            before, after = frozenset(order[:i]), frozenset(order[: i + 1])
            for kept in (before, after):
                if kept not in cache:
                    cache[kept] = value(kept)
            truth[part] = truth[part] + (cache[after] - cache[before]) / len(orders)
    for i, one in enumerate(explain_people(full, people, method, attribute_to=to)):
        told = dict(one.attribution.iter_rows())
        assert told.pop("base") == 1.0
        assert list(told) == parts
        for part in parts:
            assert told[part] == pytest.approx(truth[part][i], abs=1e-6)
            changes = one.counterfactuals.filter(pl.col("without") == to, pl.col("part") == part)
            assert changes["score"][0] == pytest.approx(cache[frozenset(parts) - {part}][i], abs=1e-6)
        assert one.attribution["points"].sum() == pytest.approx(one.score, rel=1e-9)


def test_without_a_person_is_the_log_without_their_acts(log):
    graph = build_graph(log)
    scores = score(graph)
    person = scores.top(1)["id"][0]
    best = explain(graph, person, by="reactor", attribute_to=None).decomposition["reactor"][0]
    told = explain(graph, person, attribute_to=None, without=[best]).counterfactuals
    again = build_graph(
        read_interactions(log.frame.filter((pl.col("source") != best) | (pl.col("kind") == "post")).collect())
    )
    assert again.ids.equals(graph.ids)
    truth = score(again, reference=scores).score[again.positions([person])[0]]
    assert told["score"].to_list() == [pytest.approx(truth, abs=1e-6)]
    assert told["part"].to_list() == [best]


def test_the_scale_and_its_reference_are_those_of_the_score(graph):
    earlier = score(graph, "reactors", scale="quantile")
    person = earlier.top(3)["id"][2]
    one = explain(graph, person, "reactors", scale="quantile", reference=earlier)
    assert one.score == earlier.frame.filter(id=person)["score"][0]
    assert one.attribution["points"].sum() == pytest.approx(one.score, rel=1e-9)


def test_a_method_without_decomposition_has_points_by_part(graph):
    with pytest.raises(ConfigError, match="Methods that have one: engagement, engagement_rate, followers"):
        explain(graph, graph.ids[0], "last_reaction")
    with pytest.raises(ConfigError, match="does not depend on the edges"):
        explain(graph, graph.ids[0], "random", by=())
    assert "pagerank" in decomposable()


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


def test_text_and_json_say_the_same(graph):
    person = score(graph).top(1)["id"][0]
    one = explain(graph, person, by=("kind", "reactor"))
    told = json.loads(one.to_json())
    assert told["person"] == person
    assert told["decomposition"][0]["value"] == one.decomposition["value"][0]
    assert sum(part["points"] for part in told["attribution"]) == pytest.approx(told["score"])
    text = str(one)
    assert f"{one.score:.1f} of 100 points by pagerank" in text
    assert "more parts" in text
    assert f"without reply: {one.counterfactuals.filter(part='reply')['score'][0]:.1f} instead of" in text
    assert explain(graph, person, by=("kind", "reactor")).to_json() == one.to_json()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": ("knid",)}, ConfigError, "Did you mean 'kind'"),
        ({"by": ("kind", "kind")}, ConfigError, "twice"),
        ({"by": ("origin", "kind")}, ConfigError, "stands alone"),
        ({"method": "reactors", "by": ("origin",)}, ConfigError, "can't be grouped by 'origin', only by kind"),
        ({"period": "soon", "by": ("period",)}, ConfigError, "soon"),
        ({"without": ["nobody"]}, DataError, "not among the"),
        ({"damping": 2}, ConfigError, "damping"),
    ],
)
def test_bad_questions(graph, options, error, message):
    with pytest.raises(error, match=message):
        explain(graph, graph.ids[0], **options)


def test_someone_else_is_an_error_with_ids_alike(graph):
    with pytest.raises(DataError, match="Did you mean 'p"):
        explain(graph, graph.ids[0] + "0")


def test_what_a_graph_lacks_is_said(log):
    merged = build_graph(log, layers=False)
    with pytest.raises(DataError, match="layers=True"):
        explain(merged, merged.ids[0])
    with pytest.raises(DataError, match="layers=True"):
        explain(merged, merged.ids[0], by=("reactor",))
    assert explain(merged, merged.ids[0], by=("reactor",), attribute_to=None).attribution.height == 0
    bare = InfluenceGraph.from_edges(pl.DataFrame({"source": [1], "target": [2]}))
    with pytest.raises(DataError, match="rows of the log"):
        explain(bare, 2, by=("period",))


def test_too_many_parts_are_refused():
    kinds = [f"k{number}" for number in range(13)]
    graph = build_graph(rows(source=["b"] * 13, target=["a"] * 13, kind=kinds))
    with pytest.raises(ConfigError, match="2\\^13 scores"):
        explain(graph, "a", "engagement")


@pytest.mark.parametrize("method", ["engagement", "reactors", "pagerank"])
def test_higgs_adds_up_for_people_drawn_at_random(data_folder, method):
    graph = build_graph(load_dataset("higgs"), half_life="1d", saturation="log")
    reacted_to = graph.ids.filter(pl.Series(graph.in_strength > 0))
    people = [*graph.ids.sample(30, seed=1), *reacted_to.sample(30, seed=2)]
    for one in explain_people(graph, people, method, attribute_to=None):
        assert one.decomposition["value"].sum() == pytest.approx(one.raw, rel=1e-9)


NETWORKS = {"forum": 1, "microblog": 2, "video": 1}
OF_FEATURES = {"*": {"reactors": 2, "pagerank": 1}, "microblog": {"received_like": 1, "growth": 1}}


def test_multinetwork_falls_into_features_and_networks_by_hand():
    log = rows(source=["b", "c", "c"], target=["a", "a", "a"], kind=["reply"] * 3, network=["x", "x", "y"])
    weights, networks = {"*": {"reactors": 1, "engagement": 1}}, {"x": 3, "y": 1}
    one = explain(build_graph(log), "a", "multinetwork", weights=weights, networks=networks)
    # S = 3/4·ln 3 + 1/4·ln 2 with reactors and engagement alike.
    whole = 0.75 * np.log(3) + 0.25 * np.log(2)
    assert one.raw == pytest.approx(np.expm1(whole), rel=1e-12)
    shares = {"x": 0.375 * np.log(3) / whole, "y": 0.125 * np.log(2) / whole}
    told = {(f, n): (value, share) for _, f, n, value, share in one.decomposition.iter_rows()}
    assert set(told) == {(f, n) for f in ("reactors", "engagement") for n in "xy"}
    for (_, network), (value, share) in told.items():
        assert share == pytest.approx(shares[network], rel=1e-12)
        assert value == pytest.approx(shares[network] * one.raw, rel=1e-12)
    assert "engagement · x" in str(one)


@pytest.mark.parametrize("by", [None, ("feature",), ("network",), ("network", "feature")])
def test_parts_of_multinetwork_add_up_with_no_remainder(graph, by):
    # Also those of 0, as parts of nothing.
    for one in explain_people(
        graph, graph.ids, "multinetwork", by=by, attribute_to=None, weights=OF_FEATURES, networks=NETWORKS
    ):
        assert abs(one.decomposition["value"].sum() - one.raw) <= 1e-9 * one.raw
        assert (one.decomposition["part"] == "features").all()
        assert one.decomposition.select(one.by).is_unique().all()


def test_multinetwork_is_no_sum_over_acts(graph):
    with pytest.raises(ConfigError, match="can't be grouped by 'reactor', only by feature, network"):
        explain(graph, graph.ids[0], "multinetwork", by=("reactor",))
    with pytest.raises(ConfigError, match="can't be grouped by 'feature', only by kind"):
        explain(graph, graph.ids[0], "engagement", by=("feature",))
    with pytest.raises(ConfigError, match="grouped by 'origin', only by feature"):
        explain(graph, graph.ids[0], "multinetwork", by=("origin",))


@pytest.mark.parametrize("with_log", [True, False])
def test_a_network_left_out_counts_nothing_and_the_others_keep_their_weight(graph, with_log):
    weights = OF_FEATURES if with_log else {"*": {"reactors": 2, "received_like": 1}}
    graph = graph if with_log else replace(graph, log=None)
    full = score(graph, "multinetwork", weights=weights, networks=NETWORKS)
    assert full.top(1)["raw"][0] > 0
    parts = network_parts(graph, weights=weights, networks=NETWORKS)
    for person in full.top(5)["id"]:
        one = explain(
            graph, person, "multinetwork", attribute_to="network", weights=weights, networks=NETWORKS
        )
        top = np.log1p(full.raw.max())
        points = dict(one.attribution.iter_rows())
        lost = dict(one.counterfactuals.filter(without="network").select("part", "change").iter_rows())
        for network in NETWORKS:
            part = 99.0 * parts.filter(id=person, network=network)["part"].sum() / top
            # Linear on the log scale, so the Shapley value is the part, and what leaving it out takes.
            assert points[network] == pytest.approx(part, abs=1e-9)
            assert lost[network] == pytest.approx(-part, abs=1e-9)


def test_points_of_multinetwork_by_kind_add_up_where_a_feature_is_of_a_kind_left_out(graph):
    weights = {"*": {"received_like": 1, "followers": 1, "engagement": 1}}
    person = score(graph, "multinetwork", weights=weights).top(1)["id"][0]
    one = explain(graph, person, "multinetwork", weights=weights)
    assert one.attribution["points"].sum() == pytest.approx(one.score, rel=1e-9)
    # Recomputed by hand: the rows of the log without likes, on the same scale.
    kept = keep_layers(graph, [name for name in graph.layers if name[0] != "like"])
    again = score(
        kept, "multinetwork", weights=weights, reference=score(graph, "multinetwork", weights=weights)
    )
    assert one.counterfactuals.filter(part="like")["score"][0] == again.frame.filter(id=person)["score"][0]
    assert score(keep_layers(graph, []), "multinetwork", weights=weights).raw.max() == 0


def test_a_kind_of_no_weight_has_a_part_where_a_feature_reads_it(log):
    graph = build_graph(log, kinds={**WEIGHTS, "follow": 0})
    weights = {"*": {"followers": 1, "reactors": 1}}
    full = score(graph, "multinetwork", weights=weights)
    one = explain(graph, full.top(1)["id"][0], "multinetwork", weights=weights)
    assert dict(one.attribution.iter_rows())["follow"] > 1
    assert one.attribution["points"].sum() == pytest.approx(one.score, rel=1e-9)


def test_multinetwork_on_higgs_adds_up(data_folder):
    graph = build_graph(load_dataset("higgs"), half_life="1d", saturation="log")
    weights = {"*": {"reactors": 2, "engagement": 1, "pagerank": 1}}
    worst = 0.0
    for one in explain_people(
        graph, graph.ids.sample(1000, seed=1), "multinetwork", attribute_to=None, weights=weights
    ):
        assert one.decomposition.columns == ["part", "feature", "network", "value", "share"]
        worst = max(worst, abs(one.decomposition["value"].sum() - one.raw) / one.raw if one.raw else 0.0)
    assert worst < 1e-9
