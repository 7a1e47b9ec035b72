"""Names for integer codes, and the order of rows."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from influence_graph.datasets.numbered_rows import Names, NumberedRows, log_frame

START = datetime(2024, 1, 1, tzinfo=UTC)


def names(shared_ids):
    return Names(people=101, networks=["x", "y"], kinds=["like", "post"], shared_ids=shared_ids)


def test_names_of_people_sort_as_their_codes():
    every = names(True).persons(np.arange(101))
    assert every[[0, 7, 100]].to_list() == ["p000", "p007", "p100"]
    assert every.is_sorted()


def test_accounts_carry_the_network_unless_ids_are_shared():
    people, networks = np.array([3, 4]), np.array([1, 0])
    assert names(True).accounts(people, networks).to_list() == ["p003", "p004"]
    assert names(False).accounts(people, networks).to_list() == ["y:p003", "x:p004"]


def test_rows_by_hand():
    late, both = np.array([2_000_000]), np.array([2_000_000, 0])
    rows = [
        NumberedRows(1, 1, np.array([5]), None, late, item=np.array([8])),
        NumberedRows(0, np.array([0, 0]), np.array([1, 2]), np.array([2, 1]), both, parent=np.array([3, 4])),
    ]
    frame = log_frame(rows, names(True), START)
    assert frame.columns == ["source", "target", "kind", "network", "timestamp", "item", "parent"]
    # Sorted by time, and stable.
    assert frame.rows() == [
        ("p002", "p001", "like", "x", START, None, "x/4"),
        ("p005", None, "post", "y", START + timedelta(seconds=2), "y/8", None),
        ("p001", "p002", "like", "x", START + timedelta(seconds=2), None, "x/3"),
    ]
    assert frame["timestamp"].dtype == pl.Datetime("us", "UTC")
