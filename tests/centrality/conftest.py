"""Graphs for the tests of rank methods."""

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.sparse import csr_array


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
