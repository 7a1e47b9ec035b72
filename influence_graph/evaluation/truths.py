"""What follows an origin: the truths that scores are held against, counted person by person."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.evaluation.log_arrays import LogArrays

#: Names of the truths, in the order of tables.
TRUTHS = ("reactors", "new reactors", "reactions per item", "descendants")


def future_truths(arrays: LogArrays, origin: int, horizon: int) -> Mapping[str, FloatArray]:
    """Return what n people got in the horizon after an origin.

    Parameters
    ----------
    arrays : LogArrays
        The log: n people, m rows.
    origin, horizon : int
        In microseconds; the future is origin < time ≤ origin + horizon.

    Returns
    -------
    mapping of str to ndarray of float64, shape (n,)
        ``reactors``: distinct people who reacted. ``new reactors``: those of them who had not before.
        ``reactions per item``: reactions to items created in the horizon, per such item; NaN for people who
        created none. ``descendants``: rows by others anywhere below those items in the reply tree. The last
        two only where the log has posts, and parents.

    Notes
    -----
    O(m log m), and the depth of the reply tree times the rows of the horizon.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph.interactions.read import read_interactions
    >>> rows = pl.DataFrame({"source": ["b", "b", "c"], "target": ["a"] * 3, "timestamp": [1e9, 2e9, 2e9]})
    >>> found = future_truths(LogArrays.of(read_interactions(rows)), 10**15, 2 * 10**15)
    >>> {name: values.tolist() for name, values in found.items()}
    {'reactors': [2.0, 0.0, 0.0], 'new reactors': [1.0, 0.0, 0.0]}
    """
    rows = arrays.within(origin, origin + horizon)
    events = rows[arrays.event[rows]]
    pairs = _pairs(arrays, events)
    past = _pairs(arrays, np.flatnonzero(arrays.event & (arrays.time <= origin)))
    fresh = pairs[~np.isin(pairs, past, assume_unique=True)]
    truths = {
        "reactors": _counts(pairs % arrays.n, arrays.n),
        "new reactors": _counts(fresh % arrays.n, arrays.n),
    }
    made = rows[arrays.created[rows]]
    if len(made):
        items = _items(arrays, made)
        answered = _to_items_of(arrays, events, origin)
        with np.errstate(invalid="ignore", divide="ignore"):
            truths["reactions per item"] = np.where(
                items > 0, _counts(arrays.target[answered], arrays.n) / items, np.nan
            )
    if arrays.parent_row is not None:
        truths["descendants"] = _descendants(arrays, rows, origin)
    return truths


def reactors_within(arrays: LogArrays, start: int, end: int, *, half_life: int | None = None) -> FloatArray:
    """Return the number of distinct people who reacted to each person in start < time ≤ end.

    Parameters
    ----------
    arrays : LogArrays
        The log: n people, m rows.
    start, end : int
        In microseconds since 1970.
    half_life : int, optional
        In microseconds: each of them counts 2^(−age/half-life) with the age of the last reaction at the
        end. It is the count of distinct people at the same decay as a graph.

    Returns
    -------
    ndarray of float64, shape (n,)
        O(m log m).
    """
    rows = arrays.within(start, end)
    rows = rows[arrays.event[rows]]
    if half_life is None:
        return _counts(_pairs(arrays, rows) % arrays.n, arrays.n)
    pairs, place = np.unique(arrays.source[rows] * arrays.n + arrays.target[rows], return_inverse=True)
    last = np.full(len(pairs), start)
    np.maximum.at(last, place, arrays.time[rows])
    weight = np.exp2((last - end) / half_life)
    return np.bincount(pairs % arrays.n, weight, minlength=arrays.n).astype(np.float64)


def ceiling(arrays: LogArrays, origin: int, horizon: int, half: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the distinct reactors in the horizon among one half of the people, and among the other."""
    rows = arrays.within(origin, origin + horizon)
    pairs = _pairs(arrays, rows[arrays.event[rows]])
    first = half[pairs // arrays.n]
    targets = pairs % arrays.n
    return _counts(targets[first], arrays.n), _counts(targets[~first], arrays.n)


def _pairs(arrays: LogArrays, rows: IntArray) -> IntArray:
    """Return the distinct pairs of these rows as source·n + target."""
    pairs = np.sort(arrays.source[rows] * arrays.n + arrays.target[rows])  # many times as fast as np.unique
    return pairs[np.diff(pairs, prepend=-1) > 0]


def _counts(people: IntArray, n: int) -> FloatArray:
    return np.bincount(people, minlength=n).astype(np.float64)


def _items(arrays: LogArrays, made: IntArray) -> FloatArray:
    """Return the number of distinct items of each person; a post without an item is one a row."""
    if arrays.item is None:
        return _counts(arrays.source[made], arrays.n)
    number = arrays.item[made]
    named = np.unique(number[number >= 0], return_index=True)[1]
    return _counts(arrays.source[np.concatenate([made[number >= 0][named], made[number < 0]])], arrays.n)


def _to_items_of(arrays: LogArrays, events: IntArray, origin: int) -> IntArray:
    """Return the events on items created after the origin; all events where the log has no parents."""
    if arrays.parent_row is None:
        return events
    parents = arrays.parent_row[events]
    return events[(parents >= 0) & (arrays.time[np.maximum(parents, 0)] > origin)]


def _descendants(arrays: LogArrays, rows: IntArray, origin: int) -> FloatArray:
    """Climb from each row to its ancestors created after the origin, all rows one step at a time."""
    assert arrays.parent_row is not None
    found: list[IntArray] = []
    number = arrays.item[rows] if arrays.item is not None else rows
    first = np.unique(np.where(number < 0, -1 - rows, number), return_index=True)[1]
    row = rows[first]  # an item that stands on several rows is one descendant
    at = arrays.parent_row[row]
    while len(row):
        at_author = arrays.source[np.maximum(at, 0)]
        on = (at >= 0) & (arrays.time[np.maximum(at, 0)] > origin)
        row, at, author = row[on], at[on], at_author[on]
        other = author != arrays.source[row]
        found.append(np.unique(row[other] * arrays.n + author[other]))
        at = arrays.parent_row[at]
        if len(found) > _DEEPEST:
            break
    every = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    return _counts(every % arrays.n, arrays.n)


#: Reply trees deeper than this are cut: a loop of parents would have no end.
_DEEPEST = 1000
