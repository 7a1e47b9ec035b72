"""Mastodon statuses become rows of a log."""

from __future__ import annotations

from typing import Any

COLUMNS = "source target kind item parent"


def status(id: str, account: str | None, hour: int = 9, **more: Any) -> dict[str, Any]:
    usual = {"created_at": f"2024-05-01T{hour:02}:00:00.000Z", "reblog": None, "mentions": []}
    who = None if account is None else {"id": account, "acct": account}
    return {"id": id, "account": who, **usual, **more}


ROOT = status("1", "7", mentions=[{"id": "8"}])
BOOST = status("2", "8", reblog=ROOT, mentions=[{"id": "9"}])
REPLY = status("3", "9", in_reply_to_id="1", in_reply_to_account_id="7", mentions=[{"id": "7"}, {"id": "8"}])
QUOTE = status("4", "9", quote={"state": "accepted", "quoted_status": ROOT})
OLD_QUOTE = status("5", "8", quote=ROOT)
GONE_QUOTE = status("6", "8", quote={"state": "deleted", "quoted_status": None})
EXPECTED = [
    (7, None, "post", "1", None),
    (7, 8, "mention", "1", None),
    (8, 7, "retweet", "2", "1"),
    (9, 7, "reply", "3", "1"),
    (9, 8, "mention", "3", None),
    (9, 7, "quote", "4", "1"),
    (8, 7, "quote", "5", "1"),
    (8, None, "post", "6", None),
]
ALL = [ROOT, BOOST, REPLY, QUOTE, OLD_QUOTE, GONE_QUOTE]


def test_lines_and_pages_give_the_same_rows(files):
    import json

    pages = {"a.json": json.dumps(ALL[:4]), "b.json": json.dumps(ALL[2:])}
    assert files.rows({"a.ndjson": ALL}, COLUMNS, format="mastodon") == EXPECTED
    assert files.rows(pages, COLUMNS, format="mastodon") == EXPECTED


def test_time_is_that_of_creation_in_utc(files):
    edited = status("1", "7", hour=10, edited_at="2024-05-02T00:00:00.000Z")
    ((time,),) = files.rows({"a.ndjson": [edited]}, "timestamp", format="mastodon")
    assert time.isoformat() == "2024-05-01T10:00:00+00:00"


def test_a_person_is_known_where_the_parent_is_not(files):
    reply = status("3", "9", in_reply_to_account_id="7")
    assert files.rows({"a.ndjson": [reply]}, COLUMNS, format="mastodon") == [(9, 7, "reply", "3", None)]


def test_statuses_without_account_and_repeated_ones_are_counted(left_out):
    found = left_out({"a.ndjson": [ROOT, status("9", None), ROOT]}, format="mastodon")
    assert found == {"not a status with an account": 1, "the same record a second time": 2}


def test_answers_to_a_search_and_threads(files):
    import json

    search = json.dumps({"accounts": [], "statuses": ALL, "hashtags": []})
    assert files.rows({"s.json": search}, COLUMNS, format="mastodon") == EXPECTED
    thread = json.dumps({"ancestors": ALL[:2], "descendants": ALL[2:]}, indent=2)
    assert sorted(files.rows({"t.json": thread}, COLUMNS, format="mastodon"), key=str) == sorted(
        EXPECTED, key=str
    )
