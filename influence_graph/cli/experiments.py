"""The command ``run``: experiments from config files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from influence_graph.cli.options import AsJson
from influence_graph.cli.output import note, print_json, say
from influence_graph.errors import counted
from influence_graph.limits import check_limits


def run_command(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG…", help="Config files of experiments (TOML).")
    ],
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", help="Worker processes. Default: one a processor.", min=1),
    ] = None,
    results: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Run experiments: tables, figures and a manifest in results/NAME/FINGERPRINT.

    Cells that an earlier run computed, even one that was killed, are not computed again.

    **Example:** `influence-graph run experiments/agreement.toml --jobs 2`
    """
    from influence_graph.experiment.run import run_experiment

    check_limits({"jobs": jobs})
    done = []
    for config in configs:
        found = run_experiment(config, jobs=jobs or os.cpu_count() or 1, results=results)
        cells = found.manifest["cells"]
        computed = sum(cell["computed"] for cell in cells)
        note(
            f"{config}: {computed} of {counted(len(cells), 'cell')} computed, {len(cells) - computed} cached"
        )
        if as_json:
            done.append(
                {
                    "name": found.manifest["name"],
                    "folder": str(found.folder),
                    "tables": {path.stem: str(path) for path in sorted(found.folder.glob("*.parquet"))},
                    "figures": {name: str(drawing.pdf) for name, drawing in found.figures.items()},
                    "cells": len(cells),
                    "computed": computed,
                    "skipped": found.manifest["skipped"],
                    "damaged": found.manifest["damaged"],
                    "summary": found.summary.to_dicts(),
                }
            )
        else:
            say(found)
    if as_json:
        print_json({"experiments": done})
