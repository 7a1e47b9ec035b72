"""Standard input as a file: what is piped in is written to a temporary one, since it is read twice."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

#: What stands for standard input where a path is expected.
STANDARD_INPUT = "-"
_FORMATS = {b"PAR1": ".parquet", b"{": ".ndjson", b"[": ".ndjson"}


@cache
def spooled() -> Path:
    """Return a file with all of standard input; it goes when the process ends.

    Its name tells the format by the first bytes: Parquet, JSON, or else a table of text.
    """
    folder = Path(tempfile.mkdtemp(prefix="influence-graph-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "standard input"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = next((suffix for mark, suffix in _FORMATS.items() if head.startswith(mark)), ".csv")
    return path.rename(path.with_suffix(suffix))
