"""Attacks on a score: rows that somebody who pays adds to a log, and what was paid for.

Each function returns the rows alone; ``log.concat(attack.rows)`` is the log after the attack, which is scored
like any other. All rows stand at the end of the log, where nothing has decayed, but for those that age an
account. What is bought: new accounts, rows that the attacker's accounts write (*events*), single reactions
of real accounts, real accounts taken over, and days for which new accounts are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from influence_graph.errors import ConfigError, DataError
from influence_graph.interactions.log import Interactions, is_event
from influence_graph.interactions.read import read_interactions

Account: TypeAlias = int | str
Row: TypeAlias = tuple[Account, Account, datetime | None]


class Prices(NamedTuple):
    """What each means costs, in units of one new account."""

    account: float = 1.0
    event: float = 0.01
    bought: float = 3.0
    taken_over: float = 30.0
    day: float = 0.01


@dataclass(frozen=True)
class Effort:
    """What an attack buys: numbers of each means.

    Attributes
    ----------
    accounts : int
        New accounts.
    events : int
        Rows written by new accounts, by accounts taken over and by the target.
    bought : int
        Reactions bought from real accounts.
    taken_over : int
        Real accounts taken over.
    days : float
        Days of ageing, added over accounts.
    """

    accounts: int = 0
    events: int = 0
    bought: int = 0
    taken_over: int = 0
    days: float = 0.0

    def cost(self, prices: Prices) -> float:
        """Return the price of all of it.

        Examples
        --------
        >>> Effort(accounts=196, events=196).cost(Prices(event=0.25))
        245.0
        """
        return (
            prices.account * self.accounts
            + prices.event * self.events
            + prices.bought * self.bought
            + prices.taken_over * self.taken_over
            + prices.day * self.days
        )


@dataclass(frozen=True, eq=False)
class Attack:
    """The rows of an attack, what it bought, and the new accounts, the target not among them."""

    rows: Interactions
    effort: Effort
    accounts: Sequence[Account]


def new_accounts(log: Interactions, count: int) -> list[Account]:
    """Return ids that nobody in the log has, of the type of its ids.

    Examples
    --------
    >>> log = read_interactions(pl.DataFrame({"source": [3], "target": [9], "kind": ["like"]}))
    >>> new_accounts(log, 2)
    [10, 11]
    """
    people = log.rows.people
    if people.dtype.is_integer():
        start = 1 + int(people.max() or 0)  # type: ignore[arg-type]
        return [start + number for number in range(count)]
    word = "bought-account"
    while people.str.starts_with(word).any():
        word += "-"
    return [f"{word}{number:07}" for number in range(count)]


def star(
    log: Interactions, target: Account, *, accounts: int, events: int = 1, back: int = 0, days: float = 0.0
) -> Attack:
    """Return a farm of new accounts that react to the target and to nobody else.

    Parameters
    ----------
    log : Interactions
        The log that is attacked.
    target : id
        Who is lifted; an id that the log does not have is a new account, which is paid for.
    accounts : int
        Number k of accounts that react.
    events : int
        Reactions of each.
    back : int
        Reactions of the target to each of them: links back.
    days : float
        How long before the end of the log each account reacts once, so as to have an age then.

    Raises
    ------
    ConfigError
        If a number is negative.
    DataError
        If the log has no reactions, or ``days`` are asked for and it has no timestamps.

    Examples
    --------
    >>> log = read_interactions(pl.DataFrame({"source": [3], "target": [9], "kind": ["like"]}))
    >>> attack = star(log, 3, accounts=2, back=1)
    >>> attack.effort
    Effort(accounts=2, events=4, bought=0, taken_over=0, days=0.0)
    >>> attack.rows.frame.select("source", "target").collect().rows()
    [(10, 3), (11, 3), (3, 10), (3, 11)]
    """
    _not_negative(accounts=accounts, events=events, back=back, days=days)
    mine = _besides(log, target, accounts)
    end = _end(log)
    early: list[Row] = []
    if days > 0.0:
        if end is None:
            raise DataError("Accounts can't be aged in a log without timestamps.")
        early = [(one, target, end - timedelta(days=days)) for one in mine]
    late = [(one, target, end) for one in mine for _ in range(events)]
    answers = [(target, one, end) for one in mine for _ in range(back)]
    rows = [*early, *late, *answers]
    effort = Effort(_paid(log, target, accounts), len(rows), days=days * accounts)
    return Attack(_as_log(log, rows), effort, mine)


def ring(log: Interactions, target: Account, *, accounts: int) -> Attack:
    """Return a ring: the target and new accounts, all of whom react to all others.

    ``accounts`` does not count the target. See :func:`star` for the other parameters and errors.
    """
    _not_negative(accounts=accounts)
    mine = _besides(log, target, accounts)
    end, everybody = _end(log), [target, *mine]
    rows = [(one, other, end) for one in everybody for other in everybody if one != other]
    return Attack(_as_log(log, rows), Effort(_paid(log, target, accounts), len(rows)), mine)


def own_events(log: Interactions, target: Account, *, events: int, on: Sequence[Account]) -> Attack:
    """Return reactions of the target itself to these people, in turn."""
    _not_negative(events=events)
    end = _end(log)
    others = [one for one in on if one != target]
    rows = [(target, others[number % len(others)], end) for number in range(events)] if others else []
    return Attack(_as_log(log, rows), Effort(_paid(log, target, 0), len(rows)), [])


def bought_reactions(
    log: Interactions, target: Account, *, reactors: Sequence[Account], events: int = 1
) -> Attack:
    """Return reactions that are bought from real accounts, ``events`` of each.

    Raises
    ------
    ConfigError
        If ``events`` is negative, or one of the accounts is the target.
    """
    _not_negative(events=events)
    rows = _reactions(log, target, reactors, events)
    return Attack(_as_log(log, rows), Effort(_paid(log, target, 0), bought=len(rows)), [])


def hijack(log: Interactions, target: Account, *, taken: Sequence[Account], events: int = 1) -> Attack:
    """Return reactions of real accounts that were taken over, ``events`` of each: a hijacked hub.

    Raises
    ------
    ConfigError
        If ``events`` is negative, or one of the accounts is the target.
    """
    _not_negative(events=events)
    rows = _reactions(log, target, taken, events)
    effort = Effort(_paid(log, target, 0), len(rows), taken_over=len(taken))
    return Attack(_as_log(log, rows), effort, [])


def pod(log: Interactions, target: Account, *, members: Sequence[Account]) -> Attack:
    """Return an engagement pod: real people who react to each other and to the target, who reacts to them.

    Nobody is paid but in kind: the target's reactions, and one bought reaction for each member.

    Raises
    ------
    ConfigError
        If the target is among the members.
    """
    end = _end(log)
    given = [(target, member, end) for member in members]
    among = [(one, other, end) for one in members for other in members if one != other]
    rows = [*_reactions(log, target, members, 1), *given, *among]
    return Attack(
        _as_log(log, rows), Effort(_paid(log, target, 0), events=len(given), bought=len(members)), []
    )


def both(log: Interactions, *attacks: Attack) -> Attack:
    """Return several attacks on one target as one; a new target is paid for once.

    Their new accounts have to differ, or be the same on purpose: an attack names them by number.
    """
    rows = attacks[0].rows
    for other in attacks[1:]:
        rows = rows.concat(other.rows)
    efforts = [attack.effort for attack in attacks]
    people = log.rows.people
    new = int((~rows.rows.people.is_in(people.implode())).sum())
    effort = Effort(
        new,
        sum(one.events for one in efforts),
        sum(one.bought for one in efforts),
        sum(one.taken_over for one in efforts),
        sum(one.days for one in efforts),
    )
    accounts = list(dict.fromkeys(one for attack in attacks for one in attack.accounts))
    return Attack(rows, effort, accounts)


def _reactions(log: Interactions, target: Account, of: Sequence[Account], events: int) -> list[Row]:
    if target in set(of):
        raise ConfigError(f"{target!r} is lifted and can't be among the accounts that react.")
    end = _end(log)
    return [(one, target, end) for one in of for _ in range(events)]


def _besides(log: Interactions, target: Account, count: int) -> list[Account]:
    """Return new accounts, none of which is the target."""
    return [one for one in new_accounts(log, count + 1) if one != target][:count]


def _paid(log: Interactions, target: Account, accounts: int) -> int:
    """Return how many accounts are paid for: with a target that the log does not have, one more."""
    return accounts + (not log.rows.people.is_in([target]).any())


def _end(log: Interactions) -> datetime | None:
    return None if log.span is None else log.span[1]


def _as_log(log: Interactions, rows: Sequence[Row]) -> Interactions:
    """Return rows as a log with the columns, types and commonest kind and network of another."""
    kinds = {kind: count for kind, count in log.kinds.items() if is_event(kind)}
    if not kinds:
        raise DataError("The log has no reactions, so there is nothing to imitate in an attack.")
    schema = log.frame.collect_schema()
    networks = log.frame.group_by("network").len().sort("len", "network", descending=[True, False])
    network = networks.select("network").first().collect().item()
    columns: dict[str, Any] = {"source": schema["source"], "target": schema["source"]}
    if log.has_timestamps:
        columns["timestamp"] = schema["timestamp"]
    given = [row[: len(columns)] for row in rows]
    frame = pl.DataFrame(given, schema=columns, orient="row").with_columns(
        kind=pl.lit(max(kinds, key=lambda kind: (kinds[kind], kind))), network=pl.lit(network)
    )
    frame = frame.select(
        *(name for name in ("source", "target", "kind", "network", "timestamp") if name in frame.columns)
    )
    return read_interactions(frame, ids="text" if schema["source"] == pl.String else "auto")


def _not_negative(**numbers: float) -> None:
    for name, value in numbers.items():
        if not value >= 0:
            raise ConfigError(f"{name} is {value!r}, but it should be 0 or more.")
