"""X (Twitter) API v2: pages or tweets, one a line, as twarc writes them, and pages of followers.

https://docs.x.com/x-api/fundamentals/data-dictionary and https://twarc-project.readthedocs.io
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.records import json_records
from influence_graph.interactions.adapters.rows import YIELDING, Rows

_RELATIONS = {"retweeted": "retweet", "replied_to": "reply", "quoted": "quote"}
_CIRCLE = re.compile(r"/2/users/(\d+)/(followers|following)\b")


class _Reference(msgspec.Struct):
    id: str
    type: str
    author_id: str | None = None


class _Mention(msgspec.Struct):
    id: str | None = None


class _Entities(msgspec.Struct):
    mentions: list[_Mention] = []


class _Tweet(msgspec.Struct):
    """A tweet; users of pages of followers have a username instead of an author."""

    id: str | None = None
    author_id: str | None = None
    created_at: str | None = None
    username: str | None = None
    in_reply_to_user_id: str | None = None
    referenced_tweets: list[_Reference] = []
    entities: _Entities | None = None
    edit_history_tweet_ids: list[str] = []


class _Author(msgspec.Struct):
    id: str
    author_id: str | None = None


class _Includes(msgspec.Struct):
    tweets: list[_Author] = []


class _Twarc(msgspec.Struct):
    url: str = ""


class _Line(_Tweet, rename={"twarc": "__twarc"}):
    """A page, or where there is no ``data`` a tweet or user of its own."""

    data: list[_Tweet] | _Tweet | None = None
    errors: list[msgspec.Raw] | None = None
    title: str | None = None
    includes: _Includes | None = None
    twarc: _Twarc | None = None


def _recognise(head: bytes, name: str) -> bool:
    marks = (b'"author_id"', b"api.twitter.com/2/", b"api.x.com/2/")
    return b'"id"' in head and any(mark in head for mark in marks) and not has_all(head, b'"id_str"')


def _read(path: Path, rows: Rows) -> None:
    for line in json_records(path, _Line, rows):
        if line is None:
            rows.record += 1
            rows.leave_out("not a page or tweet")
            continue
        url = "" if line.twarc is None else line.twarc.url
        included = () if line.includes is None else line.includes.tweets
        authors = {tweet.id: tweet.author_id for tweet in included if tweet.author_id}
        found: list[_Tweet] = [line] if line.id is not None else []
        if line.data is not None:
            found = line.data if isinstance(line.data, list) else [line.data]
        elif line.id is None and (line.errors is not None or line.title is not None):
            rows.record += 1
            rows.leave_out("a page of errors, without tweets")
        for tweet in found:
            rows.record += 1
            if tweet.id is None:
                rows.leave_out("not a page or tweet")
            elif tweet.username is not None:
                _add_follow(tweet.id, url, rows)
            elif tweet.author_id is None:
                rows.leave_out("a tweet without author_id")
            else:
                _add(tweet, tweet.id, tweet.author_id, authors, rows)


def _add_follow(user: str, url: str, rows: Rows) -> None:
    """Whose followers they are stands in the address that was asked, and nowhere else."""
    asked = _CIRCLE.search(url)
    if asked is None:
        rows.leave_out("a user of a page that is no list of followers")
    elif asked[2] == "followers":
        rows.add(user, asked[1], "follow")
    else:
        rows.add(asked[1], user, "follow")


def _add(tweet: _Tweet, item: str, source: str, authors: Mapping[str, str | None], rows: Rows) -> None:
    time, number = tweet.created_at, rows.record
    latest = tweet.edit_history_tweet_ids[-1] if tweet.edit_history_tweet_ids else item
    if latest != item:
        # An earlier version stands for the post only where the later one is not in the log.
        item, number = latest, rows.record + YIELDING
    references = {reference.type: reference for reference in tweet.referenced_tweets}
    person = tweet.in_reply_to_user_id
    if "retweeted" in references:
        references = {"retweeted": references["retweeted"]}
        person = None
    related = False
    for relation, reference in references.items():
        kind = _RELATIONS.get(relation)
        if kind is None:
            continue
        related = True
        author = reference.author_id or authors.get(reference.id)
        if kind == "reply":
            person = person or author
            author = person
        rows.add(source, author, kind, time, item=item, parent=reference.id, record=number)
    if person is not None and "replied_to" not in references:
        rows.add(source, person, "reply", time, item=item, record=number)
    elif not related:
        rows.add(source, None, "post", time, item=item, record=number)
    if "retweeted" in references or tweet.entities is None:
        return  # the mentions of a retweet are the text of the root
    for named in dict.fromkeys(mention.id for mention in tweet.entities.mentions):
        if named is None:
            rows.leave_out("a mention without an id")
        elif named != person:
            rows.add(source, named, "mention", time, item=item, record=number)


X_V2 = Adapter("x-v2", "X (Twitter) API v2 tweets", _recognise, _read, network="twitter")
