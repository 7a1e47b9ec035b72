"""A table of text in pieces, cut where rows end: the file is never held, nor decompressed as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.records import lines, open_binary
from influence_graph.interactions.json_text import LONGEST_LINE, too_long

#: Bytes that are read at a time.
_BLOCK = 1 << 21
_QUOTE = b'"'


def csv_pieces(
    path: Path, what: str, wanted: Callable[[list[str]], Sequence[pl.Expr]], *, separator: str = ","
) -> Iterator[pl.DataFrame]:
    """Yield the columns that ``wanted`` makes of a table's, every field as text, an empty one as none.

    Raises
    ------
    SchemaError
        If it is no table: ``what`` says of what.
    """
    head = b""
    for line in lines(path):
        head += line
        if head.count(_QUOTE) % 2 == 0:
            break
    try:
        fields = next(csv.reader([head.decode()], delimiter=separator), [])
        names = [name if name not in fields[:i] else f"\0{i}" for i, name in enumerate(fields)]
        columns = wanted(names)
        read = sorted({name for column in columns for name in column.meta.root_names()})
        for piece in _whole_rows(path):
            scan = pl.scan_csv(
                io.BytesIO(piece),
                has_header=False,
                schema=dict.fromkeys(names, pl.String()),
                separator=separator,
            )
            made = scan.select(pl.col(read).replace("", None)).select(columns).collect()
            if _separators(piece, separator.encode()) != made.height * (len(names) - 1):
                _check_rows(path, what, piece, separator, len(names))
            yield made
    except (pl.exceptions.PolarsError, UnicodeDecodeError, csv.Error) as error:
        raise SchemaError(f"{path}: can't be read as {what}: {str(error).splitlines()[0]}") from error


def _separators(piece: bytes, separator: bytes) -> int:
    """Return how many separators stand outside of quotes."""
    found = piece.count(separator)
    if not found or _QUOTE not in piece:
        return found
    text = np.frombuffer(piece, dtype=np.uint8)
    outside = ~np.bitwise_xor.accumulate((text == _QUOTE[0]).view(np.uint8)).view(bool)
    return int(np.count_nonzero(outside & (text == separator[0])))


def _check_rows(path: Path, what: str, piece: bytes, separator: str, fields: int) -> None:
    """Raise where a row that is not blank has other fields than the header: some stand in another's place."""
    text = io.StringIO(piece.decode(), newline="")
    wrong = next((row for row in csv.reader(text, delimiter=separator) if len(row) not in (0, fields)), None)
    if wrong is not None:
        raise SchemaError(
            f"{path}: can't be read as {what}: a row has {counted(len(wrong), 'field')}, and the header "
            f"{fields}. "
            "Correct it, or say columns= to read the file as a plain table."
        )


def _whole_rows(path: Path) -> Iterator[bytes]:
    """Yield the rows below the first in pieces of whole ones: a line ends a row where no quote is open."""
    header = True
    with open_binary(path) as file:
        held = b""
        while block := file.read(_BLOCK):
            held += block
            if len(held) > LONGEST_LINE:
                raise too_long(str(path), "a row")
            start = _first_row(held) if header else 0
            end = _last_row(held)
            if end > start >= 0:
                yield held[start:end]
                held, header = held[end:], False
        start = _first_row(held) if header else 0
        if start >= 0 and held[start:].strip():
            yield held[start:]


def _first_row(text: bytes) -> int:
    """Return where the second row begins; -1 where there is none."""
    end = text.find(b"\n") + 1
    while end and text.count(_QUOTE, 0, end) % 2:
        end = text.find(b"\n", end) + 1
    return end or -1


def _last_row(text: bytes) -> int:
    """Return where the last row that is whole ends."""
    end = text.rfind(b"\n") + 1
    quotes = text.count(_QUOTE, 0, end)
    while end and quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        quotes -= text.count(_QUOTE, before, end)
        end = before
    return end
