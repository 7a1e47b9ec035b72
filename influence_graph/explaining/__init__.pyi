from ._explain import Explanation, explain, explain_people
from .decomposition import Decomposer, Passed, decomposable, decomposes

__all__ = [
    "Decomposer",
    "Explanation",
    "Passed",
    "decomposable",
    "decomposes",
    "explain",
    "explain_people",
]
