"""A small benchmarks/false_alarms.py: it leaves out what `prediction` does, and finds what is there."""

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from influence_graph.evaluation import concordance
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.truths import future_truths, reactors_within
from influence_graph.interactions.read import read_interactions


@pytest.fixture(scope="module")
def false_alarms():
    path = Path(__file__).parents[2] / "benchmarks" / "false_alarms.py"
    spec = importlib.util.spec_from_file_location("false_alarms", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROWS = 2000
    return module


def test_nothing_is_found_where_nothing_differs_and_a_planted_difference_is(false_alarms):
    null = pl.DataFrame([false_alarms.difference(seed, 0.0) for seed in range(8)])
    # Four alarms or more of eight have a chance below 0.1 % at the stated level.
    assert ((null["low"] > 0) | (null["high"] < 0)).sum() <= 3
    assert null["error"].min() > 0
    assert null["error"].mean() < null["twice_error"].mean()
    planted = pl.DataFrame([false_alarms.difference(seed, 1.0) for seed in range(4)])
    assert (planted["high"] < 0).sum() >= 2
    assert planted["value"].mean() < null["value"].min()
    assert false_alarms.summary(pl.concat([null, planted]))["logs"].to_list() == [8, 4]


def test_what_is_left_out_is_what_prediction_leaves_out(false_alarms):
    rows, moment, people = false_alarms.draw_log(3, 0.2), 0.75, false_alarms.PEOPLE
    ids = np.array([f"{one:03d}" for one in range(people)])
    seconds = 1e6 * rows.time
    frame = pl.DataFrame(
        {"source": ids[rows.source], "target": ids[rows.target], "timestamp": seconds,
         "network": np.where(rows.network == 0, "x", "y")}
    )  # fmt: skip
    arrays = LogArrays.of(read_interactions(frame, time_unit="s"))
    known = np.searchsorted(ids, arrays.people.to_numpy())
    gone = np.zeros(people, dtype=bool)
    gone[5:25] = True
    origin, horizon = round(moment * 1e12), round(false_alarms.HORIZON * 1e12)
    one = false_alarms.Origin.of(rows, moment)
    for part, kept in (
        (arrays.without_people(gone[known]), ~gone[:, None] & ~gone),
        (arrays.without_rows(gone[known][arrays.source] & gone[known][arrays.target]),
         ~(gone[:, None] & gone)),
    ):  # fmt: skip
        active = np.zeros(part.n, dtype=bool)
        active[part.source[part.within(origin - horizon, origin)]] = True
        truth = future_truths(part, origin, horizon)["reactors"][active]
        x, y = (
            concordance(reactors_within(part.without_network(other), -(2**62), origin)[active], truth)
            for other in ("y", "x")
        )
        assert one.difference(kept) == pytest.approx(y - x)
