"""Rewiring keeps who did how much and how many people reacted to each, exactly, and moves the pairs."""

import numpy as np
import polars as pl

from influence_graph import load_dataset
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.rewiring import rewired
from influence_graph.interactions.log import is_event
from influence_graph.interactions.read import read_interactions


def test_counts_of_people_stay_and_pairs_move():
    arrays = LogArrays.of(load_dataset("synthetic", people=200, days=30, mean_degree=8.0, rng=2))
    until = rolling_origins(arrays.time, origins=3).moments[1]
    found = rewired(arrays, until=until, block=10**15, rng=np.random.default_rng(1))
    moment = pl.from_epoch(pl.lit(until), time_unit="us").dt.replace_time_zone("UTC")
    before = arrays.log.frame.filter(pl.col("timestamp") <= moment).collect()
    after = found.log.frame.collect()
    assert after.height == before.height == found.log.report.kept
    assert after.drop("target").equals(before.drop("target"))
    assert (after["target"] == after["source"]).sum() == 0
    event = pl.col("target").is_not_null() & pl.col("kind").is_in(
        [kind for kind in arrays.log.kinds if is_event(kind)]
    )
    reacted, dealt = before.filter(event), after.filter(event)
    for one, other in (("target", "source"), ("source", "target")):
        counts = [frame.group_by(one).agg(pl.col(other).n_unique()).sort(one) for frame in (reacted, dealt)]
        assert counts[0].equals(counts[1])
    assert found.moved > 0.7
    again = rewired(arrays, until=until, block=10**15, rng=np.random.default_rng(1))
    assert again.log.frame.collect().equals(after)


def test_pairs_alone_in_their_block_do_not_move():
    rows = pl.DataFrame({"source": ["a", "b", "c"], "target": ["b", "c", "a"], "timestamp": [0, 1000, 2000]})
    arrays = LogArrays.of(read_interactions(rows, time_unit="s"))
    alone = rewired(arrays, until=2 * 10**9, block=10**6, rng=np.random.default_rng(0))
    assert alone.moved == 0.0
    # In one block every swap of a ring of three would make a loop.
    assert rewired(arrays, until=2 * 10**9, block=10**12, rng=np.random.default_rng(0)).moved == 0.0
