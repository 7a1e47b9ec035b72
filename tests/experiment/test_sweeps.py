"""Sweeps: a list in place of a single value becomes one table a value."""

import itertools
from typing import Any

import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.sweeps import labelled, sweep, takes_lists


def never(way, value):
    return False


def test_lists_are_crossed_and_the_last_varies_fastest():
    found = list(sweep({"a": [1, 2], "b": "x", "c": {"d": [3, 4]}}, never))
    expected = [
        ({"a": a, "b": "x", "c": {"d": d}}, {"a": a, "c.d": d}) for a, d in itertools.product([1, 2], [3, 4])
    ]
    assert found == expected


def test_no_list_is_one_table_and_the_values_given_are_left_alone():
    given = {"a": {"b": [1, 2]}}
    tables = [table for table, _ in sweep(given, never)]
    tables[0]["a"]["b"] = 9
    assert (given, tables[1]) == ({"a": {"b": [1, 2]}}, {"a": {"b": 2}})
    assert list(sweep({"a": 1}, never)) == [({"a": 1}, {})]


def test_an_empty_list_is_an_error():
    with pytest.raises(ConfigError, match=r"'a\.b' is an empty list"):
        list(sweep({"a": {"b": []}}, never))


def test_a_list_that_a_parameter_accepts_is_no_sweep():
    def function(graph, *, seeds: list[str], damping: float, pair: tuple[int, int], free: Any = None): ...

    accepts = takes_lists(function)
    assert accepts(["seeds"], ["a"])
    assert accepts(["pair"], [1, 2])
    assert not accepts(["pair"], [1, 2, 3])
    assert not accepts(["damping"], [0.5])
    assert not accepts(["seeds", "a"], ["a"])
    assert not accepts(["unknown"], ["a"])
    assert not accepts(["free"], [1])


def test_labels_name_what_was_swept():
    assert labelled("pagerank", {}) == "pagerank"
    assert labelled("pagerank", {"damping": 0.5, "tol": 1e-9}) == "pagerank(damping=0.5, tol=1e-09)"
