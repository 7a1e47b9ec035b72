"""Network Repository .edges, known by the readme.html of the archive beside it.

https://networkrepository.com
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edge_lines import read_edge_lines, seconds
from influence_graph.interactions.adapters.edges import add_edges
from influence_graph.interactions.adapters.rows import Rows

_SAY = "format='edgelist' and columns=[…] say otherwise"
#: Third columns that never fall and stay above this are times, in seconds.
_LEAST_TIME = 1000


def _recognise(head: bytes, name: str) -> bool:
    path = Path(name)
    return path.suffix.lower() == ".edges" and (path.parent / "readme.html").is_file()


def _read(path: Path, rows: Rows) -> None:
    found = read_edge_lines(path)
    ends = [pl.col("source"), pl.col("target")]
    if "fourth" in found.columns:
        rows.notes.append(f"the third column is read as weight, the fourth as time; {_SAY}")
        edges = found.select(*ends, pl.col("third").alias("weight"), seconds("fourth"))
        add_edges(rows, edges, directed=True)
    elif "third" in found.columns and _times(found["third"]):
        rows.notes.append(f"the third column never falls and is read as time in seconds; {_SAY}")
        add_edges(rows, found.select(*ends, seconds("third")), directed=True)
    else:
        rows.notes.append(f"nothing says a direction: each pair is read as two rows; {_SAY}")
        weight = [pl.col("third").alias("weight")] if "third" in found.columns else []
        add_edges(rows, found.select(*ends, *weight), directed=False)


def _times(values: pl.Series) -> bool:
    whole = values.is_not_null().all() and bool((values == values.round()).all())
    return whole and values.is_sorted() and float(values.min() or 0) >= _LEAST_TIME  # type: ignore[arg-type]


NETWORK_REPOSITORY = Adapter(
    "network-repository", "a Network Repository edge list", _recognise, _read, records=False
)
