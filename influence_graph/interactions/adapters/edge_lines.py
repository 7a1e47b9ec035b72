"""Lines of numbers: source, target and up to two more, as KONECT, SNAP and Network Repository have them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.records import open_binary

#: Chunks of this many bytes are brought into one form at a time.
_CHUNK = 1 << 24
_GAP = re.compile(rb"[ \t,]+")
_COMMENT = re.compile(rb"^[%#][^\n]*\n?", re.MULTILINE)


def leading_comments(head: bytes) -> list[str]:
    """Return the lines before the first row, without their mark."""
    found = []
    for line in head.decode(errors="replace").splitlines():
        if not line.startswith(("%", "#")):
            break
        found.append(line[1:].strip())
    return found


def read_edge_lines(path: Path) -> pl.DataFrame:
    """Return the fields of the rows: ``source`` and ``target`` as text, ``third`` and ``fourth`` as numbers.

    Raises
    ------
    SchemaError
        If rows differ in length or a third or fourth field is no number.
    """
    frames = []
    with open_binary(path) as file:
        while chunk := file.read(_CHUNK):
            chunk += file.readline()
            frames.append(_table(path, chunk))
    width = max((frame.width for frame in frames), default=0)
    if width < 2:
        raise SchemaError(f"{path}: there are no rows of two numbers or more. Expected edges.")
    return pl.concat(frames, how="diagonal")


def _table(path: Path, chunk: bytes) -> pl.DataFrame:
    chunk = _COMMENT.sub(b"", chunk.replace(b"\r", b""))
    chunk = re.sub(rb"(?m)^ | $", b"", _GAP.sub(b" ", chunk)).lstrip(b"\n")
    if not chunk.strip():
        return pl.DataFrame()
    width = len(chunk.split(b"\n", 1)[0].split(b" "))
    names = ["source", "target", "third", "fourth"][:width]
    schema = {name: pl.String() if name in ("source", "target") else pl.Float64() for name in names}
    if not 2 <= width <= len(schema):
        raise SchemaError(f"{path}: rows have {counted(width, 'field')}. Expected two to four.")
    try:
        frame = pl.read_csv(
            io.BytesIO(chunk), separator=" ", has_header=False, schema=schema, quote_char=None
        )
    except pl.exceptions.PolarsError as error:
        raise SchemaError(
            f"{path}: {str(error).splitlines()[0]}. Expected rows of {counted(width, 'field')}."
        ) from error
    return frame.drop_nulls(["source", "target"])


def seconds(column: str) -> pl.Expr:
    """Return seconds since 1970 as times; 0 is a time that is not known."""
    known = pl.when(pl.col(column) != 0).then((pl.col(column) * 1_000_000).round())
    return known.cast(pl.Int64).cast(pl.Datetime("us", "UTC")).alias("timestamp")
