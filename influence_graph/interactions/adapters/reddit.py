"""Reddit: submissions and comments, one a line, as Pushshift and Arctic Shift publish them.

https://github.com/ArthurHeitmann/arctic_shift (schemas/RS.ts, schemas/RC.ts)
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.records import json_records
from influence_graph.interactions.adapters.rows import Rows

_NOBODY = frozenset(("[deleted]", "[removed]", ""))


#: Where the listings of Reddit's API, and the answers of archives, have their entries.
_INSIDE = ("data", "children", "replies")


class _Root(msgspec.Struct):
    author: str | None = None


class _Entry(msgspec.Struct):
    id: str
    created_utc: int | float | str
    author: str | None = None
    parent_id: str | None = None
    subreddit: str | None = None
    promoted: bool | None = None
    crosspost_parent: str | None = None
    crosspost_parent_list: list[_Root] | None = None


def _recognise(head: bytes, name: str) -> bool:
    return has_all(head, b'"created_utc"', b'"author"', b'"subreddit') and (
        b'"parent_id"' in head or b'"title"' in head
    )


def _read(path: Path, rows: Rows) -> None:
    for entry in json_records(path, _Entry, rows, inside=_INSIDE):
        rows.record += 1
        if entry is None:
            rows.leave_out("not a submission or comment")
        elif entry.author is None or entry.author in _NOBODY:
            rows.leave_out("the author is deleted")
        elif entry.promoted and not entry.subreddit:
            rows.leave_out("an advertisement")
        else:
            _add(entry, entry.author, rows)


def _add(entry: _Entry, author: str, rows: Rows) -> None:
    try:
        time = round(float(entry.created_utc) * 1_000_000)
    except (ValueError, OverflowError):
        rows.leave_out("created_utc is no time")
        return
    topic = entry.subreddit
    if entry.parent_id is not None:
        item = f"t1_{entry.id}"
        rows.add(author, None, "reply", time, item=item, parent=entry.parent_id, topic=topic)
        return
    item = f"t3_{entry.id}"
    if entry.crosspost_parent is None:
        rows.add(author, None, "post", time, item=item, topic=topic)
        return
    roots = entry.crosspost_parent_list or [_Root()]
    root = None if roots[0].author in _NOBODY else roots[0].author
    rows.add(author, root, "crosspost", time, item=item, parent=entry.crosspost_parent, topic=topic)


REDDIT = Adapter("reddit", "Reddit submissions and comments", _recognise, _read, network="reddit")
