from ._explain import explain, explain_people
from .decomposition import decomposable
from .explanation import Explanation

__all__ = [
    "Explanation",
    "decomposable",
    "explain",
    "explain_people",
]
