"""The solver of y = b + Wᵀy against dense algebra: both kernels, aggregation and extrapolation."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConvergenceError, InfluenceGraph
from influence_graph.linalg.random_walk import SolverState, expected_visits


def dense_shares(graph):
    dense = graph.adjacency.toarray()
    total = dense.sum(axis=1, keepdims=True)
    return np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)


def in_two_chunks(edges):
    """The same edges in more than one chunk, which are swept in parallel."""
    cuts = np.unique([0, edges.active // 2, edges.active, len(edges.pointers) - 1]).astype(np.int64)
    return dataclasses.replace(edges, cuts=cuts)


@st.composite
def systems(draw):
    n = draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.4) * (1 - np.eye(n))
    return InfluenceGraph.from_scipy(dense), rng.random(n) * 0.95, rng.random(n), rng.random(n)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("aggregate", [False, True])
@given(system=systems())
def test_equals_dense_algebra(parallel, aggregate, system):
    graph, d, b, guess = system
    order = graph.traversal
    edges = in_two_chunks(order.incoming) if parallel else order.incoming
    exact = np.linalg.solve(np.eye(graph.n) - (d[:, None] * dense_shares(graph)).T, b)
    for start in (None, order.from_public(guess)):
        visits = expected_visits(
            edges,
            order.active_share if aggregate else None,
            order.from_public(d),
            order.from_public(b),
            tol=1e-13,
            max_iterations=5_000,
            name="test",
            guess=start,
        )
        np.testing.assert_allclose(order.to_public(visits.values), exact, rtol=1e-9, atol=1e-11)
        assert visits.residual <= 1e-13


def test_the_residual_is_that_of_the_values():
    rng = np.random.default_rng(2)
    graph = InfluenceGraph.from_scipy(rng.random((30, 30)) * (1 - np.eye(30)))
    order, b, d = graph.traversal, rng.random(30), np.full(30, 0.9)
    visits = expected_visits(
        order.incoming, order.active_share, d, order.from_public(b), tol=1e-3, max_iterations=99, name="test"
    )
    y = order.to_public(visits.values)
    residual = np.abs(b + 0.9 * dense_shares(graph).T @ y - y).sum() / y.sum()
    assert visits.residual == pytest.approx(residual, rel=1e-6)


def test_not_converged_names_method_residual_and_remedy():
    graph = InfluenceGraph.from_scipy([[0, 1, 1], [1, 0, 0], [0, 1, 0]])
    order = graph.traversal
    with pytest.raises(ConvergenceError, match=r"test reached an L1 residual of .* after 1 sweeps"):
        expected_visits(
            order.incoming,
            order.active_share,
            np.full(3, 0.9),
            np.ones(3),
            tol=1e-12,
            max_iterations=1,
            name="test",
        )


def sums_of(change, before, y=1.0, ay=1.0):
    return np.array(
        [[[np.abs(change).sum()], [y], [ay], [before @ change], [before @ before], [change @ change]]]
    )


def test_scale_makes_the_residual_sum_to_0():
    # Σ(b − (I − Wᵀ)·s·y) = Σb − s·Σa·y.
    state = SolverState(np.array([6.0]), np.array([4.0]), np.zeros(1), aggregate=True)
    assert state.scale().tolist() == [1.5]
    assert SolverState(np.array([6.0]), np.array([4.0]), np.zeros(1), aggregate=False).scale().tolist() == [
        1.0
    ]


def test_extrapolation_is_the_sum_of_the_geometric_series():
    rho, state = 0.8, SolverState(np.ones(1), np.ones(1), np.zeros(1), aggregate=False)
    change = np.array([1.0, 2.0])
    for sweep in range(4):
        before, change = change, rho * change
        state.record(sums_of(change, before))
        # ρ + ρ² + … of the last change, from the third sweep on.
        assert state.extrapolation()[0] == pytest.approx(rho / (1 - rho) if sweep >= 2 else 0.0)
    state.record(sums_of(np.array([2.0, -1.0]), change))
    assert state.extrapolation()[0] == 0.0
    state.restart(np.ones(1))
    state.record(sums_of(rho * change, change))
    assert state.extrapolation()[0] == 0.0
