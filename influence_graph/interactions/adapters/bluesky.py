"""Bluesky: events of a Jetstream, one a line, of the first or second version.

https://github.com/bluesky-social/jetstream and the lexicons app.bsky.feed.{post,like,repost} and
app.bsky.graph.follow of https://github.com/bluesky-social/atproto
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.records import json_records
from influence_graph.interactions.adapters.rows import Rows

_POST = "app.bsky.feed.post"
_LIKE = "app.bsky.feed.like"
_REPOST = "app.bsky.feed.repost"
_FOLLOW = "app.bsky.graph.follow"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Commit(msgspec.Struct):
    operation: str
    collection: str
    rkey: str
    record: msgspec.Raw = msgspec.Raw(b"")


class _Payload(msgspec.Struct):
    """A frame of the second version: the commit itself, or another message without operation."""

    did: str = ""
    time: str = ""
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = msgspec.Raw(b"")


class _Event(msgspec.Struct):
    did: str = ""
    time_us: int = 0
    kind: str = ""
    commit: _Commit | None = None
    payload: _Payload | None = None


class _Ref(msgspec.Struct):
    uri: str = ""
    record: _Ref | None = None


class _Reply(msgspec.Struct):
    parent: _Ref


class _Embed(msgspec.Struct):
    record: _Ref | None = None


class _Feature(msgspec.Struct):
    did: str | None = None


class _Facet(msgspec.Struct):
    features: list[_Feature] = []


class _Record(msgspec.Struct):
    createdAt: str | None = None
    subject: str | _Ref | None = None
    reply: _Reply | None = None
    embed: _Embed | None = None
    facets: list[_Facet] | None = None


def _recognise(head: bytes, name: str) -> bool:
    first = has_all(head, b'"did"', b'"time_us"', b'"kind"')
    return first or has_all(head, b'"payload"', b"network.bsky.jetstream.subscribeEvents")


def _read(path: Path, rows: Rows) -> None:
    decode = msgspec.json.Decoder(_Record).decode
    for event in json_records(path, _Event, rows):
        rows.record += 1
        if event is None:
            rows.leave_out("not an event of a Jetstream")
            continue
        commit: _Commit | _Payload | None = event.commit
        did, seen = event.did, event.time_us
        if event.payload is not None:
            commit, did = event.payload, event.payload.did
            seen = _microseconds(event.payload.time)
        if commit is None or not commit.operation:
            rows.leave_out("a notice, not a commit")
        elif commit.collection not in (_POST, _LIKE, _REPOST, _FOLLOW):
            rows.leave_out("a record of another collection")
        elif commit.operation == "delete":
            _undo(commit, did, seen, rows)
        elif commit.operation != "create" or not bytes(commit.record):
            rows.leave_out("a change of a record")
        else:
            try:
                _add(commit, decode(commit.record), did, seen, rows)
            except msgspec.ValidationError:
                rows.leave_out("a record that does not follow its lexicon")


def _microseconds(text: str) -> int:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    except (TypeError, ValueError):
        return 0


def _undo(commit: _Commit | _Payload, did: str, seen: int, rows: Rows) -> None:
    if commit.collection != _FOLLOW:
        rows.leave_out("a post, like or repost taken back")
        return
    person = rows.memory.pop((did, commit.rkey), None)
    if person is None:
        rows.leave_out("an unfollow of a follow that is not in the log")
    else:
        rows.add(did, person, "unfollow", seen)


def _add(commit: _Commit | _Payload, record: _Record, did: str, seen: int, rows: Rows) -> None:
    # The client sets createdAt: where it lies after the time the server saw the record, that one holds.
    written, server = record.createdAt, seen or None
    subject = record.subject
    if commit.collection == _FOLLOW:
        if not isinstance(subject, str):
            rows.leave_out("a record that does not follow its lexicon")
            return
        rows.memory[did, commit.rkey] = subject
        rows.add(did, subject, "follow", written, seen=server)
        return
    item = f"at://{did}/{commit.collection}/{commit.rkey}"
    if commit.collection == _POST:
        _add_post(record, did, item, server, rows)
    elif not isinstance(subject, _Ref) or _authority(subject.uri) is None:
        rows.leave_out("a record that does not follow its lexicon")
    elif commit.collection == _LIKE:
        rows.add(did, _authority(subject.uri), "like", written, parent=subject.uri, seen=server)
    else:
        author = _authority(subject.uri)
        rows.add(did, author, "retweet", written, item=item, parent=subject.uri, seen=server)


def _add_post(record: _Record, did: str, item: str, seen: int | None, rows: Rows) -> None:
    written, person = record.createdAt, None
    if record.reply is not None:
        parent = record.reply.parent.uri
        person = _authority(parent)
        rows.add(did, person, "reply", written, item=item, parent=parent, seen=seen)
    quoted = next(_quoted(record), None)
    if quoted is not None:
        rows.add(did, _authority(quoted), "quote", written, item=item, parent=quoted, seen=seen)
    elif record.reply is None:
        rows.add(did, None, "post", written, item=item, seen=seen)
    features = (feature.did for facet in record.facets or () for feature in facet.features)
    for named in dict.fromkeys(features):
        if named is not None and named != person:
            rows.add(did, named, "mention", written, item=item, seen=seen)


def _quoted(record: _Record) -> Iterator[str]:
    """Yield the post that is embedded; with media beside it, it stands one level deeper."""
    embedded = None if record.embed is None else record.embed.record
    while embedded is not None:
        if f"/{_POST}/" in embedded.uri and _authority(embedded.uri) is not None:
            yield embedded.uri
        embedded = embedded.record


def _authority(uri: str) -> str | None:
    return uri[5:].split("/", 1)[0] or None if uri.startswith("at://") else None


BLUESKY = Adapter("bluesky", "events of a Bluesky Jetstream", _recognise, _read, network="bluesky")
