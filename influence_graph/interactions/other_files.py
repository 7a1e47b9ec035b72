"""Files that are no log, known by their first bytes: what they are, and what makes a log of them."""

from __future__ import annotations

import codecs
import re

from influence_graph.errors import SchemaError

#: First bytes, what such a file is, and what to do.
_MARKS = (
    (b"PK\x03\x04", "a zip archive", "Unpack it first: python -m zipfile -e {name} ."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it first."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it first."),
    (b"\x1f\x8b", "compressed with gzip twice", "Decompress it once: gzip -d {name}"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd twice", "Decompress it once: zstd -d {name}"),
    (b"SQLite format 3\0", "an SQLite database", "Export the table as CSV, with a header."),
    (b"ARROW1", "an Arrow (Feather) file", "Give the frame: read_interactions(polars.read_ipc({name!r}))."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Give the frame that pandas.read_hdf returns."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "Save it as 'CSV UTF-8'."),
    (b"%PDF-", "a PDF", "Get the data it was made of."),
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS, not the data",
        "Get it: git lfs pull",
    ),
)
_PAGE = re.compile(rb"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
#: Byte order marks of encodings that are known by them, longest first.
_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def wide_encoding(start: bytes) -> str | None:
    """Return the encoding of text of two or four bytes a character, known by its mark or by its zeros.

    Examples
    --------
    >>> wide_encoding("a,b".encode("utf-16")), wide_encoding("a,b".encode("utf-16-be")), wide_encoding(b"a,b")
    ('utf-16', 'utf-16-be', None)
    """
    for mark, encoding in _WIDE.items():
        if start.startswith(mark):
            return encoding
    even, odd = start[:64:2], start[1:64:2]
    if len(start) > 3 and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(start) > 3 and not any(even) and all(odd) else None


def as_utf8(name: str, content: bytes) -> bytes:
    """Return text as UTF-8 where it is UTF-16 or UTF-32; other content as it is."""
    encoding = wide_encoding(content[:64])
    if encoding is None:
        return content
    try:
        return content.decode(encoding).encode()
    except UnicodeError as error:
        raise SchemaError(
            f"{name}: the file begins as {encoding.upper()} and is not: {error}. Save it as UTF-8."
        ) from None


def is_text(start: bytes) -> bool:
    """Whether the first bytes of a file are UTF-8 text; the last character may be cut."""
    try:
        return b"\0" not in start and bool(codecs.getincrementaldecoder("utf-8")().decode(start))
    except UnicodeDecodeError:
        return False


def check_is_log(name: str, head: bytes, format: str | None) -> None:
    """Raise where the first bytes, decompressed, say that a file is no table of text, nor Parquet.

    Parameters
    ----------
    name : str
        The file, for messages.
    head : bytes
        Its first bytes.
    format : str or None
        The format by its name, or as the caller said.
    """
    if format == "parquet":
        return
    for mark, what, remedy in _MARKS:
        if head.startswith(mark):
            if mark == b"PK\x03\x04" and (b"xl/" in head or name.lower().endswith((".xlsx", ".xlsm"))):
                what, remedy = "an Excel workbook", "Save it as 'CSV UTF-8', or give the frame of pandas."
            raise SchemaError(f"{name}: this is {what}. {remedy.format(name=name)}")
    if head[257:262] == b"ustar":
        raise SchemaError(f"{name}: this is a tar archive. Unpack it first: python -m tarfile -e {name}")
    if _PAGE.match(head):
        raise SchemaError(
            f"{name}: this is a web page (HTML), such as one that asks to sign in, and no data. Get it again."
        )
    json = re.match(rb'\s*(?:\{\s*["}]|\[\s*[\[{])', head) is not None
    if json and format in ("csv", "tsv", "edgelist"):
        raise SchemaError(f"{name}: this is JSON. Say format='ndjson', or rename it to .json.")
    if format == "ndjson" and head.strip() and b"{" not in head and b"[" not in head:
        raise SchemaError(
            f"{name}: this is no JSON: its start holds no object. If it is a table, say format='csv'."
        )
