from ._expected_spread import expected_spread
from ._viral_centrality import viral_centrality
from .cascades import Simulation, simulate
from .credit import credit_distribution, temporal_reachability
from .learn import Learned, learn_probabilities
from .models import SIR, IndependentCascade, LinearThreshold
from .seeds import Seeds, select_seeds

__all__ = [
    "SIR",
    "IndependentCascade",
    "Learned",
    "LinearThreshold",
    "Seeds",
    "Simulation",
    "credit_distribution",
    "expected_spread",
    "learn_probabilities",
    "select_seeds",
    "simulate",
    "temporal_reachability",
    "viral_centrality",
]
