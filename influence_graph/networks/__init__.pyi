from ._features import features, person_features
from ._multinetwork import multinetwork, network_parts, shares_of_reactions
from .learning import LearnedWeights, learn_weights
from .pairs import Pairs, read_pairs
from .per_network import coverage, network_graph
from .person_measures import audience_influence, growth, posts, received, recency, reciprocity

__all__ = [
    "LearnedWeights",
    "Pairs",
    "audience_influence",
    "coverage",
    "features",
    "growth",
    "learn_weights",
    "multinetwork",
    "network_graph",
    "network_parts",
    "person_features",
    "posts",
    "read_pairs",
    "received",
    "recency",
    "reciprocity",
    "shares_of_reactions",
]
