"""Score against posting rate: what overposting does, per method (claim 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.keyed_numbers import ASSIGNMENT, uniforms
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.behaviour.strategy import HIGHEST, LOWEST, RATE
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interventions._derived_elasticity import DERIVED, derived_elasticity
from influence_graph.interventions.worlds import Population, ScoredBy, World, draw_world, values_on_graph

#: The pair of rates by which the elasticity at the usual rate is measured.
_NEAR = 2.0**0.5
REACTIONS, PER_POST = "reactions", "reactions per post"


@dataclass(frozen=True, eq=False)
class RateResponse:
    """Curves of a score against the posting rate of some people, the rest unchanged.

    Attributes
    ----------
    rates : array of float, shape (k,)
        Multiples of the usual rate.
    curves : mapping of str to array of float, shape (worlds, k)
        By method, and for reactions and reactions per post: logarithm of the mean over the people who change.
    elasticity : mapping of str to array of float, shape (worlds,)
        Of each at the usual rate.
    derived : mapping of str to array of float, shape (worlds,)
        What algebra says, where it does; given the elasticity of reactions per post in that world.
    people : int
        Who change, over all worlds.
    """

    rates: FloatArray
    curves: Mapping[str, FloatArray]
    elasticity: Mapping[str, FloatArray]
    derived: Mapping[str, FloatArray]
    people: int


def rate_response(
    population: Population,
    model: BehaviourModel,
    methods: Sequence[ScoredBy],
    *,
    rates: Sequence[float] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
    steps: int = 60,
    share: float = 0.04,
    worlds: int = 10,
    seed: int = 0,
) -> RateResponse:
    """Simulate how scores answer to the posting rate.

    In each world a random share of the people post at m times their usual rate, with the same effort and the
    same random numbers at every m; the others do as always, and nobody answers.

    Parameters
    ----------
    population : Population
    model : BehaviourModel
    methods : sequence of ScoredBy
        Evaluated without decay, for what algebra says to hold; a ``half_life`` is an error.
    rates : sequence of float
        m, increasing, within 1/8 and 8.
    steps : int
        Length of each history.
    share : float in (0, 1]
        Who change their rate.
    worlds : int
        Replicates, at least 1.
    seed : int

    Returns
    -------
    RateResponse

    Raises
    ------
    ConfigError
        If a parameter is out of range.

    Examples
    --------
    >>> found = rate_response(
    ...     Population(people=200),
    ...     BehaviourModel(),
    ...     [ScoredBy("engagement")],
    ...     rates=[0.5, 1.0, 2.0],
    ...     worlds=2,
    ... )
    >>> bool(0.7 < found.elasticity["engagement"].mean() < 1.3)
    True
    """
    grid = np.asarray(rates, dtype=np.float64)
    inside = bool(((np.log(grid) >= LOWEST[RATE] - 1e-9) & (np.log(grid) <= HIGHEST[RATE] + 1e-9)).all())
    check(inside and bool((np.diff(grid) > 0).all()), "rates", list(rates), "increasing, within 1/8 and 8")
    check(0 < share <= 1, "share", share, "above 0 and at most 1")
    for one in methods:
        check(one.half_life is None, "half_life", one.half_life, "None: elasticities are those without decay")
    check(worlds >= 1, "worlds", worlds, "at least 1")
    names = [REACTIONS, PER_POST, *(one.label or one.name for one in methods)]
    curves = {name: np.full((worlds, len(grid)), np.nan) for name in names}
    near = {name: np.full((worlds, 2), np.nan) for name in names}
    derived = {one.label or one.name: np.full(worlds, np.nan) for one in methods if one.name in DERIVED}
    changed = 0
    for number in range(worlds):
        world = draw_world(population, seed=seed, world=number)
        who = _who(world, share)
        changed += len(who)
        usual = None
        for rate in sorted({*grid.tolist(), 1 / _NEAR, 1.0, _NEAR}):
            values, graph = _values(world, model, methods, who, rate, steps)
            usual = graph if rate == 1.0 else usual
            for name, value in values.items():
                curves[name][number, grid == rate] = value
                near[name][number, np.array([1 / _NEAR, _NEAR]) == rate] = value
        assert usual is not None
        epsilon = float(near[PER_POST][number, 1] - near[PER_POST][number, 0]) / np.log(2.0)
        positions = np.flatnonzero(np.isin(usual.ids.to_numpy(), who))
        for one in methods:
            if one.name in DERIVED:
                damping = float(one.parameters.get("damping", 0.85))
                derived[one.label or one.name][number] = derived_elasticity(
                    one.name, usual, positions, epsilon, damping=damping
                )
    elasticity = {name: (pair[:, 1] - pair[:, 0]) / np.log(2.0) for name, pair in near.items()}
    return RateResponse(grid, curves, elasticity, derived, changed)


def curves_frame(found: RateResponse, **where: Any) -> pl.DataFrame:
    """Return the curves as a table: one row a world, outcome and rate."""
    rows = [
        {
            **where,
            "outcome": name,
            "world": world,
            "rate": float(rate),
            "log_value": float(values[world, place]),
        }
        for name, values in found.curves.items()
        for world in range(len(values))
        for place, rate in enumerate(found.rates)
    ]
    return pl.DataFrame(rows)


def _who(world: World, share: float) -> IntArray:
    """Return who change: at random among those whom somebody follows."""
    followed = np.flatnonzero(np.bincount(world.audience.indices, minlength=world.people.n))
    drawn = uniforms(world.key, ASSIGNMENT, followed, 0)
    count = max(1, round(share * world.people.n))
    return np.sort(followed[np.argsort(drawn, kind="stable")[:count]])


def _values(
    world: World,
    model: BehaviourModel,
    methods: Sequence[ScoredBy],
    who: IntArray,
    rate: float,
    steps: int,
) -> tuple[dict[str, float], InfluenceGraph]:
    """Return the logarithm of the mean of each outcome over those who change, and the graph without decay."""
    n = world.people.n
    start = np.zeros((n, 4))
    start[who, RATE] = np.clip(np.log(rate), LOWEST[RATE], HIGHEST[RATE])
    simulated = simulate_people(
        world.audience, world.people, model, steps=steps, key=world.key, start=start, latent=world.latent
    )
    graph = build_graph(simulated.interactions(items=False))
    reactions = float(simulated.audience_reactions[:, who].sum())
    posts = float(simulated.posts_of()[who].sum())
    found = {REACTIONS: _log(reactions / len(who)), PER_POST: _log(reactions / posts if posts else 0.0)}
    for one in methods:
        found[one.label or one.name] = _log(float(values_on_graph(one, graph, n)[who].mean()))
    return found, graph


def _log(value: float) -> float:
    return float(np.log(value)) if value > 0 else float("nan")
