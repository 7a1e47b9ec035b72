from ._scale import Reference, scale
from ._score import score
from .scores import Intervals, Scores

__all__ = [
    "Intervals",
    "Reference",
    "Scores",
    "scale",
    "score",
]
