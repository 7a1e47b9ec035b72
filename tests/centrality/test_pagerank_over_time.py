"""Each step solves the linear system of its moment, from whatever the step before left."""

from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.sparse import csr_array

from influence_graph import get_method
from influence_graph.centrality.pagerank_over_time import pagerank_over_time
from influence_graph.methods import Moment


def dense(adjacency, damping, dangling):
    """x = d·Pᵀx + dangling mass + (1 − d)/n, by the stationary vector of the dense chain."""
    n = len(adjacency)
    out = adjacency.sum(axis=1)
    chain = np.full((n, n), 1.0 / n) if dangling == "uniform" else np.eye(n)
    chain[out > 0] = adjacency[out > 0] / out[out > 0, None]
    return np.linalg.solve(np.eye(n) - damping * chain.T, np.full(n, (1 - damping) / n))


@pytest.mark.parametrize("dangling", ["uniform", "self"])
def test_steps_against_dense_algebra(dangling):
    parameters = get_method("pagerank").resolve({"dangling": dangling, "damping": 0.7})
    step = pagerank_over_time(parameters)
    rng = np.random.default_rng(4)
    pattern = rng.random((12, 12)) < 0.3
    np.fill_diagonal(pattern, False)
    pattern[7] = False
    source, target = np.nonzero(pattern)
    indptr = np.concatenate([[0], np.cumsum(pattern.sum(axis=1))]).astype(np.int32)
    for there in (5, 9, 12, 12):
        present = np.arange(12) < there
        weights = rng.random(len(source)) * (present[source] & present[target])
        edges = csr_array((weights, target.astype(np.int32), indptr), shape=(12, 12))
        values = step(Moment(datetime(2024, 1, 1, tzinfo=UTC), present, edges))
        whole = np.zeros((12, 12))
        whole[source, target] = weights
        np.testing.assert_allclose(values, dense(whole[:there, :there], 0.7, dangling), rtol=1e-8)


def test_a_personalization_has_no_incremental_form():
    assert pagerank_over_time(get_method("pagerank").resolve({"personalization": {"a": 1}})) is None
