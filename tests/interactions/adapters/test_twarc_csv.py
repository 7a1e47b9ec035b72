"""The CSV of twarc-csv becomes rows of a log."""

from __future__ import annotations

import pytest

from influence_graph.errors import SchemaError

COLUMNS = "source target kind item parent"
HEAD = (
    "id,referenced_tweets.replied_to.id,referenced_tweets.retweeted.id,referenced_tweets.quoted.id,author_id,"
    "in_reply_to_user_id,in_reply_to_username,retweeted_user_id,quoted_user_id,created_at,text,source,"
    "entities.mentions,author.username\n"
)
TIME = "2023-05-01T09:00:00.000Z"
LINES = [
    f'1,,,,7,,,,,{TIME},"two\nlines",App,"[""@bea"", ""@gone""]",ann',
    f'2,,1,,8,,,7,,{TIME},"x",App,"[""@bea""]",bea',
    f'3,1,,,9,7,ann,,,{TIME},"x",App,"[""@ann"", ""@bea""]",cem',
    f'4,,,40,9,,,,6,{TIME},"x",App,,cem',
    f'5,,404,,9,,,,,{TIME},"x",App,,cem',
    f'6,,,,,,,,,{TIME},"x",App,,',
]


def test_rows(files, left_out):
    content = {"a.csv": HEAD + "\n".join(LINES) + "\n"}
    assert files.rows(content, COLUMNS, format="twarc-csv") == [
        (7, None, "post", "1", None),
        (7, 8, "mention", "1", None),
        (8, 7, "retweet", "2", "1"),
        (9, 7, "reply", "3", "1"),
        (9, 8, "mention", "3", None),
        (9, 6, "quote", "4", "40"),
    ]
    assert left_out(content, format="twarc-csv") == {
        "a mention by a handle that no row gives an id for": 1,
        "a tweet without author_id": 1,
        "the author of what it reacts to is not known": 1,
    }


def test_ids_that_a_spreadsheet_has_rounded_are_refused(files):
    bent = HEAD + LINES[0].replace("1,", "1.72E+18,", 1) + "\n"
    with pytest.raises(SchemaError, match=r"column 'id' is '1.72E\+18'.*twarc2 csv"):
        files.read({"a.csv": bent}, format="twarc-csv")
