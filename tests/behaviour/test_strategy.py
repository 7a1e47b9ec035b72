"""Strategies change positions as they say, within the domain, at equal effort."""

import numpy as np
import pytest

from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.strategy import (
    ANSWERING,
    HIGHEST,
    LOWEST,
    PODDING,
    RATE,
    Bandit,
    Chaser,
    Gamer,
    RandomWalk,
    Steady,
    Yoked,
    effort_per_post,
    random_directions,
    usual_positions,
)
from influence_graph.errors import ConfigError

KEY = world_key(1, 0)
N = 50
WHO = np.arange(N) % 2 == 0


def scores(period):
    return np.random.default_rng(period).random(N)


def path(strategy, periods=30, start=None):
    positions = [usual_positions(N) if start is None else start]
    for period in range(periods):
        positions.append(strategy(period, positions[-1], scores(period)))
    return np.stack(positions)


def everybody(strength=0.5):
    return {
        "steady": Steady(),
        "chaser": Chaser(WHO, strength, KEY),
        "noise": Chaser(WHO, strength, KEY, blind=True),
        "bandit": Bandit(WHO, strength, KEY),
        "random walk": RandomWalk(WHO, strength, KEY),
        "yoked": Yoked(WHO, path(Chaser(WHO, strength, world_key(1, 9)))),
        "gamer": Gamer(WHO, 0.2 if strength else 0.0),
    }


@pytest.mark.parametrize("arm", everybody())
def test_only_the_assigned_change_and_all_stay_within_the_domain_at_equal_effort(arm):
    positions = path(everybody()[arm])
    assert (positions[:, ~WHO] == positions[0, ~WHO]).all()
    assert ((positions >= LOWEST) & (positions <= HIGHEST)).all()
    spent = (
        np.exp(positions[..., RATE]) * np.stack([effort_per_post(one) for one in positions]) * 0.9
        + positions[..., ANSWERING]
        + positions[..., PODDING]
    )
    assert spent == pytest.approx(np.ones_like(spent))
    assert (positions[-1, WHO] != positions[0, WHO]).any() == (arm != "steady")


@pytest.mark.parametrize("arm", everybody())
def test_without_strength_every_arm_is_steady_to_the_bit(arm):
    assert (path(everybody(strength=0.0)[arm]) == path(Steady())).all()


def test_the_chaser_goes_on_when_the_score_rose_and_takes_back_when_it_did_not():
    chaser = Chaser(np.ones(N, dtype=bool), 0.1, KEY)
    position = [usual_positions(N) + np.array([0, 0.2, 0.4, 0])]
    for period, seen in enumerate([np.zeros(N), np.where(WHO, 1.0, -1.0)]):
        position.append(chaser(period, position[-1], seen))
    first, second = (random_directions(N, period=period, key=KEY) * 0.1 for period in (0, 1))
    assert position[1] == pytest.approx(position[0] + first)
    assert position[2][WHO] == pytest.approx((position[0] + 2 * first)[WHO])
    assert position[2][~WHO] == pytest.approx((position[0] + second)[~WHO])


def test_chasing_climbs_a_score_that_depends_on_the_position():
    def climbed(strategy):
        position = usual_positions(N)
        for period in range(120):
            position = strategy(period, position, 50 - 10 * (position[:, RATE] - 1.0) ** 2)
        return position[WHO, RATE].mean()

    assert climbed(Chaser(WHO, 0.3, KEY)) > 0.6
    assert abs(climbed(Chaser(WHO, 0.3, KEY, blind=True))) < 0.6
    assert climbed(Bandit(WHO, 1.0, KEY)) > 0.4  # its best arm is 0.7


def test_the_yoked_arm_repeats_its_donor_and_sees_no_score():
    donor = path(Chaser(WHO, 0.5, world_key(1, 9)))
    yoked = Yoked(WHO, donor)
    assert not yoked.needs_score
    assert path(yoked) == pytest.approx(donor)
    assert not Chaser(WHO, 0.5, KEY, blind=True).needs_score
    assert Chaser(WHO, 0.5, KEY).needs_score
    assert Bandit(WHO, 0.5, KEY).needs_score


@pytest.mark.parametrize("made", [Chaser, Bandit, RandomWalk])
def test_negative_strength_is_an_error(made):
    with pytest.raises(ConfigError, match="strength is -1"):
        made(WHO, -1, KEY)


def test_a_gamer_can_not_spend_more_than_the_domain_allows():
    with pytest.raises(ConfigError, match=r"share is 0\.5"):
        Gamer(WHO, 0.5)
