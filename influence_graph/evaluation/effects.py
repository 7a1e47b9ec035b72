"""The table that every experiment returns besides its own: one row an estimated effect, with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from influence_graph.errors import counted

#: Columns of the table ``effects``: ``contrast`` says in words what is estimated, ``among`` in whom.
EFFECTS: Mapping[str, type[pl.DataType]] = {
    "data": pl.String,
    "graph": pl.String,
    "contrast": pl.String,
    "measure": pl.String,
    "among": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "level": pl.Float64,
    "people": pl.Int64,
}
_TEXT = tuple(name for name, kind in EFFECTS.items() if kind == pl.String)


def effects_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the table ``effects`` from one mapping an effect.

    Parameters
    ----------
    rows : iterable of mapping
        Keys of :data:`EFFECTS`. Text that is missing is ``""``, a number that is missing or NaN null.

    Returns
    -------
    DataFrame
        With the columns of :data:`EFFECTS`, in their order, also where there are no rows.

    Raises
    ------
    ValueError
        If a row has a key that is no column.

    Examples
    --------
    >>> rows = [
    ...     {"contrast": "pagerank - reactors", "measure": "C", "value": 0.01, "low": -0.02, "high": 0.04}
    ... ]
    >>> effects_frame(rows).select("contrast", "among", "value", "people").rows()
    [('pagerank - reactors', '', 0.01, None)]
    """
    made = []
    for row in rows:
        unknown = [key for key in row if key not in EFFECTS]
        if unknown:
            raise ValueError(f"An effect has no {unknown[0]!r}; its columns are {', '.join(EFFECTS)}.")
        made.append({name: row.get(name, "" if name in _TEXT else None) for name in EFFECTS})
    return pl.DataFrame(made, schema=dict(EFFECTS), orient="row").with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )


def names_a_top(k: int, people: int) -> bool:
    """Return whether the k highest say something: they are at most half of the people there are.

    Of 60 people any two methods name the same "top 100", and nobody can leave it.

    Examples
    --------
    >>> names_a_top(100, 60), names_a_top(100, 200)
    (False, True)
    """
    return 2 * k <= people


def no_top(k: int, people: int) -> str:
    """Return the note on a log in which the k highest say nothing."""
    return (
        f"the top {k} was not asked about, as it is more than half of {counted(people, 'person', 'people')}"
    )
