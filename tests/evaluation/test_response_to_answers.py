"""A planted response to being answered is found; none where there is none; strata are compared by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._response_to_answers import response_to_answers, threads_of

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def log_of(rows):
    frame = pl.DataFrame(rows, ["source", "target", "kind", "day", "item", "parent"], orient="row")
    when = pl.lit(START) + pl.duration(hours=pl.col("day") * 24)
    return read_interactions(frame.with_columns(timestamp=when).drop("day"))


def by_hand():
    """Author v starts two threads; u and w react, u is answered; later u reacts twice, w once."""
    return [
        ("v", None, "post", 0.0, "t1", None),
        ("u", "v", "reply", 1.0, "u1", "t1"),
        ("w", "v", "reply", 1.0, "w1", "t1"),
        ("v", "u", "reply", 2.0, "v1", "u1"),
        ("u", "v", "reply", 3.0, "u2", "v1"),  # in the same thread: no outcome
        ("v", None, "post", 20.0, "t2", None),
        ("u", "v", "reply", 21.0, "u3", "t2"),
        ("u", "v", "reply", 22.0, "u4", "t2"),
        ("w", "v", "reply", 23.0, "w2", "t2"),
        ("x", None, "post", 300.0, "t3", None),
        ("w", "x", "reply", 301.0, "w3", "t3"),
    ]


def test_the_ratio_of_one_stratum_is_by_hand():
    found = response_to_answers(log_of(by_hand()), within=7, horizon=30)
    assert found.ratio == 2.0
    assert (found.readers, found.answered, found.strata) == (2, 1, 1)
    # With a short window nobody is answered in time; up to day 21.5, w has not reacted again.
    assert np.isnan(response_to_answers(log_of(by_hand()), within=0.5, horizon=30).ratio)
    assert np.isnan(response_to_answers(log_of(by_hand()), within=7, horizon=13.5).ratio)
    assert response_to_answers(log_of(by_hand()), within=7, horizon=15).ratio == 2.0


def planted(effect, seed, threads=500):
    """Threads of few authors, readers of unequal keenness; half are answered, and react more for 12 days."""
    rng = np.random.default_rng(seed)
    rows, day, readers = [], 0.0, 80
    until = np.full((readers, 3), -1.0)
    keen = np.exp(0.5 * rng.standard_normal(readers))
    for thread in range(threads):
        author, day = int(rng.integers(3)), day + 0.5
        root = f"t{thread}"
        rows.append((f"a{author}", None, "post", day, root, None))
        more = np.where(until[:, author] > day, effect, 1.0)
        for u in np.flatnonzero(rng.random(readers) < 1 - np.exp(-0.03 * keen * more)):
            rows.append((f"u{u}", f"a{author}", "reply", day + 0.01, f"{root}-{u}", root))
            if rng.random() < 0.5:
                rows.append((f"a{author}", f"u{u}", "reply", day + 0.02, f"{root}-{u}a", f"{root}-{u}"))
                until[u, author] = day + 12
    return log_of(rows)


def test_a_planted_response_is_found_and_none_where_there_is_none():
    found = response_to_answers(planted(3.0, 1), within=0.4, horizon=10)
    assert found.low > 1.2
    # Some of the unanswered were answered a little before: the ratio is held down.
    assert 1.5 < found.ratio < 3.2
    none = [response_to_answers(planted(1.0, seed), within=0.4, horizon=10) for seed in range(4)]
    assert np.mean([one.ratio for one in none]) == pytest.approx(1, abs=0.15)


def test_a_higher_level_has_a_wider_interval():
    log = planted(2.0, 3)
    narrow, wide = (response_to_answers(log, within=0.4, horizon=10, confidence=c) for c in (0.8, 0.95))
    assert wide.low < narrow.low < narrow.ratio < narrow.high < wide.high


def test_threads_are_followed_to_their_root():
    rng = np.random.default_rng(0)
    parent = np.array([-1, *(int(rng.integers(-1, item)) for item in range(1, 300))])
    root = np.arange(300)
    for item in range(300):
        while parent[root[item]] >= 0:
            root[item] = parent[root[item]]
    child = np.flatnonzero(parent >= 0)
    assert threads_of(child, parent[child], 300).tolist() == root.tolist()
    assert len(threads_of(np.array([0, 1]), np.array([1, 0]), 2)) == 2


def test_a_log_that_does_not_say_is_an_error():
    bare = read_interactions(pl.DataFrame({"source": [1], "target": [2]}))
    with pytest.raises(DataError, match="no column 'item'"):
        response_to_answers(bare)
    with pytest.raises(ConfigError, match="within is 0"):
        response_to_answers(log_of(by_hand()), within=0)
    with pytest.raises(ConfigError, match="confidence is 1"):
        response_to_answers(log_of(by_hand()), confidence=1)
