"""A log in which follows also end."""

from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph import load_dataset, read_interactions


@pytest.fixture(scope="session")
def log():
    made = load_dataset("synthetic", people=100, days=8, rng=5).frame.collect()
    ended = (
        made.filter(pl.col("kind") == "follow")
        .head(40)
        .with_columns(
            pl.lit("unfollow").alias("kind"),
            pl.lit(datetime(2024, 1, 4, 5, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")).alias("timestamp"),
        )
    )
    return read_interactions(pl.concat([made, ended]))
