"""Coreness against igraph and pruning by definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import InfluenceGraph
from influence_graph.centrality import coreness


@given(st.data(), st.sampled_from(["in", "out", "all"]))
def test_coreness_equals_igraph(matrices, as_igraph, data, degree):
    matrix = data.draw(matrices(largest=14))
    ours = coreness(InfluenceGraph.from_scipy(matrix), degree=degree).values
    np.testing.assert_array_equal(ours, as_igraph(matrix).coreness(mode=degree))


def weighted_cores(dense):
    """Definition: largest level at which a person is in the group left by pruning all below it."""
    result = np.zeros(len(dense))
    left = np.ones(len(dense), dtype=bool)
    level = 0.0
    while left.any():
        part = dense * left[:, None] * left[None, :]
        value = np.where(left, np.sqrt((part > 0).sum(axis=0) * part.sum(axis=0)), np.inf)
        level = max(level, value.min())
        out = value <= level * (1 + 1e-12)
        result[out] = level
        left &= ~out
    return result


@given(st.data())
def test_weighted_coreness_equals_pruning_by_hand(matrices, data):
    matrix = data.draw(matrices(largest=12, smallest=0.1, heaviest=10))
    ours = coreness(InfluenceGraph.from_scipy(matrix), weighted=True).values
    np.testing.assert_allclose(ours, weighted_cores(matrix.toarray()), rtol=1e-9, atol=1e-9)


@given(st.data())
def test_weights_of_1_leave_coreness_alone(matrices, data):
    matrix = data.draw(matrices(largest=14))
    matrix.data[:] = 1.0
    graph = InfluenceGraph.from_scipy(matrix)
    np.testing.assert_allclose(coreness(graph, weighted=True).values, coreness(graph).values)


def test_a_ring_of_three_is_a_core():
    # Everybody acts on 0; 0, 1, 2 act on each other in a ring.
    dense = np.zeros((5, 5))
    dense[1:, 0] = dense[0, 1] = dense[1, 2] = dense[2, 0] = 1
    graph = InfluenceGraph.from_scipy(dense)
    assert coreness(graph).values.tolist() == [1, 1, 1, 0, 0]
    assert coreness(graph, degree="out").values.tolist() == [1, 1, 1, 1, 1]


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_the_unit_of_weights_is_that_of_the_square(unit):
    dense = np.random.default_rng(0).random((9, 9)) * (1 - np.eye(9))
    plain, extreme = (coreness(InfluenceGraph.from_scipy(dense * w), weighted=True) for w in (1.0, unit))
    np.testing.assert_allclose(extreme.values, plain.values * np.sqrt(unit), rtol=1e-9)
