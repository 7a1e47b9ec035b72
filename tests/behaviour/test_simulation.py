"""Laws of the simulation: closed forms with parts switched off, and the same numbers in every arm."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.keyed_numbers import POSTS, poisson_counts, world_key
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.people import People, draw_people
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.behaviour.strategy import (
    Bandit,
    Chaser,
    Gamer,
    RandomWalk,
    Steady,
    Yoked,
    usual_positions,
)
from influence_graph.errors import ConfigError

KEY = world_key(4, 0)
FULL = BehaviourModel(
    reaction_chance=0.1, tie_spread=0.7, post_spread=0.4, retweets=0.3, replies=0.3, effort=0.5,
    attention_limit=6, overload_threshold=5, overload=0.8, answered=0.5, unfollow=0.005, burst=2,
    burst_unfollow=2.0, dull=0.5, dull_unfollow=1.0, follow=0.05, bait=0.5, bait_unfollow=1.0,
)  # fmt: skip


def tree(depth, width):
    """Return the audience of a tree: everybody follows the parent alone. Person 0 is the root."""
    n = sum(width**level for level in range(depth + 1))
    child = np.arange(1, n)
    return csr_array((np.ones(n - 1), (child, (child - 1) // width)), shape=(n, n)), n


def test_with_everything_off_a_post_is_a_plain_cascade():
    """On a tree, a post that everybody passes on with probability p reaches n_k·p^k people in level k."""
    depth, width, p, steps = 3, 3, 0.4, 800
    audience, n = tree(depth, width)
    rate = np.zeros(n)
    rate[0] = 4.0
    model = BehaviourModel(reaction_chance=-np.log1p(-p), retweets=1.0, lifetime=depth)
    log = simulate_people(
        audience, People(rate, np.ones(n), np.ones(n)), model, steps=steps, key=KEY, start=np.zeros((n, 4))
    )
    posts = sum(len(one.author) for one in log.posts[:-depth])
    assert posts == sum(int(poisson_counts(KEY, POSTS, step, rate)[0]) for step in range(steps - depth))
    level = np.repeat(np.arange(depth + 1), width ** np.arange(depth + 1))
    source = np.concatenate([one.source for one in log.events])
    parent = np.concatenate([one.parent for one in log.events])
    reached = np.bincount(level[source[parent < posts]], minlength=depth + 1) / posts
    expected = (width * p) ** np.arange(1, depth + 1)
    assert reached[1:] == pytest.approx(expected, rel=0.06)
    assert reached[0] == 0
    one_step = simulate_people(
        audience, People(rate, np.ones(n), np.ones(n)), dataclasses.replace(model, retweets=0.0),
        steps=500, key=KEY, start=np.zeros((n, 4)),
    )  # fmt: skip
    assert one_step.audience_reactions.sum() / one_step.posts_of().sum() == pytest.approx(width * p, rel=0.1)


def test_expected_reactions_are_the_sum_over_ties():
    people = draw_people(400, activity_spread=0.5, key=KEY)
    audience = synthetic_audience(400, mean_degree=10, rng=1)
    log = simulate_people(audience, people, BehaviourModel(reaction_chance=0.1), steps=150, key=KEY)
    reader, author = audience.nonzero()
    each = -np.expm1(-0.1 * people.quality[author] * people.responsiveness[reader])
    expected = (people.rate[author] * each).sum() * 150
    assert log.audience_reactions.sum() == pytest.approx(expected, rel=0.02)


def arms(who, strength, donors, key):
    return {
        "steady": Steady(),
        "chaser": Chaser(who, strength, key),
        "bandit": Bandit(who, strength, key),
        "yoked": Yoked(who, donors),
        "random walk": RandomWalk(who, strength, key),
        "noise": Chaser(who, strength, key, blind=True),
        "gamer": Gamer(who, 0.2 if strength else 0.0),
    }


def run(strategy, key=KEY, n=200, model=FULL, **given):
    audience, latent = (synthetic_audience(n, mean_degree=8, rng=seed) for seed in (1, 2))

    def received(log):
        return np.bincount(log.frame.collect()["target"].drop_nulls(), minlength=n).astype(float)

    return simulate_people(
        audience, draw_people(n, key=key), model, steps=30, key=key, strategy=strategy, latent=latent,
        score_seen=received, period=5, pod=np.arange(n) // 4, **given,
    )  # fmt: skip


def test_without_strength_all_arms_are_bit_identical():
    who = np.arange(200) < 60
    donors = run(Chaser(who, 0.0, world_key(4, 7)), key=world_key(4, 7)).positions
    logs = {name: run(one) for name, one in arms(who, 0.0, donors, KEY).items()}
    base = logs["steady"].interactions().frame.collect()
    for name, log in logs.items():
        assert log.interactions().frame.collect().equals(base), name
        assert (log.positions == logs["steady"].positions).all()


def test_who_did_not_change_draws_the_same_whatever_others_do():
    model = dataclasses.replace(FULL, attention_limit=np.inf, overload=0.0, retweets=0.0, unfollow=0.0)
    who = np.arange(200) < 60
    steady, walk = run(Steady(), model=model), run(RandomWalk(who, 1.0, KEY), model=model)
    for one, other in zip(steady.posts, walk.posts, strict=True):
        still = [posts.author >= 60 for posts in (one, other)]
        assert (one.name[still[0]] == other.name[still[1]]).all()
        assert (one.quality[still[0]] == other.quality[still[1]]).all()
    # Nothing of theirs depends on others with these parts off, so their reactions are equal, too.
    assert (steady.audience_reactions[:, 60:] == walk.audience_reactions[:, 60:]).all()
    assert (steady.audience_reactions[:, :60] != walk.audience_reactions[:, :60]).any()


def test_the_planned_effort_is_equal_in_all_arms():
    who = np.arange(200) < 60
    donors = run(Chaser(who, 0.8, world_key(4, 7)), key=world_key(4, 7)).positions
    from influence_graph.behaviour.strategy import effort_per_post

    for one in arms(who, 0.8, donors, KEY).values():
        position = run(one).positions
        on_posts = np.exp(position[..., 0]) * np.stack([effort_per_post(each) for each in position]) * 0.9
        assert on_posts + position[..., 1] + position[..., 3] == pytest.approx(np.ones(position.shape[:2]))


@pytest.mark.parametrize(
    ("part", "off"),
    [
        ("attention_limit", np.inf), ("overload", 0.0), ("retweets", 0.0), ("unfollow", 0.0),
        ("follow", 0.0), ("answered", 0.0), ("effort", 0.0), ("tie_spread", 0.0), ("post_spread", 0.0),
    ],
)  # fmt: skip
def test_every_part_changes_something_and_can_be_switched_off(part, off):
    changed = run(RandomWalk(np.ones(200, dtype=bool), 1.0, KEY))
    without = run(
        RandomWalk(np.ones(200, dtype=bool), 1.0, KEY), model=dataclasses.replace(FULL, **{part: off})
    )
    assert (changed.audience_reactions != without.audience_reactions).any()


def test_answered_readers_react_more_by_the_factor_stated():
    """One author answers everything: from the second step on, all readers react at (1 + a) times the rate."""
    n, rate = 400, 0.05
    audience = csr_array((np.ones(n - 1), (np.arange(1, n), np.zeros(n - 1, dtype=int))), shape=(n, n))
    people = People(np.where(np.arange(n) == 0, 3.0, 0.0), np.ones(n), np.ones(n))
    start = usual_positions(n)
    start[0, 1] = 0.6
    counts = {}
    for a in (0.0, 1.0):
        model = BehaviourModel(
            reaction_chance=rate, replies=1.0, answered=a, answered_steps=400, answer_cost=0.005
        )
        log = simulate_people(audience, people, model, steps=300, key=KEY, start=start)
        counts[a] = log.audience_reactions[150:].sum() / log.posts_of(150).sum() / (n - 1)
    assert counts[0.0] == pytest.approx(-np.expm1(-rate), rel=0.02)
    assert counts[1.0] == pytest.approx(-np.expm1(-2 * rate), rel=0.02)


def test_a_strategy_that_looks_at_the_score_needs_one_that_fits():
    people, audience = draw_people(30, key=KEY), synthetic_audience(30, mean_degree=4, rng=1)
    given = {"steps": 12, "key": KEY, "period": 5, "strategy": Chaser(np.ones(30, dtype=bool), 0.1, KEY)}
    with pytest.raises(ConfigError, match="Give score_seen="):
        simulate_people(audience, people, BehaviourModel(), **given)
    with pytest.raises(ConfigError, match=r"score_seen is \(3,\)"):
        simulate_people(audience, people, BehaviourModel(), score_seen=lambda log: np.ones(3), **given)
    with pytest.raises(ConfigError, match="score_seen is 'not finite'"):
        simulate_people(
            audience, people, BehaviourModel(), score_seen=lambda log: np.full(30, np.nan), **given
        )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"period": 0.5}, "period is 0.5"),
        ({"start": np.zeros((3, 4))}, "start is"),
        ({"start": np.full((30, 4), 9.0)}, "within the domain"),
    ],
)
def test_arguments_out_of_range_are_errors(wrong, message):
    people, audience = draw_people(30, key=KEY), synthetic_audience(30, mean_degree=4, rng=1)
    with pytest.raises(ConfigError, match=message):
        simulate_people(audience, people, BehaviourModel(), **{"steps": 3, "key": KEY, **wrong})
