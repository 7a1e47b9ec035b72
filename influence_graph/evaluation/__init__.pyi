from ._compare import compare
from ._concordance import concordance
from ._membership import activity_and_tenure, group_concordance, membership, octaves
from ._stability import intraclass_correlation, stability
from ._transfer import Transfer, transfer
from .comparison import Comparison
from .corrected import corrected_correlations, corrected_with_interval, cross_covariances
from .delete_fold import delete_fold_interval
from .effects import effects_frame
from .item_outcomes import added_accuracy
from .judgements import JudgedPairs, judged_pairs
from .one_number import numbers_needed
from .rank_agreement import kendall_tau_b, rank_biased_overlap, spearman, top_k_overlap
from .verdicts import Bounds, Criterion, verdicts_of

__all__ = [
    "Bounds",
    "Comparison",
    "Criterion",
    "JudgedPairs",
    "Transfer",
    "activity_and_tenure",
    "added_accuracy",
    "compare",
    "concordance",
    "corrected_correlations",
    "corrected_with_interval",
    "cross_covariances",
    "delete_fold_interval",
    "effects_frame",
    "group_concordance",
    "intraclass_correlation",
    "judged_pairs",
    "kendall_tau_b",
    "membership",
    "numbers_needed",
    "octaves",
    "rank_biased_overlap",
    "spearman",
    "stability",
    "top_k_overlap",
    "transfer",
    "verdicts_of",
]
