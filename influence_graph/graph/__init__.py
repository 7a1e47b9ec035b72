"""From a log to a weighted directed graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from influence_graph.graph.graph import InfluenceGraph, Weighting

if TYPE_CHECKING:
    from influence_graph.graph.build import build_graph

__all__ = ["InfluenceGraph", "Weighting", "build_graph"]


def __getattr__(name: str) -> Any:
    # Late, because the kernels bring numba.
    if name == "build_graph":
        from influence_graph.graph.build import build_graph

        return build_graph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
