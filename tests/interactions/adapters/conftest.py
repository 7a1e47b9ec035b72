"""What the tests of adapters share: a file written from text, read as rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence_graph.interactions.adapters.reading import Adapted, read_adapted
from influence_graph.interactions.adapters.table import recognise

Rows = list[tuple[Any, ...]]


class Files:
    """Writes files and reads them with the adapters that their content asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes | list[Any]) -> Path:
        """Write text, bytes, or records as lines of JSON."""
        if isinstance(content, list):
            content = "\n".join(json.dumps(record) for record in content) + "\n"
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, files: dict[str, Any], *, format: str) -> list[Adapted]:
        """Read files that must all be recognised as of one format."""
        found = []
        for name, content in files.items():
            path = self.write(name, content)
            adapter = recognise(path)
            assert adapter is not None, name
            assert adapter.name == format
            found.append((path, adapter))
        return read_adapted(found)

    def rows(self, files: dict[str, Any], columns: str, *, format: str) -> Rows:
        """Return the rows of all files as tuples of these columns; one that is not there is None."""
        made: Rows = []
        for one in self.read(files, format=format):
            for row in one.frame.collect().iter_rows(named=True):
                made.append(tuple(row.get(name) for name in columns.split()))
        return made


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def left_out(files: Files) -> Callable[..., dict[str, int]]:
    """Return a function that counts what is left out of files."""

    def count(content: dict[str, Any], *, format: str) -> dict[str, int]:
        totals: dict[str, int] = {}
        for one in files.read(content, format=format):
            for reason, rows in one.left_out.items():
                totals[reason] = totals.get(reason, 0) + rows
        return totals

    return count
