"""Opening files for adapters: decompressed streams, and JSON records one at a time."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypeVar, cast

import msgspec

from influence_graph.errors import ConfigError, SchemaError
from influence_graph.interactions.adapters.rows import Rows
from influence_graph.interactions.json_text import (
    LONGEST_LINE,
    NO_OBJECT,
    array_elements,
    no_object,
    too_long,
    why_no_object,
)

Record = TypeVar("Record")
#: Base-2 logarithm of the longest window: archives of Reddit have windows of 2 GiB.
_LONGEST_WINDOW = 31
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
#: First bytes of compressed files.
MARKS = (_GZIP, _ZSTD)
_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


def open_binary(path: Path) -> IO[bytes]:
    """Open a file as a stream of its content, decompressed (gzip and zstd are known by their first bytes)."""
    with path.open("rb") as file:
        first = file.read(4)
    if not first.startswith(MARKS):
        return path.open("rb")
    if first.startswith(_GZIP):
        return cast("IO[bytes]", gzip.open(path))
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # Python 3.14
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise ConfigError("Reading .zst needs Python 3.14 or: pip install backports.zstd") from None
    options = {zstd.DecompressionParameter.window_log_max: _LONGEST_WINDOW}
    return cast("IO[bytes]", io.BufferedReader(zstd.ZstdFile(path, options=options), 1 << 20))


def read_head(path: Path, size: int = 1 << 16) -> bytes:
    """Return the first bytes of the content of a file without byte order mark; empty if damaged."""
    try:
        with open_binary(path) as file:
            return file.read(size).removeprefix(_BOM)
    except (OSError, EOFError, ValueError, ConfigError):
        return b""
    except Exception:  # zlib and zstd each raise a class of their own
        return b""


def read_text(path: Path, *encodings: str, rows: Rows | None = None) -> str:
    """Return the content of a text file: UTF-8, or the first other encoding that fits, with a note on it."""
    with open_binary(path) as file:
        content = file.read().removeprefix(_BOM)
    for encoding in ("utf-8", *encodings):
        try:
            text = content.decode(encoding)
            if encoding != "utf-8" and rows is not None:
                rows.notes.append(f"the file is not UTF-8 and was read as {encoding}")
            return text
        except UnicodeDecodeError as error:
            wrong = error
    raise SchemaError(f"{path}: byte {wrong.start:,} is not UTF-8. Save the file in UTF-8.")


def text_lines(path: Path, *encodings: str, rows: Rows) -> Iterator[str]:
    """Yield the lines of a text file that is not held, in the encoding of :func:`read_text`."""
    found = next((name for name in ("utf-8", *encodings) if _decodes(path, name)), "latin-1")
    if found != "utf-8":
        rows.notes.append(f"the file is not UTF-8 and was read as {found}")
    encoding = "utf-8-sig" if found == "utf-8" else found
    with open_binary(path) as file, io.TextIOWrapper(file, encoding) as text:
        yield from text


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_binary(path) as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a text file, without byte order mark; one that is too long to be held is refused."""
    with open_binary(path) as file:
        number, line = 1, file.readline(LONGEST_LINE + 1).removeprefix(_BOM)
        while line:
            if len(line) > LONGEST_LINE:
                raise too_long(str(path), f"line {number:,}")
            yield line
            number, line = number + 1, file.readline(LONGEST_LINE + 1)


def json_records(path: Path, type_: type[Record], rows: Rows | None = None) -> Iterator[Record | None]:
    """Yield the JSON objects of lines or of one array; None for one that does not have the type.

    Objects are decoded straight into ``type_``: fields that it does not name are skipped, never held. One
    that is no JSON is left out and counted where ``rows`` says so.
    """
    rows = Rows() if rows is None else rows
    array = read_head(path, 4096).lstrip().startswith(b"[")
    rows.unit = "element" if array else "line"
    decode = msgspec.json.Decoder(type_).decode
    for number, text in enumerate(_elements(path, rows.skip) if array else lines(path), 1):
        try:
            if text.isspace() and not array:
                continue
            rows.number = number
            if not text.isascii():
                text.decode()  # the parser skips fields without a look at their characters
            yield decode(text)
        except msgspec.ValidationError:
            yield None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            whole = _whole(path, type_) if number == 1 and not array else None
            if whole is not None:
                yield whole
                return
            if rows.skip:
                rows.record += 1
                rows.leave_out(NO_OBJECT)
                continue
            raise SchemaError(
                no_object(
                    f"{path}, {'element' if array else 'line'} {number:,}",
                    text,
                    why_no_object(text) or str(error),
                    secret=rows.secret,
                )
            ) from None


def _elements(path: Path, skip: bool) -> Iterator[bytes]:
    with open_binary(path) as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        yield from array_elements(str(path), file, skip=skip)


def _whole(path: Path, type_: type[Record]) -> Record | None:
    """Return a file that is one object over several lines."""
    with open_binary(path) as file:
        content = file.read(LONGEST_LINE + 1)
    try:
        whole = len(content) <= LONGEST_LINE
        return msgspec.json.decode(content.removeprefix(_BOM), type=type_) if whole else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
