"""What is counted while a log is read on Spark."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import SchemaError


def test_rows_read_and_left_out_columns_not_read_and_both_ends(to_spark: Callable[..., Any]) -> None:
    rows = pl.DataFrame(
        {
            "source": ["b", "c", "a"],
            "target": ["a", "a", "a"],
            "timestamp": ["2024-03-02", "2024-01-01", "2024-02-01"],
            "colour": ["red", "green", "blue"],
        }
    )
    report = read_interactions(to_spark(rows), engine="spark").report
    assert (report.read, report.kept) == (3, 2)
    assert report.left_out.select("reason", "rows").rows() == [("self-interaction", 1)]
    assert report.span == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC))
    assert "a Spark DataFrame: columns not read: 'colour'" in report.notes


def test_a_log_of_which_no_row_is_left(to_spark: Callable[..., Any]) -> None:
    with pytest.raises(SchemaError, match="no rows are left"):
        read_interactions(to_spark(pl.DataFrame({"source": ["a"], "target": ["a"]})), engine="spark")
