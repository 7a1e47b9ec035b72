"""The natural unit of PageRank: visits of readers who start at everybody and end at dangling nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import NaturalUnit, share_without_unit

_ANYWHERE = (
    "with a personalization and dangling='uniform' the mass of dangling nodes anywhere goes to everybody; "
    "take dangling='personalization'"
)
_OVERFLOW = "the weights of the personalization sum to more than a float holds"


def visits_unit(factor: float, starts: float | FloatArray = 1.0) -> NaturalUnit:
    """Return the unit y − w of shares x = y/factor, with y = w + d·Pᵀy and w the starts, shape (n,) or 1.

    y(v) depends on w and on those from whom a path leads to v; where there are none it is w(v).
    """
    return NaturalUnit("one visit by readers from others, one from each", factor, starts)


def unit_of_shares(
    graph: InfluenceGraph, total: float, personalization: Mapping[int | str, float] | None, dangling: str
) -> NaturalUnit:
    """Return the unit of PageRank's shares x = y/total.

    Here y solves y = p + d·Pᵀy, its p scaled to sum to 1, and ``total`` is Σy. Dangling mass that is spread
    as p only multiplies y by a number, and mass that stays changes nobody else's y. With the weights of the
    personalization as given, not scaled, y is Σw times as large, and people elsewhere do not change it.
    """
    if personalization is None:
        return visits_unit(graph.n * total)
    if dangling == "uniform":
        return share_without_unit(graph.n, _ANYWHERE)
    weights = np.zeros(graph.n)
    weights[graph.positions(personalization)] = list(personalization.values())
    with np.errstate(over="ignore"):
        factor = float(weights.sum()) * total
    return visits_unit(factor, weights) if np.isfinite(factor) else share_without_unit(graph.n, _OVERFLOW)
