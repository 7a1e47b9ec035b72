from ._style import save_figure, style
from .coverage_figures import coverage_survival
from .explanation_figures import told_recomputed
from .figures import agreement
from .log_report import report_log
from .network_figures import network_map
from .posting_figures import posting_elasticities
from .results_report import report_results
from .score_figures import (
    agreement_dots,
    distribution,
    forest,
    history_lines,
    rank_against_rank,
    sweep_lines,
    waterfall,
)
from .weights_figures import rank_ranges

__all__ = [
    "agreement",
    "agreement_dots",
    "coverage_survival",
    "distribution",
    "forest",
    "history_lines",
    "network_map",
    "posting_elasticities",
    "rank_against_rank",
    "rank_ranges",
    "report_log",
    "report_results",
    "save_figure",
    "style",
    "sweep_lines",
    "told_recomputed",
    "waterfall",
]
