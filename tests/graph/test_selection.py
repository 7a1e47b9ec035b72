"""Parts of a graph against NetworkX, and columns of one's own."""

import networkx as nx
import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, DataError, InfluenceGraph, build_graph, load_dataset


@pytest.fixture(scope="module")
def both():
    graph = build_graph(load_dataset("synthetic", people=120, days=20, rng=3))
    return graph, graph.to_networkx()


def edges_of(graph):
    return {(u, v): w for u, v, w in graph.edges().iter_rows()}


def test_size_and_membership(both):
    graph, peer = both
    assert len(graph) == len(peer)
    assert graph.n_edges == peer.number_of_edges()
    assert graph.ids[0] in graph
    assert "nobody" not in graph
    assert 7.5 not in graph


def test_neighbors_are_networkx_s(both):
    graph, peer = both
    for person in graph.ids.to_list()[:30]:
        found = graph.neighbors(person)
        assert dict(found.rows()) == {v: data["weight"] for v, data in peer[person].items()}
        assert found["weight"].is_sorted(descending=True)
        assert set(graph.predecessors(person)["id"]) == set(peer.predecessors(person))


def test_a_subgraph_is_networkx_s(both):
    graph, peer = both
    people = graph.ids.to_list()[::3]
    part = graph.subgraph(reversed(people))
    assert part.ids.to_list() == people
    assert edges_of(part) == {(u, v): w for u, v, w in peer.subgraph(people).edges(data="weight")}
    assert part.nodes["reactors"].to_list() == [peer.subgraph(people).in_degree(v) for v in people]
    # The layers were cut as well.
    assert (part.reweight().adjacency != part.adjacency).nnz == 0
    assert "40 of 120 people" in part.notes[-1]
    assert graph.subgraph(graph.ids).notes == graph.notes


@pytest.mark.parametrize("radius", [1, 2])
def test_an_ego_network_is_networkx_s(both, radius):
    graph, peer = both
    for person in graph.ids.to_list()[:10]:
        wanted = nx.ego_graph(peer, person, radius=radius, undirected=True)
        part = graph.ego(person, radius)
        assert set(part.ids) == set(wanted)
        assert part.n_edges == wanted.number_of_edges()


def test_attributes_go_to_networkx_and_igraph_and_back(both):
    graph, _ = both
    groups = pl.DataFrame({"id": graph.ids, "group": [f"g{i % 3}" for i in range(len(graph))]})
    named = graph.with_nodes(groups)
    for there, back in (
        (named.to_networkx(named.nodes), InfluenceGraph.from_networkx),
        (named.to_igraph(named.nodes), InfluenceGraph.from_igraph),
    ):
        again = back(there, attributes=["group"])
        assert again.nodes["group"].to_list() == groups["group"].to_list()
        assert edges_of(again) == edges_of(graph)


def test_communities_of_igraph_are_joined_back(both):
    graph, _ = both
    found = graph.to_igraph().as_undirected(combine_edges="sum").community_multilevel(weights="weight")
    named = graph.with_nodes(pl.DataFrame({"id": graph.ids, "community": found.membership}))
    np.testing.assert_array_equal(named.nodes["community"], found.membership)
    assert named.nodes.columns[: len(graph.nodes.columns)] == graph.nodes.columns


def test_errors(both):
    graph, _ = both
    some = graph.ids[0]
    with pytest.raises(DataError, match="not among the 120 people"):
        graph.neighbors("nobody")
    with pytest.raises(ConfigError, match="radius is 0"):
        graph.ego(some, 0)
    for frame, message in (
        ({"person": [some]}, "none of them is 'id'"),
        ({"id": [some], "posts": [1]}, "a column 'posts' already"),
        ({"id": [some, some], "x": [1, 2]}, "more than once"),
        ({"id": ["nobody"], "x": [1]}, "not among"),
    ):
        with pytest.raises(DataError, match=message):
            graph.with_nodes(frame)
    with pytest.raises(DataError, match="no attribute 'size'"):
        InfluenceGraph.from_igraph(graph.to_igraph(), attributes=["size"])
