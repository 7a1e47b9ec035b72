"""Labelled pairs: which of two people was judged the more influential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError, SchemaError, nearest


@dataclass(frozen=True, eq=False)
class Pairs:
    """Labelled pairs of n people with f features.

    Attributes
    ----------
    people : polars.Series
        The n people, by id, or numbered if people are identified by their features.
    features : tuple of str
        Names of the f features.
    values : ndarray of float64, shape (n, f)
        Finite, ≥ 0, in natural units.
    first, second : ndarray of int64, shape (p,)
        Positions of the two people of each pair.
    choice : ndarray of bool, shape (p,)
        Whether the first was judged the more influential.
    report : mapping of str to int
        Pairs left out and why, pairs judged more than once, and those of them with both answers.
    """

    people: pl.Series
    features: tuple[str, ...]
    values: FloatArray
    first: IntArray
    second: IntArray
    choice: npt.NDArray[np.bool_]
    report: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.choice)

    @property
    def judges_agreement(self) -> float:
        """Share of agreeing couples of judgements of the same pair; NaN if no pair was judged twice."""
        yes, judged = self._judgements()
        agree = yes * (yes - 1) + (judged - yes) * (judged - yes - 1)
        couples = judged * (judged - 1)
        return float(agree.sum() / couples.sum()) if couples.sum() else float("nan")

    def _judgements(self) -> tuple[IntArray, IntArray]:
        """Return for each distinct pair how often the lower position won, and how often it was judged."""
        lower, upper = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        _, at, judged = np.unique(lower * len(self.people) + upper, return_inverse=True, return_counts=True)
        won = self.choice == (self.first < self.second)
        return np.bincount(at, weights=won).astype(np.int64), judged.astype(np.int64)


def read_pairs(pairs: Any, people: Any = None, *, on_error: Literal["raise", "skip"] = "raise") -> Pairs:
    """Read labelled pairs with the features of both people.

    Two layouts. That of PeerIndex: ``choice``, then columns ``a_<feature>`` and ``b_<feature>`` for each
    feature, in any case; people are identified by their features, so equal features are one person. Or ids:
    ``a``, ``b`` and ``choice``, with the features of each id in ``people``, as returned by
    :func:`~influence_graph.networks._features.person_features`.

    Parameters
    ----------
    pairs : path, polars.DataFrame, or data for one
        A path is read as CSV. ``choice`` is 1 where a is the more influential, 0 where b is.
    people : frame, optional
        ``id`` and one numeric column per feature.
    on_error : {"raise", "skip"}
        Pairs of people without features raise an error, or are left out and counted.

    Returns
    -------
    Pairs
        O(p·f).

    Raises
    ------
    SchemaError
        If a column is missing, or a choice is not 0 or 1.
    DataError
        If a feature is missing, not finite or negative, a person is listed twice, unknown or paired with
        themselves, no pair is left, or all judges chose the same side.

    Examples
    --------
    >>> rows = {"Choice": [1, 0], "A_posts": [5, 1], "B_posts": [1, 7]}
    >>> pairs = read_pairs(rows)
    >>> pairs.features, len(pairs.people), len(pairs)
    (('posts',), 3, 2)
    """
    if on_error not in ("raise", "skip"):
        raise ConfigError(f"on_error is {on_error!r}, but it should be 'raise' or 'skip'.")
    frame = (
        pl.read_csv(pairs, infer_schema_length=None) if isinstance(pairs, str | Path) else pl.DataFrame(pairs)
    )
    lowered = [name.lower() for name in frame.columns]
    if len(set(lowered)) < len(lowered):
        raise SchemaError("pairs: two columns differ only in capitals. Rename one.")
    frame = frame.rename(dict(zip(frame.columns, lowered, strict=True)))
    choice = _choice(frame)
    if people is None:
        ids, names, values, first, second = _by_features(frame)
        unknown = np.zeros(len(choice), dtype=bool)
    else:
        ids, names, values, first, second = _by_id(frame, pl.DataFrame(people))
        unknown = (first < 0) | (second < 0)
        if unknown.any() and on_error == "raise":
            row = int(unknown.argmax())
            person = frame["a" if first[row] < 0 else "b"][row]
            raise DataError(
                f"pairs, row {row + 1:,}: {person!r} has no features. "
                f"{nearest(person, ids[:10_000])} Add the person, or leave these pairs out with "
                f"on_error='skip'. Pairs with this problem: {int(unknown.sum()):,}."
            )
    kept = ~unknown
    first, second, choice = first[kept], second[kept], choice[kept]
    if not len(choice):
        raise DataError("pairs: no pair is left to learn from.")
    if (first == second).any():
        row = int(np.flatnonzero(kept)[(first == second).argmax()])
        reason = ", or have the same features" if people is None else ""
        raise DataError(
            f"pairs, row {row + 1:,}: both sides are the same person{reason}. "
            f"Remove these pairs. Pairs with this problem: {int((first == second).sum()):,}."
        )
    if choice.all() or not choice.any():
        raise DataError(
            f"pairs: all {len(choice):,} choices are {int(choice[0])}, so nothing can be learned from them. "
            "If the winner is always first, swap a and b (and the choice) in a random half of the rows."
        )
    read = Pairs(ids, names, values, first, second, choice, {})
    yes, judged = read._judgements()
    report = {
        "pairs": len(choice),
        "people": len(np.union1d(first, second)),
        "pairs of unknown people left out": int(unknown.sum()),
        "pairs judged more than once": int((judged > 1).sum()),
        "of these with both answers": int(((yes > 0) & (yes < judged)).sum()),
    }
    return Pairs(ids, names, values, first, second, choice, report)


def _choice(frame: pl.DataFrame) -> npt.NDArray[np.bool_]:
    if "choice" not in frame.columns:
        raise SchemaError(f"pairs: there is no column 'choice'. {nearest('choice', frame.columns)}")
    column = frame["choice"].cast(pl.String).str.to_lowercase()
    is_true = column.is_in(["1", "1.0", "true"])
    wrong = ~(is_true | column.is_in(["0", "0.0", "false"])).fill_null(False)
    if wrong.any():
        row = wrong.arg_max() or 0
        raise SchemaError(
            f"pairs, row {row + 1:,}: choice is {frame['choice'][row]!r}, but it should be 1 (a is the more "
            f"influential) or 0 (b is). Rows with this problem: {int(wrong.sum()):,}."
        )
    return is_true.to_numpy().astype(bool)


def _by_features(
    frame: pl.DataFrame,
) -> tuple[pl.Series, tuple[str, ...], FloatArray, IntArray, IntArray]:
    names = tuple(name[2:] for name in frame.columns if name.startswith("a_"))
    theirs = {name[2:] for name in frame.columns if name.startswith("b_")}
    alone = sorted(set(names) ^ theirs)
    if not names or alone:
        found = f"{alone[0]!r} is there for one side only" if alone else "there is none"
        raise SchemaError(
            f"pairs: {found}. Expected a column a_<feature> and one b_<feature> for each feature, or ids in "
            "the columns a and b and their features in people=."
        )
    sides = [_numbers(frame.select(f"{side}_{name}" for name in names), "pairs") for side in "ab"]
    values, at = np.unique(np.vstack(sides), axis=0, return_inverse=True)
    at = np.asarray(at, dtype=np.int64).ravel()
    return pl.Series("id", np.arange(len(values))), names, values, at[: frame.height], at[frame.height :]


def _by_id(
    frame: pl.DataFrame, people: pl.DataFrame
) -> tuple[pl.Series, tuple[str, ...], FloatArray, IntArray, IntArray]:
    for column in ("a", "b"):
        if column not in frame.columns:
            raise SchemaError(f"pairs: there is no column {column!r}. {nearest(column, frame.columns)}")
    if "id" not in people.columns:
        raise SchemaError(f"people: there is no column 'id'. {nearest('id', people.columns)}")
    twice = people["id"].is_duplicated()
    if twice.any():
        raise DataError(
            f"people: {people['id'].filter(twice)[0]!r} is listed more than once. Give each person one row. "
            f"Rows with this problem: {int(twice.sum()):,}."
        )
    names = tuple(name for name in people.columns if name != "id")
    if not names:
        raise SchemaError("people: there is no feature. Expected a numeric column a feature besides 'id'.")
    values = _numbers(people.select(names), "people")
    table = pl.DataFrame({"id": people["id"], "at": np.arange(people.height, dtype=np.int64)})
    ends = []
    for column in ("a", "b"):
        try:
            wanted = frame[column].cast(people["id"].dtype)
        except pl.exceptions.InvalidOperationError:
            raise SchemaError(
                f"pairs: column {column!r} is {frame[column].dtype}, and the ids of people are "
                f"{people['id'].dtype}. Give both the same type."
            ) from None
        found = wanted.to_frame("id").join(table, on="id", how="left", maintain_order="left")["at"]
        ends.append(found.fill_null(-1).to_numpy().astype(np.int64))
    return people["id"], names, values, ends[0], ends[1]


def _numbers(frame: pl.DataFrame, name: str) -> FloatArray:
    """Return a frame of features as floats; each has to be finite and not negative."""
    for column in frame.iter_columns():
        if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
            raise SchemaError(
                f"{name}: the feature {column.name!r} is {column.dtype}, but it should be numeric."
            )
        numbers = column.cast(pl.Float64)
        wrong = ~(numbers.is_finite() & (numbers >= 0.0)).fill_null(False)
        if wrong.any():
            row = wrong.arg_max() or 0
            raise DataError(
                f"{name}, row {row + 1:,}: the feature {column.name!r} is {numbers[row]}, but it should be a "
                "finite number, 0 or more. Fill it in, or leave the row out. "
                f"Rows with this problem: {int(wrong.sum()):,}."
            )
    return np.ascontiguousarray(frame.cast(pl.Float64).to_numpy(), dtype=np.float64)
