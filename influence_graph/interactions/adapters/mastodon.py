"""Mastodon statuses: pages of the API, or one status a line.

https://docs.joinmastodon.org/entities/Status/ and https://docs.joinmastodon.org/entities/Quote/
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.records import json_records
from influence_graph.interactions.adapters.rows import Rows

#: Where answers to a search, and of a thread, have their statuses.
_INSIDE = ("statuses", "ancestors", "descendants")


class _Account(msgspec.Struct):
    id: str


class _Root(msgspec.Struct):
    id: str
    account: _Account | None = None


class _Quote(msgspec.Struct):
    """A quote since 4.4 holds the status; older forks give the status itself."""

    quoted_status: _Root | None = None
    id: str | None = None
    account: _Account | None = None


class _Status(msgspec.Struct):
    id: str
    created_at: str
    account: _Account | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    reblog: _Root | None = None
    quote: _Quote | None = None
    mentions: list[_Account] = []


def _recognise(head: bytes, name: str) -> bool:
    return has_all(head, b'"account"', b'"created_at"', b'"reblog') and b'"acct"' in head


def _read(path: Path, rows: Rows) -> None:
    for status in json_records(path, _Status, rows, inside=_INSIDE):
        rows.record += 1
        if status is None or status.account is None:
            rows.leave_out("not a status with an account")
        else:
            _add(status, status.account.id, rows)


def _add(status: _Status, source: str, rows: Rows) -> None:
    time, item = status.created_at, status.id
    if status.reblog is not None:
        author = status.reblog.account
        root = None if author is None else author.id
        rows.add(source, root, "retweet", time, item=item, parent=status.reblog.id)
        return
    person, parent = status.in_reply_to_account_id, status.in_reply_to_id
    reply = person is not None or parent is not None
    if reply:
        rows.add(source, person, "reply", time, item=item, parent=parent)
    quoted = status.quote and (status.quote.quoted_status or status.quote)
    if quoted and quoted.account and quoted.id:
        rows.add(source, quoted.account.id, "quote", time, item=item, parent=quoted.id)
    elif not reply:
        rows.add(source, None, "post", time, item=item)
    for named in dict.fromkeys(mention.id for mention in status.mentions):
        if named != person:
            rows.add(source, named, "mention", time, item=item)


MASTODON = Adapter("mastodon", "Mastodon statuses", _recognise, _read, network="mastodon")
