"""The report on an experiment: what it answers, figures, notes, summary, tables, and settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.report.inline import picture
from influence_graph.report.page import Column, Section, Table, render

_ROWS_SHOWN = 200
#: Verdicts on one question that are listed; all are counted.
_VERDICTS_SHOWN = 12


def report_results(
    manifest: Mapping[str, Any],
    summary: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    figures: Mapping[str, Path],
    *,
    title: str | None = None,
) -> str:
    """Return the report on the results of an experiment as one HTML document.

    Parameters
    ----------
    manifest : mapping
        The content of ``manifest.json``.
    summary : DataFrame
        The main result.
    tables : mapping of str to DataFrame
        Its tables, by name.
    figures : mapping of str to Path
        Its figures as SVG, by name.
    title : str, optional
        Default: the title in the config, or the name of the experiment.

    Returns
    -------
    str
        HTML without scripts or external resources.
    """
    name = str(manifest["name"])
    config = manifest.get("config", {})
    cells = manifest.get("cells", [])
    columns = [
        Column(column, head=number == 0, number=kind.is_numeric())
        for number, (column, kind) in enumerate(summary.schema.items())
    ]
    rows = [[_text(value) for value in row] for row in summary.head(_ROWS_SHOWN).iter_rows()]
    more = f" (the first {_ROWS_SHOWN} of {summary.height:,} rows)" if summary.height > _ROWS_SHOWN else ""
    sections = []
    if (verdicts := tables.get("verdicts")) is not None and verdicts.height:
        sections.append(_answers(verdicts))
    if figures:
        shown = [(picture(path, f"Figure {figure} of {name}"), figure) for figure, path in figures.items()]
        sections.append(Section("figures", "Figures", figures=shown))
    if (notes := tables.get("notes")) is not None and notes.height:
        told = [
            f"{data}: {note}"
            for data, note in notes.select("data", "note").unique(maintain_order=True).rows()
        ]
        sections.append(Section("notes", "Notes", told))
    sections.append(Section("summary", "Summary", tables=[Table(f"Summary of {name}{more}", columns, rows)]))
    listed = [[table, f"{frame.height:,}", ", ".join(frame.columns)] for table, frame in tables.items()]
    heads = [Column("Table", head=True), Column("Rows", number=True), Column("Columns")]
    sections.append(
        Section("tables", "Tables", tables=[Table("Parquet files of the results", heads, listed)])
    )
    listing = [
        (key, _text(manifest[key])) for key in ("template", "seed", "commit") if manifest.get(key) is not None
    ]
    listing += [
        (f"version of {library}", _text(one)) for library, one in manifest.get("versions", {}).items()
    ]
    skipped = [str(reason) for reason in manifest.get("skipped", [])]
    sections.append(Section("made", "How this was made", skipped, listing=listing))
    facts = [("Template", str(manifest.get("template", ""))), ("Cells", f"{len(cells):,}"),
             ("Tables", f"{len(tables):,}"), ("Figures", f"{len(figures):,}")]  # fmt: skip
    return render(title or config.get("title") or name, f"Results of the experiment {name}.", facts, sections)


def _answers(verdicts: pl.DataFrame) -> Section:
    """Return, question by question, the verdicts with their effects."""
    columns = [Column("Data", head=True), Column("Verdict", interval=True), Column("Effect", interval=True)]
    made = []
    for (question,), found in verdicts.group_by("question", maintain_order=True):
        counts = found.group_by("verdict", maintain_order=True).len().rows()
        rows = [
            [" · ".join(part for part in (row["data"], row["among"], row["graph"]) if part),
             (row["verdict"], ""), (_text(row["value"]), _between(row["low"], row["high"]))]
            for row in found.head(_VERDICTS_SHOWN).iter_rows(named=True)
        ]  # fmt: skip
        told = "; ".join(f"{verdict}: {count:,}" for verdict, count in counts)
        more = f" (the first {_VERDICTS_SHOWN} of {found.height:,})" if found.height > _VERDICTS_SHOWN else ""
        made.append(Table(f"{question} {told}{more}", columns, rows, stacked=True))
    text = (
        "A verdict follows from a criterion in the config: the whole interval has to lie on one side of the "
        "margin; otherwise these data can't tell."
    )
    return Section("answers", "What it answers", [text], tables=made)


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_text(low)} to {_text(high)}"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)
