"""Text that is safe to show: control and invisible characters of ids, labels and file names as escapes."""

from __future__ import annotations

import hashlib
import json
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
