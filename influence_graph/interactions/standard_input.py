"""Pipes as files: what comes by standard input or a named pipe is written to a file, as it is read twice."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import IO

#: What stands for standard input where a path is expected.
STANDARD_INPUT = "-"
_FORMATS = {b"PAR1": ".parquet", b"{": ".ndjson", b"[": ".ndjson"}


@cache
def spooled() -> Path:
    """Return a file with all of standard input; it goes when the process ends.

    Its name tells the format by the first bytes: Parquet, JSON, or else a table of text.
    """
    return _written(sys.stdin.buffer, "standard input")


def is_pipe(path: Path) -> bool:
    """Whether a path is a pipe or another thing that can be read once, or standard input by its number."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    streams = stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
    return streams or (stat.S_ISREG(mode) and path.parts[1:2] in (("dev",), ("proc",)))


def spooled_pipe(path: Path) -> Path:
    """Return a file with all that a pipe gives, named as :func:`spooled` names it."""
    own = os.path.realpath(path) if path.exists() else ""
    if os.path.realpath("/dev/stdin") == own:
        return spooled()
    with path.open("rb") as file:
        return _written(file, path.name)


def temporary_folder() -> Path:
    """Return a new folder that goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="influence-graph-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _written(content: IO[bytes], name: str) -> Path:
    path = temporary_folder() / name
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    if path.suffix:
        return path
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = next((suffix for mark, suffix in _FORMATS.items() if head.startswith(mark)), ".csv")
    return path.rename(path.with_suffix(suffix))
