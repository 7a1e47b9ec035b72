from .add_csr import weighted_sum
from .arnoldi import dominant_vector
from .csr import canonical
from .degree_order import TraversalOrder, traversal_order
from .random_walk import Visits, expected_visits
from .random_walk_block import shares_of_visits
from .residual_push import solve_locally
from .row_shares import transition_shares

__all__ = [
    "TraversalOrder",
    "Visits",
    "canonical",
    "dominant_vector",
    "expected_visits",
    "shares_of_visits",
    "solve_locally",
    "transition_shares",
    "traversal_order",
    "weighted_sum",
]
