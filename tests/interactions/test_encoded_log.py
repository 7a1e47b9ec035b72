"""Encoded rows hold exactly what the frame holds, in the types that are promised."""

from datetime import UTC, datetime

import numba
import numpy as np
import polars as pl
import pytest

from influence_graph.interactions import encoded_log
from influence_graph.interactions.encoded_log import ALWAYS, threads
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)


def encoded(**columns):
    m = len(next(iter(columns.values())))
    frame = pl.DataFrame({"source": list(range(1, m + 1)), "target": [0] * m, **columns})
    return read_interactions(frame).rows


@pytest.mark.parametrize(
    ("steps", "dtype", "unit"),
    [
        ([0, 5, 2**32 - 1], np.uint32, 1),
        ([0, 2**32 * 1_000_000 - 1_000_000], np.uint32, 1_000_000),
        ([0, 2**32], np.int64, 1),
        ([0, 2**32 * 1_000_000], np.int64, 1),
    ],
)
def test_times_are_exact_in_the_smallest_type(steps, dtype, unit):
    base = int(START.timestamp()) * 10**6
    times = pl.Series(steps, dtype=pl.Int64) + base
    rows = encoded(timestamp=times.cast(pl.Datetime("us", "UTC")))
    (batch,) = rows.batches
    assert (batch.time.dtype, batch.unit) == (dtype, unit)
    assert batch.times().tolist() == times.to_list()
    assert rows.span == (times[0], times[-1])
    assert rows.in_order


def test_rows_without_a_time_come_before_everything():
    rows = encoded(kind=["like", "follow"], timestamp=[START, None])
    assert rows.batches[0].times().tolist()[1] == ALWAYS
    assert rows.span == (int(START.timestamp()) * 10**6,) * 2
    assert not rows.in_order


@pytest.mark.parametrize(
    ("weights", "dtype"),
    [
        ([1.0, 255.0], np.uint8),
        ([0.5, 256.0], np.float32),
        ([0.1, 1.0], np.float64),
        ([1e300, 1.0], np.float64),
    ],
)
def test_weights_are_exact_in_the_smallest_type(weights, dtype):
    (batch,) = encoded(weight=weights).batches
    assert batch.weight.dtype == dtype
    assert batch.weight.tolist() == weights


def test_filter_drops_ids_and_labels_that_no_row_names(monkeypatch):
    monkeypatch.setattr(encoded_log, "BATCH", 2)
    rows = encoded(kind=["like", "reply", "like", "quote", "quote"])
    kept = rows.filter(pl.Series([False, True, False, False, True]))
    assert kept.people.to_list() == [0, 2, 5]
    assert kept.labels == [("reply", "default"), ("quote", "default")]
    assert [batch.source.tolist() for batch in kept.batches] == [[1], [2]]
    assert [batch.label.tolist() for batch in kept.batches] == [[0], [1]]
    assert rows.filter(pl.Series([True] * 5)) is rows


def test_self_interactions_are_counted():
    rows = encoded(kind=["like"] * 3)
    assert rows.self_interactions == 0
    batch = rows.batches[0]
    batch.target[:2] = batch.source[:2]
    assert encoded_log.Rows(rows.people, rows.labels, rows.batches, rows.timed).self_interactions == 2


def test_threads_are_as_many_as_numba_has(monkeypatch):
    made = []

    class Pool(encoded_log.ThreadPoolExecutor):
        def __init__(self, count):
            made.append(count)
            super().__init__(count)

    monkeypatch.setattr(encoded_log, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(encoded_log, "get_num_threads", lambda: 3)
    with threads(encoded_log.WORTH_THREADS) as spread:
        assert list(spread(abs, [-1, 2])) == [1, 2]
    with threads(encoded_log.WORTH_THREADS - 1) as spread:
        assert spread is map
    assert made == [3]
    assert numba.get_num_threads() >= 1
