"""A log and the method by which people in it are ranked, and attacks that lift somebody there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from influence_graph.arrays import IntArray
from influence_graph.behaviour.attacks import Account, Attack, Effort, Prices, new_accounts
from influence_graph.errors import ConfigError
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.methods.declaration import get_method
from influence_graph.methods.raw import Raw
from influence_graph.scoring._score import raw_values


@dataclass(frozen=True, eq=False)
class Contest:
    """A log, and the method by which people in it are ranked.

    Attributes
    ----------
    log : Interactions
        The log that is attacked.
    method : str
        A registered method.
    parameters : mapping
        Of the method.
    graph_options : mapping
        Of ``build_graph``.
    """

    log: Interactions
    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    graph_options: Mapping[str, Any] = field(default_factory=dict)

    def scored(self, log: Interactions) -> tuple[InfluenceGraph, Raw]:
        """Return the graph of a log and the values of its people."""
        graph = build_graph(
            log, **{**self.graph_options, "layers": "layers" in get_method(self.method).needs}
        )
        return graph, raw_values(graph, get_method(self.method), self.parameters, np.random.default_rng(0))

    @cached_property
    def before(self) -> tuple[InfluenceGraph, Raw]:
        """The graph and the values without an attack."""
        return self.scored(self.log)

    @cached_property
    def order(self) -> IntArray:
        """People by value, highest first; ties by id."""
        return np.argsort(-self.before[1].natural, kind="stable").astype(np.int64)

    def threshold(self, places: int) -> float:
        """Return the natural value of the last of the first ``places`` people."""
        return float(self.before[1].natural[self.order[places - 1]])

    def person(self, standing: float) -> Account:
        """Return who stands at a share of the people from the top: .5 is the median, .1 the top 10 %."""
        graph = self.before[0]
        place = min(graph.n - 1, int(np.ceil(standing * graph.n)) - 1)
        return graph.ids[int(self.order[place])]  # type: ignore[no-any-return]

    def at(self, target: Account) -> int | None:
        """Return the position of a person; None for somebody new."""
        found = self.before[0].ids.index_of(target)
        return None if found is None else int(found)

    def place_after(self, attack: Attack, target: Account) -> int:
        """Return the place of the target after an attack: one more than the people above.

        The accounts of the attacker don't count, and of people with equal values all have the same place.
        """
        graph, raw = self.scored(self.log.concat(attack.rows))
        values = raw.tied
        own = values[int(graph.positions([target])[0])]
        above = values > own
        if attack.accounts:
            above[graph.positions(attack.accounts)] = False
        return 1 + int(above.sum())


@dataclass(frozen=True)
class Plan:
    """An attack that reaches the goal.

    Attributes
    ----------
    attack : str
        In words.
    effort : Effort
        What it buys.
    exact : bool
        Whether no attack of this kind is smaller.
    place : int or None
        The place it reached when it was put into the log; None where that was not done.
    made : Attack or None
        The rows, where they were put into the log.
    """

    attack: str
    effort: Effort
    exact: bool = False
    place: int | None = None
    made: Attack | None = field(default=None, compare=False, repr=False)


def newcomer(log: Interactions) -> Account:
    """Return the id of a new account that is to be lifted."""
    return new_accounts(log, 1)[0]


def price_cone(
    *,
    event: Sequence[float],
    bought: Sequence[float],
    taken_over: Sequence[float],
    day: Sequence[float],
) -> list[Prices]:
    """Return every combination of prices, in units of one new account.

    Raises
    ------
    ConfigError
        If a price is not above 0.

    Examples
    --------
    >>> len(price_cone(event=[0.01], bought=[0.3, 3.0], taken_over=[30.0], day=[0.001, 0.01, 0.1]))
    6
    """
    for name, values in (("event", event), ("bought", bought), ("taken_over", taken_over), ("day", day)):
        if not values or min(values) <= 0:
            raise ConfigError(f"The prices {name} are {list(values)}; expected numbers above 0.")
    return [Prices(1.0, *values) for values in product(event, bought, taken_over, day)]


def middle(prices: Sequence[Prices]) -> Prices:
    """Return the geometric mean of prices."""
    return Prices(*np.exp(np.log(np.array(prices)).mean(axis=0)).tolist())
