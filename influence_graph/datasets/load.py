"""From the name of a data set to its log."""

from __future__ import annotations

from typing import Any

from influence_graph.errors import DataError
from influence_graph.interactions.log import Interactions


def load_dataset(name: str, **options: Any) -> Interactions:
    """Return the log of a data set."""
    if name == "synthetic":
        from influence_graph.datasets.synthetic import make_log

        return make_log(**options).interactions
    raise DataError(f"There is no data set {name!r}.")


def dataset_names() -> list[str]:
    """Return the names of all data sets."""
    return ["synthetic"]
