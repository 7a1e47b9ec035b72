"""Collective influence against distances of NetworkX."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConfigError, InfluenceGraph
from influence_graph.centrality import collective_influence


@given(st.data(), st.integers(1, 3))
def test_collective_influence_equals_networkx_distances(matrices, as_networkx, data, distance):
    matrix = data.draw(matrices(largest=12))
    steps = dict(nx.all_pairs_shortest_path_length(as_networkx(matrix).reverse()))
    less = np.maximum((matrix.toarray() > 0).sum(axis=0) - 1, 0)
    wanted = [
        less[v] * sum(less[u] for u, away in steps[v].items() if away == distance)
        for v in range(matrix.shape[0])
    ]
    ours = collective_influence(InfluenceGraph.from_scipy(matrix), distance=distance)
    np.testing.assert_array_equal(ours.values, wanted)


def test_distance_is_checked():
    with pytest.raises(ConfigError, match="'distance' is 0"):
        collective_influence(InfluenceGraph.from_scipy([[0, 1], [1, 0]]), distance=0)
