"""A history on Spark is the one of this process."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions, score_history
from influence_graph.errors import ConfigError, DataError


def test_a_history_by_day_has_the_values_of_this_process(
    rows: pl.DataFrame, to_spark: Callable[..., Any]
) -> None:
    days = rows.filter(pl.col("timestamp") < pl.col("timestamp").min() + timedelta(days=3))
    logs = (
        read_interactions(days, on_error="skip"),
        read_interactions(to_spark(days), engine="spark", on_error="skip"),
    )
    how: dict[str, Any] = {
        "every": "1d",
        "half_life": "5d",
        "people": ["p03", "p00"],
        "kinds": {"follow": 1.0},
        "other": 1.0,
    }
    here, there = (score_history(log, "engagement", **how) for log in logs)
    assert len(here.drift) == 4
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
