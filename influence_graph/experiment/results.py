"""The results of a run: tables, figures and a manifest in one folder."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.errors import DataError
from influence_graph.evaluation.verdicts import VERDICTS
from influence_graph.experiment._template import get_template


@dataclass(frozen=True)
class Drawing:
    """A figure on disk, as PDF and as SVG; a notebook displays it."""

    pdf: Path
    svg: Path

    def _repr_svg_(self) -> str:
        return self.svg.read_text("utf-8")


@dataclass(frozen=True)
class Results:
    """The results of one experiment.

    Attributes
    ----------
    folder : Path
        ``results/<name>/<fingerprint>``: the tables as Parquet, the figures as PDF and SVG, and
        ``manifest.json``.
    """

    folder: Path

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Results:
        """Return the results in the folder of a run.

        Raises
        ------
        DataError
            If the folder holds none.
        """
        if not (Path(folder) / "manifest.json").is_file():
            raise DataError(
                f"There are no results in {str(folder)!r}: it has no manifest.json. "
                "Run the experiment first: influence-graph run CONFIG."
            )
        return cls(Path(folder))

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Config, resolved parameters, data fingerprints, versions, seed, commit, cells and times."""
        content: Mapping[str, Any] = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        return content

    @cached_property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The tables by name, tidy: one row per observation."""
        return {path.stem: pl.read_parquet(path) for path in sorted(self.folder.glob("*.parquet"))}

    @cached_property
    def figures(self) -> Mapping[str, Drawing]:
        """The figures by name."""
        return {
            path.stem: Drawing(path, path.with_suffix(".svg")) for path in sorted(self.folder.glob("*.pdf"))
        }

    @cached_property
    def summary(self) -> pl.DataFrame:
        """The main result of the experiment in one frame."""
        return get_template(self.manifest["template"]).summary(self.tables)

    @cached_property
    def verdicts(self) -> pl.DataFrame:
        """What the effects answer by the criteria of the config; no row where it has none."""
        return self.tables.get("verdicts", pl.DataFrame(schema=dict(VERDICTS)))

    def _heading(self) -> str:
        manifest = self.manifest
        return f"{manifest['config'].get('title') or manifest['name']} ({manifest['template']})"

    def __str__(self) -> str:
        with _shown():
            lines = [self._heading(), str(self.summary)]
            lines += [str(_short(self.verdicts))] if self.verdicts.height else []
        lines += [f"left out: {reason}" for reason in self.manifest["skipped"]]
        lines += [f"figure: {drawing.pdf} (and .svg)" for drawing in self.figures.values()]
        lines.append(f"tables: {self.folder}/ {', '.join(f'{name}.parquet' for name in self.tables)}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        with _shown():
            summary = self.summary._repr_html_()
            summary += _short(self.verdicts)._repr_html_() if self.verdicts.height else ""
        drawings = "".join(f"<figure>{drawing._repr_svg_()}</figure>" for drawing in self.figures.values())
        left_out = "".join(f"<p>{html.escape(reason)}</p>" for reason in self.manifest["skipped"])
        heading, where = html.escape(self._heading()), html.escape(str(self.folder))
        return f"<p><b>{heading}</b></p>{summary}{left_out}{drawings}<p><code>{where}</code></p>"


def _short(verdicts: pl.DataFrame) -> pl.DataFrame:
    shown = verdicts.with_columns(
        data=pl.col("data") + pl.when("seen").then(pl.lit(" *")).otherwise(pl.lit(""))
    )
    return shown.select("claim", "question", "data", "among", "verdict", "value", "low", "high")


def _shown() -> pl.Config:
    return pl.Config(
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_rows=100,
        tbl_cols=-1,
        tbl_width_chars=160,
        fmt_str_lengths=60,
        float_precision=3,
        tbl_formatting="UTF8_FULL_CONDENSED",
    )
