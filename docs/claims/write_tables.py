"""Write the tables and figures of the claim pages from results: ``python docs/claims/write_tables.py``.

The pages hold no number of a result themselves. This reads ``<results>/<experiment>/latest`` of every
experiment in ``experiments/``, and writes ``tables/<claim>.md`` and ``figures/<experiment>-<figure>.svg``
beside this file. Run the experiments first: ``influence-graph run experiments/*.toml``.
"""

from __future__ import annotations

import argparse
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.experiment.condensed import condensed
from influence_graph.experiment.results import Results

HERE = Path(__file__).parent
EXPERIMENTS = HERE.parents[1] / "experiments"
#: Pages: claims whose number is the stem of a page beside this file.
CLAIMS = sorted(int(page.stem) for page in HERE.glob("[0-9]*.md"))
#: A larger drawing is left out of the pages; it stays in the results.
_LARGEST = 600_000
_HEAD = "| question | data | people | verdict | effect [interval] |\n|---|---|---:|---|---|"


def experiments_of(claim: int) -> list[Path]:
    """Return the configs that test a claim, in the order of their names."""
    found = []
    for path in sorted(EXPERIMENTS.glob("*.toml")):
        given = tomllib.loads(path.read_text("utf-8"))
        if claim in given.get("claims", ()):
            found.append(path)
    return found


def write(claim: int, results: Path, folder: Path) -> str:
    """Write the table of a claim and copy its figures; return the text of the table."""
    parts = [part for path in experiments_of(claim) for part in _of_experiment(claim, path, results, folder)]
    text = "\n\n".join(parts) + "\n"
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "tables" / f"{claim}.md").write_text(text, "utf-8")
    return text


def _of_experiment(claim: int, path: Path, results: Path, folder: Path) -> Iterator[str]:
    given = tomllib.loads(path.read_text("utf-8"))
    name = given["name"]
    command = f"`influence-graph run experiments/{path.name}`"
    if not (results / name / "latest" / "manifest.json").is_file():
        yield f"*{given['title']}*: no results yet. {command} makes them."
        return
    found = Results.load(results / name / "latest")
    yield f"**{given['title']}** ({command})"
    verdicts = found.verdicts.filter(claim=claim)
    if verdicts.height:
        rows = list(_rows(verdicts.filter(pl.col("value").is_not_null())))
        told = "\n\n\\* looked at before the criteria were set." if verdicts["seen"].any() else ""
        yield "\n".join([_HEAD, *rows]) + told
        without = verdicts.filter(verdicts["value"].is_null())["data"].unique(maintain_order=True).to_list()
        if without:
            yield f"Some of these questions have no estimate on {'; '.join(without)}: these data can't tell."
    for figure, drawing in found.figures.items():
        if drawing.svg.stat().st_size > _LARGEST:
            continue
        copy = folder / "figures" / f"{name}-{figure}.svg"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(drawing.svg, copy)
        # Included from the page, so relative to its folder.
        yield f"![{given['title']}: {figure}](figures/{copy.name})"
    data = ", ".join(f"{one['label']} `{one['fingerprint'][:8]}`" for one in found.manifest["data"])
    left_out = "".join(f" {reason}." for reason in found.manifest["skipped"])
    yield f"Data, with fingerprints: {data}.{left_out}"


def _rows(verdicts: pl.DataFrame) -> Iterator[str]:
    """Yield a line a verdict; settings of a sweep share one line where they are many, apart from the base."""
    for row in condensed(verdicts).iter_rows(named=True):
        yield _row(row) if row["settings"] == 1 else _swept(row)


def _swept(row: dict[str, Any]) -> str:
    among = f" (among: {row['among']})" if row["among"] else ""
    place = f"{row['data']}, {row['settings']} settings"
    verdicts = ", ".join("**" + one.replace(" in ", "** in ") for one in row["verdict"].split(", "))
    effect = f"{row['contrast']}, {row['measure']}: from {row['low']:.3f} to {row['high']:.3f}"
    return f"| {row['question']}{among} | {place} | | {verdicts} | {effect} |"


def _row(row: dict[str, Any]) -> str:
    among = f" (among: {row['among']})" if row["among"] else ""
    verdict = f"**{row['verdict']}**" + (f": {row['reason']}" if row["reason"] else "")
    seen = " \\*" if row["seen"] else ""
    people = "" if row["people"] is None else f"{row['people']:,}"
    place = row["data"] + (f", {row['graph']}" if row["graph"] else "")
    return f"| {row['question']}{among} | {place}{seen} | {people} | {verdict} | {_effect(row)} |"


def _effect(row: dict[str, Any]) -> str:
    interval = f" [{row['low']:.3f}, {row['high']:.3f}]" if row["low"] is not None else ""
    return f"{row['contrast']}, {row['measure']}: {row['value']:.3f}{interval}".replace("|", "/")


def main() -> None:
    """Write the tables of all claims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=HERE.parents[1] / "results")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the tables and figures")
    given = parser.parse_args()
    for claim in CLAIMS:
        write(claim, given.results, given.out)
        print(f"claim {claim}: {given.out / 'tables' / f'{claim}.md'}")


if __name__ == "__main__":
    main()
