"""What every result with a table can do: Arrow, pandas, CSV, Excel, LaTeX."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.atomic import whole_file
from influence_graph.errors import ConfigError, nearest
from influence_graph.spreadsheet import as_csv, as_workbook

#: Characters that LaTeX reads as commands, and what prints them.
_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


class Tabular(ABC):
    """Base of results that hold one main table.

    Anything that reads Arrow's PyCapsule interface takes such a result: ``polars.DataFrame(result)``,
    ``pandas.DataFrame.from_arrow(result)``, ``pyarrow.table(result)``, DuckDB.
    """

    @abstractmethod
    def _main_table(self) -> pl.DataFrame:
        """Return the table that represents the result."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._main_table().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """Return the table as a pyarrow Table."""
        return self._main_table().to_arrow()

    def to_pandas(self) -> Any:
        """Return the table as a pandas DataFrame.

        Raises
        ------
        ConfigError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ConfigError("to_pandas needs pandas, which is not installed: pip install pandas") from None
        table = self._main_table()
        return pandas.DataFrame({name: table[name].to_list() for name in table.columns})

    def to_csv(self, path: str | os.PathLike[str] | None = None, *, spreadsheet: bool = False) -> str | None:
        """Write the table as CSV, or return the text.

        Parameters
        ----------
        path : path, optional
            None: return the text.
        spreadsheet : bool
            Whether Excel is to read it: see :func:`influence_graph.spreadsheet.as_csv`.
        """
        table = self._main_table()
        content = as_csv(table) if spreadsheet else table.write_csv().encode()
        if path is None:
            return content.decode()
        with whole_file(Path(path)) as unfinished:
            unfinished.write_bytes(content)
        return None

    def to_excel(self, path: str | os.PathLike[str]) -> None:
        """Write the table as an Excel workbook; text stays text, and is never read as a formula.

        Raises
        ------
        DataError
            If a sheet can't hold it.
        """
        content = as_workbook(self._main_table())
        with whole_file(Path(path)) as unfinished:
            unfinished.write_bytes(content)

    def to_latex(self, columns: Sequence[str] | None = None, *, rows: int = 20, digits: int = 3) -> str:
        r"""Return the first rows as a LaTeX table in the style of booktabs.

        Parameters
        ----------
        columns : sequence of str, optional
            Which columns, in this order. None: all.
        rows : int
            How many rows.
        digits : int
            Digits after the decimal point.

        Returns
        -------
        str
            A ``tabular`` environment for a document with ``\usepackage{booktabs}``.

        Raises
        ------
        ConfigError
            If there is no such column.
        """
        table = self._main_table()
        for name in columns or ():
            if name not in table.columns:
                raise ConfigError(f"There is no column {name!r}. {nearest(name, table.columns)}")
        return as_latex(table.select(columns or table.columns).head(rows), digits=digits)


def as_latex(table: pl.DataFrame, *, digits: int = 3) -> str:
    """Return all of a frame as a LaTeX table in the style of booktabs: see :meth:`Tabular.to_latex`."""
    align = "".join("r" if dtype.is_numeric() else "l" for dtype in table.dtypes)
    lines = [_row(name.replace("_", " ") for name in table.columns), r"\midrule"]
    lines += [_row(_text(value, digits) for value in row) for row in table.iter_rows()]
    return "\n".join(
        [rf"\begin{{tabular}}{{{align}}}", r"\toprule", *lines, r"\bottomrule", r"\end{tabular}"]
    )


def _row(cells: Any) -> str:
    return " & ".join("".join(_LATEX.get(letter, letter) for letter in cell) for cell in cells) + r" \\"


def _text(value: Any, digits: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    return str(value)
