from .posting_rate import rate_response
from .turning_point import turning_point
from .worlds import Population, ScoredBy, draw_world

__all__ = [
    "Population",
    "ScoredBy",
    "draw_world",
    "rate_response",
    "turning_point",
]
