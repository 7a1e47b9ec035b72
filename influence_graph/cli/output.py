"""What commands print and write: tables for people, JSON for programs, files completely or not at all.

All text for a terminal goes through :func:`say` and :func:`note`: control characters, which an id or an error
message may hold, are shown as escapes.
"""

from __future__ import annotations

import codecs
import errno
import io
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_graph.errors import ConfigError
from influence_graph.visible import frame_text, visible, visible_json

if TYPE_CHECKING:
    import polars as pl


_WRITERS: Mapping[str, str] = {
    ".parquet": "write_parquet", ".csv": "write_csv", ".json": "write_json", ".ndjson": "write_ndjson",
}  # fmt: skip
#: Files of tables that are made by this package.
_MADE_HERE = (".xlsx", ".tex")
#: What a terminal without Unicode shows for characters that tables and messages are made of.
_ASCII = str.maketrans(
    {
        **dict.fromkeys("┌┐└┘├┤┬┴┼╞╡╪╭╮╰╯", "+"),
        **dict.fromkeys("─╌–−", "-"),
        **dict.fromkeys("│┆║", "|"),
        "═": "=", "→": "->", "…": "...", "—": "--", "’": "'", "×": "x", "·": "-", "≥": ">=", "≤": "<=",
    }
)  # fmt: skip


class _ClosedOutput(io.TextIOBase):
    """Standard output that was closed before the program began: Python has None in its place."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "it is closed, so nothing can be printed there", "standard output")


def prepare_streams() -> None:
    """Make printing work whatever the terminal: other encodings than Unicode, closed streams."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Else a file that is opened later would be taken for standard output.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = _ClosedOutput()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    codecs.register_error("influence_graph", _without_unicode)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="influence_graph")


def finish_streams(code: int) -> int:
    """Write out what was printed, and return the exit status: 1 where that fails.

    A reader that left early, as ``head`` does, gets no message, and none from Python when it ends.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code or 1
    return code


def _without_unicode(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_ASCII)
    return text.encode("ascii", "backslashreplace").decode(), error.end


def say(text: object) -> None:
    """Print a text, which may have several lines, to standard output."""
    print(visible(text, keep="\n"))


def note(text: str) -> None:
    """Print a text, which may have several lines, to standard error."""
    print(visible(text, keep="\n"), file=sys.stderr)


def print_frame(frame: pl.DataFrame) -> None:
    """Print all rows and columns of a frame."""
    say(frame_text(frame, rows=1000))


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object; NaN and infinities become null, and ids stay what they are."""
    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "utf")
    text = json.dumps(_without_nan(value), ensure_ascii=not unicode, default=str, allow_nan=False)
    print(visible_json(text))


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_table(out: Path | None, spreadsheet: bool) -> None:
    """Raise a ConfigError if a table can't be written to this file, before it is computed."""
    if out is None:
        if spreadsheet:
            raise ConfigError("--spreadsheet is about the file that is written. Add --out scores.csv.")
    elif spreadsheet and out.suffix not in (".csv", ".xlsx"):
        raise ConfigError(f"{out} ends in {out.suffix!r}; a spreadsheet should end in .csv or .xlsx.")
    elif out.suffix in _MADE_HERE:
        check_folder(out)
    else:
        writer_for(out, also=_MADE_HERE)


def writer_for(out: Path, also: Sequence[str] = ()) -> str:
    """Return the name of the polars method that writes this file; an error if it could not be written."""
    if out.suffix not in _WRITERS:
        named = ", ".join([*_WRITERS, *also])
        raise ConfigError(f"{out} ends in {out.suffix!r}; it should end in one of {named}.")
    check_folder(out)
    return _WRITERS[out.suffix]


def check_folder(out: Path) -> None:
    """Raise a ConfigError if the folder of a file to be written does not exist."""
    if not out.parent.is_dir():
        raise ConfigError(
            f"The folder {str(out.parent)!r} of {out.name} does not exist. Create it, or name another."
        )


def write_frame(frame: pl.DataFrame, out: Path, *, spreadsheet: bool = False) -> None:
    """Write a frame to a file, completely or not at all."""
    from influence_graph.atomic import whole_file
    from influence_graph.spreadsheet import as_csv, as_workbook
    from influence_graph.tabular import as_latex

    if out.suffix == ".xlsx":
        content: bytes | memoryview = as_workbook(frame)
    elif out.suffix == ".tex":
        content = as_latex(frame).encode()
    elif spreadsheet:
        content = as_csv(frame)
    else:
        buffer = io.BytesIO()
        getattr(frame, writer_for(out))(buffer)
        content = buffer.getbuffer()
    with whole_file(out) as unfinished:
        unfinished.write_bytes(content)
