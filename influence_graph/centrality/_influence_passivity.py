"""Influence–passivity: a reaction of a passive person counts more."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.centrality.eigenvector_katz import cyclic
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.arnoldi import dominant_vector, resolution_of
from influence_graph.linalg.csr import as_canonical
from influence_graph.methods import Raw, method, share_without_unit

_REASON = (
    "influence_passivity is a dominant eigenvector, and a part elsewhere with a larger eigenvalue takes all"
)


@method("influence_passivity", version=3, needs={"posts"}, accuracy={"tol", "max_iterations"})
def influence_passivity(
    graph: InfluenceGraph,
    *,
    role: Literal["influence", "passivity"] = "influence",
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 1000,
) -> Raw:
    r"""Influence–passivity: influential people get reactions from people who rarely react.

    With f_ij the share of i's posts that j reacted to, the acceptance rate u_ij = f_ij / Σ_k f_kj is
    i's part of what j accepts, the rejection rate v_ji = (1 − f_ji) / Σ_k (1 − f_jk) i's part
    of what is rejected of j. Then I_i = Σ_j u_ij P_j and P_i = Σ_j v_ji I_j, sums
    scaled to 1 (Romero, Galuba, Asur & Huberman 2011). Only pairs with a reaction are edges,
    as in the paper. f_ij is the edge weight over the posts of i; where one person reacted more often
    than i has posts recorded, the most reactions of one person stand in for i's posts, so that f ≤ 1.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, from a log with rows of kind ``post``.
    role : {"influence", "passivity"}
        Which of the two.
    tol : float
        Bound on the relative residual of the dominant eigenvector, I of the two steps together.
    max_iterations : int
        Most iterations of the two steps together.

    Returns
    -------
    Raw
        ≥ 0, sum 1; all 0 where no influence returns to its origin (no edge, or nothing is rejected).
        Diagnostics: ``iterations``, ``residual``, ``people_with_too_few_posts``. O(m) an iteration.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.
    DataError
        If the log has no posts.

    Notes
    -----
    .. math:: I_i = \sum_j u_{ij} P_j, \quad P_i = \sum_j v_{ji} I_j

    .. math:: u_{ij} = \frac{f_{ij}}{\sum_k f_{kj}}, \quad v_{ji} = \frac{1 - f_{ji}}{\sum_k (1 - f_{jk})}

    With f_ij the share of the posts of i that j reacted to.

    Unit: the average person.

    Use: Where posts are known and many readers react to nothing. Dense groups take everything.

    References
    ----------
    Romero, Galuba, Asur & Huberman (2011), "Influence and passivity in social media", ECML PKDD, LNCS 6913,
    18–33.
    """
    posts = graph.nodes["posts"].to_numpy().astype(np.float64)
    accept, reject, few = rates(graph.in_edges, posts)
    diagnostics = {"iterations": 0, "residual": 0.0, "people_with_too_few_posts": few}
    unit = share_without_unit(graph.n, _REASON)
    # I is the dominant vector of accept·rejectᵀ, and 0 if its graph of 2n states has no cycle.
    if not _has_cycle(accept, reject):
        return Raw(np.zeros(graph.n), diagnostics=diagnostics, unit=unit)
    rejected_by = csr_array(reject.T)

    def passivity(influence: FloatArray) -> FloatArray:
        return np.asarray(rejected_by @ influence)

    vector, _, residual, iterations = dominant_vector(
        lambda influence: np.asarray(accept @ passivity(influence)),
        np.ones(graph.n),
        tol=tol,
        max_iterations=max_iterations,
        name="influence_passivity",
    )
    if role == "passivity":
        vector = passivity(vector)
        vector = vector / vector.sum()
    diagnostics |= {"iterations": iterations, "residual": residual}
    return Raw(vector, diagnostics=diagnostics, unit=unit, resolution=resolution_of(vector, residual))


def rates(in_edges: csr_array, posts: FloatArray) -> tuple[csr_array, csr_array, int]:
    """Return acceptance u[i, j], rejection v[i, j] (by j of i), and how many have too few posts."""
    n = len(posts)
    rows = np.repeat(np.arange(n), np.diff(in_edges.indptr))
    most = np.zeros(n)
    np.maximum.at(most, rows, in_edges.data)
    share = in_edges.data / np.maximum(posts, most)[rows]
    accepted = np.bincount(in_edges.indices, weights=share, minlength=n)
    rejected = np.bincount(rows, weights=1.0 - share, minlength=n)
    accept, reject = np.zeros_like(share), np.zeros_like(share)
    np.divide(share, accepted[in_edges.indices], out=accept, where=accepted[in_edges.indices] > 0)
    np.divide(1.0 - share, rejected[rows], out=reject, where=rejected[rows] > 0)
    structure = in_edges.indices, in_edges.indptr
    return (
        csr_array((accept, *structure), shape=(n, n)),
        csr_array((reject, *structure), shape=(n, n)),
        int((posts < most).sum()),
    )


def _has_cycle(accept: csr_array, reject: csr_array) -> bool:
    """Whether the graph of n influences and n passivities has a cycle."""
    from scipy.sparse import block_array

    n = accept.shape[0]
    states = csr_array(block_array([[None, reject], [csr_array(accept.T), None]])) if n else csr_array((0, 0))
    states.eliminate_zeros()
    return cyclic(as_canonical(states))
