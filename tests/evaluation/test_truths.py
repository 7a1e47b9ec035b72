"""Truths against loops over rows."""

import numpy as np
import polars as pl
import pytest

from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.truths import ceiling, future_truths, reactors_within
from influence_graph.interactions.read import read_interactions

SECOND = 1_000_000


def random_log(seed, rows=150):
    """A log with items and parents; a reply's target is its parent's author."""
    rng = np.random.default_rng(seed)
    source = rng.integers(0, 8, rows)
    parent = [int(rng.integers(0, place)) if place and rng.random() < 0.8 else None for place in range(rows)]
    target = [None if one is None else f"p{source[one]}" for one in parent]
    return pl.DataFrame(
        {
            "source": [f"p{one}" for one in source],
            "target": pl.Series(target, dtype=pl.String),
            "kind": ["post" if one is None else "reply" for one in parent],
            "item": [f"i{place:03}" for place in range(rows)],
            "parent": pl.Series([None if one is None else f"i{one:03}" for one in parent], dtype=pl.String),
            "timestamp": np.arange(rows) + 1,
        }
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_truth_equals_a_loop(seed):
    arrays = LogArrays.of(read_interactions(random_log(seed), time_unit="s"))
    frame = arrays.log.frame.collect()
    rows = frame.with_columns(t=pl.col("timestamp").dt.timestamp("us")).to_dicts()
    origin, horizon = 60 * SECOND, 60 * SECOND
    found = future_truths(arrays, origin, horizon)
    by_item = {row["item"]: row for row in rows}
    future = [row for row in rows if origin < row["t"] <= origin + horizon]
    for place, person in enumerate(arrays.people):
        on = {row["source"] for row in future if row["target"] == person} - {person}
        old = {row["source"] for row in rows if row["target"] == person and row["t"] <= origin}
        assert found["reactors"][place] == len(on)
        assert found["new reactors"][place] == len(on - old)
        mine = {row["item"] for row in future if row["source"] == person}
        got = [row for row in future if row["parent"] in mine and row["source"] != person and row["target"]]
        expected = len(got) / len(mine) if mine else np.nan
        np.testing.assert_equal(found["reactions per item"][place], expected)
        below = 0
        for row in future:
            at = by_item.get(row["parent"])
            above = set()
            while at is not None and at["t"] > origin:
                above.add(at["source"])
                at = by_item.get(at["parent"])
            below += person in above and row["source"] != person
        assert found["descendants"][place] == below


def test_reactors_decay_by_their_last_reaction():
    rows = pl.DataFrame({"source": ["b", "b", "c"], "target": ["a"] * 3, "timestamp": [0, 100, 50]})
    arrays = LogArrays.of(read_interactions(rows, time_unit="s"))
    found = reactors_within(arrays, -1, 100 * SECOND, half_life=50 * SECOND)
    assert found.tolist() == pytest.approx([1.5, 0, 0])
    assert reactors_within(arrays, 0, 100 * SECOND).tolist() == [2, 0, 0]
    assert reactors_within(arrays, 50 * SECOND, 100 * SECOND).tolist() == [1, 0, 0]


def test_the_halves_of_the_actors_add_up():
    arrays = LogArrays.of(read_interactions(random_log(9), time_unit="s"))
    half = np.arange(arrays.n) % 2 == 0
    one, other = ceiling(arrays, 60 * SECOND, 60 * SECOND, half)
    whole = future_truths(arrays, 60 * SECOND, 60 * SECOND)["reactors"]
    assert (one + other).tolist() == whole.tolist()
    assert one.sum() > 0
    assert other.sum() > 0
