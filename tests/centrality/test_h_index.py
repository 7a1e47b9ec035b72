"""The h-index against its definition, and against coreness, its fixed point."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array

from influence_graph import InfluenceGraph
from influence_graph.centrality import coreness, h_index, local_h_index
from influence_graph.centrality._h_index import h_of_neighbours


def by_definition(values):
    ordered = sorted(values, reverse=True)
    return sum(value > at for at, value in enumerate(ordered))


@given(st.data())
def test_h_index_equals_its_definition_and_ends_in_coreness(matrices, data):
    matrix = data.draw(matrices(largest=14))
    graph = InfluenceGraph.from_scipy(matrix)
    dense = matrix.toarray() > 0
    degree = dense.sum(axis=0)
    wanted = [by_definition(degree[dense[:, v]]) for v in range(graph.n)]
    np.testing.assert_array_equal(h_index(graph).values, wanted)
    np.testing.assert_array_equal(local_h_index(graph).values, wanted + dense.T @ np.array(wanted))
    h = degree.astype(np.int64)
    for _ in range(graph.n):
        h = h_of_neighbours(graph.in_edges.indptr, graph.in_edges.indices, h)
    np.testing.assert_array_equal(h, coreness(graph).values)


def test_pieces_of_a_large_graph_equal_the_definition():
    rng = np.random.default_rng(3)
    ends = rng.integers(0, 2_000, (2, 150_000))
    graph = InfluenceGraph.from_scipy(coo_array((np.ones(150_000), ends), shape=(2_000, 2_000)))
    into, degree = graph.in_edges, np.diff(graph.in_edges.indptr)
    assert into.nnz > 1 << 16
    wanted = [by_definition(degree[into.indices[into.indptr[v] : into.indptr[v + 1]]]) for v in range(2_000)]
    np.testing.assert_array_equal(h_index(graph).values, wanted)
