"""KONECT ``out.*`` files: Kunegis, Handbook of Network Analysis, arXiv 1402.5500, "File formats"."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edge_lines import edge_lines, seconds
from influence_graph.interactions.adapters.edges import add_edges, add_signs, note_count
from influence_graph.interactions.adapters.records import read_head
from influence_graph.interactions.adapters.rows import Rows

_FIRST = re.compile(
    rb"^%\s*(sym|asym|bip)\s+"
    rb"(unweighted|positive|posweighted|signed|multisigned|weighted|multiweighted|multiposweighted|dynamic)\b"
)
#: The second line: edges, and the nodes of both sides.
_SIZE = re.compile(rb"^%[^\n]*\n%\s*(\d{1,18})\s+\d+\s+\d+\s*\n")
_SIGNED = frozenset(("signed", "multisigned"))


def _recognise(head: bytes, name: str) -> bool:
    return _FIRST.match(head) is not None


def _read(path: Path, rows: Rows) -> None:
    first = _FIRST.match(read_head(path))
    if first is None:
        raise SchemaError(f"{path}: expected a first line such as '% asym positive', as KONECT writes it.")
    form, weights = first[1].decode(), first[2].decode()
    if form == "bip":
        raise SchemaError(
            f"{path}: the graph is bipartite: its two sides count their numbers apart, so 1 and 1 are two "
            "nodes. A log is of people and people: project it on one side first."
        )
    positive = "trust" if weights in _SIGNED else None
    if weights == "dynamic":
        rows.notes.append("edges that are added and removed are read as follow and unfollow")
    edges_there = 0
    for found in edge_lines(path):
        edges_there += found.height
        columns = [pl.col("source"), pl.col("target")]
        if "third" in found.columns:
            columns.append(pl.col("third").alias("weight"))
        if "fourth" in found.columns:
            columns.append(seconds("fourth"))
        edges = found.select(columns)
        if weights == "dynamic":
            add_signs(rows, edges, "unfollow")
            kind = pl.when(pl.col("weight") < 0).then(pl.lit("unfollow")).otherwise(pl.lit("follow"))
            edges = edges.with_columns(kind.alias("kind"), pl.col("weight").abs())
        add_edges(rows, edges, directed=form == "asym", positive=positive)
    size = _SIZE.match(read_head(path))
    note_count(rows, None if size is None else int(size[1]), edges_there)
    if form == "sym":
        rows.notes.append("undirected: each edge is two rows")


KONECT = Adapter("konect", "a KONECT network", _recognise, _read, records=False)
