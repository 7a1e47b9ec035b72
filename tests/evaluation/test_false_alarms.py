"""A small version of benchmarks/false_alarms.py: few alarms, and a planted difference is found."""

import importlib.util
from pathlib import Path

import polars as pl
import pytest


@pytest.fixture(scope="module")
def false_alarms():
    path = Path(__file__).parents[2] / "benchmarks" / "false_alarms.py"
    spec = importlib.util.spec_from_file_location("false_alarms", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.FOLDS, module.ROWS = 12, 2000
    return module


def test_nothing_is_found_where_nothing_differs_and_a_planted_difference_is(false_alarms):
    null = pl.DataFrame([false_alarms.difference(seed, 0.0) for seed in range(8)])
    # Three alarms or more of eight have a chance of 0.6 % at the stated level.
    assert ((null["low"] > 0) | (null["high"] < 0)).sum() <= 2
    assert null["error"].min() > 0
    planted = pl.DataFrame([false_alarms.difference(seed, 1.0) for seed in range(4)])
    assert (planted["high"] < 0).sum() >= 2
    assert planted["value"].mean() < null["value"].min()
    assert false_alarms.summary(pl.concat([null, planted]))["logs"].to_list() == [8, 4]
