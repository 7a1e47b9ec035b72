"""Sums by person and pair are those of a data frame grouped by person and pair."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph.graph.aggregate import NEVER, activity, aggregate, post_sums
from influence_graph.graph.decay import decay_as_of
from influence_graph.graph.layer_index import LayerIndex
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)
HALF_LIFE = 2_000.0
WEIGHTS = {"like": 0.1, "retweet": 1.0, "reply": 0.0, "follow": 0.5}


def draw(size, *, timed=True, seed=0):
    """Rows of seven people, of events, posts and follows that also end, in no order of time."""
    rng = np.random.default_rng(seed)
    source = rng.integers(0, 7, size)
    frame = pl.DataFrame(
        {
            "source": source,
            "target": (source + rng.integers(1, 7, size)) % 7,
            "kind": rng.choice([*WEIGHTS, "post", "unfollow"], size),
            "network": rng.choice(["x", "y"], size),
            "weight": rng.lognormal(size=size),
        }
    ).with_columns(target=pl.when(pl.col("kind") != "post").then("target"))
    if not timed:
        # Without times nobody can say which follow holds.
        return frame.filter(pl.col("kind") != "unfollow")
    seconds = pl.Series(rng.permutation(10 * size)[:size]).cast(pl.Duration("ms")) * 1000
    return frame.with_columns(timestamp=(START + seconds).cast(pl.Datetime("us", "UTC")))


def holding(frame):
    """Rows with a target that count, states by their last row: no row if that ends it."""
    frame = frame.filter(pl.col("target").is_not_null()).sort("timestamp")
    states = pl.col("kind").is_in(["follow", "unfollow"])
    last = frame.filter(states).unique(["source", "target", "network"], keep="last", maintain_order=True)
    return pl.concat([frame.filter(~states), last.filter(pl.col("kind") == "follow")])


def summed(frame, separate, decay):
    log = read_interactions(frame)
    index = LayerIndex.of(log.rows.labels)
    given = activity(log.rows, index, map).given
    weights = WEIGHTS
    left = decay_as_of(frame["timestamp"].max(), HALF_LIFE if decay else None)
    sums = aggregate(log.rows, index, given, decay=left, weights=weights, separate=separate, spread=map)
    return index, sums


@pytest.mark.parametrize("decay", [False, True])
def test_layers_and_their_weighted_sum_are_those_of_groups(decay):
    frame = draw(500)
    age = (frame["timestamp"].max() - pl.col("timestamp")).dt.total_seconds()
    share = (
        pl.when(pl.col("kind") == "follow").then(1.0).otherwise(0.5 ** (age / HALF_LIFE)) if decay else 1.0
    )
    counted = holding(frame).with_columns(left=pl.col("weight") * share)
    index, layers = summed(frame, True, decay)
    whole = np.zeros((7, 7))
    for name in index.names:
        expected = np.zeros((7, 7))
        rows = counted.filter(kind=name[0], network=name[1])
        np.add.at(expected, (rows["source"].to_numpy(), rows["target"].to_numpy()), rows["left"].to_numpy())
        np.testing.assert_allclose(layers.layers[name].toarray(), expected, rtol=1e-12)
        whole += WEIGHTS[name[0]] * expected
    _, merged = summed(frame, False, decay)
    assert layers.merged is None
    assert merged.layers == {}
    np.testing.assert_allclose(merged.merged.toarray(), whole, rtol=1e-12)
    assert merged.merged.nnz == merged.pairs == layers.pairs == np.count_nonzero(whole)
    for kind, given, received in zip(index.kinds, layers.given, layers.received, strict=True):
        for end, found in (("source", given), ("target", received)):
            rows = counted.filter(kind=kind)
            expected = np.bincount(rows[end].to_numpy(), weights=rows["weight"].to_numpy(), minlength=7)
            np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("batch", [1 << 20, 50])
def test_activity_is_that_of_the_rows(monkeypatch, batch):
    from influence_graph.interactions import encoded_log

    monkeypatch.setattr(encoded_log, "BATCH", batch)
    # Of few rows, so that a few people receive no event.
    frame = draw(200).filter(~((pl.col("target") == 3) & pl.col("kind").is_in(["like", "retweet", "reply"])))
    rows = read_interactions(frame).rows
    assert len(rows.batches) == (1 if batch > 200 else 4)
    found = activity(rows, LayerIndex.of(rows.labels), map)
    time = frame.with_columns(pl.col("timestamp").to_physical())
    for person in range(7):
        named = time.filter((pl.col("source") == person) | (pl.col("target") == person))["timestamp"]
        reacted = time.filter(target=person).filter(pl.col("kind").is_in(["like", "retweet", "reply"]))
        assert (found.first[person], found.last[person]) == (named.min(), named.max())
        assert found.reaction[person] == (ALWAYS if reacted.is_empty() else reacted["timestamp"].max())
        assert found.given[person] == frame.filter(source=person)["target"].count()
    assert found.reaction[3] == ALWAYS
    assert found.untimed == 0


def test_without_timestamps_nobody_is_seen():
    rows = read_interactions(draw(50, timed=False)).rows
    found = activity(rows, LayerIndex.of(rows.labels), map)
    assert set(found.first) == {NEVER}
    assert set(found.last) == set(found.reaction) == {ALWAYS}


@pytest.mark.parametrize("timed", [True, False])
def test_posts_are_added_up_by_time(timed):
    frame = draw(300, timed=timed)
    frame = frame.with_columns(weight=pl.col("weight") * 10.0 ** (pl.col("source") % 3 * 6))
    posts = frame.filter(kind="post")
    expected = np.zeros(7)
    for person, weight in (
        posts.sort("timestamp").select("source", "weight").rows()
        if timed
        else (posts.select("source", "weight").rows())
    ):
        expected[person] += weight
    # Not only close: the order of the sum fixes the bits.
    assert post_sums(read_interactions(frame).rows, 7).tolist() == expected.tolist()
    none = frame.filter(pl.col("kind") != "post")
    assert post_sums(read_interactions(none).rows, 7).tolist() == [0.0] * 7
