"""The results of a run: tables, figures and a manifest in one folder."""

from __future__ import annotations

import html
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.checksums import MANIFEST, DamagedError, check_files, read_manifest
from influence_graph.errors import DataError, counted
from influence_graph.evaluation.verdicts import VERDICTS
from influence_graph.experiment._template import get_template
from influence_graph.experiment.store import read_table
from influence_graph.visible import frame_html, frame_text, visible


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

    The checksum of a file is compared when it is read: results that are not as they were written raise a
    DataError that names the file and the command that makes them again.

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
        if not (Path(folder) / MANIFEST).is_file():
            raise DataError(
                f"There are no results in {str(folder)!r}: it has no {MANIFEST}. "
                "Run the experiment first: influence-graph run CONFIG."
            )
        return cls(Path(folder))

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Config, resolved parameters, data fingerprints, versions, seed, commit, cells and times."""
        try:
            return read_manifest(self.folder)
        except DamagedError as error:
            raise DataError(f"{error}. Run the experiment again: influence-graph run CONFIG.") from None

    @cached_property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The tables by name, tidy: one row per observation."""
        with self._intact(".parquet") as paths:
            return {path.stem: read_table(path) for path in paths}

    @cached_property
    def figures(self) -> Mapping[str, Drawing]:
        """The figures by name."""
        with self._intact(".svg"), self._intact(".pdf") as paths:
            return {path.stem: Drawing(path, path.with_suffix(".svg")) for path in paths}

    @contextmanager
    def _intact(self, suffix: str) -> Iterator[list[Path]]:
        """Give the files with a suffix, sorted, which are as they were written."""
        files = self.manifest["files"]
        names = sorted(name for name in files if name.endswith(suffix))
        try:
            check_files(self.folder, files, names)
            yield [self.folder / name for name in names]
        except DamagedError as error:
            raise DataError(f"{error}. Run the experiment again: {self._command()}.") from None

    def _command(self) -> str:
        """Return the command that makes these results again."""
        if self.manifest["config_file"] == "config":
            return "run_experiment(config)"
        words = ["influence-graph", "run", self.manifest["config_file"]]
        home = self.folder.resolve().parent.parent
        if home != Path("results").resolve():
            words += ["--results", str(home)]
        return shlex.join(words)

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

    def _remarks(self) -> list[str]:
        """Return what was left out, and which stored cells could not be used."""
        remarks = [f"left out: {reason}" for reason in self.manifest["skipped"]]
        if damaged := self.manifest["damaged"]:
            more = f"; and {len(damaged) - 3:,} more" if len(damaged) > 3 else ""
            cells = counted(len(damaged), "stored cell was", "stored cells were")
            remarks.append(f"{cells} damaged, so computed again: {'; '.join(damaged[:3])}{more}")
        return remarks

    def __str__(self) -> str:
        lines = [visible(self._heading()), frame_text(self.summary)]
        lines += [frame_text(_short(self.verdicts))] if self.verdicts.height else []
        lines += map(visible, self._remarks())
        lines += [f"figure: {drawing.pdf} (and .svg)" for drawing in self.figures.values()]
        lines.append(f"tables: {self.folder}/ {', '.join(f'{name}.parquet' for name in self.tables)}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        summary = frame_html(self.summary)
        summary += frame_html(_short(self.verdicts)) if self.verdicts.height else ""
        drawings = "".join(f"<figure>{drawing._repr_svg_()}</figure>" for drawing in self.figures.values())
        left_out = "".join(f"<p>{html.escape(remark)}</p>" for remark in self._remarks())
        heading, where = html.escape(self._heading()), html.escape(str(self.folder))
        return f"<p><b>{heading}</b></p>{summary}{left_out}{drawings}<p><code>{where}</code></p>"


def _short(verdicts: pl.DataFrame) -> pl.DataFrame:
    shown = verdicts.with_columns(
        data=pl.col("data") + pl.when("seen").then(pl.lit(" *")).otherwise(pl.lit(""))
    )
    return shown.select("claim", "question", "data", "among", "verdict", "value", "low", "high")
