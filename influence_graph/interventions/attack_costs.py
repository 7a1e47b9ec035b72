"""What it costs to lift somebody to a rank: attacks are put into the log, and the log is scored again.

Costs are those of the cheapest attack that was found. They are exact where the method adds up what reactors
bring (``engagement``, ``reactors``, ``credible_reach``) and where a farm has a closed form (PageRank, for a
new account); for all others they are upper bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.attacks import (
    Account,
    Attack,
    Effort,
    Prices,
    both,
    bought_reactions,
    hijack,
    new_accounts,
    own_events,
    ring,
    star,
)
from influence_graph.centrality._credible_reach import credit_of, reactor_pairs
from influence_graph.errors import ConfigError
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import duration_seconds
from influence_graph.interactions.log import Interactions
from influence_graph.interventions.credible_cost import CredibleNeed
from influence_graph.interventions.pagerank_farm import farm_size, inflow_of
from influence_graph.methods.declaration import get_method
from influence_graph.methods.raw import Raw
from influence_graph.scoring._score import raw_values

_DAY = 86_400.0
#: A target that links to others links back to a farm so much more.
_BACK = 20.0
#: Events of an account that is taken over, in multiples of all that it did before.
_TAKEN = 9.0
#: Rings have as many rows as accounts squared.
_LARGEST_RING = 300
#: The largest number of accounts tried where there is no formula.
_SEARCHED = 4_000
#: Methods for which accounts that have no reactors of their own are worth nothing.
_BY_NEIGHBOURS = ("h_index", "local_h_index", "coreness")


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


@dataclass(frozen=True, eq=False)
class _Family:
    """Attacks by size: how to make one, where to begin, and whether that is a closed form."""

    name: str
    make: Callable[[int], Attack]
    guess: int | None = None
    exact: bool = False
    most: int = 100_000


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


def cheapest(plans: Sequence[Plan], prices: Prices) -> Plan | None:
    """Return the plan that costs least at these prices; None where there is none."""
    return min(plans, key=lambda plan: plan.effort.cost(prices), default=None)


def least_plans(contest: Contest, target: Account, places: int, prices: Sequence[Prices]) -> list[Plan]:
    """Return attacks that lift a person into the first places, the smallest found of each kind.

    Parameters
    ----------
    contest : Contest
        The log and the method.
    target : id
        Who is lifted; an id that the log does not have is a new account.
    places : int
        A place is reached with the value of the last person who had one.
    prices : sequence of Prices
        Mixed attacks are chosen for each of them, and the cheapest at the middle is tried.

    Returns
    -------
    list of Plan
        Pure attacks were tried by insertion, at their size and at one less. Empty where none was found.

    Raises
    ------
    ConfigError
        If there are not more people than places.
    """
    if not 0 < places < contest.before[0].n:
        raise ConfigError(
            f"{places} places were asked for among {contest.before[0].n} people; expected from 1 to fewer."
        )
    plans = []
    for family in _families(contest, target, places):
        size, place = smallest(
            lambda size, family=family: contest.place_after(family.make(size), target),  # type: ignore[misc]
            places,
            guess=family.guess,
            most=family.most,
        )
        if size is not None:
            exact = family.exact and size == family.guess
            made = family.make(size)
            plans.append(Plan(family.name, made.effort, exact, place, made))
    mixed = _mixed(contest, target, places, prices)
    return plans + _tried(contest, target, places, mixed, plans, middle(prices))


def smallest(
    place: Callable[[int], int], places: int, *, guess: int | None = None, most: int = 100_000
) -> tuple[int | None, int | None]:
    """Return the least size at which a place within ``places`` is reached, and the place.

    Parameters
    ----------
    place : callable
        From a size to a place, which falls as the size grows.
    places : int
        See above.
    guess : int, optional
        Where to begin.
    most : int
        The largest size that is tried.

    Examples
    --------
    >>> smallest(lambda size: 100 - size, 58, guess=40)
    (42, 58)
    """
    seen: dict[int, int] = {}

    def reached(size: int) -> bool:
        seen[size] = place(size)
        return seen[size] <= places

    start = min(max(1, guess or 1), most)
    low, high, step = 0, start, 1
    if reached(start):
        while high > 1 and reached(max(1, high - step)):
            high, step = max(1, high - step), step * 2
        low = max(0, high - step) if high > 1 else 0
    else:
        low = start
        while True:
            if low >= most:
                return None, None
            high = min(most, low + step)
            if reached(high):
                break
            low, step = high, step * 2
    while high - low > 1:
        half = (low + high) // 2
        low, high = (low, half) if reached(half) else (half, high)
    return high, seen[high]


def _families(contest: Contest, target: Account, places: int) -> Iterator[_Family]:
    log, method = contest.log, contest.method
    value = contest.threshold(places)
    at = contest.at(target)
    own = 0.0 if at is None else float(contest.before[1].natural[at])
    sellers = _sellers(contest, target)
    needed = max(1, int(np.ceil(value - own - 1e-9)))
    pool = min(len(sellers), 20_000)
    if method == "engagement":
        yield _Family("one account, loud", lambda k: star(log, target, accounts=1, events=k), needed, True)
        yield _Family("bought reactions", lambda k: _bought(log, target, sellers, k), needed, True)
    elif method == "reactors":
        yield _Family("sybil star", lambda k: star(log, target, accounts=k), needed, True)
        yield _Family("bought reactions", lambda k: _bought(log, target, sellers, k), needed, True, pool)
    elif method == "pagerank":
        yield from _pagerank_families(contest, target, value + 1.0, sellers)
    elif method == "credible_reach":
        yield _Family("bought reactions", lambda k: _bought(log, target, sellers, k), needed, True, pool)
    elif method == "activity":
        some = contest.before[0].ids[contest.order[:100]].to_list()
        yield _Family("own events", lambda k: own_events(log, target, events=k, on=some), needed)
    elif method in _BY_NEIGHBOURS:
        yield _Family("ring", lambda k: ring(log, target, accounts=k), needed, most=_LARGEST_RING)
        yield _Family(
            "chosen accounts, bought", lambda k: _bought(log, target, sellers, k), needed, most=pool
        )
    else:
        # LeaderRank: half of what a new account has goes to the ground. Elsewhere only a first guess.
        start, back = 2 * needed, max(1, int(1.5 * needed))
        yield _Family("sybil star", lambda k: star(log, target, accounts=k), start, most=_SEARCHED)
        yield _Family(
            "star with links back", lambda k: star(log, target, accounts=k, back=1), back, most=_SEARCHED
        )
        most = min(pool, _SEARCHED)
        yield _Family("chosen accounts, bought", lambda k: _bought(log, target, sellers, k), most=most)


def _pagerank_families(
    contest: Contest, target: Account, value: float, sellers: IntArray
) -> Iterator[_Family]:
    log, graph = contest.log, contest.before[0]
    damping, inflow, own, out = _pagerank_state(contest, target)
    returns = own / inflow
    fresh = out == 0.0
    alone = farm_size(value / returns, inflow, damping=damping)
    paired = farm_size(value, inflow, damping=damping, back=1.0)
    yield _Family("sybil star", lambda k: star(log, target, accounts=k), alone, fresh)
    yield _Family(
        "star with links back", lambda k: star(log, target, accounts=k, back=_back(out, k)), paired, fresh
    )
    gained = np.cumsum(_gains(contest, damping, sellers, 1.0)) * returns
    guess = 1 + int(np.searchsorted(gained, value - own))
    yield _Family(
        "chosen accounts, bought",
        lambda k: _bought(log, target, sellers, k),
        guess,
        most=min(5_000, len(sellers)),
    )
    strength = np.asarray(graph.adjacency.sum(axis=1)).ravel()
    visits = contest.before[1].natural + 1.0
    hubs = np.argsort(-visits, kind="stable")
    hubs = hubs[hubs != contest.at(target)][:500]
    ids = graph.ids[hubs].to_list()
    events = 1 + int(np.ceil(_TAKEN * float(np.median(strength[hubs[:20]]))))
    yield _Family("hijacked hubs", lambda k: hijack(log, target, taken=ids[:k], events=events), most=len(ids))


def _back(out: float, accounts: int) -> int:
    """Return how many events link back to each account, so that little of the target goes elsewhere."""
    return max(1, int(np.ceil(_BACK * out / max(accounts, 1))))


def _pagerank_state(contest: Contest, target: Account) -> tuple[float, float, float, float]:
    """Return the damping, the inflow, the value and the out-strength of a target."""
    graph, raw = contest.before
    damping = float(contest.parameters.get("damping", 0.85))
    at = contest.at(target)
    if at is None:
        return damping, 1.0, 1.0, 0.0
    own = float(raw.natural[at]) + 1.0
    row = slice(graph.adjacency.indptr[at], graph.adjacency.indptr[at + 1])
    out = float(graph.adjacency.data[row].sum())
    return damping, inflow_of(graph, at, own, damping=damping), own, out


def _gains(contest: Contest, damping: float, sellers: IntArray, events: float) -> FloatArray:
    """Return what a bought reaction of each seller brings: its visits, times the share that goes there."""
    graph, raw = contest.before
    strength: FloatArray = np.asarray(graph.adjacency.sum(axis=1)).ravel()[sellers]
    gains: FloatArray = damping * (raw.natural[sellers] + 1.0) * events / (events + strength)
    return gains


def _sellers(contest: Contest, target: Account) -> IntArray:
    """Return the positions of real accounts, those whose reaction is worth most first.

    Those who react to the target already are left out: for a count of people they are worth nothing.
    """
    graph, raw = contest.before
    at = contest.at(target)
    free: BoolArray = np.ones(graph.n, dtype=bool)
    if at is not None:
        free[at] = False
        free[graph.in_edges.indices[graph.in_edges.indptr[at] : graph.in_edges.indptr[at + 1]]] = False
    worth = raw.natural
    if contest.method == "pagerank":
        everybody = np.arange(graph.n, dtype=np.int64)
        worth = _gains(contest, float(contest.parameters.get("damping", 0.85)), everybody, 1.0)
    elif contest.method in ("h_index", "local_h_index"):
        worth = np.diff(graph.in_edges.indptr).astype(np.float64)
    elif contest.method == "credible_reach":
        worth = _ages(contest)
    order = np.argsort(-worth, kind="stable")
    return order[free[order]].astype(np.int64)


def _bought(log: Interactions, target: Account, sellers: IntArray, count: int) -> Attack:
    """Return reactions of the first sellers; where there are too few, they react several times."""
    rounds = max(1, -(-count // max(len(sellers), 1)))
    people = log.rows.people
    chosen = people[np.resize(sellers, count) if rounds > 1 else sellers[:count]].to_list()
    return bought_reactions(log, target, reactors=chosen)


def _ages(contest: Contest) -> FloatArray:
    """Return the age of every account at the end of the log, in microseconds; 0 without a first row."""
    graph, end = contest.before[0], contest.log.span
    if end is None:
        return np.zeros(graph.n)
    first = contest.log.frame.group_by("source").agg(pl.col("timestamp").min()).collect()
    ages = np.zeros(graph.n)
    at = graph.ids.search_sorted(first["source"]).to_numpy()
    passed = (pl.Series([end[1]]) - first["timestamp"]).dt.total_microseconds()
    ages[at] = passed.fill_null(0).to_numpy()
    return ages


def _mixed(
    contest: Contest, target: Account, places: int, prices: Sequence[Prices]
) -> Iterator[tuple[Plan, Callable[[int], Attack]]]:
    """Yield plans of several means, each with the attack of which a number more accounts are made."""
    if contest.method == "credible_reach" and not (
        contest.parameters.get("seeds") or contest.parameters.get("audited")
    ):
        yield from _credible_mixes(contest, target, places, prices)
    elif contest.method == "pagerank":
        yield from _pagerank_mixes(contest, target, places)


def _credible_mixes(
    contest: Contest, target: Account, places: int, prices: Sequence[Prices]
) -> Iterator[tuple[Plan, Callable[[int], Attack]]]:
    log, sellers = contest.log, _sellers(contest, target)
    need = credible_need(contest, target, places)
    seen = set()
    for price in (*prices, middle(prices)):
        mix = need.cheapest(price)
        if mix is None or (mix.accounts, mix.bought, round(mix.days, 6)) in seen:
            continue
        seen.add((mix.accounts, mix.bought, round(mix.days, 6)))

        def make(more: int, mix: Any = mix) -> Attack:
            parts = []
            if mix.accounts + more:
                # A second longer, so that rounding to microseconds does not leave credit missing.
                days = mix.days + (1.0 / _DAY if mix.days else 0.0)
                parts.append(star(log, target, accounts=mix.accounts + more, days=days))
            if mix.bought:
                parts.append(_bought(log, target, sellers, mix.bought))
            return both(log, *parts)

        if mix.accounts + mix.bought:
            yield Plan(_mixture("aged sybils" if mix.days else "sybil star", mix.accounts, mix.bought),
                       make(0).effort, mix.exact), make  # fmt: skip


def credible_need(contest: Contest, target: Account, places: int) -> CredibleNeed:
    """Return what an attacker on ``credible_reach`` has to add."""
    graph = contest.before[0]
    given = get_method("credible_reach").resolve(contest.parameters)
    pairs, at, tenure = reactor_pairs(graph), contest.at(target), given["tenure"]
    mine = pairs.target == (-1 if at is None else at)
    credit = credit_of(pairs.age[mine], tenure)
    span = contest.log.span
    assert span is not None
    return CredibleNeed(
        value=contest.threshold(places),
        trusted=float((pairs.weight[mine] * credit).sum()),
        counted=float(pairs.weight[mine].sum()),
        floor=given["floor"],
        slope=given["slope"],
        tenure=np.inf if tenure == "none" else duration_seconds(tenure, "tenure") / _DAY,
        longest=(span[1] - span[0]).total_seconds() / _DAY,
        credits=credit_of(_ages(contest)[_sellers(contest, target)], tenure),
    )


def _pagerank_mixes(
    contest: Contest, target: Account, places: int
) -> Iterator[tuple[Plan, Callable[[int], Attack]]]:
    """Yield a farm with links back beside reactions bought from chosen accounts: the greedy best response."""
    log, sellers = contest.log, _sellers(contest, target)
    damping, inflow, _, out = _pagerank_state(contest, target)
    value = contest.threshold(places) + 1.0
    gained = np.cumsum(_gains(contest, damping, sellers[:5_000], 1.0))
    for bought in (1, 2, 5, 10, 20, 50, 100, 200, 500):
        if bought > len(gained):
            break
        size = farm_size(value, inflow + float(gained[bought - 1]), damping=damping, back=1.0)
        if size == 0:
            break

        def make(more: int, size: int = size, bought: int = bought) -> Attack:
            count = size + more
            farm = star(log, target, accounts=count, back=_back(out, count))
            return both(log, farm, _bought(log, target, sellers, bought))

        yield Plan(_mixture("star with links back", size, bought), make(0).effort), make


def _mixture(name: str, accounts: int, bought: int) -> str:
    parts = [name] if accounts else []
    return " and ".join([*parts, "bought reactions"] if bought else parts)


def _tried(
    contest: Contest,
    target: Account,
    places: int,
    mixed: Iterator[tuple[Plan, Callable[[int], Attack]]],
    pure: Sequence[Plan],
    price: Prices,
) -> list[Plan]:
    """Put the cheapest mixed plan into the log, with more accounts where it falls short."""
    found = list(mixed)
    if not found:
        return []
    best = min(range(len(found)), key=lambda number: found[number][0].effort.cost(price))
    plan, make = found[best]
    rest = [other for number, (other, _) in enumerate(found) if number != best]
    pure_cost = min((one.effort.cost(price) for one in pure), default=np.inf)
    if plan.effort.cost(price) >= pure_cost and contest.method != "credible_reach":
        return [*rest, plan]
    for more in (0, 1, 2, 4, 8, 16, 32):
        attack = make(more)
        place = contest.place_after(attack, target)
        if place <= places:
            exact = plan.exact and more == 0
            return [*rest, replace(plan, effort=attack.effort, place=place, exact=exact, made=attack)]
    return rest


def newcomer(log: Interactions) -> Account:
    """Return the id of a new account that is to be lifted."""
    return new_accounts(log, 1)[0]
