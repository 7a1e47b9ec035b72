"""Stack Exchange data dump: Posts.xml, Comments.xml, Votes.xml and Users.xml of one site.

https://meta.stackexchange.com/questions/2677 (schema of the public data dump)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.rows import Rows
from influence_graph.interactions.adapters.xml_elements import xml_starts

_QUESTION, _ANSWER = "1", "2"
_VOTES = {"5": "favorite", "8": "bounty"}
_NO_ID = "a row without Id"
_TABLE = re.compile(rb"<(posts|comments|votes|users)\s*/?>")


def _recognise(head: bytes, name: str) -> bool:
    found = _TABLE.search(head[:512])
    return found is not None and (b"<row " in head or b"/>" in head)


def _read(path: Path, rows: Rows) -> None:
    add: Callable[[Mapping[str, str], Rows], None] | None = None
    adders = {"posts": _add_post, "comments": _add_comment, "votes": _add_vote, "users": _pass_user}
    for tag, attributes in xml_starts(path):
        if tag in adders:
            add = adders[tag]
        elif tag == "row" and add is not None:
            rows.record += 1
            add(attributes, rows)


def _add_post(row: Mapping[str, str], rows: Rows) -> None:
    kind, owner = row.get("PostTypeId"), row.get("OwnerUserId")
    if row.get("Id") is None:
        rows.leave_out(_NO_ID)
    elif kind not in (_QUESTION, _ANSWER):
        rows.leave_out("a tag wiki or another auxiliary post")
    elif owner is None:
        rows.leave_out("the author is deleted")
    elif kind == _QUESTION:
        rows.add(owner, None, "post", row.get("CreationDate"), item=row["Id"])
    else:
        rows.add(owner, None, "answer", row.get("CreationDate"), item=row["Id"], parent=row.get("ParentId"))


def _add_comment(row: Mapping[str, str], rows: Rows) -> None:
    user = row.get("UserId")
    if user is None:
        rows.leave_out("the author is deleted")
        return
    if row.get("Id") is None:
        rows.leave_out(_NO_ID)
        return
    # Comments and posts count their ids apart.
    item, parent = f"c{row['Id']}", row.get("PostId")
    rows.add(user, None, "comment", row.get("CreationDate"), item=item, parent=parent)


def _add_vote(row: Mapping[str, str], rows: Rows) -> None:
    user, kind = row.get("UserId"), _VOTES.get(row.get("VoteTypeId", ""))
    if user is None or kind is None:
        rows.leave_out("a vote without a user")
    else:
        rows.add(user, None, kind, row.get("CreationDate"), parent=row.get("PostId"))


def _pass_user(row: Mapping[str, str], rows: Rows) -> None:
    """Users do nothing; they are read so that a folder of a whole dump can be."""


STACK_EXCHANGE = Adapter(
    "stackexchange", "a Stack Exchange data dump", _recognise, _read, network="stackexchange"
)
