"""From accounts to people: who is the same person on several networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.errors import SchemaError, nearest
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.id_spelling import fold as folded
from influence_graph.interactions.sources import open_source

_COLUMNS = ("network", "account", "person")


def account_id(network: pl.Expr, account: pl.Expr) -> pl.Expr:
    """Return ``network/account``, with ``%`` and ``/`` within each escaped as ``%25`` and ``%2F``.

    Examples
    --------
    >>> frame = pl.DataFrame({"network": ["x"], "account": ["a/b%"]})
    >>> frame.select(account_id(pl.col("network"), pl.col("account"))).item()
    'x/a%2Fb%25'
    """
    return pl.concat_str(_escaped(network), pl.lit("/"), _escaped(account))


def _escaped(text: pl.Expr) -> pl.Expr:
    text = text.cast(pl.String).str.replace_all("%", "%25", literal=True)
    return text.str.replace_all("/", "%2F", literal=True)


def read_identities(source: Any, *, fold: Sequence[str] = (), secret: bool = False) -> pl.DataFrame:
    """Return who holds which account: ``network``, ``account`` and ``person``, as text, each account once.

    Parameters
    ----------
    source : path or frame
        The table.
    fold : sequence of str
        Differences between accounts that don't count, as for the ids of the log.
    secret : bool
        Whether messages show no account and no person.

    Raises
    ------
    SchemaError
        If a column is missing, a value is empty, or an account is claimed by two people.
    """
    layout = TextLayout(wanted=frozenset(_COLUMNS), secret=secret)
    parts = open_source(source, format=None, layout=layout)
    table = pl.concat([_table(part.name, part.frame) for part in parts])
    name = "identities" if not isinstance(source, str | Path) else f"identities {source}"
    for column in _COLUMNS:
        empty = table[column].is_null() | (table[column].str.strip_chars() == "")
        if empty.any():
            raise SchemaError(
                f"{name}, row {(empty.arg_max() or 0) + 1:,}: column {column!r} is empty. "
                f"Expected a {column}; "
                f"leave out accounts that have none. Rows with this problem: {int(empty.sum()):,}."
            )
    table = table.with_columns(folded(pl.col("account"), fold)).unique(maintain_order=True)
    claimed = table.filter(table.select("network", "account").is_duplicated())
    if len(claimed):
        network, account, _ = claimed.row(0)
        people = claimed.filter(network=network, account=account)["person"].to_list()
        who = "several people" if secret else " and by ".join(map(repr, people))
        one = "an account" if secret else f"the account {account!r}"
        raise SchemaError(
            f"{name}: {one} on {network!r} is claimed by {who}. "
            "An account belongs to one person: remove the wrong rows."
        )
    return table


def _table(name: str, frame: pl.LazyFrame) -> pl.DataFrame:
    names = frame.collect_schema().names()
    missing = next((column for column in _COLUMNS if column not in names), None)
    if missing is not None:
        raise SchemaError(
            f"identities ({name}): there is no column {missing!r}. Expected network, account and person. "
            f"{nearest(missing, names)}"
        )
    return frame.select(pl.col(column).cast(pl.String) for column in _COLUMNS).collect()


def as_people(log: pl.LazyFrame, identities: pl.DataFrame | None) -> pl.LazyFrame:
    """Make ``source`` and ``target`` people: a listed account its person, another ``network/account``."""
    for end in ("source", "target"):
        account = account_id(pl.col("network"), pl.col(end))
        if identities is None:
            log = log.with_columns(account.alias(end))
        else:
            known = identities.lazy().rename({"account": end})
            log = (
                log.join(known, on=["network", end], how="left", maintain_order="left")
                .with_columns(pl.coalesce("person", account).alias(end))
                .drop("person")
            )
    return log


def check_distinct(identities: pl.DataFrame, networks: list[str]) -> None:
    """Raise where a person is called what an account that is not listed would be called."""
    head = identities["person"].str.split_exact("/", 1).struct.unnest()
    names = [network.replace("%", "%25").replace("/", "%2F") for network in networks]
    clash = identities["person"].filter(head["field_1"].is_not_null() & head["field_0"].is_in(names))
    if len(clash):
        raise SchemaError(
            f"identities: the person {clash[0]!r} is called like an account of the network "
            f"{clash[0].split('/')[0]!r}. Accounts that are not listed are called network/account: "
            "give people names of another form."
        )


def unseen(log: pl.LazyFrame, identities: pl.DataFrame) -> int:
    """Return how many listed accounts no row of the log names."""
    ends = [log.select("network", pl.col(end).alias("account")) for end in ("source", "target")]
    seen = pl.concat(ends).unique()
    found = identities.lazy().join(seen, on=["network", "account"], how="semi").select(pl.len())
    return len(identities) - int(found.collect(engine="streaming").item())
