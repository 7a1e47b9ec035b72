from .attacks import (
    Attack,
    Effort,
    Prices,
    bought_reactions,
    hijack,
    new_accounts,
    own_events,
    pod,
    ring,
    star,
)
from .audience import audience_from_graph, synthetic_audience
from .keyed_numbers import world_key
from .model import BehaviourModel
from .people import People, draw_people
from .posting import post_times, reaction_delays, unit_lognormal
from .reacting import draw_reactions, ties_by_author
from .simulated_log import SimulatedLog
from .simulation import simulate_people
from .strategy import Bandit, Chaser, Gamer, RandomWalk, Steady, Yoked, usual_positions

__all__ = [
    "Attack",
    "Bandit",
    "BehaviourModel",
    "Chaser",
    "Effort",
    "Gamer",
    "People",
    "Prices",
    "RandomWalk",
    "SimulatedLog",
    "Steady",
    "Yoked",
    "audience_from_graph",
    "bought_reactions",
    "draw_people",
    "draw_reactions",
    "hijack",
    "new_accounts",
    "own_events",
    "pod",
    "post_times",
    "reaction_delays",
    "ring",
    "simulate_people",
    "star",
    "synthetic_audience",
    "ties_by_author",
    "unit_lognormal",
    "usual_positions",
    "world_key",
]
