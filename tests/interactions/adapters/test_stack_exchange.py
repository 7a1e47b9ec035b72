"""The tables of a Stack Exchange dump become rows of a log."""

from __future__ import annotations

COLUMNS = "source target kind item parent"
BOM = "\ufeff"


def table(name: str, *rows: str) -> str:
    lines = "".join(f"  <row {row} />\n" for row in rows)
    return f'{BOM}<?xml version="1.0" encoding="utf-8"?>\n<{name}>\n{lines}</{name}>'


DAY = 'CreationDate="2019-05-07T09:00:00.507"'
DUMP = {
    "Posts.xml": table(
        "posts",
        f'Id="1" PostTypeId="1" OwnerUserId="11" {DAY} Body="&lt;p&gt;a &amp;amp; b&lt;/p&gt;"',
        f'Id="2" PostTypeId="2" ParentId="1" OwnerUserId="12" {DAY}',
        f'Id="3" PostTypeId="2" ParentId="1" OwnerDisplayName="user4" {DAY}',
        f'Id="4" PostTypeId="2" ParentId="99" OwnerUserId="13" {DAY}',
        f'Id="5" PostTypeId="5" OwnerUserId="-1" {DAY}',
    ),
    "Comments.xml": table("comments", f'Id="2" PostId="2" UserId="11" {DAY}', f'Id="3" PostId="2" {DAY}'),
    "Votes.xml": table(
        "votes",
        f'Id="1" PostId="1" VoteTypeId="2" {DAY}',
        f'Id="2" PostId="1" VoteTypeId="5" UserId="13" {DAY}',
        f'Id="3" PostId="98" VoteTypeId="8" UserId="13" {DAY}',
    ),
    "Users.xml": table("users", 'Id="11" DisplayName="Ada"'),
}


def test_rows(files, left_out):
    rows = files.rows(DUMP, COLUMNS, format="stackexchange")
    assert sorted(map(str, rows)) == sorted(
        map(
            str,
            [
                (11, None, "post", "1", None),
                (12, 11, "answer", "2", "1"),
                (13, None, "post", "4", None),
                (11, 12, "comment", "c2", "2"),
                (13, 11, "favorite", None, "1"),
            ],
        )
    )
    assert left_out(DUMP, format="stackexchange") == {
        "the author is deleted": 2,
        "a tag wiki or another auxiliary post": 1,
        "a vote without a user": 1,
        "the author of what it reacts to is not known": 1,
    }


def test_times_are_utc(files):
    times = files.rows({"Posts.xml": DUMP["Posts.xml"]}, "timestamp", format="stackexchange")
    assert times[0][0].isoformat() == "2019-05-07T09:00:00.507000+00:00"
