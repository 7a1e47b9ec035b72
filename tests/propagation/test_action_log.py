"""Actions, possible causes and windows read off a log, against plain loops."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions
from influence_graph.errors import ConfigError, DataError
from influence_graph.propagation.action_log import (
    actions_of,
    exposures,
    interactions_in_time,
    window_microseconds,
)

START = datetime(2024, 1, 1)
TEXT = dict.fromkeys(("source", "target", "kind"), pl.String)
SCHEMA = TEXT | {"timestamp": pl.Datetime, "item": pl.String}


def graph_of(performances, follows):
    rows = [(a, b, "follow", START - timedelta(days=1), None) for a, b in follows]
    rows += [(who, None, "post", START + timedelta(seconds=s), item) for who, s, item in performances]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return build_graph(read_interactions(frame), kinds={"follow": 1}, other=0)


@pytest.mark.parametrize(
    ("window", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("12h", 43_200),
        ("7d", 604_800),
        ("2w", 1_209_600),
        (timedelta(hours=1), 3600),
    ],
)
def test_a_window_in_microseconds(window, seconds):
    assert window_microseconds(window) == seconds * 10**6


def test_no_window_is_longer_than_any_log_and_can_be_added_to_a_time():
    assert window_microseconds(None) > 10_000 * 366 * 86_400 * 10**6
    assert window_microseconds(None) * 2 < np.iinfo(np.int64).max


@pytest.mark.parametrize("wrong", ["soon", "0s", "-1h"])
def test_an_error_names_the_window(wrong):
    with pytest.raises(ConfigError, match=f"window is '{wrong}'"):
        window_microseconds(wrong)


def test_a_person_performs_an_action_once_the_first_time():
    graph = graph_of([("a", 5, "x"), ("b", 3, "x"), ("a", 1, "x"), ("b", 9, "y")], [("a", "b")])
    actions = actions_of(graph, "test")
    assert actions.first.tolist() == [0, 2, 3]
    assert graph.ids.gather(actions.person).to_list() == ["a", "b", "b"]
    assert np.diff(actions.time).tolist()[0] == 2 * 10**6


@pytest.mark.parametrize("window", [None, "5s"])
def test_exposures_equal_plain_loops(window):
    rng = np.random.default_rng(4)
    follows = sorted({(f"{u}", f"{v}") for u, v in rng.integers(0, 9, (40, 2)) if u != v})
    rows = [(f"{p}", int(rng.integers(0, 20)), f"i{i}") for i in range(12) for p in rng.permutation(9)[:5]]
    graph = graph_of(rows, follows)
    actions, length = actions_of(graph, "test"), window_microseconds(window)
    seen = exposures(graph, actions, length)
    causes, chances, missed = [], np.zeros(graph.adjacency.nnz, int), np.zeros(graph.adjacency.nnz, int)
    owner = np.repeat(np.arange(graph.n), np.diff(graph.adjacency.indptr))
    for begin, end in zip(actions.first[:-1], actions.first[1:], strict=True):
        row_of = {int(actions.person[r]): r for r in range(begin, end)}
        for edge, (b, a) in enumerate(zip(owner, graph.adjacency.indices, strict=True)):
            if a not in row_of:
                continue
            after = actions.time[row_of[b]] - actions.time[row_of[a]] if b in row_of else None
            if after is not None and 0 < after <= length:
                causes.append((row_of[b], row_of[a], edge))
            if after is None or after > 0:
                chances[edge] += 1
                missed[edge] += after is None or after > length
    found = list(zip(seen.child.tolist(), seen.parent.tolist(), seen.edge.tolist(), strict=True))
    assert sorted(found) == sorted(causes)
    assert len(found) > 10
    assert seen.chances.tolist() == chances.tolist()
    assert seen.missed.tolist() == missed.tolist()


def test_interactions_are_sorted_by_time_and_posts_have_no_target():
    frame = pl.DataFrame(
        [("b", "a", "reply", START + timedelta(seconds=9)), ("a", None, "post", START)],
        schema=TEXT | {"timestamp": pl.Datetime},
        orient="row",
    )
    source, target, time = interactions_in_time(build_graph(read_interactions(frame)), "test")
    assert source.tolist() == [0, 1]
    assert target.tolist() == [-1, 0]
    assert np.diff(time).tolist() == [9 * 10**6]


def test_a_log_without_posts_to_follow_says_what_to_use():
    graph = build_graph(
        read_interactions(pl.DataFrame({"source": ["b"], "target": ["a"], "timestamp": [START]}))
    )
    with pytest.raises(DataError, match="neither 'item' nor 'parent'"):
        actions_of(graph, "test")
