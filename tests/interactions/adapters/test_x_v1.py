"""Statuses of API v1.1 become rows of a log."""

from __future__ import annotations

from typing import Any

import pytest

from influence_graph.errors import SchemaError

COLUMNS = "source target kind item parent"


def status(id: int, user: int | None, **more: Any) -> dict[str, Any]:
    who = None if user is None else {"id": user, "id_str": str(user)}
    usual = {"created_at": "Wed May 01 09:00:00 +0000 2019", "entities": {"user_mentions": []}}
    return {"id": id, "id_str": str(id), "user": who, **usual, **more}


def naming(*people: int) -> dict[str, Any]:
    return {"user_mentions": [{"id": person, "id_str": str(person)} for person in people]}


BIG = 1_100_000_000_000_000_001
ROOT = status(BIG, 7, entities=naming(8))
STATUSES = [
    ROOT,
    status(2, 8, retweeted_status=ROOT, entities=naming(7, 8), quoted_status_id_str="99"),
    status(3, 9, in_reply_to_status_id_str=str(BIG), in_reply_to_user_id_str="7", entities=naming(7)),
    status(4, 9, quoted_status_id_str=str(BIG), quoted_status=ROOT),
    status(5, 9, quoted_status_id_str="404"),
    status(6, 9, extended_tweet={"entities": naming(7, 8)}),
]
EXPECTED = [
    (7, None, "post", str(BIG), None),
    (7, 8, "mention", str(BIG), None),
    (8, 7, "retweet", "2", str(BIG)),
    (9, 7, "reply", "3", str(BIG)),
    (9, 7, "quote", "4", str(BIG)),
    (9, None, "post", "5", None),
    (9, None, "post", "6", None),
    (9, 7, "mention", "6", None),
    (9, 8, "mention", "6", None),
]


def test_rows(files):
    rows = files.rows({"a.jsonl": STATUSES}, COLUMNS, format="x-v1.1")
    assert sorted(map(str, rows)) == sorted(map(str, EXPECTED))


def test_times(files):
    ((time,),) = files.rows({"a.jsonl": [status(1, 7)]}, "timestamp", format="x-v1.1")
    assert time.isoformat() == "2019-05-01T09:00:00+00:00"


def test_notices_are_counted(left_out):
    notices = [ROOT, {"delete": {"status": {"id": 1}}}, {"limit": {"track": 3}}, status(9, None)]
    found = left_out({"a.jsonl": notices}, format="x-v1.1")
    assert found == {"a notice, not a status": 2, "a status without a user": 1}


def test_answers_to_a_search_and_ids_that_are_numbers_only(files):
    import json

    search = json.dumps({"statuses": STATUSES, "search_metadata": {"count": 6}}, indent=1)
    assert files.rows({"s.json": search}, COLUMNS, format="x-v1.1") == EXPECTED
    old = [
        {"id": 1, "id_str": "1", "user": {"id": 7}, "created_at": "Wed May 01 09:00:00 +0000 2019"},
        {"id": 2, "user": {"id": 8}, "created_at": "Wed May 01 09:00:00 +0000 2019", "in_reply_to_user_id": 7}
        | {"in_reply_to_status_id": BIG, "quoted_status_id": None},
    ]
    rows = files.rows({"a.jsonl": old}, COLUMNS, format="x-v1.1")
    assert rows == [(7, None, "post", "1", None), (8, 7, "reply", "2", str(BIG))]


def test_what_follows_a_status_that_is_damaged_is_refused(files):
    good = '{"id_str": "1", "created_at": "x", "user": {"id_str": "7"}}'
    with pytest.raises(SchemaError, match=r"line 2: .* is not a JSON object"):
        files.read({"a.jsonl": f'{good}\n{{"id_str": "2", "x": 1}}, "user": 3\n'}, format="x-v1.1")
