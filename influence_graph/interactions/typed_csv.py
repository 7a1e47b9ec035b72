"""Delimited text whose columns can be read as numbers and times at once, as text would give them.

Every test here is sufficient, not necessary: where one fails, all columns are read as text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import boolean, types, uint8

from influence_graph.compilation import kernel

#: Rows by which the types of columns are guessed.
_HEAD_ROWS = 1_000
_MORE = "\0more"
_WHOLE = re.compile(r"0|-?[1-9]\d{0,18}")  # beyond 64 bits none is read, and all become text
#: Forms of timestamps that are read fast, and how long each is.
_FORMS = {"%Y-%m-%dT%H:%M:%SZ": 20, "%Y-%m-%dT%H:%M:%S": 19, "%Y-%m-%d %H:%M:%S": 19}


def typed_table(
    content: bytes,
    names: Sequence[str],
    roles: Mapping[str, str],
    marks: tuple[str, str | None, str | None],
    *,
    skip: int,
    kept: Sequence[str] | None = None,
) -> pl.DataFrame | None:
    """Return the rows of a file with ids, weights and times typed, or None where text may say more.

    Parameters
    ----------
    content : bytes
        The file.
    names : sequence of str
        Its columns.
    roles : mapping of str to str
        Column of the file to ``source``, ``target``, ``weight`` or ``timestamp``.
    marks : tuple of str
        What stands between fields, before comments, and around fields.
    skip : int
        Lines before the first row.
    kept : sequence of str, optional
        The columns to return; None: all.
    """
    separator, comment, quote = marks
    ends = [name for name in names if roles.get(name) in ("source", "target")]
    time = next((name for name in names if roles.get(name) == "timestamp"), None)
    if len(ends) < 2:
        return None

    # Where columns are left unread, one more shows whether a row has more fields than there are columns.
    part = kept is not None and len(kept) < len(names)
    every, wanted = ([*names, _MORE], [*(kept or ()), _MORE]) if part else (list(names), list(names))

    def read(types: Mapping[str, pl.DataType], rows: int | None = None) -> pl.DataFrame | None:
        try:
            frame = pl.scan_csv(
                io.BytesIO(content),
                has_header=False,
                schema={name: types.get(name, pl.String()) for name in every},
                separator=separator,
                comment_prefix=comment,
                quote_char=quote,
                skip_lines=skip,
                n_rows=rows,
                truncate_ragged_lines=part,
                missing_columns="insert" if part else "raise",
                raise_if_empty=False,
                glob=False,
            )
            found = frame.select(wanted).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        if not part:
            return found
        return found.drop(_MORE) if found[_MORE].null_count() == len(found) else None

    head = read({}, _HEAD_ROWS)
    if head is None or head.is_empty():
        return None
    form = None
    if time is not None:
        form = next((form for form in _FORMS if _times(head[time], form) is not None), None)
        if form is None:
            return None
    whole = all(_WHOLE.fullmatch(value or "") for name in ends for value in head[name])
    # In text 007, +7 and " 7" are not the number 7.
    if whole and not plain_numbers(
        np.frombuffer(content, dtype=np.uint8), ord(separator), ord(quote or separator)
    ):
        return None
    types: dict[str, pl.DataType] = {name: pl.Float64() for name in names if roles.get(name) == "weight"}
    table = read(types | (dict.fromkeys(ends, pl.Int64()) if whole else {}))
    if table is None or time is None or form is None:
        return table
    times = _times(table[time], form)
    return None if times is None else table.with_columns(times.alias(time))


def typed_columns(frame: pl.DataFrame, roles: Mapping[str, str]) -> pl.DataFrame | None:
    """Return a frame whose times are plainly written and whose weights are whole with both typed, or None.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns with the types of JSON.
    roles : mapping of str to str
        As for :func:`typed_table`.
    """
    made = {}
    for name, dtype in frame.schema.items():
        role, column = roles.get(name), frame[name]
        if role == "timestamp" and dtype == pl.String and len(column):
            form = next((form for form in _FORMS if _times(column.head(_HEAD_ROWS), form) is not None), None)
            times = None if form is None else _times(column, form)
            if times is None:
                return None
            made[name] = times
        elif role == "weight" and dtype == pl.Int64 and column.null_count() == 0:
            made[name] = column.cast(pl.Float64)
            if not (made[name].cast(pl.Int64, strict=False) == column).all():
                return None
    return frame.with_columns(**made) if made else None


def _times(text: pl.Series, form: str) -> pl.Series | None:
    """Return times written in this form, or None where one is not."""
    if text.null_count() or (text.str.len_bytes() != _FORMS[form]).any() or str(text.min()) < "0":
        return None
    # Where a digit is lost, a space or a sign in its place would do for the parser.
    spaces = int(" " in form)
    if (text.str.count_matches(" ", literal=True) != spaces).any() or text.str.contains(
        "+", literal=True
    ).any():
        return None
    found = text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    return None if found.null_count() else found


@kernel(boolean(types.Array(types.uint8, 1, "C", readonly=True), uint8, uint8))
def plain_numbers(content: npt.NDArray[np.uint8], separator: int, quote: int) -> bool:
    """Whether no field starts with 0 and a digit, −0, + or a space, or ends with a space."""
    size = content.size
    for at in range(size):
        c = content[at]
        if c != 43 and c != 48 and c != 45 and c != 32:
            continue
        before = content[at - 1] if at else np.uint8(10)
        starts = (before == separator) | (before == quote) | (before == 10)
        after = content[at + 1] if at + 1 < size else np.uint8(10)
        if starts and (c == 43 or c == 32 or (c == 45 and after == 48) or (c == 48 and 48 <= after <= 57)):
            return False
        ends = (after == separator) | (after == quote) | (after == 10) | (after == 13)
        if c == 32 and ends:
            return False
    return True
