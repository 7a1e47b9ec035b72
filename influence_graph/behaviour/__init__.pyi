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
    "Bandit",
    "BehaviourModel",
    "Chaser",
    "Gamer",
    "People",
    "RandomWalk",
    "SimulatedLog",
    "Steady",
    "Yoked",
    "audience_from_graph",
    "draw_people",
    "draw_reactions",
    "post_times",
    "reaction_delays",
    "simulate_people",
    "synthetic_audience",
    "ties_by_author",
    "unit_lognormal",
    "usual_positions",
    "world_key",
]
