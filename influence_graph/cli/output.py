"""What commands print and write: tables for people, JSON for programs, files completely or not at all."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_graph.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl


_WRITERS: Mapping[str, str] = {
    ".parquet": "write_parquet", ".csv": "write_csv", ".json": "write_json", ".ndjson": "write_ndjson",
}  # fmt: skip


def writer_for(out: Path) -> str:
    """Return the name of the polars method that writes this file; an error if it could not be written."""
    if out.suffix not in _WRITERS:
        raise ConfigError(f"{out} ends in {out.suffix!r}; it should end in one of {', '.join(_WRITERS)}.")
    check_folder(out)
    return _WRITERS[out.suffix]


def check_folder(out: Path) -> None:
    """Raise a ConfigError if the folder of a file to be written does not exist."""
    if not out.parent.is_dir():
        raise ConfigError(
            f"The folder {str(out.parent)!r} of {out.name} does not exist. Create it, or name another."
        )


def write_frame(frame: pl.DataFrame, out: Path) -> None:
    """Write a frame to a file, completely or not at all."""
    import io

    from influence_graph.atomic import whole_file

    buffer = io.BytesIO()
    getattr(frame, writer_for(out))(buffer)
    with whole_file(out) as unfinished:
        unfinished.write_bytes(buffer.getbuffer())


def print_frame(frame: pl.DataFrame) -> None:
    """Print all rows and columns of a frame."""
    import polars as pl

    with pl.Config(
        tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=1000, tbl_cols=-1,
        tbl_width_chars=160, fmt_str_lengths=60, float_precision=4,
    ):  # fmt: skip
        print(frame)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object; NaN and infinities become null."""
    print(json.dumps(_without_nan(value), ensure_ascii=False, default=str, allow_nan=False))


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def note(text: str) -> None:
    """Print a line to standard error."""
    print(text, file=sys.stderr)
