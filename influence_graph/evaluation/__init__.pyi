from ._compare import Comparison, compare
from .rank_agreement import kendall_tau_b, rank_biased_overlap, spearman, top_k_overlap

__all__ = [
    "Comparison",
    "compare",
    "kendall_tau_b",
    "rank_biased_overlap",
    "spearman",
    "top_k_overlap",
]
