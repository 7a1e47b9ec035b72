from .audience import audience_from_graph, synthetic_audience
from .posting import post_times, reaction_delays, unit_lognormal
from .reacting import draw_reactions, ties_by_author

__all__ = [
    "audience_from_graph",
    "draw_reactions",
    "post_times",
    "reaction_delays",
    "synthetic_audience",
    "ties_by_author",
    "unit_lognormal",
]
