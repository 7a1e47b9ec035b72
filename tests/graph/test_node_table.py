"""The table of people says what each did and received, and when each was seen."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph.graph.build import build_graph
from influence_graph.graph.node_table import moments, node_table
from influence_graph.graph.totals import log_totals
from influence_graph.interactions.read import read_interactions
from influence_graph.linalg.csr import empty


def act(source, target, kind="retweet", **more):
    return {"source": source, "target": target, "kind": kind, "weight": 1.0} | more


def edges(graph):
    return {(u, v): weight for u, v, weight in graph.to_edges().iter_rows()}


def table(log, adjacency=None):
    """The table of a log in which every kind weighs 1."""
    totals = log_totals(
        log,
        half_life=None,
        as_of=None,
        separate=True,
        resolve=lambda kinds: (dict.fromkeys(kinds, 1.0), None, ()),
    )
    return node_table(totals, empty(len(totals.rows.people)) if adjacency is None else adjacency)


def test_everyone_named_is_there(log_of):
    graph = build_graph(
        log_of(act("b", "a"), act("writer", None, "post"), act("x", "y", "like")),
        kinds={"retweet": 1, "like": 0},
    )
    assert graph.ids.to_list() == ["a", "b", "writer", "x", "y"]
    assert ("like", "default") in graph.layers
    assert edges(graph) == {("b", "a"): 1.0}


def test_columns_are_those_that_the_log_can_fill(log_of):
    posts = act("a", None, "post", weight=3.0)
    untimed = table(log_of(act("b", "a", "like", weight=2.0), act("c", "a", "follow"), posts))
    assert untimed.to_dict(as_series=False) == {
        "id": ["a", "b", "c"],
        "posts": [3.0, 0.0, 0.0],
        "given_follow": [0.0, 0.0, 1.0],
        "given_like": [0.0, 2.0, 0.0],
        "received_follow": [1.0, 0.0, 0.0],
        "received_like": [2.0, 0.0, 0.0],
        "reactors": [0, 0, 0],
    }
    timed = table(
        log_of(act("b", "a", "like", timestamp="2024-01-01"), act("c", "a", "follow", timestamp="2024-01-02"))
    )
    assert timed.columns[-3:] == ["first_seen", "last_seen", "last_reaction"]
    assert timed["last_reaction"].to_list() == [datetime(2024, 1, 1, tzinfo=UTC), None, None]
    assert timed["last_seen"].dt.day().to_list() == [2, 1, 2]
    items = table(log_of(act("b", "a", "reply", item="1", weight=2.0), act("b", "c", "reply", item="1")))
    assert items["posts"].to_list() == [0.0, 1.0, 0.0]
    assert items["posts_given"].to_list() == [0.0, 3.0, 0.0]


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_the_rows_grouped_by_person(seed):
    rng = np.random.default_rng(seed)
    source = rng.integers(0, 9, 200)
    frame = pl.DataFrame(
        {
            "source": source,
            "target": (source + rng.integers(1, 9, 200)) % 9,
            "kind": rng.choice(["like", "reply"], 200),
            "weight": rng.integers(1, 5, 200).astype(float),
        }
    )
    log = read_interactions(frame)
    graph = build_graph(log)
    found = table(log, graph.adjacency)
    assert found["id"].to_list() == list(range(9))
    for verb, end in (("given", "source"), ("received", "target")):
        for kind in ("like", "reply"):
            sums = frame.filter(kind=kind).group_by(pl.col(end).alias("id")).agg(total=pl.col("weight").sum())
            expected = found.select("id").join(sums, on="id", how="left").sort("id")["total"].fill_null(0.0)
            assert found[f"{verb}_{kind}"].to_list() == expected.to_list()
    distinct = frame.group_by("target").agg(pl.col("source").n_unique()).sort("target")
    assert found["reactors"].to_list() == distinct["source"].to_list()


def test_a_missing_time_is_null_and_others_are_exact():
    found = moments(np.array([7, -1, 1_704_067_200_000_001]), 7)
    assert found.dtype == pl.Datetime("us", "UTC")
    assert found.to_list() == [
        None,
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    ]
