from ._template import Cell, Template, get_template, template, template_names
from .claims import claims_table, shipped_configs
from .overrides import Overrides
from .plan import Plan
from .results import Results
from .run import run_experiment

__all__ = [
    "Cell",
    "Overrides",
    "Plan",
    "Results",
    "Template",
    "claims_table",
    "get_template",
    "run_experiment",
    "shipped_configs",
    "template",
    "template_names",
]
