"""Matrix Market .mtx: coordinates line by line; arrays, which are dense, parsed by scipy.

https://math.nist.gov/MatrixMarket/formats.html
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edge_lines import edge_lines
from influence_graph.interactions.adapters.edges import add_edges
from influence_graph.interactions.adapters.records import lines, open_binary
from influence_graph.interactions.adapters.rows import Rows

_FIRST = re.compile(
    rb"%%matrixmarket\s+matrix\s+(coordinate|array)\s+(real|double|integer|unsigned-integer|pattern|complex)\s+"
    rb"(general|symmetric|skew-symmetric|hermitian)\s*",
    re.IGNORECASE,
)


def _recognise(head: bytes, name: str) -> bool:
    return head[:14].lower() == b"%%matrixmarket"


def _read(path: Path, rows: Rows) -> None:
    first = _FIRST.fullmatch(next(lines(path)))
    if first is None:
        raise SchemaError(
            f"{path}: not a whole Matrix Market file: the first line does not say its form. Expected one "
            "such as '%%MatrixMarket matrix coordinate real general'."
        )
    form, entries, symmetry = (word.decode().lower() for word in first.groups())
    if entries == "complex" or symmetry == "hermitian":
        raise SchemaError(f"{path}: the matrix is complex. Expected weights that are real numbers.")
    rows.notes.append("a person in row i interacts with the person in column j; people are numbered from 1")
    if form == "array":
        add_edges(rows, _dense(path), directed=True)
        return
    _add_entries(path, rows, entries == "pattern", 0)
    if symmetry != "general":
        _add_entries(path, rows, entries == "pattern", -1 if symmetry == "skew-symmetric" else 1)


def _add_entries(path: Path, rows: Rows, pattern: bool, mirrored: int) -> None:
    """Add the entries as they stand, or ``mirrored`` at the diagonal with this sign."""
    size, above = _size(path)
    found = 0
    for frame in edge_lines(path, above=above) if size[2] else ():
        found += frame.height
        frame = frame.with_columns(pl.col("source", "target").cast(pl.Int64, strict=False))
        if frame.width != 3 - pattern or frame["source"].null_count() or frame["target"].null_count():
            raise _not_whole(path, f"an entry is not two whole numbers{'' if pattern else ' and a weight'}")
        if not all(frame.select(pl.col("source", "target").is_between(1, size[0]).all()).row(0)):
            raise _not_whole(path, f"an entry lies outside of {size[0]:,} rows and columns")
        edges = frame.with_columns((pl.lit(1.0) if pattern else pl.col("third")).alias("weight"))
        if mirrored:
            edges = edges.filter(pl.col("source") != pl.col("target")).with_columns(
                source=pl.col("target"), target=pl.col("source"), weight=pl.col("weight") * mirrored
            )
        add_edges(rows, edges.select("source", "target", "weight"), directed=True)
    if found != size[2]:
        raise _not_whole(path, f"{counted(size[2], 'entry', 'entries')} announced, {found:,} there")


def _size(path: Path) -> tuple[tuple[int, int, int], int]:
    """Return rows, columns and entries, and the number of lines above the first entry."""
    for number, line in enumerate(lines(path), 1):
        if line.startswith(b"%") or not line.strip():
            continue
        words = line.split()
        if len(words) != 3 or not all(word.isdigit() for word in words):
            raise _not_whole(path, f"line {number:,} is not the number of rows, columns and entries")
        size = (int(words[0]), int(words[1]), int(words[2]))
        _check_square(path, size[:2])
        return size, number
    raise _not_whole(path, "it ends before its size")


def _dense(path: Path) -> pl.DataFrame:
    """Return what is not zero of a matrix that is written in full."""
    import scipy.io

    try:
        with open_binary(path) as file:
            matrix = np.asarray(scipy.io.mmread(file, spmatrix=False))
    except (ValueError, OverflowError, EOFError) as error:
        raise _not_whole(path, str(error)) from error
    _check_square(path, matrix.shape)
    row, column = np.nonzero(matrix)
    return pl.DataFrame(
        {"source": row + 1, "target": column + 1, "weight": matrix[row, column].astype(np.float64)}
    )


def _check_square(path: Path, shape: tuple[int, ...]) -> None:
    if shape[0] != shape[1]:
        size = " × ".join(f"{length:,}" for length in shape)
        raise SchemaError(
            f"{path}: the matrix is {size}. Expected as many columns as rows: otherwise rows and columns are "
            "not the same people."
        )


def _not_whole(path: Path, why: str) -> SchemaError:
    return SchemaError(f"{path}: not a whole Matrix Market file: {why}. Get it again.")


MATRIX_MARKET = Adapter("matrix-market", "a Matrix Market file", _recognise, _read, records=False)
