"""A history on Spark is the one of this process."""

from typing import Any

import numpy as np
import pytest

from influence_graph import score_history
from influence_graph.errors import ConfigError, DataError


def test_a_history_has_the_values_of_this_process(logs: tuple[Any, Any]) -> None:
    how: dict[str, Any] = {
        "every": "18d",
        "half_life": "5d",
        "people": ["p03", "p00"],
        "kinds": {"follow": 1.0},
        "other": 1.0,
    }
    here, there = (score_history(log, "engagement", **how) for log in logs)
    assert len(here.drift) >= 2
    assert there.frame.select("time", "id", "rank").equals(here.frame.select("time", "id", "rank"))
    for name in ("raw", "score", "own", "percentile"):
        np.testing.assert_allclose(there.frame[name].to_numpy(), here.frame[name].to_numpy(), rtol=1e-10)
    assert there.drift.select("time", "people", "edges").equals(here.drift.select("time", "people", "edges"))
    np.testing.assert_allclose(
        there.drift["top_score"].to_numpy(), here.drift["top_score"].to_numpy(), rtol=1e-10
    )


def test_what_has_no_history(logs: tuple[Any, Any]) -> None:
    with pytest.raises(ConfigError, match="betweenness has no form on Spark"):
        score_history(logs[1], "betweenness")
    with pytest.raises(ConfigError, match="intervals resample"):
        score_history(logs[1], "engagement", uncertainty="bootstrap")
    with pytest.raises(DataError, match="'nobody' is not among"):
        score_history(logs[1], "engagement", people=["nobody"], every="18d")
