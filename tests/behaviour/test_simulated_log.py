"""The log of a simulation is an ordinary one: what was counted is what is read."""

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions
from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.people import draw_people
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.errors import SchemaError

KEY = world_key(1, 0)


@pytest.fixture(scope="module")
def log():
    model = BehaviourModel(reaction_chance=0.2, retweets=0.3, replies=0.4, unfollow=0.01, follow=0.05)
    audience, latent = (synthetic_audience(150, mean_degree=8, rng=seed) for seed in (1, 2))
    return simulate_people(audience, draw_people(150, key=KEY), model, steps=25, key=KEY, latent=latent)


def test_parents_are_items_of_the_target_and_reactions_are_those_counted(log):
    frame = log.interactions().frame.collect()
    assert set(frame["kind"]) == {"post", "like", "retweet", "reply", "mention", "follow", "unfollow"}
    created = frame.filter(pl.col("item").is_not_null())
    assert created["item"].is_unique().all()
    assert set(created["kind"]) == {"post", "reply"}
    answer = frame.filter(pl.col("parent").is_not_null())
    joined = answer.join(created.select(parent="item", writer="source", wrote="timestamp"), on="parent")
    assert joined.height == answer.height
    assert (joined["writer"] == joined["target"]).all()
    assert (joined["timestamp"] >= joined["wrote"]).all()
    to_posts = answer.filter(pl.col("parent").str.starts_with("p"))
    assert (
        np.bincount(to_posts["target"], minlength=150).tolist() == log.audience_reactions.sum(axis=0).tolist()
    )
    posts = frame.filter(pl.col("kind") == "post")
    assert np.bincount(posts["source"], minlength=150).tolist() == log.posts_of().tolist()
    assert not to_posts.select("source", "parent").is_duplicated().any()


def test_part_of_the_steps_is_that_part_of_the_rows(log):
    whole, part = log.interactions().frame.collect(), log.interactions(first=10, last=15).frame.collect()
    both = whole.join(part, on=["source", "timestamp", "kind"], how="semi")
    assert both.select("item", "parent", "target").equals(part.select("item", "parent", "target"))
    assert np.bincount(part.filter(pl.col("kind") == "post")["source"], minlength=150).tolist() == (
        log.posts_of(10, 15).tolist()
    )
    bare = log.interactions(items=False)
    assert not bare.columns & {"item", "parent"}
    assert bare.report.kept == whole.height


@pytest.mark.parametrize(("first", "last"), [(0, None), (10, 15), (3, 4)])
def test_a_log_of_arrays_is_the_one_that_is_read(log, first, last):
    whole = log.interactions(first=first, last=last)
    frame = whole.frame.collect().drop("item", "parent")
    read, bare = read_interactions(frame), log.interactions(first=first, last=last, items=False)
    assert bare.frame.collect().equals(read.frame.collect())
    assert bare.schema == read.schema
    assert (bare.span, bare.kinds, str(bare.report).split(" kept")[0]) == (
        read.span, read.kinds, str(read.report).split(" kept")[0],
    )  # fmt: skip
    one, other = (build_graph(each, half_life="5d") for each in (bare, read))
    assert one.fingerprint == other.fingerprint
    assert (one.adjacency != other.adjacency).nnz == 0
    assert one.nodes.equals(other.nodes)
    assert {name: layer.toarray().tolist() for name, layer in one.layers.items()} == {
        name: layer.toarray().tolist() for name, layer in other.layers.items()
    }


def test_parts_of_a_log_of_arrays_are_those_of_the_one_read_and_it_is_known_by_its_rows(log):
    bare = log.interactions(items=False)
    read = read_interactions(bare.frame.collect())
    likes = [each.where(pl.col("kind") == "like", reason="no like") for each in (bare, read)]
    assert likes[0].frame.collect().equals(likes[1].frame.collect())
    assert build_graph(likes[0]).fingerprint == build_graph(likes[1]).fingerprint
    assert bare.fingerprint == log.interactions(items=False).fingerprint
    assert bare.fingerprint != log.interactions(items=False, last=24).fingerprint


def test_steps_in_which_nobody_did_anything_are_no_log(log):
    with pytest.raises(SchemaError, match="Nobody posted"):
        log.interactions(first=5, last=5)
