from .declaration import Method, get_method, method, method_names
from .decomposition import Contributions, Decomposer, Decomposition
from .description import Description, describe
from .edges_only import EdgesOnly
from .moment import Moment
from .natural_unit import OWN_VALUE, REACHED, REACTION, REACTOR, NaturalUnit, share_without_unit
from .needs import check_needs
from .parameters import resolve_parameters
from .raw import Raw

__all__ = [
    "OWN_VALUE",
    "REACHED",
    "REACTION",
    "REACTOR",
    "Contributions",
    "Decomposer",
    "Decomposition",
    "Description",
    "EdgesOnly",
    "Method",
    "Moment",
    "NaturalUnit",
    "Raw",
    "check_needs",
    "describe",
    "get_method",
    "method",
    "method_names",
    "resolve_parameters",
    "share_without_unit",
]
