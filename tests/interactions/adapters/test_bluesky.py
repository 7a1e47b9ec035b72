"""Events of a Jetstream become rows of a log."""

from __future__ import annotations

from typing import Any

COLUMNS = "source target kind item parent"
POST, LIKE, REPOST, FOLLOW = (
    "app.bsky.feed.post",
    "app.bsky.feed.like",
    "app.bsky.feed.repost",
    "app.bsky.graph.follow",
)
TIME = 1_717_243_200_000_000  # 2024-06-01T12:00:00Z


def uri(did: str, key: str, collection: str = POST) -> str:
    return f"at://{did}/{collection}/{key}"


def event(did: str, collection: str, key: str, operation: str = "create", **record: Any) -> dict[str, Any]:
    commit: dict[str, Any] = {"operation": operation, "collection": collection, "rkey": key}
    if operation == "create":
        commit["record"] = {"createdAt": "2024-06-01T11:59:00.000Z", **record}
    return {"did": did, "time_us": TIME, "kind": "commit", "commit": commit}


def second(one: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the second version of the Jetstream frames it."""
    kind = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "time": "2024-06-01T12:00:00Z"}
    return {"$type": "message", "payload": {**kind, "did": one["did"], **one["commit"]}}


EVENTS = [
    event("did:plc:a", POST, "1", facets=[{"features": [{"did": "did:plc:b"}, {"tag": "x"}]}]),
    event("did:plc:b", LIKE, "2", subject={"uri": uri("did:plc:a", "1"), "cid": "x"}),
    event("did:plc:b", REPOST, "3", subject={"uri": uri("did:plc:a", "1")}),
    event("did:plc:c", POST, "4", reply={"parent": {"uri": uri("did:plc:b", "9")}, "root": {"uri": "x"}}),
    event("did:plc:c", POST, "5", embed={"record": {"record": {"uri": uri("did:plc:a", "1")}}}),
    event("did:plc:c", POST, "6", embed={"record": {"uri": uri("did:plc:a", "l", "app.bsky.graph.list")}}),
    event("did:plc:c", FOLLOW, "7", subject="did:plc:a"),
    event("did:plc:c", FOLLOW, "7", "delete"),
]
EXPECTED = [
    ("did:plc:a", None, "post", uri("did:plc:a", "1"), None),
    ("did:plc:a", "did:plc:b", "mention", uri("did:plc:a", "1"), None),
    ("did:plc:b", "did:plc:a", "like", None, uri("did:plc:a", "1")),
    ("did:plc:b", "did:plc:a", "retweet", uri("did:plc:b", "3", REPOST), uri("did:plc:a", "1")),
    ("did:plc:c", "did:plc:b", "reply", uri("did:plc:c", "4"), uri("did:plc:b", "9")),
    ("did:plc:c", "did:plc:a", "quote", uri("did:plc:c", "5"), uri("did:plc:a", "1")),
    ("did:plc:c", None, "post", uri("did:plc:c", "6"), None),
    ("did:plc:c", "did:plc:a", "follow", None, None),
    ("did:plc:c", "did:plc:a", "unfollow", None, None),
]


def test_both_versions_give_the_same_rows(files):
    both = [files.rows({"a.jsonl": lines}, COLUMNS, format="bluesky") for lines in (EVENTS, map_second())]
    assert both == [EXPECTED, EXPECTED]


def map_second() -> list[dict[str, Any]]:
    return [second(one) for one in EVENTS]


def test_the_clock_of_the_server_holds_where_the_client_is_ahead(files):
    ahead = event("did:plc:a", POST, "1")
    ahead["commit"]["record"]["createdAt"] = "2034-01-01T00:00:00Z"
    zone = event("did:plc:a", POST, "2")
    zone["commit"]["record"]["createdAt"] = "2024-06-01T13:30:00+02:00"
    times = files.rows({"a.jsonl": [ahead, zone]}, "timestamp", format="bluesky")
    written = [time.isoformat() for (time,) in times]
    assert written == ["2024-06-01T12:00:00+00:00", "2024-06-01T11:30:00+00:00"]


def test_what_is_no_interaction_is_counted(left_out):
    notices = [
        EVENTS[0],
        {"did": "did:plc:a", "time_us": TIME, "kind": "identity", "identity": {}},
        event("did:plc:a", "app.bsky.graph.block", "8", subject="did:plc:b"),
        event("did:plc:a", POST, "1", "delete"),
        event("did:plc:a", FOLLOW, "none", "delete"),
    ]
    assert left_out({"a.jsonl": notices}, format="bluesky") == {
        "a notice, not a commit": 1,
        "a record of another collection": 1,
        "a post, like or repost taken back": 1,
        "an unfollow of a follow that is not in the log": 1,
    }
