"""Fields inside of fields: ``account.id`` of JSON as a column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl


def with_nested(frame: pl.LazyFrame, wanted: Iterable[str]) -> pl.LazyFrame:
    """Add the columns that are wanted by a path with dots and are fields of a struct.

    Examples
    --------
    >>> frame = pl.LazyFrame({"account": [{"id": "ann"}]})
    >>> with_nested(frame, ["account.id"]).collect()["account.id"].to_list()
    ['ann']
    """
    schema = frame.collect_schema()
    added = []
    for name in wanted:
        first, *path = name.split(".")
        if name in schema or not path or first not in schema:
            continue
        value: pl.Expr = pl.col(first)
        dtype: Any = schema[first]
        for field in path:
            inner = {f.name: f.dtype for f in dtype.fields} if isinstance(dtype, pl.Struct) else {}
            if field not in inner:
                break
            value, dtype = value.struct.field(field), inner[field]
        else:
            added.append(value.alias(name))
    return frame.with_columns(added) if added else frame
