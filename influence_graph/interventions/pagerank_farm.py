"""What a farm of accounts adds to PageRank, in closed form."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError, ConvergenceError
from influence_graph.graph.graph import InfluenceGraph

#: Steps of the iteration: enough for a damping of .99.
_MOST = 4_000


def farm_value(inflow: float, accounts: int, *, damping: float, back: float = 0.0) -> float:
    """Return the PageRank of somebody to whom k new accounts link, in y = 1 + d·Pᵀy.

    Each account has y = 1 + d·b·Y/k and all of it flows to the target, so Y = I + d·k + d²·b·Y, hence
    Y = (I + d·k)/(1 − d²·b). In mean-1 PageRank it is (I + d·k·τ)/(1 − d²) with b = 1, both sides times
    τ = 1 − d + d·D, renormalised by n/(n + k) when the k join.

    Parameters
    ----------
    inflow : float
        I: what the target has without the farm and without what its own links bring back; 1 for a new
        account.
    accounts : int
        k.
    damping : float in [0, 1)
        d.
    back : float in [0, 1]
        b, the share of the target's links that goes back to the farm.

    Examples
    --------
    >>> farm_value(1.0, 98, damping=0.85, back=1.0) > farm_value(1.0, 300, damping=0.85)
    True
    """
    _checked(damping, back)
    return (inflow + damping * accounts) / (1.0 - damping**2 * back)


def farm_size(value: float, inflow: float, *, damping: float, back: float = 0.0) -> int:
    """Return the least number of accounts with which :func:`farm_value` reaches a value.

    Examples
    --------
    >>> farm_size(303.25, 1.0, damping=0.85), farm_size(303.25, 1.0, damping=0.85, back=1.0)
    (356, 98)
    """
    _checked(damping, back)
    if damping == 0.0:
        raise ConfigError("With a damping of 0 nothing flows, and no farm adds anything.")
    needed = value * (1.0 - damping**2 * back) - inflow
    # What is left of a value that is exactly reached is not another account.
    return max(0, math.ceil(needed / damping * (1.0 - 1e-12)))


def inflow_of(graph: InfluenceGraph, person: int, value: float, *, damping: float) -> float:
    """Return the inflow of a person: its y where its own links led nowhere.

    With G = (I − d·Pᵀ)⁻¹ what a visit brings comes back, so y = I·G_vv: one solve.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.
    person : int
        Position.
    value : float
        Its y = 1 + d·Pᵀy.
    damping : float in [0, 1)
        Of PageRank.

    Raises
    ------
    ConvergenceError
        If the iteration does not converge.
    """
    matrix: csr_array = graph.adjacency
    start = np.zeros(graph.n)
    start[person] = 1.0
    if matrix.indptr[person] == matrix.indptr[person + 1]:
        return value
    total = matrix.sum(axis=1)
    shares: FloatArray = np.divide(1.0, total, out=np.zeros(graph.n), where=total > 0)
    flow = csr_array(matrix.multiply(shares[:, None])).T.tocsr()
    visits = start
    for _ in range(_MOST):
        after = start + damping * (flow @ visits)
        left = float(np.abs(after - visits).sum())
        visits = after
        if left <= 1e-13:
            return value / float(visits[person])
    raise ConvergenceError(
        f"The visits that come back to a person did not converge in {_MOST:,} steps: {left:.1e} is left."
    )


def _checked(damping: float, back: float) -> None:
    if not 0.0 <= damping < 1.0:
        raise ConfigError(f"damping is {damping!r}, but it should be in [0, 1).")
    if not 0.0 <= back <= 1.0:
        raise ConfigError(f"back is {back!r}, but it should be in [0, 1].")
