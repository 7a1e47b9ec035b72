"""From interaction logs to influence scores that can be checked.

The public names below are imported on first use, so that ``import influence_graph`` takes no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from influence_graph.errors import (
    ConfigError,
    ConvergenceError,
    DataError,
    DownloadError,
    InfluenceGraphError,
    SchemaError,
)

if TYPE_CHECKING:
    from influence_graph.centrality.local_push import personalized_pagerank_top
    from influence_graph.centrality.pagerank import personalized_pagerank
    from influence_graph.datasets import dataset_names, load_dataset
    from influence_graph.evaluation.compare import compare
    from influence_graph.experiment.run import run_experiment
    from influence_graph.graph.build import build_graph
    from influence_graph.graph.graph import InfluenceGraph
    from influence_graph.interactions.log import Interactions
    from influence_graph.interactions.read import read_interactions
    from influence_graph.methods import Raw, method, method_names
    from influence_graph.propagation import learn_probabilities, select_seeds, simulate
    from influence_graph.scoring.explain import explain
    from influence_graph.scoring.features import features
    from influence_graph.scoring.history import score_history
    from influence_graph.scoring.learning import learn_weights
    from influence_graph.scoring.pairs import read_pairs
    from influence_graph.scoring.scale import scale
    from influence_graph.scoring.score import score
    from influence_graph.scoring.scores import Scores

__version__ = "0.1.0"

__all__ = [
    "ConfigError",
    "ConvergenceError",
    "DataError",
    "DownloadError",
    "InfluenceGraph",
    "InfluenceGraphError",
    "Interactions",
    "Raw",
    "SchemaError",
    "Scores",
    "build_graph",
    "compare",
    "dataset_names",
    "explain",
    "features",
    "learn_probabilities",
    "learn_weights",
    "load_dataset",
    "method",
    "method_names",
    "personalized_pagerank",
    "personalized_pagerank_top",
    "read_interactions",
    "read_pairs",
    "run_experiment",
    "scale",
    "score",
    "score_history",
    "select_seeds",
    "simulate",
]

_HOMES = {
    "InfluenceGraph": "graph.graph",
    "Interactions": "interactions.log",
    "Raw": "methods",
    "Scores": "scoring.scores",
    "build_graph": "graph.build",
    "compare": "evaluation.compare",
    "dataset_names": "datasets",
    "explain": "scoring.explain",
    "features": "scoring.features",
    "learn_probabilities": "propagation",
    "learn_weights": "scoring.learning",
    "load_dataset": "datasets",
    "method": "methods",
    "method_names": "methods",
    "personalized_pagerank": "centrality.pagerank",
    "personalized_pagerank_top": "centrality.local_push",
    "read_interactions": "interactions.read",
    "read_pairs": "scoring.pairs",
    "run_experiment": "experiment.run",
    "scale": "scoring.scale",
    "score": "scoring.score",
    "score_history": "scoring.history",
    "select_seeds": "propagation",
    "simulate": "propagation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
