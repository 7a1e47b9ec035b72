from ._collective_influence import collective_influence
from ._coreness import coreness
from ._credible_reach import credible_reach
from ._h_index import h_index, local_h_index
from ._hits import hits, salsa
from ._hitting_time import hitting_time
from ._influence_passivity import influence_passivity
from ._leaderrank import leaderrank
from ._pagerank import pagerank, personalized_pagerank, trustrank
from ._temporal_pagerank import temporal_pagerank
from ._truetop import truetop
from ._twitterrank import twitterrank
from ._voterank import voterank
from .eigenvector_katz import eigenvector, katz
from .personalized_top_k import TopPeople, personalized_pagerank_top
from .shortest_paths import betweenness, closeness

__all__ = [
    "TopPeople",
    "betweenness",
    "closeness",
    "collective_influence",
    "coreness",
    "credible_reach",
    "eigenvector",
    "h_index",
    "hits",
    "hitting_time",
    "influence_passivity",
    "katz",
    "leaderrank",
    "local_h_index",
    "pagerank",
    "personalized_pagerank",
    "personalized_pagerank_top",
    "salsa",
    "temporal_pagerank",
    "truetop",
    "trustrank",
    "twitterrank",
    "voterank",
]
