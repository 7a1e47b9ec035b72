"""Moments are those counted by hand, and NaN where a log does not say."""

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.evaluation.moments import MOMENTS, log_moments, top_share


def log():
    rows = [
        ("a", None, "post", "2020-01-01", "p1", None),
        ("b", "a", "reply", "2020-01-01", "r1", "p1"),
        ("c", "a", "reply", "2020-01-04", "r2", "p1"),
        ("a", "b", "reply", "2020-01-05", "r3", "r1"),
        ("b", None, "post", "2020-01-06", "p2", None),
        ("b", "a", "reply", "2020-01-07", "r4", "r3"),
        ("c", "b", "reply", "2020-01-08", "r5", "p2"),
    ]
    frame = pl.DataFrame(rows, ["source", "target", "kind", "timestamp", "item", "parent"], orient="row")
    return read_interactions(frame)


def test_moments_are_by_hand():
    found = log_moments(log())
    assert found["acts_per_person"] == pytest.approx(7 / 3)
    # Pairs b→a, c→a, a→b, c→b: three linked pairs, one mutual.
    assert found["reciprocity"] == pytest.approx(1 / 3)
    # Items p1 (2), r1 (1), r2 (0), r3 (1), p2 (1), r4 (0), r5 (0).
    assert found["reactions_per_post"] == pytest.approx(5 / 7)
    assert found["posts_without_reaction"] == pytest.approx(3 / 7)
    assert found["reactions_top_tenth"] == pytest.approx(0.7 * 2 / 5)
    # Delays 0, 3, 4, 2 and 2 days.
    assert found["delay_within_day"] == pytest.approx(1 / 5)
    # First half: b→a, c→a, a→b. In the second b and c act, a and b are acted on: b→a again, c→a not.
    assert found["tie_persistence"] == pytest.approx(1 / 2)
    assert np.isnan(found["response_to_answer"])
    assert list(found) == list(MOMENTS)


def test_a_log_without_items_or_times_says_less():
    bare = read_interactions(log().frame.collect().select("source", "target", "kind").drop_nulls())
    found = log_moments(bare)
    silent = {name for name, value in found.items() if np.isnan(value)}
    assert silent == {
        "reactions_per_post", "posts_without_reaction", "reactions_top_tenth", "delay_within_day",
        "tie_persistence", "response_to_answer",
    }  # fmt: skip


def test_a_log_of_posts_alone_says_nothing():
    posts = read_interactions(log().frame.collect().filter(pl.col("kind") == "post"))
    assert np.isnan(list(log_moments(posts).values())).all()


def test_top_share_counts_part_of_a_person():
    assert top_share(np.array([6, 3, 1]), 15) == pytest.approx((6 + 0.5 * 3) / 10)
    assert top_share(np.ones(100), 100) == pytest.approx(0.1)
