"""What tells two logs apart: a SHA-256 of the data and of how it was read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from influence_graph.interactions.sources import Part

_ROWS_AT_ONCE = 1 << 20


def fingerprint_of(
    frame: pl.LazyFrame, parts: Sequence[Part], tables: Sequence[pl.DataFrame], parameters: Any
) -> Callable[[], str]:
    """Return a function that hashes the parameters, the tables, and the files or, for a frame, its rows."""
    digests = [part.digest for part in parts]  # and not what the files hold

    def compute() -> str:
        digest = hashlib.sha256(repr(parameters).encode())
        for table in tables:
            digest.update(frame_digest(table))
        for of_file in digests:
            digest.update(frame_digest(frame.collect()) if of_file is None else of_file())
        return digest.hexdigest()

    return compute


def frame_digest(frame: pl.DataFrame) -> bytes:
    """Return the SHA-256 of a frame's names, types and values, however they lie in memory.

    Arrow's own bytes will not do: equal frames differ in chunks, in spare bits, in views into strings.

    Examples
    --------
    >>> one = pl.DataFrame({"a": ["x", None, "y"]})
    >>> frame_digest(one) == frame_digest(pl.concat([one[:1], one[1:]]))
    True
    """
    digest = hashlib.sha256(repr([(name, str(dtype)) for name, dtype in frame.schema.items()]).encode())
    for rows in frame.iter_slices(_ROWS_AT_ONCE):
        for column in rows:
            digest.update(column.is_null().to_numpy().tobytes())
            if column.dtype == pl.String:
                text = column.fill_null("")
                digest.update(text.str.len_bytes().to_numpy().tobytes())
                digest.update((text.str.join("").item() or "").encode())
            else:
                digest.update(column.to_physical().fill_null(0).to_numpy().tobytes())
    return digest.digest()
