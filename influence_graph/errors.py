"""The errors this package raises: what was found where, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InfluenceGraphError(Exception):
    """Everything this package raises on purpose."""


class SchemaError(InfluenceGraphError, ValueError):
    """A log does not have the columns, types or values that an interaction log has."""


class ConfigError(InfluenceGraphError, ValueError):
    """A parameter, an option or a key of a config is unknown or out of range."""


class DataError(InfluenceGraphError, ValueError):
    """The data is well formed but cannot answer what was asked of it."""


class ConvergenceError(InfluenceGraphError):
    """An iteration stopped before it reached the tolerance asked for."""


class DownloadError(InfluenceGraphError):
    """A data set could not be had, or is not what its checksum says."""


def nearest(word: object, known: Iterable[object]) -> str:
    """`` Did you mean 'x'?`` if a known word is close, else all the known words.

    Examples
    --------
    >>> nearest("pagerang", ["pagerank", "hits"])
    "Did you mean 'pagerank'?"
    >>> nearest("zzz", ["pagerank", "hits"])
    "Known: 'hits', 'pagerank'."
    """
    names = sorted(map(str, known))
    close = difflib.get_close_matches(str(word), names, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    shown = ", ".join(map(repr, names[:12])) or "none"
    return f"Known: {shown}{' …' if len(names) > 12 else ''}."
