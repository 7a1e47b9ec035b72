"""Gephi's table of edges as CSV.

https://docs.gephi.org/desktop/User_Manual/Import/Import_CSV
"""

from __future__ import annotations

import csv
import itertools
from functools import partial
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.csv_table import csv_pieces
from influence_graph.interactions.adapters.edges import add_edges
from influence_graph.interactions.adapters.records import read_head
from influence_graph.interactions.adapters.rows import Rows

#: Files of the same folder among which the table of edges is looked for.
_FILES_COMPARED = 20
_TYPES = frozenset(("directed", "undirected", "mixed", ""))


def _header(head: bytes) -> tuple[list[str], str]:
    first = next(iter(head.decode(errors="replace").splitlines()), "").strip()
    separator = max(",;\t |", key=first.count)
    return next(csv.reader([first], delimiter=separator), []), separator


def _recognise(head: bytes, name: str) -> bool:
    return _edges(head) or _nodes_of_edges(head, name)


def _nodes_of_edges(head: bytes, name: str) -> bool:
    """Whether a table is that of the nodes, and a table of their edges is in the same folder."""
    names = [one.strip().lower() for one in _header(head)[0]]
    if not {"id", "label"} <= set(names) or {"source", "target"} & set(names):
        return False
    others = (path for path in sorted(Path(name).parent.glob("*.csv*")) if path.name != Path(name).name)
    return any(_edges(read_head(path)) for path in itertools.islice(others, _FILES_COMPARED))


def _edges(head: bytes) -> bool:
    if not has_all(head.split(b"\n", 1)[0].lower(), b"source", b"target", b"type"):
        return False
    names, separator = _header(head)
    lower = [name.strip().lower() for name in names]
    if not {"source", "target", "type"} <= set(lower) or not {"id", "label", "weight"} & set(lower):
        return False
    place = lower.index("type")
    rows = csv.reader(head.decode(errors="replace").splitlines()[1:50], delimiter=separator)
    types = {row[place].strip().lower() for row in rows if len(row) == len(lower)}
    return bool(types - {""}) and types <= _TYPES


def _read(path: Path, rows: Rows) -> None:
    names, separator = _header(read_head(path))
    if not {"source", "target"} & {one.strip().lower() for one in names}:
        rows.notes.append("these are the nodes, which are left out: a log is of what they do to each other")
        return
    # The edges that have a direction, then those that have both.
    row, undirected = 0, 0
    for both in (True, False):
        for piece in csv_pieces(
            path, "Gephi's edges", partial(_wanted, path, separator), separator=separator
        ):
            whole = piece["source"].is_not_null() & piece["target"].is_not_null()
            if both and not whole.all():
                where = f"row {row + whole.to_list().index(False) + 1:,}"
                rows.leave_out("an edge without source or target", int((~whole).sum()), where=where)
            typed = piece["_directed"].is_not_null()
            if both and not (typed | ~whole).all():
                lost = ~(typed | ~whole)
                where = f"row {row + lost.to_list().index(True) + 1:,}"
                rows.leave_out(
                    "an edge whose type is none of directed, undirected", int(lost.sum()), where=where
                )
            some = piece.filter((whole & (piece["_directed"] == both)).fill_null(False)).drop("_directed")
            row, undirected = row + piece.height, undirected + (0 if both else some.height)
            add_edges(rows, some, directed=both)
    if undirected:
        have = counted(undirected, "edge has", "edges have")
        rows.notes.append(f"{have} the type Undirected, so they count in both directions")


def _wanted(path: Path, separator: str, names: list[str]) -> list[pl.Expr]:
    """Return the columns of an edge, by their names in whatever case."""
    there = {name.strip().lower(): name for name in reversed(names)}
    absent = [name for name in ("source", "target", "type") if name not in there]
    if absent:
        raise SchemaError(f"{path}: there is no column {absent[0]!r}. Expected Source, Target and Type.")
    weight: pl.Expr = pl.lit(1.0)
    if "weight" in there:
        given = pl.col(there["weight"])
        decimal = given.str.replace(",", ".", literal=True) if separator != "," else given
        weight = pl.when(given.is_null()).then(1.0).otherwise(decimal.cast(pl.Float64, strict=False))
    form = pl.col(there["type"]).str.strip_chars().str.to_lowercase().fill_null("directed")
    directed = form.replace_strict(
        {"directed": True, "undirected": False}, default=None, return_dtype=pl.Boolean
    )
    named = [pl.col(there[name]).alias(name) for name in ("source", "target", "kind") if name in there]
    return [*named, weight.alias("weight"), directed.alias("_directed")]


GEPHI = Adapter("gephi", "Gephi's table of edges", _recognise, _read, records=False)
