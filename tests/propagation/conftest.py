"""NetHEPT, the field's benchmark graph, for the tests of its published figures."""

import pytest

from influence_graph import build_graph, load_dataset


@pytest.fixture(scope="session")
def nethept(data_folder):
    graph = build_graph(load_dataset("nethept"))
    assert (graph.n, graph.adjacency.nnz) == (15_229, 62_752)
    return graph
