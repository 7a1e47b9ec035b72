from ._compare import compare
from ._concordance import concordance
from .comparison import Comparison
from .corrected import corrected_correlations, corrected_with_interval, cross_covariances
from .effects import effects_frame
from .rank_agreement import kendall_tau_b, rank_biased_overlap, spearman, top_k_overlap
from .verdicts import Bounds, Criterion, verdicts_of

__all__ = [
    "Bounds",
    "Comparison",
    "Criterion",
    "compare",
    "concordance",
    "corrected_correlations",
    "corrected_with_interval",
    "cross_covariances",
    "effects_frame",
    "kendall_tau_b",
    "rank_biased_overlap",
    "spearman",
    "top_k_overlap",
    "verdicts_of",
]
