"""One network at a time, and coverage."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, DataError, InfluenceGraph, build_graph, score
from influence_graph.datasets.synthetic import make_log
from influence_graph.interactions.read import read_interactions
from influence_graph.networks.per_network import coverage, network_graph


@pytest.fixture(scope="module")
def graph():
    return build_graph(make_log(people=150, days=20, rng=1).interactions, half_life="10d")


def test_a_network_alone_is_the_graph_of_its_rows(graph):
    for network in graph.networks:
        part, people = network_graph(graph, network)
        alone = build_graph(
            read_interactions(graph.log.frame.filter(pl.col("network") == network).collect()),
            half_life="10d",
            as_of=graph.weighting.as_of,
        )
        assert part.ids.to_list() == graph.ids.gather(people).to_list() == alone.ids.to_list()
        np.testing.assert_array_equal(part.adjacency.toarray(), alone.adjacency.toarray())
        assert part.nodes["posts"].sum() == alone.nodes["posts"].sum()


def test_without_rows_the_layers_give_the_same_edges(graph):
    bare = dataclasses.replace(graph, log=None)
    for network in graph.networks:
        one, here = network_graph(graph, network)
        two, there = network_graph(bare, network)
        whole = np.zeros((2, graph.n, graph.n))
        whole[0][np.ix_(here, here)] = one.adjacency.toarray()
        whole[1][np.ix_(there, there)] = two.adjacency.toarray()
        np.testing.assert_allclose(whole[0], whole[1], rtol=1e-12)


def test_coverage_by_brute_force(graph):
    used = graph.networks[:2]
    table = coverage(graph, used)
    rows = [
        (kind, network, u, v, layer[u, v])
        for (kind, network), layer in graph.layers.items()
        for u, v in zip(*layer.nonzero(), strict=True)
        if kind != "follow"
    ]
    for position in (0, 7, 70):
        mine = [row for row in rows if row[3] == position]
        counted = [row for row in mine if row[1] in used]
        got = table.row(position, named=True)
        assert got["received"] == pytest.approx(sum(row[4] for row in mine))
        if mine:
            expected = sum(row[4] for row in counted) / sum(row[4] for row in mine)
            assert got["received_share"] == pytest.approx(expected)
        around = [row for row in rows if position in row[2:4]]
        if around:
            expected = sum(row[4] for row in around if row[1] in used) / sum(row[4] for row in around)
            assert got["activity_share"] == pytest.approx(expected)
        else:
            assert got["activity_share"] is None
        names = {row[1] for row in rows if position in row[2:4] and row[1] in used}
        assert got["networks"] == sorted(names)


def test_activity_share_counts_events_given_and_received():
    rows = pl.DataFrame(
        {
            "source": ["a", "b", "c", "a"],
            "target": ["b", "a", "a", "c"],
            "network": ["x", "y", "y", "x"],
            "weight": [1.0, 2.0, 3.0, 4.0],
        }
    )
    got = coverage(build_graph(rows), ["x"])
    # a gives 1 + 4 on x and receives 2 + 3 on y; b receives 1 on x and gives 2 on y.
    assert got["activity_share"].to_list() == pytest.approx([5 / 10, 1 / 3, 4 / 7])
    assert got["received_share"].to_list() == pytest.approx([0, 1, 1])


def test_all_networks_cover_everything(graph):
    shares = coverage(graph)["received_share"].drop_nulls()
    np.testing.assert_allclose(shares.to_numpy(), 1.0)


def test_a_kind_that_weighs_nothing_is_not_covered():
    rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "kind": ["like", "reply"]})
    got = coverage(build_graph(rows, kinds={"like": 0, "reply": 1}))
    assert got["received_share"].to_list() == [0.5, None, None]


def test_a_person_with_no_account_connected_has_a_score_if_others_interact():
    rows = pl.DataFrame({"source": ["ann", "bob"], "target": ["cat", "cat"], "network": ["micro", "micro"]})
    listed = pl.DataFrame({"network": ["micro"], "account": ["ann"], "person": ["Ann"]})
    graph = build_graph(read_interactions(rows, identities=listed))
    assert "micro/cat" in graph.ids.to_list()
    assert score(graph, "multinetwork").top(1)["id"].item() == "micro/cat"


def test_errors(graph):
    with pytest.raises(ConfigError, match="There is no network 'x'"):
        coverage(graph, ["x"])
    with pytest.raises(ConfigError, match=r"There is no network 'vide'\. Did you mean 'video'"):
        network_graph(graph, "vide")
    edges = pl.DataFrame({"source": ["b"], "target": ["a"]})
    with pytest.raises(DataError, match="has no layers"):
        coverage(dataclasses.replace(InfluenceGraph.from_edges(edges), layers={}))
