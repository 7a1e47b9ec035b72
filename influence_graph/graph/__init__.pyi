from .build import build_graph
from .graph import InfluenceGraph, Weighting

__all__ = [
    "InfluenceGraph",
    "Weighting",
    "build_graph",
]
