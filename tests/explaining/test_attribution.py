"""Shapley values and counterfactuals are those of graphs built from the rows that are left."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, Raw, build_graph, explain, method, read_interactions, score
from influence_graph.explaining._explain import explain_people
from influence_graph.explaining.attribution import CoalitionScores, keep_layers, shapley
from influence_graph.networks._multinetwork import network_parts


def rows(**columns):
    return read_interactions(pl.DataFrame(columns))


NETWORKS = {"forum": 1, "microblog": 2, "video": 1}


OF_FEATURES = {"*": {"reactors": 2, "pagerank": 1}, "microblog": {"received_like": 1, "growth": 1}}


@pytest.mark.parametrize("method", ["engagement", "pagerank", "reactors"])
@pytest.mark.parametrize("to", ["kind", "network"])
def test_points_are_the_shapley_values_of_graphs_built_anew(log, weights, method, to):
    settings = {"kinds": {**weights, "follow": 0}, "saturation": 3}
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


def test_too_many_parts_are_refused():
    kinds = [f"k{number}" for number in range(13)]
    graph = build_graph(rows(source=["b"] * 13, target=["a"] * 13, kind=kinds))
    with pytest.raises(ConfigError, match="2\\^13 scores"):
        explain(graph, "a", "engagement")


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


def test_a_kind_of_no_weight_has_a_part_where_a_feature_reads_it(log, weights):
    graph = build_graph(log, kinds={**weights, "follow": 0})
    weights = {"*": {"followers": 1, "reactors": 1}}
    full = score(graph, "multinetwork", weights=weights)
    one = explain(graph, full.top(1)["id"][0], "multinetwork", weights=weights)
    assert dict(one.attribution.iter_rows())["follow"] > 1
    assert one.attribution["points"].sum() == pytest.approx(one.score, rel=1e-9)


@pytest.mark.parametrize("name", ["activity", "last_reaction", "random", "posts", "recency"])
def test_a_method_that_does_not_read_edges_has_no_parts(graph, name):
    with pytest.raises(ConfigError, match=rf"{name} does not depend on the edges, .* attribute_to=None"):
        explain(graph, graph.ids[0], name, by=())


def test_a_third_party_declares_that_it_does_not_read_edges(graph):
    @method("longest_id", version=1, reads_edges=False)
    def longest_id(graph) -> Raw:
        """Length of the id."""
        return Raw(graph.ids.str.len_chars().to_numpy().astype(float))

    with pytest.raises(ConfigError, match="longest_id does not depend on the edges"):
        explain(graph, graph.ids[0], "longest_id", by=())


def test_a_change_is_the_score_left_minus_the_score():
    """Two of three reactions are likes: without them the score falls, and the sign says so."""
    log = rows(
        source=["b", "c", "d", "b"], target=["a", "a", "a", "c"], kind=["like", "like", "reply", "reply"]
    )
    one = explain(build_graph(log), "a", "engagement", without=["d"])
    changes = {row["part"]: row for row in one.counterfactuals.iter_rows(named=True)}
    # ln(1 + 1)/ln(1 + 3) of 99 points without likes; ln(1 + 2)/ln(1 + 3) without replies, or without d.
    left = {"like": 1 + 99 * np.log(2) / np.log(4), "reply": 1 + 99 * np.log(3) / np.log(4)}
    for part, score_left in (left | {"d": left["reply"]}).items():
        assert changes[part]["score"] == pytest.approx(score_left)
        assert changes[part]["change"] == pytest.approx(score_left - 100.0)
    # c has no like, so nothing changes without them.
    other = explain(build_graph(log), "c", "engagement").counterfactuals
    assert other.filter(part="like")["change"].to_list() == [0.0]


def test_shapley_of_two_parts_is_the_mean_of_both_orders(graph):
    full = score(graph, "engagement")
    scores = CoalitionScores(graph, full, np.arange(10), seed=0)
    parts = scores.parts("kind")
    first, *others = parts
    two = {first: parts[first], "others": frozenset().union(*(parts[name] for name in others))}
    empty, left, right, both = (scores.value(kept) for kept in ([], two[first], two["others"], scores.layers))
    expected = [(left - empty + both - right) / 2, (right - empty + both - left) / 2]
    np.testing.assert_allclose(shapley(scores, two), expected, rtol=1e-12)
