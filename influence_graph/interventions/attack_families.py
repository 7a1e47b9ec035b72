"""The attacks that are tried on a method, by size: which, from what size on, and whether that is exact.

:data:`KNOWN` holds what algebra says about a method; any other is attacked from a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.attacks import (
    Account,
    Attack,
    Prices,
    both,
    bought_reactions,
    hijack,
    own_events,
    ring,
    star,
)
from influence_graph.centrality._credible_reach import credit_of, reactor_pairs
from influence_graph.graph.weighting import duration_seconds
from influence_graph.interventions.contest import Contest, Plan, middle
from influence_graph.interventions.credible_cost import CredibleNeed
from influence_graph.interventions.pagerank_farm import farm_size, inflow_of
from influence_graph.methods.declaration import get_method

_DAY = 86_400.0
#: A target that links to others links back to a farm so much more.
_BACK = 20.0
#: Events of an account that is taken over, in multiples of all that it did before.
_TAKEN = 9.0
#: Rings have as many rows as accounts squared.
_LARGEST_RING = 300
#: The largest number of accounts tried where there is no formula.
_SEARCHED = 4_000
#: The largest number of accounts whose reactions are bought where there is one.
_BOUGHT = 20_000


@dataclass(frozen=True, eq=False)
class Family:
    """Attacks by size: how to make one, where to begin, and whether that is a closed form."""

    name: str
    make: Callable[[int], Attack]
    guess: int | None = None
    exact: bool = False
    most: int = 100_000


#: A plan of several means, and the attack of which a number more accounts are made.
Mixed: TypeAlias = tuple[Plan, Callable[[int], Attack]]


@dataclass(frozen=True)
class Goal:
    """Who is to be lifted where.

    Attributes
    ----------
    contest : Contest
        The log and the method.
    target : id
        Who is lifted.
    places : int
        The number of places of which one is to be reached.
    worth : array of float
        What a reaction of each account is worth to its target, or something in the same order.
    """

    contest: Contest
    target: Account
    places: int
    worth: FloatArray

    @cached_property
    def own(self) -> float:
        """What the target has."""
        at = self.contest.at(self.target)
        return 0.0 if at is None else float(self.contest.before[1].natural[at])

    @cached_property
    def value(self) -> float:
        """What the last of the places has."""
        return self.contest.threshold(self.places)

    @cached_property
    def needed(self) -> int:
        """How much is lacking, in whole units."""
        return max(1, int(np.ceil(self.value - self.own - 1e-9)))

    @cached_property
    def sellers(self) -> IntArray:
        """The positions of real accounts, those whose reaction is worth most first.

        Those who react to the target already are left out: for a count of people they are worth nothing.
        """
        graph, at = self.contest.before[0], self.contest.at(self.target)
        free: BoolArray = np.ones(graph.n, dtype=bool)
        if at is not None:
            free[at] = False
            free[graph.in_edges.indices[graph.in_edges.indptr[at] : graph.in_edges.indptr[at + 1]]] = False
        order = np.argsort(-self.worth, kind="stable")
        return order[free[order]].astype(np.int64)

    @property
    def pool(self) -> int:
        """How many accounts may be bought at most."""
        return min(len(self.sellers), _BOUGHT)

    def bought(self, count: int) -> Attack:
        """Return reactions of the first sellers; where there are too few, they react several times."""
        sellers, people = self.sellers, self.contest.log.rows.people
        rounds = max(1, -(-count // max(len(sellers), 1)))
        chosen = people[np.resize(sellers, count) if rounds > 1 else sellers[:count]].to_list()
        return bought_reactions(self.contest.log, self.target, reactors=chosen)

    def star(self, accounts: int, **more: Any) -> Attack:
        """Return new accounts that react to the target."""
        return star(self.contest.log, self.target, accounts=accounts, **more)


def _natural(contest: Contest) -> FloatArray:
    return contest.before[1].natural


def _no_mixture(goal: Goal, prices: Sequence[Prices]) -> Iterator[Mixed]:
    yield from ()


def _guessed(goal: Goal) -> Iterator[Family]:
    # LeaderRank: half of what a new account has goes to the ground. Elsewhere only a first guess.
    start, back = 2 * goal.needed, max(1, int(1.5 * goal.needed))
    yield Family("sybil star", goal.star, start, most=_SEARCHED)
    yield Family("star with links back", partial(goal.star, back=1), back, most=_SEARCHED)
    yield Family("chosen accounts, bought", goal.bought, most=min(goal.pool, _SEARCHED))


@dataclass(frozen=True)
class Economy:
    """What attacks a method invites.

    Attributes
    ----------
    pure : callable
        From a goal to attacks of one means.
    mixed : callable
        From a goal and prices to plans of several means.
    worth : callable
        From a contest to what a reaction of each account is worth, or something in the same order.
    exact : bool
        Whether a plan of several means may be the cheapest of all, so that it is tried in any case.
    """

    pure: Callable[[Goal], Iterator[Family]] = _guessed
    mixed: Callable[[Goal, Sequence[Prices]], Iterator[Mixed]] = _no_mixture
    worth: Callable[[Contest], FloatArray] = _natural
    exact: bool = False

    def goal(self, contest: Contest, target: Account, places: int) -> Goal:
        """Return the goal of lifting somebody into the first places."""
        return Goal(contest, target, places, self.worth(contest))


def _of_events(goal: Goal) -> Iterator[Family]:
    yield Family("one account, loud", lambda size: goal.star(1, events=size), goal.needed, True)
    yield Family("bought reactions", goal.bought, goal.needed, True)


def _of_people(goal: Goal) -> Iterator[Family]:
    yield Family("sybil star", goal.star, goal.needed, True)
    yield Family("bought reactions", goal.bought, goal.needed, True, goal.pool)


def _of_old_accounts(goal: Goal) -> Iterator[Family]:
    yield Family("bought reactions", goal.bought, goal.needed, True, goal.pool)


def _of_own_events(goal: Goal) -> Iterator[Family]:
    contest = goal.contest
    some = contest.before[0].ids[contest.order[:100]].to_list()
    yield Family(
        "own events", lambda size: own_events(contest.log, goal.target, events=size, on=some), goal.needed
    )


def _of_neighbours(goal: Goal) -> Iterator[Family]:
    yield Family(
        "ring",
        lambda size: ring(goal.contest.log, goal.target, accounts=size),
        goal.needed,
        most=_LARGEST_RING,
    )
    yield Family("chosen accounts, bought", goal.bought, goal.needed, most=goal.pool)


def _in_degree(contest: Contest) -> FloatArray:
    reactors: FloatArray = np.diff(contest.before[0].in_edges.indptr).astype(np.float64)
    return reactors


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


def _of_visits(goal: Goal) -> Iterator[Family]:
    contest, log, target = goal.contest, goal.contest.log, goal.target
    graph, value = contest.before[0], goal.value + 1.0
    damping, inflow, own, out = _pagerank_state(contest, target)
    returns = own / inflow
    alone = farm_size(value / returns, inflow, damping=damping)
    paired = farm_size(value, inflow, damping=damping, back=1.0)
    yield Family("sybil star", goal.star, alone, out == 0.0)
    yield Family(
        "star with links back", lambda size: goal.star(size, back=_back(out, size)), paired, out == 0.0
    )
    gained = np.cumsum(_brought(contest)[goal.sellers]) * returns
    guess = 1 + int(np.searchsorted(gained, value - own))
    yield Family("chosen accounts, bought", goal.bought, guess, most=min(5_000, len(goal.sellers)))
    strength = np.asarray(graph.adjacency.sum(axis=1)).ravel()
    visits = contest.before[1].natural + 1.0
    hubs = np.argsort(-visits, kind="stable")
    hubs = hubs[hubs != contest.at(target)][:500]
    ids = graph.ids[hubs].to_list()
    events = 1 + int(np.ceil(_TAKEN * float(np.median(strength[hubs[:20]]))))
    yield Family(
        "hijacked hubs", lambda size: hijack(log, target, taken=ids[:size], events=events), most=len(ids)
    )


def _back(out: float, accounts: int) -> int:
    """Return how many events link back to each account, so that little of the target goes elsewhere."""
    return max(1, int(np.ceil(_BACK * out / max(accounts, 1))))


def _damping(contest: Contest) -> float:
    return float(contest.parameters.get("damping", 0.85))


def _pagerank_state(contest: Contest, target: Account) -> tuple[float, float, float, float]:
    """Return the damping, the inflow, the value and the out-strength of a target."""
    graph, raw = contest.before
    damping, at = _damping(contest), contest.at(target)
    if at is None:
        return damping, 1.0, 1.0, 0.0
    own = float(raw.natural[at]) + 1.0
    row = slice(graph.adjacency.indptr[at], graph.adjacency.indptr[at + 1])
    out = float(graph.adjacency.data[row].sum())
    return damping, inflow_of(graph, at, own, damping=damping), own, out


def _brought(contest: Contest) -> FloatArray:
    """Return what one bought reaction of each brings: its visits, times the share that goes there."""
    graph, raw = contest.before
    strength: FloatArray = np.asarray(graph.adjacency.sum(axis=1)).ravel()
    gains: FloatArray = _damping(contest) * (raw.natural + 1.0) / (1.0 + strength)
    return gains


def _mixed_visits(goal: Goal, prices: Sequence[Prices]) -> Iterator[Mixed]:
    """Yield a farm with links back beside reactions bought from chosen accounts: the greedy best response."""
    damping, inflow, _, out = _pagerank_state(goal.contest, goal.target)
    gained = np.cumsum(_brought(goal.contest)[goal.sellers[:5_000]])
    for bought in (1, 2, 5, 10, 20, 50, 100, 200, 500):
        if bought > len(gained):
            break
        size = farm_size(goal.value + 1.0, inflow + float(gained[bought - 1]), damping=damping, back=1.0)
        if size == 0:
            break

        def make(more: int, size: int = size, bought: int = bought) -> Attack:
            farm = goal.star(size + more, back=_back(out, size + more))
            return both(goal.contest.log, farm, goal.bought(bought))

        yield Plan(_mixture("star with links back", size, bought), make(0).effort), make


def _mixed_ages(goal: Goal, prices: Sequence[Prices]) -> Iterator[Mixed]:
    parameters = goal.contest.parameters
    if parameters.get("seeds") or parameters.get("audited"):
        return
    need = credible_need(goal)
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
                parts.append(goal.star(mix.accounts + more, days=days))
            if mix.bought:
                parts.append(goal.bought(mix.bought))
            return both(goal.contest.log, *parts)

        if mix.accounts + mix.bought:
            name = _mixture("aged sybils" if mix.days else "sybil star", mix.accounts, mix.bought)
            yield Plan(name, make(0).effort, mix.exact), make


def credible_need(goal: Goal) -> CredibleNeed:
    """Return what an attacker on ``credible_reach`` has to add."""
    contest = goal.contest
    graph, at = contest.before[0], contest.at(goal.target)
    given = get_method(contest.method).resolve(contest.parameters)
    pairs, tenure = reactor_pairs(graph), given["tenure"]
    mine = pairs.target == (-1 if at is None else at)
    credit = credit_of(pairs.age[mine], tenure)
    span = contest.log.span
    assert span is not None
    return CredibleNeed(
        value=goal.value,
        trusted=float((pairs.weight[mine] * credit).sum()),
        counted=float(pairs.weight[mine].sum()),
        floor=given["floor"],
        slope=given["slope"],
        tenure=np.inf if tenure == "none" else duration_seconds(tenure, "tenure") / _DAY,
        longest=(span[1] - span[0]).total_seconds() / _DAY,
        credits=credit_of(goal.worth[goal.sellers], tenure),
    )


def _mixture(name: str, accounts: int, bought: int) -> str:
    parts = [name] if accounts else []
    return " and ".join([*parts, "bought reactions"] if bought else parts)


#: What is known of a method. For those of h-index and coreness, accounts without reactors of their own are
#: worth nothing.
KNOWN: Mapping[str, Economy] = {
    "engagement": Economy(_of_events),
    "reactors": Economy(_of_people),
    "activity": Economy(_of_own_events),
    "h_index": Economy(_of_neighbours, worth=_in_degree),
    "local_h_index": Economy(_of_neighbours, worth=_in_degree),
    "coreness": Economy(_of_neighbours),
    "pagerank": Economy(_of_visits, _mixed_visits, _brought),
    "credible_reach": Economy(_of_old_accounts, _mixed_ages, _ages, exact=True),
}
