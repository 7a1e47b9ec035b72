"""What spreads when a person speaks: models, simulation, expected spread, seeds, learning."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence_graph.propagation.cascades import Simulation, simulate
    from influence_graph.propagation.exact import exact_spread
    from influence_graph.propagation.learn import Learned, learn_probabilities
    from influence_graph.propagation.models import SIR, IndependentCascade, LinearThreshold
    from influence_graph.propagation.seeds import Seeds, select_seeds

__all__ = [
    "SIR",
    "IndependentCascade",
    "Learned",
    "LinearThreshold",
    "Seeds",
    "Simulation",
    "exact_spread",
    "learn_probabilities",
    "select_seeds",
    "simulate",
]

_HOMES = {
    "SIR": "models",
    "IndependentCascade": "models",
    "Learned": "learn",
    "LinearThreshold": "models",
    "Seeds": "seeds",
    "Simulation": "cascades",
    "exact_spread": "exact",
    "learn_probabilities": "learn",
    "select_seeds": "seeds",
    "simulate": "cascades",
}


def __getattr__(name: str) -> Any:
    # Late, because the kernels bring numba.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
