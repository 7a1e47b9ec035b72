"""The CSV of twarc-csv (``twarc2 csv``).

https://github.com/DocNow/twarc-csv (DEFAULT_TWEET_COLUMNS in dataframe_converter.py)
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.csv_table import csv_pieces
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
    handles: dict[str, str] = {}
    pairs = [("author_id", "author.username"), *((person, name) for _, person, name in _REFERENCES.values())]
    # A mention may be of somebody whose id stands in a later row: what is read once is kept as Parquet.
    with tempfile.TemporaryDirectory(prefix="influence-graph-") as folder:
        kept: list[Path] = []
        for piece in csv_pieces(path, "the CSV of twarc-csv", _wanted):
            _check_ids(path, piece)
            for person, handle in pairs:
                known = piece.select(handle, person).drop_nulls().unique(maintain_order=True)
                handles |= dict(known.iter_rows())
            kept.append(Path(folder) / f"{len(kept):08}.parquet")
            piece.write_parquet(kept[-1], compression="lz4", statistics=False)
        for part in kept:
            for record in pl.read_parquet(part).iter_rows(named=True):
                rows.record += 1
                if record["author_id"] is None:
                    rows.leave_out("a tweet without author_id")
                else:
                    _add(record, handles, rows)


def _wanted(names: list[str]) -> list[pl.Expr]:
    return [pl.col(name) if name in names else pl.lit(None, pl.String).alias(name) for name in _COLUMNS]


def _check_ids(path: Path, piece: pl.DataFrame) -> None:
    for name in ("id", "author_id", *(person for _, person, _ in _REFERENCES.values())):
        bent = piece[name].filter(piece[name].str.contains(_BENT.pattern).fill_null(False))
        if len(bent):
            raise SchemaError(
                f"{path}: column {name!r} is {bent[0]!r}: a spreadsheet has rounded the ids, and their last "
                "digits are lost. Make the CSV again from the JSON: twarc2 csv tweets.jsonl tweets.csv."
            )


def _add(record: Mapping[str, Any], handles: Mapping[str, str], rows: Rows) -> None:
    source, time, item, number = record["author_id"], record["created_at"], record["id"], rows.record
    history = record["edit_history_tweet_ids"]
    versions = _list(history) if history != f'["{item}"]' else []
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
