from ._style import save_figure, style
from .figures import agreement
from .log_report import report_log
from .results_report import report_results
from .score_figures import agreement_dots, distribution, history_lines, waterfall

__all__ = [
    "agreement",
    "agreement_dots",
    "distribution",
    "history_lines",
    "report_log",
    "report_results",
    "save_figure",
    "style",
    "waterfall",
]
