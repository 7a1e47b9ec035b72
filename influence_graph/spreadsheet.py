"""Tables that Excel reads as they are meant: ids as text, nothing taken for a formula or a date."""

from __future__ import annotations

import io
from datetime import datetime

import polars as pl

from influence_graph.errors import DataError

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
#: Text that a spreadsheet would run as a formula, or turn into another number, a date or a truth value.
_CHANGED = "|".join(
    (
        r"^(?s:[=+\-@\t\r\n＝＋－＠].*)$",
        r"^0\d+$",
        r"^\d{12,}$",
        r"^\d[\d\s.,:/\-]*[\s.,:/\-][\d\s.,:/\-]*(?i:[ap]m?)?$",
        r"^(?i:\d[\d.,]*e[+\-]?\d+)$",
        r"^[\d.,]+\s*[%€$£]$",
        rf"^(?i:\d{{1,4}}[\s\-/.]*{_MONTH}(?:[\s\-/.,]*\d{{1,4}})?)$",
        rf"^(?i:{_MONTH}[\s\-/.]*\d{{1,4}}(?:[\s\-/.,]+\d{{1,4}})?)$",
        r"^(?i:true|false)$",
    )
)
#: Whole numbers of more digits are shown rounded.
_WHOLE_DIGITS = 11
_ROWS = 1_048_575
_CHARACTERS = 32_767


def as_csv(frame: pl.DataFrame) -> bytes:
    """Return a table as a CSV that Excel opens right by a double click.

    UTF-8 with a byte order mark, lines that end in CR LF, sorted by rank where there is one, whole ranks
    without decimals. Text that a spreadsheet would run as a formula, or change (long numbers, leading zeros,
    dates), has an apostrophe in front.

    Examples
    --------
    >>> as_csv(pl.DataFrame({"id": ["=1+1", "ann"], "rank": [2.0, 1.0]})).decode("utf-8-sig").splitlines()
    ['id,rank', 'ann,1', "'=1+1,2"]
    """
    text, whole = pl.selectors.string(), pl.selectors.integer()
    table = _by_rank(frame).with_columns(
        pl.when(text.as_expr().str.contains(_CHANGED))
        .then(pl.lit("'") + text.as_expr())
        .otherwise(text)
        .name.keep(),
        whole.map_batches(_long_as_text, pl.String),
        (pl.selectors.starts_with("rank") & pl.selectors.float()).map_batches(_whole, pl.String),
    )
    buffer = io.BytesIO()
    table.write_csv(buffer, include_bom=True, line_terminator="\r\n")
    return buffer.getvalue()


def as_workbook(frame: pl.DataFrame) -> bytes:
    """Return a table as an .xlsx file: ids as text exactly as they are, numbers as numbers, by rank.

    Raises
    ------
    DataError
        If a sheet can't hold it.
    """
    import xlsxwriter

    if frame.height > _ROWS:
        raise DataError(
            f"The table has {frame.height:,} rows, and a sheet of an .xlsx file holds {_ROWS:,}. "
            "Write a .csv or .parquet file: --out scores.parquet."
        )
    table = _by_rank(frame)
    ids = [name for name in table.columns if name == "id"]
    table = table.with_columns(pl.col(ids).cast(pl.String))
    longest = table.select(pl.selectors.string().str.len_chars().max()).row(0) if table.width else ()
    if max((length or 0 for length in longest), default=0) > _CHARACTERS:
        raise DataError(
            f"A text of the table has more than the {_CHARACTERS:,} characters that a cell of an .xlsx file "
            "holds. Write a .csv or .parquet file: --out scores.parquet."
        )
    buffer = io.BytesIO()
    options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    # The same bytes for the same table.
    workbook.set_properties({"created": datetime(2000, 1, 1)})
    table.write_excel(workbook, dtype_formats={pl.Float64: "General"})
    workbook.close()
    return buffer.getvalue()


def _by_rank(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("rank", "id", nulls_last=True) if {"rank", "id"} <= set(frame.columns) else frame


def _whole(ranks: pl.Series) -> pl.Series:
    """Return ranks as text, without decimals where they have none."""
    return ranks.cast(pl.String).str.strip_suffix(".0")


def _long_as_text(numbers: pl.Series) -> pl.Series:
    text = numbers.cast(pl.String)
    long = text.str.strip_prefix("-").str.len_chars() > _WHOLE_DIGITS
    return pl.select(pl.when(long).then(pl.lit("'") + text).otherwise(text)).to_series().alias(numbers.name)
