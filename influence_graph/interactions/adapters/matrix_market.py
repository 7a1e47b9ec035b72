"""Matrix Market .mtx, parsed by scipy.

https://math.nist.gov/MatrixMarket/formats.html
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edges
from influence_graph.interactions.adapters.records import open_binary
from influence_graph.interactions.adapters.rows import Rows


def _recognise(head: bytes, name: str) -> bool:
    return head[:14].lower() == b"%%matrixmarket"


def _read(path: Path, rows: Rows) -> None:
    import scipy.io
    import scipy.sparse

    try:
        with open_binary(path) as file:
            matrix = scipy.io.mmread(file, spmatrix=False)
    except (ValueError, OverflowError, EOFError) as error:
        raise SchemaError(f"{path}: not a whole Matrix Market file: {error}") from error
    if np.iscomplexobj(matrix.data):
        raise SchemaError(f"{path}: the matrix is complex. Expected weights that are real numbers.")
    if matrix.shape[0] != matrix.shape[1]:
        size = " × ".join(f"{length:,}" for length in matrix.shape)
        raise SchemaError(
            f"{path}: the matrix is {size}. Expected as many columns as rows: otherwise rows and columns are "
            "not the same people."
        )
    found = scipy.sparse.coo_array(matrix)
    row, column = found.coords
    edges = pl.DataFrame({"source": row + 1, "target": column + 1, "weight": found.data.astype(np.float64)})
    rows.notes.append("a person in row i interacts with the person in column j; people are numbered from 1")
    add_edges(rows, edges, directed=True)


MATRIX_MARKET = Adapter("matrix-market", "a Matrix Market file", _recognise, _read, records=False)
