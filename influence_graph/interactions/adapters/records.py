"""Opening files for adapters: decompressed streams, and JSON records one at a time."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec

from influence_graph.errors import ConfigError, SchemaError

Record = TypeVar("Record")
#: An array of this many bytes or more is read record by record, which is slower.
_WHOLE_BYTES = 1 << 26
#: Base-2 logarithm of the longest window: archives of Reddit have windows of 2 GiB.
_LONGEST_WINDOW = 31
_MARKS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_BOM = b"\xef\xbb\xbf"


def open_binary(path: Path) -> IO[bytes]:
    """Open a file as a stream of its content, decompressed (gzip and zstd are known by their first bytes)."""
    with path.open("rb") as file:
        first = file.read(4)
    kind = next((kind for mark, kind in _MARKS.items() if first.startswith(mark)), None)
    if kind is None:
        return path.open("rb")
    if kind == "gzip":
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


def read_text(path: Path, *encodings: str) -> str:
    """Return the content of a text file: UTF-8, or the first other encoding that fits."""
    with open_binary(path) as file:
        content = file.read().removeprefix(_BOM)
    for encoding in ("utf-8", *encodings):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            wrong = error
    raise SchemaError(f"{path}: byte {wrong.start:,} is not UTF-8. Save the file in UTF-8.")


def lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a text file, without byte order mark."""
    with open_binary(path) as file:
        first = True
        for line in file:
            yield line.removeprefix(_BOM) if first else line
            first = False


def json_records(path: Path, type_: type[Record]) -> Iterator[Record | None]:
    """Yield the JSON objects of lines or of one array; None for one that does not have the type.

    Objects are decoded straight into ``type_``: fields that it does not name are skipped, never held.
    """
    head = read_head(path, 4096).lstrip()
    if head.startswith(b"["):
        yield from _array(path, type_)
        return
    decode = msgspec.json.Decoder(type_).decode
    for number, line in enumerate(lines(path), 1):
        if line.isspace():
            continue
        try:
            yield decode(line)
        except msgspec.ValidationError:
            yield None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if number == 1 or not line.endswith(b"\n"):
                whole = _whole(path, type_)
                if number == 1 and whole is not None:
                    yield whole
                    return
            raise SchemaError(
                f"{path}, line {number:,}: {line[:80].decode(errors='replace')!r} is not a JSON object "
                f"({error}). Expected one object a line, or an array."
            ) from error


def _whole(path: Path, type_: type[Record]) -> Record | None:
    """Return a file that is one object over several lines."""
    with open_binary(path) as file:
        try:
            return msgspec.json.decode(file.read().removeprefix(_BOM), type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


def _array(path: Path, type_: type[Record]) -> Iterator[Record | None]:
    with open_binary(path) as file:
        start = file.read(_WHOLE_BYTES)
        if len(start) < _WHOLE_BYTES:
            try:
                found: list[msgspec.Raw] = msgspec.json.decode(
                    start.removeprefix(_BOM), type=list[msgspec.Raw]
                )
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise SchemaError(f"{path}: not a whole JSON array ({error}). Get it again.") from error
            decode = msgspec.json.Decoder(type_).decode
            for raw in found:
                try:
                    yield decode(raw)
                except msgspec.ValidationError:
                    yield None
            return
    import ijson  # type: ignore[import-untyped]

    with open_binary(path) as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        try:
            for value in ijson.items(file, "item", use_float=True):
                yield _converted(value, type_)
        except ijson.JSONError as error:
            raise SchemaError(f"{path}: not a whole JSON array ({error}). Get it again.") from error


def _converted(value: Any, type_: type[Record]) -> Record | None:
    try:
        return msgspec.json.decode(msgspec.json.encode(value), type=type_)
    except msgspec.ValidationError:
        return None
