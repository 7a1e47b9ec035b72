"""The CSV of twarc-csv (``twarc2 csv``).

https://github.com/DocNow/twarc-csv (DEFAULT_TWEET_COLUMNS in dataframe_converter.py)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.records import open_binary
from influence_graph.interactions.adapters.rows import YIELDING, Rows

_REFERENCES = {
    "retweet": ("referenced_tweets.retweeted.id", "retweeted_user_id", "retweeted_username"),
    "reply": ("referenced_tweets.replied_to.id", "in_reply_to_user_id", "in_reply_to_username"),
    "quote": ("referenced_tweets.quoted.id", "quoted_user_id", "quoted_username"),
}
_COLUMNS = (
    "id",
    "author_id",
    "author.username",
    "created_at",
    "entities.mentions",
    "edit_history_tweet_ids",
    *(name for names in _REFERENCES.values() for name in names),
)
_BENT = re.compile(r"^\d(\.\d+)?[Ee]\+?\d+$|^\d+\.0$")


def _recognise(head: bytes, name: str) -> bool:
    first = head.split(b"\n", 1)[0]
    return has_all(first, b"author_id", b"referenced_tweets.replied_to.id", b"created_at")


def _read(path: Path, rows: Rows) -> None:
    frame = _table(path)
    handles: dict[str, str] = {}
    pairs = [("author_id", "author.username"), *((person, name) for _, person, name in _REFERENCES.values())]
    for person, handle in pairs:
        known = frame.select(handle, person).drop_nulls().unique()
        handles |= dict(known.iter_rows())
    for record in frame.iter_rows(named=True):
        rows.record += 1
        if record["author_id"] is None:
            rows.leave_out("a tweet without author_id")
        else:
            _add(record, handles, rows)


def _table(path: Path) -> pl.DataFrame:
    with open_binary(path) as file:
        content: Any = path if file.read(1) and hasattr(file, "fileno") and _plain(path) else None
    if content is None:
        with open_binary(path) as file:
            content = file.read()
    try:
        scan = pl.scan_csv(content, infer_schema=False, truncate_ragged_lines=False)
        names = scan.collect_schema().names()
        absent = [pl.lit(None, pl.String()).alias(name) for name in _COLUMNS if name not in names]
        frame = scan.with_columns(absent).select(_COLUMNS).collect(engine="streaming")
    except pl.exceptions.PolarsError as error:
        why = str(error).splitlines()[0]
        raise SchemaError(f"{path}: can't be read as the CSV of twarc-csv: {why}") from error
    frame = frame.with_columns(pl.col(pl.String).replace("", None))
    for name in ("id", "author_id", *(person for _, person, _ in _REFERENCES.values())):
        bent = frame[name].drop_nulls().filter(frame[name].drop_nulls().str.contains(_BENT.pattern))
        if len(bent):
            raise SchemaError(
                f"{path}: column {name!r} is {bent[0]!r}: a spreadsheet has rounded the ids, and their last "
                "digits are lost. Make the CSV again from the JSON: twarc2 csv tweets.jsonl tweets.csv."
            )
    return frame


def _plain(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) not in (b"\x1f\x8b", b"\x28\xb5")


def _add(record: Mapping[str, Any], handles: Mapping[str, str], rows: Rows) -> None:
    source, time, item, number = record["author_id"], record["created_at"], record["id"], rows.record
    versions = _list(record["edit_history_tweet_ids"])
    if versions and versions[-1] != item:
        item, number = versions[-1], number + YIELDING
    related = False
    for kind, (reference, person, _) in _REFERENCES.items():
        parent, target = record[reference], record[person]
        if parent is None and (target is None or kind != "reply"):
            continue
        related = True
        rows.add(source, target, kind, time, item=item, parent=parent, record=number)
        if kind == "retweet":
            return  # text and mentions are those of the root
    if not related:
        rows.add(source, None, "post", time, item=item, record=number)
    answered = record["in_reply_to_user_id"]
    for handle in dict.fromkeys(name.removeprefix("@") for name in _list(record["entities.mentions"])):
        named = handles.get(handle)
        if named is None:
            rows.leave_out("a mention by a handle that no row gives an id for")
        elif named != answered:
            rows.add(source, named, "mention", time, item=item, record=number)


def _list(cell: str | None) -> list[str]:
    if cell is None:
        return []
    try:
        return msgspec.json.decode(cell, type=list[str])
    except msgspec.DecodeError:
        return []


TWARC_CSV = Adapter("twarc-csv", "tweets of twarc-csv", _recognise, _read, network="twitter")
