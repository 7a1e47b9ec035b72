"""Counting baselines and controls on a log small enough to count by eye."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions, score

LOG = pl.DataFrame(
    [
        ("ann", None, "post", 1),
        ("ann", None, "post", 2),
        ("ben", "ann", "like", 3),
        ("ben", "ann", "like", 4),
        ("cat", "ann", "reply", 5),
        ("ann", "cat", "like", 6),
        ("ben", "cat", "follow", 6),
        ("ann", "cat", "follow", 7),
        ("ann", "cat", "unfollow", 8),
    ],
    schema=["source", "target", "kind", "day"],
    orient="row",
).select("source", "target", "kind", timestamp=pl.datetime(2024, 1, pl.col("day"), time_zone="UTC"))
KINDS = {"like": 1.0, "reply": 3.0, "follow": 0.0, "unfollow": 0.0, "post": 0.0}


@pytest.fixture(scope="module")
def graph():
    return build_graph(read_interactions(LOG), kinds=KINDS)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("engagement", [5, 0, 1]),
        ("reactors", [2, 0, 1]),
        ("engagement_rate", [2.5, 0, 0]),
        ("followers", [0, 0, 1]),
        ("last_reaction", [4 * 86400 + 1, 0, 5 * 86400 + 1]),
    ],
)
def test_counted_by_eye(graph, name, values):
    assert graph.ids.to_list() == ["ann", "ben", "cat"]
    assert score(graph, name).raw.tolist() == values


def test_activity_counts_posts_and_acts_on_others(graph):
    # ann: 2 posts, a like, a follow that ended; ben: 2 likes, a follow; cat: a reply.
    raw = score(graph, "activity").raw
    assert raw[2] == 1
    assert raw[1] == 3
    assert raw[0] >= 3


def test_people_without_posts_are_counted(graph):
    scores = score(graph, "engagement_rate")
    assert scores.diagnostics["people_without_posts"] == 2
    assert scores.score[1] == 1.0


def test_random_follows_its_rng(graph):
    once, again, other = (score(graph, "random", rng=seed).raw for seed in (7, 7, 8))
    np.testing.assert_array_equal(once, again)
    assert (once != other).all()


def test_a_follow_before_the_unfollow_counts():
    earlier = build_graph(read_interactions(LOG), kinds=KINDS, as_of=datetime(2024, 1, 7, tzinfo=UTC))
    assert score(earlier, "followers").raw.tolist() == [0, 0, 2]
