"""Replicate worlds: an audience and people drawn once, in which every arm is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import t

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.audience import check, synthetic_audience
from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.people import People, draw_people
from influence_graph.errors import ConfigError, nearest
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.methods import get_method
from influence_graph.scoring._score import raw_values

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Made = TypeVar("_Made", bound="DataclassInstance")


@dataclass(frozen=True)
class Population:
    """From what people and audiences are drawn: see ``draw_people`` and ``synthetic_audience``."""

    people: int = 500
    posts_per_step: float = 0.5
    activity_spread: float = 1.2
    quality_spread: float = 0.5
    responsiveness_spread: float = 1.0
    mean_degree: float = 15.0
    exponent: float = 2.3
    reciprocity: float = 0.22
    mixing: float = 0.25


@dataclass(frozen=True, eq=False)
class World:
    """One replicate: the unit of inference.

    Attributes
    ----------
    key : uint64
        Of all its random numbers.
    people : People
    audience : csr_array
    latent : csr_array
        Ties that may come to be: as many as there are.
    """

    key: np.uint64
    people: People
    audience: csr_array
    latent: csr_array


def draw_world(population: Population, *, seed: int, world: int) -> World:
    """Draw a replicate world; different numbers give independent ones.

    Raises
    ------
    ConfigError
        If a parameter of the population is out of range.

    Examples
    --------
    >>> draw_world(Population(people=100), seed=1, world=0).people.n
    100
    """
    key = world_key(seed, world)
    traits = draw_people(
        population.people,
        posts_per_step=population.posts_per_step,
        activity_spread=population.activity_spread,
        quality_spread=population.quality_spread,
        responsiveness_spread=population.responsiveness_spread,
        key=key,
    )
    audience, latent = (
        synthetic_audience(
            population.people,
            mean_degree=min(population.mean_degree, (population.people - 1) / 8),
            exponent=population.exponent,
            reciprocity=population.reciprocity,
            mixing=population.mixing,
            rng=np.random.SeedSequence([seed, world, use]),
        )
        for use in (1, 2)
    )
    return World(key, traits, audience, latent)


@dataclass(frozen=True)
class ScoredBy:
    """A method with its parameters, as people see it and as it is evaluated.

    Attributes
    ----------
    name : str
        Of a registered method.
    parameters : mapping
        Of the method.
    half_life : float or None
        Of decay, in steps; None: none.
    label : str
        In tables; default: the name.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    half_life: float | None = None
    label: str = ""

    def natural(self, log: Interactions, n: int) -> FloatArray:
        """Return the natural value of each of n people, 0 for those who are not in the log."""
        return natural_values([self], log, n)[0]

    def points(self, log: Interactions, n: int, top: float | None = None) -> FloatArray:
        """Return 1 + 99·ln(1 + r)/ln(1 + r_top), with the top frozen where it is given: it is not clipped."""
        return points(self.natural(log, n), top)

    def seen(self, n: int) -> Callable[[Interactions], FloatArray]:
        """Return the function from the log so far to the score that n people see."""
        return lambda log: self.points(log, n)


def natural_values(methods: Sequence[ScoredBy], log: Interactions, n: int) -> list[FloatArray]:
    """Return the natural values of n people by each method; methods of one half-life share a graph."""
    graphs = {one.half_life: build_graph(log, half_life=_hours(one.half_life)) for one in methods}
    return [values_on_graph(one, graphs[one.half_life], n) for one in methods]


def values_on_graph(method: ScoredBy, graph: InfluenceGraph, n: int) -> FloatArray:
    """Return the natural values of n people on a graph whose ids are among 0 to n − 1; 0 for all others."""
    entry = get_method(method.name)
    parameters = entry.settle(entry.resolve(method.parameters), frozen={}, graph=graph)
    raw = raw_values(graph, entry, parameters, np.random.default_rng(0))
    values = np.zeros(n)
    values[graph.ids.to_numpy()] = raw.unit.of(raw.values)
    return values


def _hours(steps: float | None) -> str | None:
    return None if steps is None else f"{24 * steps:g}h"


def points(natural: FloatArray, top: float | None = None) -> FloatArray:
    """Return the points of natural values on the logarithmic scale, not clipped above.

    Examples
    --------
    >>> points(np.array([0.0, 3.0]))
    array([  1., 100.])
    """
    highest = float(natural.max(initial=0.0)) if top is None else top
    return 1.0 + 99.0 * np.log1p(natural) / np.log1p(highest) if highest > 0 else np.ones(len(natural))


def over_worlds(values: Sequence[float] | FloatArray, level: float = 0.95) -> tuple[float, float, float]:
    """Return the mean over worlds and its t interval; NaN limits for fewer than two worlds.

    Examples
    --------
    >>> [round(x, 2) for x in over_worlds([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    check(0 < level < 1, "level", level, "between 0 and 1")
    found = np.asarray(values, dtype=np.float64)
    found = found[np.isfinite(found)]
    if not len(found):
        return np.nan, np.nan, np.nan
    mean = float(found.mean())
    if len(found) < 2:
        return mean, np.nan, np.nan
    reach = float(t.ppf((1 + level) / 2, len(found) - 1)) * float(found.std(ddof=1)) / np.sqrt(len(found))
    return mean, float(mean - reach), float(mean + reach)


def effect(values: Sequence[float] | FloatArray, level: float, **where: Any) -> dict[str, Any]:
    """Return a row of the table ``effects``: the mean over worlds with its interval.

    Examples
    --------
    >>> effect([1.0, 3.0], 0.95, contrast="a - b")["value"]
    2.0
    """
    value, low, high = over_worlds(values, level)
    return {"data": "model", "value": value, "low": low, "high": high, "level": level, **where}


def made_from(kind: type[_Made], given: Mapping[str, float], name: str) -> _Made:
    """Return a population, model or chase from a table of a config; 0 stands for no limit where there is one.

    Raises
    ------
    ConfigError
        If a key is unknown, with the nearest one, or a value out of range.

    Examples
    --------
    >>> made_from(Population, {"peeple": 5}, "population")
    Traceback (most recent call last):
        ...
    influence_graph.errors.ConfigError: population has no key 'peeple'. Did you mean 'people'?
    """
    known = [field.name for field in fields(kind)]
    for key in given:
        if key not in known:
            raise ConfigError(f"{name} has no key {key!r}. {nearest(key, known)}")
    whole = {"people", "steps", "period", "window", "lifetime", "answered_steps"}
    table: dict[str, Any] = {}
    for key, value in given.items():
        if key in whole and value % 1 != 0:
            raise ConfigError(f"{name} has {key} = {value!r}, but it should be a whole number.")
        unlimited = key in ("attention_limit", "overload_threshold", "burst") and value == 0
        table[key] = np.inf if unlimited else int(value) if key in whole else float(value)
    return kind(**table)
