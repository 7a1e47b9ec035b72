"""A step of several runs is, run by run, what NumPy makes of the same step."""

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from influence_graph.lanes import LANES, lanes_of, turn_lanes


@njit
def step(before, sources, chance, nodes, inactive, latest, turned, least):
    turn_lanes(before, sources, chance, nodes, inactive, latest, turned, least)


def test_a_step_is_that_of_each_run_alone():
    rng = np.random.default_rng(4)
    n, passing = 40, 25
    chance = rng.random((n, passing)) * (rng.random((n, passing)) < 0.2)
    edges = csr_array(chance)
    inactive, latest = rng.random((n, LANES)), rng.random((passing + 1, LANES))
    inactive[3, :2] = 0.0
    nodes = np.flatnonzero(rng.random(n) < 0.7).astype(np.int32)
    q = np.stack([np.prod(1 - chance * latest[:passing, lane], axis=1) for lane in range(LANES)], axis=1)
    after, turned, least = inactive.copy(), np.full((passing + 1, LANES), 9.0), np.full(LANES, 0.6)
    step(edges.indptr.astype(np.int64), edges.indices, edges.data, nodes, after, latest, turned, least)
    np.testing.assert_allclose(after[nodes], (q * inactive)[nodes], rtol=0, atol=1e-15)
    np.testing.assert_array_equal(np.delete(after, nodes, axis=0), np.delete(inactive, nodes, axis=0))
    own, others = nodes[nodes < passing], np.setdiff1d(np.arange(passing), nodes)
    np.testing.assert_allclose(turned[own], ((1 - q) * inactive)[own], rtol=0, atol=1e-15)
    assert (turned[others] == 9.0).all()
    asked = np.where(inactive > 0, q, 1.0)[nodes].min(axis=0)
    np.testing.assert_allclose(least, np.minimum(asked, 0.6), rtol=1e-14)


def test_a_row_is_one_line_of_cache():
    for many in (1, 7, 100_000):
        rows = lanes_of((many,), 2.0)
        assert rows.shape == (many, LANES)
        assert rows.flags.c_contiguous
        assert rows.ctypes.data % 64 == rows.strides[0] % 64 == 0
        assert (rows == 2.0).all()
