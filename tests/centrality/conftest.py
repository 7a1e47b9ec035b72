"""Graphs for the tests of rank methods."""

from datetime import UTC, datetime, timedelta

import igraph
import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph import build_graph, read_interactions


@st.composite
def _matrices(draw, largest=10, smallest=1e-3, heaviest=1e3):
    n = draw(st.integers(1, largest))
    edge = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.floats(smallest, heaviest))
    edges = {(u, v): w for u, v, w in draw(st.lists(edge, max_size=4 * n)) if u != v}
    rows, columns = np.array(list(edges), dtype=int).reshape(-1, 2).T
    return csr_array((list(edges.values()), (rows, columns)), shape=(n, n), dtype=np.float64)


@pytest.fixture(scope="session")
def matrices():
    """Strategy of weighted directed graphs with dangling and isolated people and several parts."""
    return _matrices


@pytest.fixture(scope="session")
def as_igraph():
    def convert(matrix):
        coo = matrix.tocoo()
        edges = list(zip(*(side.tolist() for side in coo.coords), strict=True))
        peer = igraph.Graph(n=matrix.shape[0], edges=edges, directed=True)
        peer.es["weight"] = coo.data.tolist()
        return peer

    return convert


@pytest.fixture(scope="session")
def as_networkx():
    return lambda matrix: nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph)


START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def graph_of():
    """Graph of rows (source, target, kind, topic), one a minute."""
    return _graph_of


def _graph_of(rows, **options):
    """Graph of rows (source, target, kind, topic), one a minute."""
    frame = pl.DataFrame(
        rows,
        schema={"source": pl.String, "target": pl.String, "kind": pl.String, "topic": pl.String},
        orient="row",
    ).with_columns(timestamp=pl.Series([START + timedelta(minutes=i) for i in range(len(rows))]))
    return build_graph(read_interactions(frame), **options)
