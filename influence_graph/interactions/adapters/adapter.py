"""What an adapter is: a format's name, how it is known, and the function that makes rows of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from influence_graph.interactions.adapters.rows import Rows, iso_time


@dataclass(frozen=True)
class Adapter:
    """One format.

    Attributes
    ----------
    name : str
        What ``format=`` calls it.
    title : str
        What it holds, for the note "read as ...".
    recognise : callable
        ``recognise(head, name)``: whether a file with these first bytes and this name is of the format.
    read : callable
        ``read(path, rows)`` adds the rows of a file.
    network : str or None
        The network of its rows; None where files say it or where there is none.
    records : bool
        Whether records may stand in several files, and are one where their items are the same. False for
        graphs, in which parallel edges are edges.
    parse_time : callable
        How its timestamps are written.
    """

    name: str
    title: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path, Rows], None]
    network: str | None = None
    records: bool = True
    parse_time: Callable[[pl.Series], pl.Series] = iso_time


def has_all(head: bytes, *marks: bytes) -> bool:
    """Whether the first bytes of a file hold every mark."""
    return all(mark in head for mark in marks)
