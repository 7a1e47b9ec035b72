"""Gephi's table of edges as CSV.

https://docs.gephi.org/desktop/User_Manual/Import/Import_CSV
"""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.edges import add_edges
from influence_graph.interactions.adapters.records import open_binary, read_head
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
    with open_binary(path) as file:
        content = file.read()
    try:
        table = pl.read_csv(io.BytesIO(content), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise SchemaError(f"{path}: can't be read as Gephi's edges: {str(error).splitlines()[0]}") from error
    table = table.rename({name: name.strip().lower() for name in names})
    table = table.with_columns(pl.col(pl.String).replace("", None))
    absent = [name for name in ("source", "target", "type") if name not in table.columns]
    if absent:
        raise SchemaError(f"{path}: there is no column {absent[0]!r}. Expected Source, Target and Type.")
    directed = pl.col("type").str.to_lowercase().fill_null("directed") != "undirected"
    weight = pl.lit(1.0)
    if "weight" in table.columns:
        decimal = (
            pl.col("weight").str.replace(",", ".", literal=True) if separator != "," else pl.col("weight")
        )
        weight = (
            pl.when(pl.col("weight").is_null()).then(1.0).otherwise(decimal.cast(pl.Float64, strict=False))
        )
    kind = [pl.col("kind")] if "kind" in table.columns else []
    edges = table.select("source", "target", weight.alias("weight"), *kind, directed.alias("_directed"))
    lost = edges["source"].is_null() | edges["target"].is_null()
    if lost.any():
        rows.leave_out(
            "an edge without source or target",
            int(lost.sum()),
            where=f"row {lost.to_list().index(True) + 1:,}",
        )
        edges = edges.filter(~lost)
    for both in (True, False):
        some = edges.filter(pl.col("_directed") == both).drop("_directed")
        if len(some):
            add_edges(rows, some, directed=both)
        if len(some) and not both:
            have = counted(len(some), "edge has", "edges have")
            rows.notes.append(f"{have} the type Undirected, so they count in both directions")


GEPHI = Adapter("gephi", "Gephi's table of edges", _recognise, _read, records=False)
