"""Small logs for the tests of the graph."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from influence_graph.interactions.log import Interactions
from influence_graph.interactions.read import read_interactions


@pytest.fixture(scope="session")
def log_of() -> Callable[..., Interactions]:
    """Make a log of dictionaries; a field that a row lacks is null."""

    def make(*rows: dict[str, Any]) -> Interactions:
        return read_interactions(pl.DataFrame(list(rows), infer_schema_length=None))

    return make
