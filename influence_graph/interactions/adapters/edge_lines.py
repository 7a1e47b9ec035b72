"""Lines of numbers: source, target and up to two more, as KONECT, SNAP and Network Repository have them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.records import open_binary
from influence_graph.interactions.timestamps import FIRST_US, LAST_US
from influence_graph.interactions.typed_csv import plain_numbers

#: Chunks of this many bytes are brought into one form at a time.
_CHUNK = 1 << 19
_BOM = b"\xef\xbb\xbf"
_FIELDS = ("source", "target", "third", "fourth")
_SPACE = ord(" ")
_SPACES = bytes.maketrans(b"\t,", b"  ")
_COMMENT = re.compile(rb"^[%#][^\n]*\n?", re.MULTILINE)


def leading_comments(head: bytes) -> list[str]:
    """Return the lines before the first row, without their mark."""
    found = []
    for line in head.decode(errors="replace").splitlines():
        if not line.startswith(("%", "#")):
            break
        found.append(line[1:].strip())
    return found


def edge_lines(path: Path, *, above: int = 0) -> Iterator[pl.DataFrame]:
    """Yield the fields of the rows below so many lines, some thousands at a time.

    ``source`` and ``target`` are whole numbers where these are plainly written, else text, and may be one in
    one frame and the other in the next; ``third`` and ``fourth`` are numbers.

    Raises
    ------
    SchemaError
        If rows differ in length, a third or fourth field is no number, or there is none.
    """
    width = 0
    with open_binary(path) as file:
        for _ in range(above):
            file.readline()
        if not above and file.read(len(_BOM)) != _BOM:
            file.seek(0)
        while chunk := file.read(_CHUNK):
            chunk += file.readline()
            frame = fields_of(path, chunk, width)
            if frame.width:
                width = frame.width
                yield frame
    if width < 2:
        raise SchemaError(f"{path}: there are no rows of two numbers or more. Expected edges.")


def has_field(path: Path, name: str) -> bool:
    """Whether rows have this field, as the first of them shows."""
    return name in next(edge_lines(path)).columns


def fields_of(path: Path, chunk: bytes, width: int) -> pl.DataFrame:
    """Return the rows of whole lines, which must have so many fields unless that is 0."""
    if b"\r" in chunk:
        chunk = chunk.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"%" in chunk or b"#" in chunk:
        chunk = _COMMENT.sub(b"", chunk)
    chunk = chunk.translate(_SPACES)
    while b"  " in chunk:
        chunk = chunk.replace(b"  ", b" ")
    chunk = chunk.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" \n")
    if not chunk:
        return pl.DataFrame()
    width = width or len(chunk.split(b"\n", 1)[0].split(b" "))
    if not 2 <= width <= len(_FIELDS):
        raise SchemaError(f"{path}: rows have {counted(width, 'field')}. Expected two to four.")
    # 007 and +7 are text: as numbers they would come back as 7.
    plain = plain_numbers(np.frombuffer(chunk, dtype=np.uint8), _SPACE, _SPACE)
    for ends in (pl.Int64(), pl.String()) if plain else (pl.String(),):
        schema = dict(zip(_FIELDS, (ends, ends, pl.Float64(), pl.Float64()), strict=True))
        schema = {name: schema[name] for name in _FIELDS[:width]}
        try:
            frame = pl.read_csv(
                io.BytesIO(chunk), separator=" ", has_header=False, schema=schema, quote_char=None
            )
        except pl.exceptions.PolarsError as error:
            if ends == pl.String():
                raise SchemaError(
                    f"{path}: {str(error).splitlines()[0]}. Expected rows of {counted(width, 'field')}."
                ) from error
        else:
            break
    if frame["target"].null_count() > frame["source"].null_count():
        raise SchemaError(f"{path}: a row has one field. Expected rows of {counted(width, 'field')}.")
    return frame.drop_nulls("source")


def seconds(column: str) -> pl.Expr:
    """Return seconds since 1970 as times; 0, and what is beyond the calendar, is a time that is not known."""
    number = (pl.col(column) * 1_000_000).round()
    known = pl.when((pl.col(column) != 0) & number.is_between(FIRST_US, LAST_US)).then(number)
    return known.cast(pl.Int64).cast(pl.Datetime("us", "UTC")).alias("timestamp")
