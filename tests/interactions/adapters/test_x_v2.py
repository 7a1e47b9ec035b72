"""Pages and tweets of API v2 become rows of a log."""

from __future__ import annotations

from typing import Any

COLUMNS = "source target kind item parent"


def tweet(id: str, author: str | None, *references: tuple[str, str], **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": id, "created_at": "2023-05-01T09:00:00.000Z", **more}
    if author is not None:
        made["author_id"] = author
    if references:
        made["referenced_tweets"] = [{"type": kind, "id": other} for kind, other in references]
    return made


def naming(*people: str | None) -> dict[str, Any]:
    return {"mentions": [{"username": "x"} if one is None else {"id": one} for one in people]}


TWEETS = [
    tweet("1", "7", entities=naming("8", None)),
    tweet("2", "8", ("retweeted", "1"), entities=naming("7")),
    tweet("3", "9", ("replied_to", "1"), in_reply_to_user_id="7", entities=naming("7", "8")),
    tweet("4", "9", ("quoted", "50"), ("replied_to", "3"), in_reply_to_user_id="9"),
    tweet("5", "8", ("retweeted", "404")),
    tweet("6", "8", in_reply_to_user_id="7"),
    tweet("11", "7", edit_history_tweet_ids=["10", "11"]),
    tweet("10", "7", edit_history_tweet_ids=["10", "11"]),
    tweet("12", None),
]
PAGE = {"data": TWEETS, "includes": {"tweets": [{"id": "50", "author_id": "6"}]}, "meta": {"result_count": 9}}
EXPECTED = [
    (7, None, "post", "1", None),
    (7, 8, "mention", "1", None),
    (8, 7, "retweet", "2", "1"),
    (9, 7, "reply", "3", "1"),
    (9, 8, "mention", "3", None),
    (9, 6, "quote", "4", "50"),
    (9, 9, "reply", "4", "3"),
    (8, 7, "reply", "6", None),
    (7, None, "post", "11", None),
]


def test_pages(files, left_out):
    content = {"a.jsonl": [PAGE, {"meta": {"result_count": 0}}]}
    assert files.rows(content, COLUMNS, format="x-v2") == EXPECTED
    assert left_out(content, format="x-v2") == {
        "a mention without an id": 1,
        "the author of what it reacts to is not known": 1,
        "the same record a second time": 1,
        "a tweet without author_id": 1,
    }


def test_flattened_tweets_bring_the_author_of_what_they_refer_to(files):
    quote = tweet("4", "9", ("quoted", "50"))
    quote["referenced_tweets"][0]["author_id"] = "6"
    assert files.rows({"a.jsonl": [quote]}, COLUMNS, format="x-v2") == [(9, 6, "quote", "4", "50")]


def test_an_earlier_version_stands_where_the_later_is_not_there(files):
    earlier = tweet("10", "7", edit_history_tweet_ids=["10", "11"])
    assert files.rows({"a.jsonl": [earlier]}, COLUMNS, format="x-v2") == [(7, None, "post", "11", None)]


def test_one_object_of_a_filtered_stream(files):
    line = {"data": tweet("1", "7"), "matching_rules": [{"id": "5"}]}
    assert files.rows({"a.jsonl": [line]}, COLUMNS, format="x-v2") == [(7, None, "post", "1", None)]


def test_followers_and_following(files):
    def page(way: str, *users: str) -> dict[str, Any]:
        url = f"https://api.twitter.com/2/users/7/{way}?max_results=1000"
        return {"data": [{"id": user, "username": f"u{user}"} for user in users], "__twarc": {"url": url}}

    content = {"a.jsonl": [page("followers", "8", "9"), page("following", "6"), page("followers", "8")]}
    expected = [(8, 7, "follow"), (9, 7, "follow"), (7, 6, "follow")]
    assert files.rows(content, "source target kind", format="x-v2") == expected


def test_pages_of_errors_are_counted(files, left_out):
    import json

    limit = {"title": "Too Many Requests", "status": 429, "type": "about:blank"}
    missing = {"errors": [{"title": "Not Found Error", "resource_id": "1"}]}
    content = "\n".join(json.dumps(one) for one in (PAGE, missing, limit, {"meta": {"result_count": 0}}))
    assert left_out({"a.jsonl": content}, format="x-v2")["a page of errors, without tweets"] == 2
    pretty = {"a.json": json.dumps(PAGE, indent=1) + "\n" + json.dumps(missing, indent=1)}
    assert files.rows(pretty, COLUMNS, format="x-v2") == files.rows(
        {"b.json": json.dumps(PAGE)}, COLUMNS, format="x-v2"
    )
