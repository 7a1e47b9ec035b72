"""Network Repository .edges, known by the readme.html of the archive beside it.

https://networkrepository.com
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edge_lines import edge_lines, has_field, seconds
from influence_graph.interactions.adapters.edges import add_edges
from influence_graph.interactions.adapters.rows import Rows

_SAY = "format='edgelist' and columns=[…] say otherwise"
#: Third columns that never fall and stay above this are times, in seconds.
_LEAST_TIME = 1000


def _recognise(head: bytes, name: str) -> bool:
    path = Path(name)
    return path.suffix.lower() == ".edges" and (path.parent / "readme.html").is_file()


def _read(path: Path, rows: Rows) -> None:
    columns, directed = [pl.col("source"), pl.col("target")], True
    if has_field(path, "fourth"):
        rows.notes.append(f"the third column is read as weight, the fourth as time; {_SAY}")
        columns += [pl.col("third").alias("weight"), seconds("fourth")]
    elif has_field(path, "third") and _times(path):
        rows.notes.append(f"the third column never falls and is read as time in seconds; {_SAY}")
        columns.append(seconds("third"))
    else:
        directed = False
        rows.notes.append(f"nothing says a direction: each pair is read as two rows; {_SAY}")
        columns += [pl.col("third").alias("weight")] if has_field(path, "third") else []
    for found in edge_lines(path):
        add_edges(rows, found.select(columns), directed=directed)


def _times(path: Path) -> bool:
    """Whether the third fields are whole, never fall, and begin late enough to be seconds."""
    last = float(_LEAST_TIME)
    for found in edge_lines(path):
        values = found["third"]
        if values.null_count() or not (values == values.round()).all() or not values.is_sorted():
            return False
        if len(values) and values[0] < last:
            return False
        last = values[-1] if len(values) else last
    return True


NETWORK_REPOSITORY = Adapter(
    "network-repository", "a Network Repository edge list", _recognise, _read, records=False
)
