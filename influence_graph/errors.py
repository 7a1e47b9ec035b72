"""The errors this package raises: what was found where, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InfluenceGraphError(Exception):
    """Base class of the errors that this package raises."""


class SchemaError(InfluenceGraphError, ValueError):
    """A log does not have the columns, types or values that an interaction log has."""


class ConfigError(InfluenceGraphError, ValueError):
    """A parameter, an option or a key of a config is unknown or out of range."""


class DataError(InfluenceGraphError, ValueError):
    """The data is well formed but lacks what an operation needs."""


class ConvergenceError(InfluenceGraphError):
    """An iteration did not reach its tolerance within the maximum number of iterations."""


class DownloadError(InfluenceGraphError):
    """A data set could not be downloaded, or its checksum is wrong."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number and its noun, in the plural unless the number is 1.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        The singular.
    plural : str, optional
        Where it is not the singular and an "s"; whatever follows the noun may be a part of both.

    Examples
    --------
    >>> counted(1, "row"), counted(2000, "row"), counted(0, "person", "people")
    ('1 row', '2,000 rows', '0 people')
    >>> counted(1, "row has", "rows have")
    '1 row has'
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def nearest(word: object, known: Iterable[object]) -> str:
    """Return ``Did you mean 'x'?`` if a known word is close, else a list of the known words.

    Parameters
    ----------
    word : object
        What was given.
    known : iterable
        What would have been valid; at most 12 are listed.

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
