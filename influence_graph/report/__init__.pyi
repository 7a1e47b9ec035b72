from ._style import save_figure, style
from .coverage_figures import coverage_survival
from .explanation_figures import told_recomputed
from .figures import agreement
from .log_report import report_log
from .posting_figures import posting_elasticities
from .results_report import report_results
from .score_figures import agreement_dots, distribution, history_lines, waterfall
from .weights_figures import rank_ranges

__all__ = [
    "agreement",
    "agreement_dots",
    "coverage_survival",
    "distribution",
    "history_lines",
    "posting_elasticities",
    "rank_ranges",
    "report_log",
    "report_results",
    "save_figure",
    "style",
    "told_recomputed",
    "waterfall",
]
