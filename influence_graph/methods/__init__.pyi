from .declaration import Method, Raw, get_method, method, method_names
from .decomposition import Contributions, Decomposer, Decomposition
from .edges_only import EdgesOnly
from .moment import Moment
from .needs import check_needs
from .parameters import resolve_parameters

__all__ = [
    "Contributions",
    "Decomposer",
    "Decomposition",
    "EdgesOnly",
    "Method",
    "Moment",
    "Raw",
    "check_needs",
    "get_method",
    "method",
    "method_names",
    "resolve_parameters",
]
