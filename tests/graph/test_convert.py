"""Graphs from and to networkx, igraph, scipy and edge frames."""

import igraph
import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csc_array, csr_array

from influence_graph.errors import DataError
from influence_graph.graph.graph import InfluenceGraph


@st.composite
def weighted_edges(draw):
    """People, integers or text, in any order, and edges between different ones, each pair once."""
    ids = draw(st.sampled_from([st.integers(-(2**63), 2**63 - 1), st.text(max_size=3)]))
    people = draw(st.lists(ids, min_size=2, max_size=7, unique=True))
    pairs = st.tuples(st.sampled_from(people), st.sampled_from(people)).filter(
        lambda pair: pair[0] != pair[1]
    )
    return people, draw(st.dictionaries(pairs, st.floats(1e-300, 1e300), max_size=15))


def as_dictionary(graph):
    return {(u, v): weight for u, v, weight in graph.to_edges().iter_rows()}


def frame_of(people, edges):
    dtype = pl.Int64 if isinstance(people[0], int) else pl.String
    rows = [(u, v, weight) for (u, v), weight in edges.items()]
    return pl.DataFrame(rows, schema={"source": dtype, "target": dtype, "weight": pl.Float64}, orient="row")


def same(one, other):
    assert one.ids.equals(other.ids)
    assert one.ids.dtype == other.ids.dtype
    assert one.fingerprint == other.fingerprint
    assert one.nodes.equals(other.nodes)


@given(weighted_edges())
def test_round_trips(case):
    people, edges = case
    graph = InfluenceGraph.from_edges(frame_of(people, edges), ids=people)
    assert graph.ids.to_list() == sorted(people)
    assert as_dictionary(graph) == edges
    same(graph, InfluenceGraph.from_edges(graph.to_edges(), ids=graph.ids))
    same(graph, InfluenceGraph.from_networkx(graph.to_networkx()))
    same(graph, InfluenceGraph.from_igraph(graph.to_igraph()))
    same(graph, InfluenceGraph.from_scipy(graph.to_scipy(), graph.ids))


@given(weighted_edges(), st.sampled_from([coo_array, csc_array, csr_array, np.asarray]))
def test_rows_in_any_order(case, form):
    people, edges = case
    matrix = np.zeros((len(people), len(people)))
    for (u, v), weight in edges.items():
        matrix[people.index(u), people.index(v)] = weight
    graph = InfluenceGraph.from_scipy(form(matrix), people)
    same(graph, InfluenceGraph.from_edges(frame_of(people, edges), ids=people))


@given(weighted_edges())
def test_networkx_and_igraph_mean_the_same(case):
    people, edges = case
    graph = InfluenceGraph.from_edges(frame_of(people, edges), ids=people)
    made = graph.to_networkx()
    assert {(u, v): weight for u, v, weight in made.edges(data="weight")} == edges
    names = graph.to_igraph().vs["name"]
    other = graph.to_igraph()
    found = {(names[e.source], names[e.target]): e["weight"] for e in other.es}
    assert found == edges


def test_one_layer_that_can_be_weighed():
    graph = InfluenceGraph.from_networkx(nx.DiGraph([("b", "a"), ("c", "a")]))
    assert graph.adjacency.toarray().tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert list(graph.layers) == [("edge", "default")]
    assert graph.weighting.kinds == {"edge": 1.0}
    assert graph.nodes.rows() == [("a", 0, 0, 2, 2), ("b", 0, 1, 0, 0), ("c", 0, 1, 0, 0)]
    assert graph.reweight(kinds={"edge": 2}).adjacency.data.tolist() == [2, 2]
    assert graph.log is None


def test_graphs_without_edges_and_without_people():
    assert InfluenceGraph.from_scipy(csr_array((3, 3))).ids.to_list() == [0, 1, 2]
    empty = InfluenceGraph.from_networkx(nx.DiGraph())
    assert (empty.n, empty.adjacency.nnz) == (0, 0)
    assert InfluenceGraph.from_igraph(igraph.Graph(n=2, directed=True)).n == 2
    repr(empty), empty._repr_html_()


def test_parallel_edges_add_up():
    frame = pl.DataFrame({"source": ["b", "b"], "target": ["a", "a"], "weight": [1, 2]})
    assert as_dictionary(InfluenceGraph.from_edges(frame)) == {("b", "a"): 3.0}
    assert as_dictionary(InfluenceGraph.from_edges(frame.drop("weight"))) == {("b", "a"): 2.0}
    multi = nx.MultiDiGraph([("b", "a"), ("b", "a")])
    assert as_dictionary(InfluenceGraph.from_networkx(multi)) == {("b", "a"): 2.0}


def test_loops_and_zeros_are_left_out_and_counted():
    graph = InfluenceGraph.from_scipy(coo_array(([1.0, 0.0, 2.0], ([0, 0, 1], [0, 1, 0])), shape=(2, 2)))
    assert as_dictionary(graph) == {(1, 0): 2.0}
    assert graph.report == {"self-interactions": 1, "edges of weight 0": 1}


def test_the_matrix_given_is_not_touched():
    matrix = csr_array(np.array([[0.0, 1.0], [0.0, 0.0]]))
    graph = InfluenceGraph.from_scipy(matrix)
    assert not np.shares_memory(graph.adjacency.data, matrix.data)
    matrix.data[:] = 9
    assert graph.adjacency.data.tolist() == [1.0]


class TestRefused:
    def test_undirected(self):
        with pytest.raises(DataError, match="to_directed"):
            InfluenceGraph.from_networkx(nx.path_graph(3))
        with pytest.raises(DataError, match="as_directed"):
            InfluenceGraph.from_igraph(igraph.Graph.Ring(3))

    @pytest.mark.parametrize("nodes", [["a", 1], [1, "a"], [(1, 2), (2, 3)], [True, 2], [1.5, 2]])
    def test_ids_that_are_not_all_integers_or_all_text(self, nodes):
        with pytest.raises(DataError, match=r"all integers or all text.*relabel_nodes"):
            InfluenceGraph.from_networkx(nx.DiGraph([nodes]))
        with pytest.raises(DataError, match="all integers or all text"):
            InfluenceGraph.from_scipy(np.zeros((2, 2)), nodes)

    def test_ids_beyond_64_bits(self):
        with pytest.raises(DataError, match="64-bit"):
            InfluenceGraph.from_networkx(nx.DiGraph([(2**70, 1)]))

    @pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
    def test_weights(self, weight):
        made = nx.DiGraph()
        made.add_edge("b", "a", weight=weight)
        with pytest.raises(DataError, match=f"'b' → 'a' weighs {weight}"):
            InfluenceGraph.from_networkx(made)

    @pytest.mark.parametrize("weight", ["2", None, True])
    def test_weights_that_are_no_numbers(self, weight):
        made = nx.DiGraph()
        made.add_edge("b", "a", weight=weight)
        with pytest.raises(DataError, match=f"'b' → 'a' has weight={weight!r}"):
            InfluenceGraph.from_networkx(made)

    def test_shapes_and_ids(self):
        with pytest.raises(DataError, match=r"shape \(2, 3\)"):
            InfluenceGraph.from_scipy(np.ones((2, 3)))
        with pytest.raises(DataError, match="3 ids for the 2 rows"):
            InfluenceGraph.from_scipy(np.ones((2, 2)), ["a", "b", "c"])
        with pytest.raises(DataError, match="'a' is there 2 times"):
            InfluenceGraph.from_scipy(np.ones((2, 2)), ["a", "a"])
        with pytest.raises(DataError, match="no matrix of numbers"):
            InfluenceGraph.from_scipy(np.array([["x", "y"], ["z", "w"]]))

    def test_frames(self):
        with pytest.raises(DataError, match=r"no column 'target'. Did you mean 'targets'"):
            InfluenceGraph.from_edges(pl.DataFrame({"source": ["a"], "targets": ["b"]}))
        with pytest.raises(DataError, match="source is String and target is Int64"):
            InfluenceGraph.from_edges(pl.DataFrame({"source": ["a"], "target": [1]}))
        with pytest.raises(DataError, match="'target' is empty in row 1"):
            InfluenceGraph.from_edges(pl.DataFrame({"source": ["a", "b"], "target": ["b", None]}))
        with pytest.raises(DataError, match="'weight' holds String"):
            InfluenceGraph.from_edges(pl.DataFrame({"source": ["a"], "target": ["b"], "weight": ["1"]}))
        with pytest.raises(DataError, match="weighs nan"):
            InfluenceGraph.from_edges(
                pl.DataFrame(
                    {"source": ["a"], "target": ["b"], "weight": [None]},
                    schema_overrides={"weight": pl.Float64},
                )
            )
        with pytest.raises(DataError, match="'c', who is not among the ids"):
            InfluenceGraph.from_edges(pl.DataFrame({"source": ["a"], "target": ["c"]}), ids=["a", "b"])
        with pytest.raises(DataError, match="holds Float64, but ids"):
            InfluenceGraph.from_edges(pl.DataFrame({"source": [1.0], "target": [2.0]}))
