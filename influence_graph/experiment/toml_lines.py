"""The line of a key in a TOML text, for error messages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

_NAME = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")

Location = Sequence[str | int]


def line_of(text: str, location: Location) -> int | None:
    r"""Return the line (from 1) of a key in a TOML text, or of the innermost table around it.

    Parameters
    ----------
    text : str
        Valid TOML.
    location : sequence of str and int
        The path of the value: names of tables and keys, positions in arrays.

    Returns
    -------
    int or None
        None if no part of the path is in the text.

    Examples
    --------
    >>> line_of('name = "a"\n[[methods]]\nname = "pagerank"\ndamping = 1.2\n', ["methods", 0, "damping"])
    4
    """
    lines = _lines(text)
    # A single table in place of a list of tables: its keys have no position.
    ways = [tuple(location), tuple(part for part in location if isinstance(part, str))]
    found = [way[:length] for way in ways for length in range(1, len(way) + 1) if way[:length] in lines]
    return lines[max(found, key=_depth)] if found else None


def _depth(way: Location) -> tuple[int, int]:
    return sum(isinstance(part, str) for part in way), len(way)


def _lines(text: str) -> dict[tuple[str | int, ...], int]:
    lines: dict[tuple[str | int, ...], int] = {}
    count: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    inside = ""  # the quotes of an open multi-line string
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            table = ()
            names = _names(header[2])
            for depth, name in enumerate(names):
                table += (name,)
                if header[1] == "[[" and depth == len(names) - 1:
                    lines.setdefault(table, number)
                    count[table] = count.get(table, -1) + 1
                if table in count:
                    table += (count[table],)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            way = table
            for name in _names(key[1]):
                way += (name,)
                lines.setdefault(way, number)
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                inside = quotes
    return lines


def _names(dotted: str) -> list[str]:
    names: list[str] = []
    value: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        names.append(name)
    return names
