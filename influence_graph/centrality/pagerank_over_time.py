"""PageRank at one moment after another, each solved from the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from influence_graph.centrality.visits_unit import visits_unit
from influence_graph.linalg.residual_push import solve_locally
from influence_graph.linalg.row_shares import transition_shares
from influence_graph.methods.moment import Moment, Step
from influence_graph.methods.raw import Raw


def pagerank_over_time(parameters: Mapping[str, Any]) -> Step | None:
    """Return the step from one moment's PageRank to the next.

    Without personalization x is y/Σy with y = 1 + d·Pᵀy: a person's row of P changes only when they react,
    and a new person adds a 1, so the y of the moment before is wrong only near what happened since.

    Parameters
    ----------
    parameters : mapping
        Those of :func:`~influence_graph.centrality._pagerank.pagerank`.

    Returns
    -------
    callable or None
        From a moment to the values of those present; O(m) and the rows that are corrected. None with a
        personalization.
    """
    if parameters["personalization"] is not None:
        return None
    d, stays = parameters["damping"], parameters["dangling"] == "self"
    y = np.zeros(0)

    def step(moment: Moment) -> Raw:
        nonlocal y
        edges, present = moment.edges, moment.present
        y = y if len(y) else np.zeros(len(present))
        factors = d * transition_shares(edges)
        start = present.astype(np.float64)
        np.maximum(y, start, out=y)
        # Back in x = G(x) the residual is at most twice as long, so tol holds.
        solve_locally(edges.indptr, edges.indices, factors, start, y, relative=parameters["tol"] / 2.0)
        x = y[present]
        if stays:
            sources = np.repeat(np.arange(len(y)), np.diff(edges.indptr))
            out_strength = np.bincount(sources, weights=edges.data, minlength=len(y))
            x = np.where(out_strength[present] > 0, x, x / (1.0 - d))
        total = float(x.sum())
        # Each residual is below this share of its value, and a reader goes on 1/(1 − d) times.
        error = max(1e-13, parameters["tol"] / 2.0 / (1.0 - d))
        return Raw(x / total, unit=visits_unit(total), resolution=error * (x / total))

    return step
