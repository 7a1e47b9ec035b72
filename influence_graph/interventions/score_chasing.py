"""Chasing a score: arms of equal effort in the same world (claims 8 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.keyed_numbers import ASSIGNMENT, START, uniforms, world_key
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.simulated_log import SimulatedLog
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.behaviour.strategy import (
    ANSWERING,
    BAITING,
    RATE,
    Bandit,
    Chaser,
    Gamer,
    RandomWalk,
    Steady,
    Strategy,
    Yoked,
    usual_positions,
    within_domain,
)
from influence_graph.evaluation._concordance import concordance
from influence_graph.interventions.worlds import Population, ScoredBy, World, draw_world, points

#: Donors live in worlds with numbers from here on, so that no donor's world is also one that is compared.
_DONORS = 1_000_000
#: The search for the optimum: what each coordinate is tried at, twice through.
_GRID: Mapping[int, Sequence[float]] = {
    RATE: (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0),
    ANSWERING: (0.0, 0.1, 0.2, 0.4, 0.6),
    BAITING: (0.0, 0.2, 0.4, 0.8),
}
#: From the optimum to a start off it, in a direction of one's own.
_OFF = np.array([1.2, 0.2, 0.3, 0.0])
#: A devoted person's share of effort on answers, at a steady rate and without bait.
DEVOTED = 0.3
POD_SIZE = 5
ARMS = ("steady", "devoted", "chaser", "bandit", "yoked", "random walk", "noise", "gamer")
Outcomes: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Chase:
    """How scores are chased.

    Attributes
    ----------
    strength : float
        κ of the chasers, ≥ 0, and of the bandit, the random walk and those who chase noise.
    share : float
        Of the people who are assigned to the arm, 0 to 1.
    steps, period, window : int
        Length; steps between looks at the score; steps of the log that the score seen is made of, and over
        which outcomes are counted at the end.
    pod_effort : float
        Share of the effort that gamers put into pods.
    """

    strength: float = 0.5
    share: float = 0.1
    steps: int = 120
    period: int = 5
    window: int = 30
    pod_effort: float = 0.2

    def __post_init__(self) -> None:
        check(0 <= self.strength < np.inf, "strength", self.strength, "finite and at least 0")
        check(0 < self.share < 1, "share", self.share, "between 0 and 1")
        check(self.steps >= 2 * self.period, "steps", self.steps, "at least two periods")
        check(1 <= self.window <= self.steps, "window", self.window, "from 1 to the number of steps")


@dataclass(frozen=True, eq=False)
class _Setting:
    """What all arms of a world share."""

    model: BehaviourModel
    method: ScoredBy
    chase: Chase
    optimum: FloatArray
    off: bool
    seed: int

    def start(self, n: int) -> FloatArray:
        """Return the positions at the start: the same for a person in every world."""
        position = np.tile(self.optimum, (n, 1))
        if self.off:
            key = world_key(self.seed, _DONORS - 1)
            drawn = [uniforms(key, START, np.arange(n), 0, column) for column in range(4)]
            position = position + (2.0 * np.stack(drawn, axis=1) - 1.0) * _OFF
        return within_domain(position)

    def run(self, world: World, strategy: Strategy, who: BoolArray, start: FloatArray) -> SimulatedLog:
        n = world.people.n
        everybody = usual_positions(n)
        everybody[who] = start[who]
        pods = np.where(who, np.cumsum(who) // POD_SIZE, -1)
        return simulate_people(
            world.audience,
            world.people,
            self.model,
            steps=self.chase.steps,
            key=world.key,
            strategy=strategy,
            start=everybody,
            pod=pods,
            score_seen=self.method.seen(n) if strategy.needs_score else None,
            period=self.chase.period,
            window=self.chase.window,
            latent=world.latent,
        )


def assigned(world: World, share: float) -> BoolArray:
    """Return who is assigned: at random, and whoever is at a share also is at a larger one.

    Examples
    --------
    >>> world = draw_world(Population(people=100), seed=1, world=0)
    >>> few, many = assigned(world, 0.1), assigned(world, 0.3)
    >>> int(few.sum()), int(many.sum()), bool(many[few].all())
    (10, 30, True)
    """
    n = world.people.n
    drawn = uniforms(world.key, ASSIGNMENT, np.arange(n), 1)
    who = np.zeros(n, dtype=np.bool_)
    who[np.argsort(drawn, kind="stable")[: max(1, round(share * n))]] = True
    return who


def best_position(
    population: Population,
    model: BehaviourModel,
    method: ScoredBy,
    chase: Chase,
    *,
    worlds: int = 2,
    seed: int = 0,
) -> FloatArray:
    """Search for the position with the highest mean score if the assigned hold it, shape (4,).

    Coordinate ascent over a grid of rate, answers and bait, twice through, in worlds of its own: an
    optimum within the grid and the noise of these worlds.

    Examples
    --------
    >>> chase = Chase(steps=20, period=5, window=15)
    >>> best_position(Population(people=60), BehaviourModel(), ScoredBy("engagement"), chase, worlds=1)[0] > 0
    np.True_
    """
    drawn = [draw_world(population, seed=seed, world=2 * _DONORS + number) for number in range(worlds)]
    short = Chase(chase.strength, chase.share, min(chase.steps, 2 * chase.window), chase.period, chase.window)
    setting = _Setting(model, method, short, np.array(usual_positions(1)[0]), False, seed)
    known: dict[tuple[float, ...], float] = {}

    def worth(position: FloatArray) -> float:
        at = tuple(position.tolist())
        if at not in known:
            values = []
            for world in drawn:
                who = assigned(world, short.share)
                log = setting.run(world, Steady(), who, np.tile(position, (world.people.n, 1)))
                natural = method.natural(_last(log, short.window), world.people.n)
                values.append(float(np.log1p(natural)[who].mean()))
            known[at] = float(np.mean(values))
        return known[at]

    best = np.array(usual_positions(1)[0])
    for _ in range(2):
        for column, values in _GRID.items():
            tried = [np.where(np.arange(4) == column, value, best) for value in values]
            best = max([best, *tried], key=worth)
    return best


def chase_in_world(
    population: Population,
    model: BehaviourModel,
    method: ScoredBy,
    chase: Chase,
    *,
    optimum: FloatArray,
    off: bool,
    world: int,
    seed: int = 0,
    arms: Sequence[str] = ARMS,
) -> pl.DataFrame:
    """Run every arm in one replicate world, and return the outcomes of those assigned and of the others.

    All arms have the same people, audience, random numbers, starts and effort. The donor of a yoked person
    is the chaser of the same number, so of the same start, in a world of its own.

    Parameters
    ----------
    population, model, method, chase
        The setting.
    optimum : array of float, shape (4,)
        From :func:`best_position`.
    off : bool
        Whether the assigned start off the optimum, each in a direction of the own.
    world, seed : int
        Which replicate.
    arms : sequence of str
        Among ``ARMS``; "steady" is always run.

    Returns
    -------
    DataFrame
        One row an arm: ``arm``; mean over the last ``window`` steps of those assigned: ``score`` (points on
        the scale frozen at the top of the steady arm), ``reactions`` a step of readers who saw the posts;
        the same of the others (``score_others``, ``reactions_others``); ``validity``: C of the score for
        latent quality over everybody who posted; ``effort``: mean planned effort of the assigned over time,
        in units of the usual.

    Raises
    ------
    ConfigError
        If an arm has no such name.
    """
    unknown = [arm for arm in arms if arm not in ARMS]
    check(not unknown, "arms", unknown, f"among {', '.join(ARMS)}")
    setting = _Setting(model, method, chase, optimum, off, seed)
    here = draw_world(population, seed=seed, world=world)
    who = assigned(here, chase.share)
    start = setting.start(here.people.n)
    strategies = _strategies(setting, population, here, who, world)
    steady = setting.run(here, Steady(), who, start)
    natural = method.natural(_last(steady, chase.window), here.people.n)
    top = float(natural.max(initial=0.0))
    rows = [_outcomes("steady", steady, natural, here, who, chase, top)]
    for arm in ARMS[1:]:
        if arm in arms:
            devoted = start.copy()
            devoted[:, ANSWERING], devoted[:, BAITING] = DEVOTED, 0.0
            strategy = strategies[arm]()
            log = setting.run(here, strategy, who, devoted if arm == "devoted" else start)
            natural = method.natural(_last(log, chase.window), here.people.n)
            rows.append(_outcomes(arm, log, natural, here, who, chase, top))
    return pl.DataFrame(rows).with_columns(world=pl.lit(world, pl.Int64))


def _strategies(
    setting: _Setting, population: Population, here: World, who: BoolArray, world: int
) -> Mapping[str, Callable[[], Strategy]]:
    strength, key = setting.chase.strength, here.key

    def yoked() -> Strategy:
        there = draw_world(population, seed=setting.seed, world=_DONORS + world)
        # The same people by number chase there, so donor and yoked share their start.
        log = setting.run(there, Chaser(who, strength, there.key), who, setting.start(there.people.n))
        return Yoked(who, log.positions)

    return {
        "devoted": Steady,
        "chaser": lambda: Chaser(who, strength, key),
        "bandit": lambda: Bandit(who, strength, key),
        "yoked": yoked,
        "random walk": lambda: RandomWalk(who, strength, key),
        "noise": lambda: Chaser(who, strength, key, blind=True),
        "gamer": lambda: Gamer(who, setting.chase.pod_effort if strength else 0.0),
    }


def _last(log: SimulatedLog, window: int) -> Any:
    return log.interactions(first=max(0, log.steps - window), items=False)


def _outcomes(
    arm: str,
    log: SimulatedLog,
    natural: FloatArray,
    world: World,
    who: BoolArray,
    chase: Chase,
    top: float,
) -> Outcomes:
    first = log.steps - chase.window
    score = points(natural, top)
    reactions = log.audience_reactions[first:].mean(axis=0)
    posted = log.posts_of(first) > 0
    return {
        "arm": arm,
        "score": float(score[who].mean()),
        "score_others": float(score[~who].mean()),
        "reactions": float(reactions[who].mean()),
        "reactions_others": float(reactions[~who].mean()),
        "validity": float(concordance(natural[posted], world.people.quality[posted])),
        "effort": float(planned_effort(log.positions[:, who]).mean()),
    }


def planned_effort(positions: FloatArray) -> FloatArray:
    """Return the effort spent on posts, answers and pods, shape (…,): 1 everywhere.

    Parameters
    ----------
    positions : array of float, shape (…, 4)

    Examples
    --------
    >>> planned_effort(usual_positions(2))
    array([1., 1.])
    """
    from influence_graph.behaviour.strategy import PODDING, USUAL, effort_per_post

    flat = positions.reshape(-1, 4)
    on_posts = np.exp(flat[:, RATE]) * effort_per_post(flat) * (1.0 - USUAL[ANSWERING] - USUAL[PODDING])
    return np.asarray((on_posts + flat[:, ANSWERING] + flat[:, PODDING]).reshape(positions.shape[:-1]))


def spillovers(
    population: Population,
    model: BehaviourModel,
    method: ScoredBy,
    chase: Chase,
    *,
    optimum: FloatArray,
    off: bool,
    shares: Sequence[float],
    world: int,
    seed: int = 0,
) -> pl.DataFrame:
    """Run several shares of chasers in one world: direct effect, spillover and total.

    Two stages: shares are assigned to histories of the world, people to the arm within each. A person's
    outcome is compared with the own one in the history where nobody chases. Total = mean over chasers,
    spillover = mean over the others, direct = total − spillover (Hudgens & Halloran 2008,
    doi 10.1198/016214508000000292).

    Returns
    -------
    DataFrame
        One row a share and outcome (``score``, ``reactions``): ``direct``, ``spillover``, ``total``.
    """
    setting = _Setting(model, method, chase, optimum, off, seed)
    here = draw_world(population, seed=seed, world=world)
    n, start, rows = here.people.n, setting.start(here.people.n), []
    # Everybody at the same start in all histories: only the chasing differs.
    everybody = np.ones(n, dtype=np.bool_)
    steady = setting.run(here, Steady(), everybody, start)
    top = float(method.natural(_last(steady, chase.window), n).max(initial=0.0))
    base = _by_person(steady, method, chase, n, top)
    for share in shares:
        who = assigned(here, share)
        log = setting.run(here, Chaser(who, chase.strength, here.key), everybody, start)
        for outcome, values in _by_person(log, method, chase, n, top).items():
            change = values - base[outcome]
            total, others = float(change[who].mean()), float(change[~who].mean())
            row = {"share": share, "outcome": outcome, "direct": total - others, "spillover": others}
            rows.append({**row, "total": total, "world": world})
    return pl.DataFrame(rows)


def _by_person(
    log: SimulatedLog, method: ScoredBy, chase: Chase, n: int, top: float
) -> Mapping[str, FloatArray]:
    natural = method.natural(_last(log, chase.window), n)
    return {
        "score": points(natural, top),
        "reactions": log.audience_reactions[log.steps - chase.window :].mean(axis=0),
    }
