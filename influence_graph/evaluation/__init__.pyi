from ._compare import compare
from .comparison import Comparison
from .corrected import corrected_correlations, corrected_with_interval, cross_covariances
from .rank_agreement import kendall_tau_b, rank_biased_overlap, spearman, top_k_overlap

__all__ = [
    "Comparison",
    "compare",
    "corrected_correlations",
    "corrected_with_interval",
    "cross_covariances",
    "kendall_tau_b",
    "rank_biased_overlap",
    "spearman",
    "top_k_overlap",
]
