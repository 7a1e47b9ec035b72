"""Opening files for adapters: decompressed streams, and JSON records one at a time."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
from collections.abc import Collection, Iterator
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
    several_values,
    too_long,
    why_no_object,
)
from influence_graph.interactions.other_files import as_utf8, wide_encoding

Record = TypeVar("Record")
#: Base-2 logarithm of the longest window: archives of Reddit have windows of 2 GiB.
_LONGEST_WINDOW = 31
_GZIP, _ZSTD, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00"
_BZIP2 = tuple(b"BZh%d1AY&SY" % level for level in range(1, 10))
#: First bytes of compressed files.
MARKS = (_GZIP, _ZSTD, _XZ, *_BZIP2)
MARK_LENGTH = max(map(len, MARKS))
_BLOCK = 1 << 20
#: Characters of lines that are looked at together.
_TEXT = 1 << 20
_BOM = b"\xef\xbb\xbf"


def open_binary(path: Path, *, recode: bool = True) -> IO[bytes]:
    """Open a file as a stream of its content, decompressed (compression is known by its first bytes).

    ``recode``: text of two or four bytes a character, UTF-16 or UTF-32, comes as UTF-8; it is held.
    """
    file = _decompressed(path)
    if recode and wide_encoding(cast("io.BufferedReader", file).peek(64)[:64]):
        with file:
            return io.BytesIO(as_utf8(str(path), file.read()))
    return file


def _decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        first = file.read(MARK_LENGTH)
    if not first.startswith(MARKS):
        return path.open("rb")
    if first.startswith(_GZIP):
        return cast("IO[bytes]", gzip.open(path))
    if first.startswith(_XZ):
        return cast("IO[bytes]", lzma.open(path))
    if first.startswith(_BZIP2):
        return cast("IO[bytes]", bz2.open(path))
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
        with open_binary(path, recode=False) as file:
            head = file.read(size)
    except (OSError, EOFError, ValueError, ConfigError):
        return b""
    except Exception:  # zlib and zstd each raise a class of their own
        return b""
    encoding = wide_encoding(head[:64])
    return head.decode(encoding, errors="ignore").encode() if encoding else head.removeprefix(_BOM)


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


def text_blocks(path: Path, *encodings: str, rows: Rows) -> Iterator[str]:
    """Yield whole lines of a text file, many at once, in the encoding of :func:`read_text`."""
    found = next((name for name in ("utf-8", *encodings) if _decodes(path, name)), "latin-1")
    if found != "utf-8":
        rows.notes.append(f"the file is not UTF-8 and was read as {found}")
    encoding = "utf-8-sig" if found == "utf-8" else found
    with open_binary(path) as file, io.TextIOWrapper(file, encoding) as text:
        while block := text.read(_TEXT):
            yield block + text.readline()


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


def json_records(
    path: Path, type_: type[Record], rows: Rows | None = None, *, inside: Collection[str] = ()
) -> Iterator[Record | None]:
    """Yield the JSON objects of lines or of one array; None for one that does not have the type.

    One that does not have the type and has objects that do under the names ``inside``, at whatever depth,
    gives those: so APIs answer with many at once.

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
            try:
                yield decode(text)
            except msgspec.ValidationError:
                found = _inside(text, type_, inside)
                if not found:
                    yield None
                yield from found
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            whole = _whole(path, type_, inside) if number == 1 and not array else []
            if whole:
                yield from whole
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


def _whole(path: Path, type_: type[Record], inside: Collection[str]) -> list[Record]:
    """Return the objects of a file that has them over several lines, or those inside of them."""
    with open_binary(path) as file:
        content = file.read(LONGEST_LINE + 1)
    try:
        values = None if len(content) > LONGEST_LINE else several_values(content.removeprefix(_BOM).lstrip())
    except UnicodeDecodeError:
        return []
    found: list[Record] = []
    for value in values or ():
        try:
            found.append(msgspec.json.decode(value, type=type_))
        except msgspec.ValidationError:
            found += _inside(value, type_, inside)
        except (msgspec.DecodeError, RecursionError):
            return []
    return found


def _inside(text: bytes | msgspec.Raw, type_: type[Record], names: Collection[str]) -> list[Record]:
    """Return the objects of this type inside of another, in their order."""
    msgspec.json.decode(text)  # may be damaged behind what has not the type
    found: list[Record] = []
    waiting: list[bytes | msgspec.Raw] = [text] if names else []
    while waiting:
        one = bytes(waiting.pop()).lstrip()
        if one.startswith(b"["):
            waiting += reversed(msgspec.json.decode(one, type=list[msgspec.Raw]))
        elif one.startswith(b"{"):
            with contextlib.suppress(msgspec.ValidationError):
                found.append(msgspec.json.decode(one, type=type_))
            fields = msgspec.json.decode(one, type=dict[str, msgspec.Raw])
            waiting += [fields[name] for name in names if name in fields]
    return found
