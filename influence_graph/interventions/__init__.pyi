from ._derived_elasticity import derived_elasticity
from ._turning_point import turning_point
from .calibrating import fit_behaviour
from .posting_rate import rate_response
from .score_chasing import Chase, best_position, chase_in_world, spillovers
from .sensitivity_indices import morris_screening, sobol_indices
from .worlds import Population, ScoredBy, draw_world

__all__ = [
    "Chase",
    "Population",
    "ScoredBy",
    "best_position",
    "chase_in_world",
    "derived_elasticity",
    "draw_world",
    "fit_behaviour",
    "morris_screening",
    "rate_response",
    "sobol_indices",
    "spillovers",
    "turning_point",
]
