"""X (Twitter) API v1.1: statuses of the stream or of REST, one a line or in an array.

https://developer.x.com/en/docs/x-api/v1/data-dictionary/object-model/tweet
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import msgspec

from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.records import json_records
from influence_graph.interactions.adapters.rows import Rows, twitter_time

_Number: TypeAlias = int | float | str | None


def _text(number: _Number) -> str | None:
    """Return a number as text, unless a program has made a float of it."""
    return None if number is None or isinstance(number, float) else str(number)


class _Identified(msgspec.Struct):
    id: int | None = None
    id_str: str | None = None

    @property
    def key(self) -> str | None:
        return self.id_str or _text(self.id)


class _Root(_Identified):
    user: _Identified | None = None

    @property
    def author(self) -> str | None:
        return None if self.user is None else self.user.key


class _Entities(msgspec.Struct):
    user_mentions: list[_Identified] = []


class _Extended(msgspec.Struct):
    entities: _Entities | None = None


class _Status(_Root, kw_only=True):
    created_at: str
    in_reply_to_status_id: _Number = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_user_id: _Number = None
    in_reply_to_user_id_str: str | None = None
    quoted_status_id: _Number = None
    quoted_status_id_str: str | None = None
    quoted_status: _Root | None = None
    retweeted_status: _Root | None = None
    entities: _Entities | None = None
    extended_tweet: _Extended | None = None


def _recognise(head: bytes, name: str) -> bool:
    return has_all(head, b'"id_str"', b'"created_at"', b'"user"')


def _read(path: Path, rows: Rows) -> None:
    for status in json_records(path, _Status, rows, inside=("statuses",)):
        rows.record += 1
        if status is None or status.key is None:
            rows.leave_out("a notice, not a status")
        elif status.author is None:
            rows.leave_out("a status without a user")
        else:
            _add(status, status.author, rows)


def _add(status: _Status, source: str, rows: Rows) -> None:
    time, item = status.created_at, status.key
    root = status.retweeted_status
    if root is not None:
        # Its mentions and quoted_status are those of the root.
        rows.add(source, root.author, "retweet", time, item=item, parent=root.key)
        return
    person = status.in_reply_to_user_id_str or _text(status.in_reply_to_user_id)
    parent = status.in_reply_to_status_id_str or _text(status.in_reply_to_status_id)
    reply = person is not None or parent is not None
    if reply:
        rows.add(source, person, "reply", time, item=item, parent=parent)
    quoted = status.quoted_status
    quoted_id = status.quoted_status_id_str or _text(status.quoted_status_id)
    quoted_id = quoted_id or (None if quoted is None else quoted.key)
    if quoted_id is not None:
        author = None if quoted is None else quoted.author
        rows.add(source, author, "quote", time, item=item, parent=quoted_id)
    elif not reply:
        rows.add(source, None, "post", time, item=item)
    longer = None if status.extended_tweet is None else status.extended_tweet.entities
    entities = longer or status.entities or _Entities()
    for named in dict.fromkeys(mention.key for mention in entities.user_mentions):
        if named is None:
            rows.leave_out("a mention without an id")
        elif named != person:
            rows.add(source, named, "mention", time, item=item)


X_V1 = Adapter(
    "x-v1.1",
    "X (Twitter) API v1.1 statuses",
    _recognise,
    _read,
    network="twitter",
    parse_time=twitter_time,
)
