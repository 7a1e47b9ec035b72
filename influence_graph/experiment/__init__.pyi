from ._template import Cell, Template, get_template, template, template_names
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
    "get_template",
    "run_experiment",
    "template",
    "template_names",
]
