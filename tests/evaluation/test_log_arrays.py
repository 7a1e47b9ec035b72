"""The arrays of a log against its frame, and parts of it."""

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import DataError
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.interactions.read import read_interactions

ROWS = pl.DataFrame(
    {
        "source": ["a", "b", "c", "b", "d"],
        "target": [None, "a", "b", "c", "a"],
        "kind": ["post", "reply", "reply", "reply", "like"],
        "network": ["x", "x", "x", "y", "x"],
        "item": ["1", "2", "3", "4", None],
        "parent": [None, "1", "2", "9", "1"],
        "timestamp": [10, 20, 30, 40, 50],
    }
)


def test_the_columns_become_positions():
    arrays = LogArrays.of(read_interactions(ROWS, time_unit="s"))
    assert arrays.people.to_list() == ["a", "b", "c", "d"]
    assert arrays.source.tolist() == [0, 1, 2, 1, 3]
    assert arrays.target.tolist()[1:] == [0, 1, 2, 0]
    assert arrays.target[0] < 0
    assert arrays.event.tolist() == [False, True, True, True, True]
    assert arrays.created.tolist() == [True, True, True, True, False]
    assert arrays.parent_row is not None
    assert arrays.parent_row.tolist() == [-1, 0, 1, -1, 0]
    assert arrays.within(10_000_000, 30_000_000).tolist() == [1, 2]


def test_without_people_or_a_network_rows_parents_and_log_agree():
    arrays = LogArrays.of(read_interactions(ROWS, time_unit="s"))
    part = arrays.without_people(np.array([False, False, False, True]))
    assert part.source.tolist() == [0, 1, 2, 1]
    assert part.log.frame.collect()["source"].to_list() == ["a", "b", "c", "b"]
    part = arrays.without_people(np.array([True, False, False, False]))
    assert part.source.tolist() == [2, 1]
    assert part.parent_row is not None
    assert part.parent_row.tolist() == [-1, -1]
    part = arrays.without_network("y")
    assert part.log.frame.collect()["item"].to_list() == ["1", "2", "3", None]
    assert part.source.tolist() == [0, 1, 2, 3]


def test_without_timestamps_there_is_no_future():
    with pytest.raises(DataError, match="need timestamps"):
        LogArrays.of(read_interactions(ROWS.drop("timestamp")))
