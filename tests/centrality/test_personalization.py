"""The start distribution: equal, weighted, at the limits of float64."""

import numpy as np
import pytest

from influence_graph import ConfigError, DataError, InfluenceGraph
from influence_graph.centrality.personalization import equal_weights, start_distribution, start_shares

GRAPH = InfluenceGraph.from_scipy(np.zeros((4, 4)), ids=["a", "b", "c", "d"])


def test_no_personalization_is_uniform():
    assert start_distribution(GRAPH, None).tolist() == [0.25] * 4


@pytest.mark.parametrize("unit", [1e-300, 1.0, 1e300])
def test_weights_are_scaled_to_sum_to_1(unit):
    p = start_distribution(GRAPH, {"d": 1.5 * unit, "b": 0.5 * unit, "c": 0.0})
    np.testing.assert_allclose(p, [0, 0.25, 0, 0.75], rtol=1e-15)
    at, shares = start_shares(GRAPH, {"d": 1.5 * unit, "b": 0.5 * unit})
    assert at.tolist() == [3, 1]
    np.testing.assert_allclose(shares, [0.75, 0.25], rtol=1e-15)


def test_one_id_several_or_a_mapping():
    assert equal_weights("a") == {"a": 1.0}
    assert equal_weights(np.int64(3)) == {3: 1.0}
    assert equal_weights(["a", "b", "a"]) == {"a": 1.0, "b": 1.0}
    assert equal_weights({"a": 2.0}) == {"a": 2.0}


def test_no_weight_and_no_such_person_are_errors():
    with pytest.raises(ConfigError, match="sum to 0; give at least one person"):
        start_distribution(GRAPH, {"a": 0.0})
    with pytest.raises(DataError, match="'z' is not among"):
        start_distribution(GRAPH, {"z": 1.0})
