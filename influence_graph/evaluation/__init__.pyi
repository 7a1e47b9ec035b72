from ._compare import compare
from ._concordance import concordance
from ._jackknife import jackknife
from ._membership import activity_and_tenure, group_concordance, membership, octaves
from ._posting_panel import default_period, items_of, posting_panel
from ._response_to_answers import AnswerResponse, response_to_answers
from ._rule_change import rule_change_effect
from ._stability import intraclass_correlation, stability
from ._transfer import Transfer, transfer
from ._weight_space import Region, Space, finite_space, parts_received, sure_counts, weight_space
from .comparison import Comparison
from .corrected import corrected_correlations, corrected_with_interval, cross_covariances
from .effects import effects_frame
from .elasticity import elasticities, score_elasticities
from .fixed_effects import PoissonFit, permuted_coefficients, poisson_fixed_effects
from .hiding import (
    Hiding,
    Movement,
    Reactions,
    Statement,
    hidden_values,
    hidings,
    mean_interval,
    share_interval,
)
from .item_outcomes import added_accuracy
from .judgements import JudgedPairs, judged_pairs
from .moments import log_moments
from .one_number import numbers_needed
from .rank_agreement import kendall_tau_b, rank_biased_overlap, spearman, top_k_overlap
from .told import Telling, told_against_recomputed
from .verdicts import Bounds, Criterion, verdicts_of

__all__ = [
    "AnswerResponse",
    "Bounds",
    "Comparison",
    "Criterion",
    "Hiding",
    "JudgedPairs",
    "Movement",
    "PoissonFit",
    "Reactions",
    "Region",
    "Space",
    "Statement",
    "Telling",
    "Transfer",
    "activity_and_tenure",
    "added_accuracy",
    "compare",
    "concordance",
    "corrected_correlations",
    "corrected_with_interval",
    "cross_covariances",
    "default_period",
    "effects_frame",
    "elasticities",
    "finite_space",
    "group_concordance",
    "hidden_values",
    "hidings",
    "intraclass_correlation",
    "items_of",
    "jackknife",
    "judged_pairs",
    "kendall_tau_b",
    "log_moments",
    "mean_interval",
    "membership",
    "numbers_needed",
    "octaves",
    "parts_received",
    "permuted_coefficients",
    "poisson_fixed_effects",
    "posting_panel",
    "rank_biased_overlap",
    "response_to_answers",
    "rule_change_effect",
    "score_elasticities",
    "share_interval",
    "spearman",
    "stability",
    "sure_counts",
    "told_against_recomputed",
    "top_k_overlap",
    "transfer",
    "verdicts_of",
    "weight_space",
]
