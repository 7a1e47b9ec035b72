"""The log of a simulation is an ordinary one: what was counted is what is read."""

import numpy as np
import polars as pl
import pytest

from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.people import draw_people
from influence_graph.behaviour.simulation import simulate_people

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
