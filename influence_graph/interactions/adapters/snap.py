"""SNAP .txt edge lists.

https://snap.stanford.edu/data/
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edge_lines import edge_lines, has_field, leading_comments, seconds
from influence_graph.interactions.adapters.edges import add_edges, note_count
from influence_graph.interactions.adapters.records import read_head
from influence_graph.interactions.adapters.rows import Rows

_MARKS = re.compile(rb"^# ?(Directed|Undirected) graph|^# ?FromNodeId\b", re.MULTILINE)
_TEMPORAL = re.compile(rb"\d+[ \t]+\d+[ \t]+(\d{9,10})(?:\.0*)?\r?")
#: Seconds since 1970: times of a temporal network lie between 1995 and 2035.
_FIRST_SECOND, _LAST_SECOND = 788_918_400, 2_051_222_400


def _recognise(head: bytes, name: str) -> bool:
    return (head.startswith(b"#") and _MARKS.search(head[:4096]) is not None) or _temporal(head, name)


def _temporal(head: bytes, name: str) -> bool:
    """Whether every line of a .txt file is two whole numbers and a time: temporal networks have no header."""
    if not re.search(r"\.txt(\.gz|\.zst|\.bz2|\.xz)?$", name, re.IGNORECASE):
        return False
    lines = head.split(b"\n")
    whole = [line for line in lines[:-1] if line.strip()] if len(lines) > 2 else lines
    found = [_TEMPORAL.fullmatch(line) for line in whole]
    return bool(found) and all(
        match is not None and _FIRST_SECOND <= int(match[1]) <= _LAST_SECOND for match in found
    )


def _read(path: Path, rows: Rows) -> None:
    head = read_head(path)
    comments = " ".join(leading_comments(head))
    undirected = "Undirected graph" in comments or ".ungraph" in path.name
    if has_field(path, "fourth"):
        raise SchemaError(
            f"{path}: rows have four fields. Say which is which: columns=['source', 'target', …]."
        )
    columns, positive = [pl.col("source"), pl.col("target")], None
    if has_field(path, "third"):
        if "Sign" in comments or _are_signs(path):
            columns.append(pl.col("third").alias("weight"))
            positive = "trust"
        elif _temporal(head, "x.txt"):
            columns.append(seconds("third"))
            rows.notes.append("the third column is read as a time: whole seconds from 1995 on")
        else:
            columns.append(pl.col("third").alias("weight"))
    there = 0
    for found in edge_lines(path):
        there += found.height
        add_edges(rows, found.select(columns), directed=not undirected, positive=positive)
    announced = re.search(r"Edges: (\d{1,18})\b", comments)
    note_count(rows, None if announced is None else int(announced[1]), there)
    if undirected:
        rows.notes.append("undirected, as its comment or name says: each edge is two rows")


def _are_signs(path: Path) -> bool:
    """Whether the third fields are 1, 0 and -1, and not all 1 or 0."""
    below = False
    for found in edge_lines(path):
        values = found["third"].drop_nulls()
        if not values.is_in([-1.0, 0.0, 1.0]).all():
            return False
        below |= bool((values < 0).any())
    return below


SNAP = Adapter("snap", "a SNAP edge list", _recognise, _read, records=False)
