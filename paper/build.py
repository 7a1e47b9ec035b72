"""Run the paper's experiment, write its numbers for Typst, and compile: ``python paper/build.py``."""

from __future__ import annotations

import argparse
import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import typst

from influence_graph.evaluation._compare import compare
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.scoring_cells import scores_of

SOURCES = Path(__file__).parent
CONFIG = SOURCES.parent / "experiments" / "agreement.toml"
#: Number of printed digits of a fingerprint or commit.
SHOWN = 12


def build(results: Results, folder: Path) -> Path:
    """Compile the paper from these results and return the path of the PDF.

    ``folder`` becomes a Typst project of its own: sources, numbers, figures and the PDF.
    """
    folder.mkdir(parents=True, exist_ok=True)
    not_typst = shutil.ignore_patterns("*.py", "*.md", "__pycache__")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True, ignore=not_typst)
    for drawing in results.figures.values():
        shutil.copyfile(drawing.svg, folder / drawing.svg.name)
    content = json.dumps(numbers(results), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "numbers.json").write_text(content, "utf-8")
    pdf = folder / "influence_graph.pdf"
    # Typst's own fonts only: the same pages on every machine.
    typst.compile(folder / "main.typ", output=pdf, root=folder, ignore_system_fonts=True)
    return pdf


def numbers(results: Results) -> dict[str, Any]:
    """Return all numbers that the text, tables and figures of the paper use."""
    manifest, tables = results.manifest, results.tables
    label = {method["name"]: method["label"] for method in manifest["methods"]}
    return {
        "manifest": manifest,
        "folder": results.folder.name,
        "shown": SHOWN,
        "figures": {name: drawing.svg.name for name, drawing in results.figures.items()},
        "agreement": _rows(tables["agreement"]),
        "movers": _rows(tables["movers"]),
        "places": [
            _place(manifest, tables, data, graph, label["engagement"], label["pagerank"])
            for data in manifest["data"]
            for graph in data["graphs"]
        ],
    }


def _place(
    manifest: Mapping[str, Any],
    tables: Mapping[str, pl.DataFrame],
    data: Mapping[str, Any],
    graph: Mapping[str, Any],
    count: str,
    rank: str,
) -> dict[str, Any]:
    """Return the numbers of one log and graph: sizes, weights, differences of percentiles."""
    here = (pl.col("data") == data["label"]) & (pl.col("graph") == graph["label"])
    made = {name: tables["methods"].filter(here & (pl.col("method") == name)) for name in (count, rank)}
    people = {name: tables["scores"].filter(here & (pl.col("method") == name)).sort("id") for name in made}
    shift = (people[count]["percentile"] - people[rank]["percentile"]).abs()
    # People without a reaction rank below everybody else by both methods, and there can be many of them.
    reached = people[count]["raw"] > 0
    among = {
        name: scores_of({"scores": people[name].filter(reached), "methods": made[name]}) for name in made
    }
    options = {name: manifest["options"][name] for name in ("k", "persistence", "resamples", "confidence")}
    size = made[count].row(0, named=True)
    return {
        "data": data["label"],
        "dataset": data["dataset"] or "",
        "graph": graph["label"],
        "rows": size["rows"],
        "people": size["people"],
        "edges": size["edges"],
        "kinds": graph["kinds"],
        "half_life": graph["half_life"],
        "reached": int(reached.sum()),
        "among_reached": _rows(compare(among, rng=manifest["seed"], **options).table),
        "median_shift": float(shift.median()),
        "far_shift": float(shift.quantile(0.9, "linear")),
    }


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table; NaN becomes None, which JSON and Typst can represent."""
    return [
        {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        for row in table.iter_rows(named=True)
    ]


def main() -> None:
    """Build the paper from a run of its experiment, or from existing results."""
    root = SOURCES.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="made", type=Path, help="folder of results; default: run it")
    parser.add_argument("--results", type=Path, default=root / "results", help="where results are kept")
    parser.add_argument("--jobs", type=int, default=1, help="processes that run the experiment")
    parser.add_argument("--out", type=Path, default=root / "build" / "paper", help="folder of the paper")
    given = parser.parse_args()
    if given.made:
        results = Results.load(given.made)
    else:
        results = run_experiment(CONFIG, jobs=given.jobs, results=given.results)
    print(f"The paper is {build(results, given.out)}, made from {results.folder}")


if __name__ == "__main__":
    main()
