from ._derived_elasticity import derived_elasticity
from ._turning_point import turning_point
from .attack_costs import cheapest, least_plans
from .calibrating import fit_behaviour
from .contest import Contest, price_cone
from .credible_cost import CredibleNeed
from .detection import after_removal, suspicion
from .pagerank_farm import farm_size, farm_value
from .posting_rate import rate_response
from .score_chasing import Chase, best_position, chase_in_world, spillovers
from .sensitivity_indices import morris_screening, sobol_indices
from .worlds import Population, ScoredBy, draw_world

__all__ = [
    "Chase",
    "Contest",
    "CredibleNeed",
    "Population",
    "ScoredBy",
    "after_removal",
    "best_position",
    "chase_in_world",
    "cheapest",
    "derived_elasticity",
    "draw_world",
    "farm_size",
    "farm_value",
    "fit_behaviour",
    "least_plans",
    "morris_screening",
    "price_cone",
    "rate_response",
    "sobol_indices",
    "spillovers",
    "suspicion",
    "turning_point",
]
