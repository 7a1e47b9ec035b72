from .build import build_graph
from .graph import InfluenceGraph
from .weighting import Weighting

__all__ = [
    "InfluenceGraph",
    "Weighting",
    "build_graph",
]
