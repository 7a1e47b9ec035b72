"""Text that is safe to show: control and invisible characters of ids, labels and file names as escapes."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: What polars is asked for before Python looks at each character.
_SUSPECT = r"[\p{C}\p{Zl}\p{Zp}]"


def visible(text: object, keep: str = "") -> str:
    r"""Return a text on one line whose control and invisible characters are escapes.

    A terminal would act on an escape sequence, and a reader would take a reversed order of characters for
    what is written.

    Parameters
    ----------
    text : object
        What is to be shown.
    keep : str
        Characters that stay: a newline where the text has several lines.

    Examples
    --------
    >>> print(visible("a\x1b[31mb\nc\u202e"))
    a\x1b[31mb\nc\u202e
    >>> visible("Ann é 日本")
    'Ann é 日本'
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(
        one if one in keep or not _hidden(one) else one.encode("unicode_escape").decode() for one in text
    )


def visible_json(text: str) -> str:
    r"""Return JSON of the same value without control and invisible characters: they are escapes in it.

    Examples
    --------
    >>> print(visible_json('{"id": "\u202e"}'))
    {"id": "\u202e"}
    """
    if text.isprintable():
        return text
    return "".join(json.dumps(one)[1:-1] if _hidden(one) else one for one in text)


def visible_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame to be printed, its names and texts as :func:`visible` shows them."""
    import polars as pl

    columns = [
        column.map_elements(visible, pl.String)
        if column.dtype == pl.String and column.str.contains(_SUSPECT).any()
        else column
        for column in frame
    ]
    return pl.DataFrame([column.alias(visible(column.name)) for column in columns])


def frame_text(frame: pl.DataFrame, rows: int = 100) -> str:
    """Return a frame as a terminal shows it, all columns, numbers to five significant digits.

    It is as wide as the terminal, and 160 characters where there is none.

    Examples
    --------
    >>> import polars as pl
    >>> print(frame_text(pl.DataFrame({"id": ["ann", "bob"], "raw": [10.5, 0.00012345678]})))
    ┌─────┬─────────────┐
    │ id  ┆ raw         │
    ╞═════╪═════════════╡
    │ ann ┆ 10.5        │
    │ bob ┆  0.00012346 │
    └─────┴─────────────┘
    """
    import polars as pl
    import polars.selectors as cs

    shown = visible_frame(frame)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 160
    with pl.Config(
        tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=rows, tbl_cols=-1,
        tbl_width_chars=width, fmt_str_lengths=60, tbl_formatting="UTF8_FULL_CONDENSED",
    ):  # fmt: skip
        return str(shown.with_columns(_aligned(column) for column in shown.select(cs.float())))


def _aligned(numbers: pl.Series) -> pl.Series:
    """Return numbers as text, their decimal points below each other."""
    import polars as pl

    texts = [_number(value) for value in numbers]
    before = max((len(text.partition(".")[0]) for text in texts), default=0)
    aligned = [" " * (before - len(text.partition(".")[0])) + text for text in texts]
    return pl.Series(numbers.name, aligned, pl.String)


def frame_html(frame: pl.DataFrame) -> str:
    """Return a frame as HTML for a notebook: by great_tables where it is installed, else as polars has it."""
    shown = visible_frame(frame)
    try:
        from great_tables import GT
    except ImportError:
        return shown._repr_html_()
    import polars.selectors as cs

    # The style of a table is bound to its id: the same table has the same bytes.
    name = hashlib.sha256(shown.write_json().encode()).hexdigest()[:10]
    table = GT(shown, id=f"t{name}").fmt(_number, columns=cs.float())
    return str(table.sub_missing(missing_text="–").as_raw_html())


def _number(value: float | None) -> str:
    """Return a number with five significant digits, or all of those before the point."""
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:.5g}"


def _hidden(one: str) -> bool:
    return not one.isprintable() and unicodedata.category(one) != "Zs"
