from ._style import save_figure, style
from .figures import agreement
from .log_report import report_log
from .network_figures import network_map
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

__all__ = [
    "agreement",
    "agreement_dots",
    "distribution",
    "forest",
    "history_lines",
    "network_map",
    "rank_against_rank",
    "report_log",
    "report_results",
    "save_figure",
    "style",
    "sweep_lines",
    "waterfall",
]
