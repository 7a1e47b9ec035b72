"""The command ``run``: experiments from config files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from influence_graph.cli.options import AddMethod, AsJson, Quick, parameters_from
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
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A key of the config: `seed=2`, `options.draws=50`; `data.log=PATH`, with "
            "`data.identities=PATH` and `data.people=PATH`, replaces all logs by one. May be repeated.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    quick: Quick = False,
    method: AddMethod = None,
    as_json: AsJson = False,
) -> None:
    """Run experiments: tables, figures and a manifest in results/NAME/FINGERPRINT.

    Cells that an earlier run computed, even one that was killed, are not computed again.

    **Example:** `influence-graph run experiments/agreement.toml --set data.log=log.csv --jobs 2`
    """
    from influence_graph.experiment.config import holds_methods_only
    from influence_graph.experiment.overrides import Overrides
    from influence_graph.experiment.run import run_experiment

    check_limits({"jobs": jobs})
    overrides = Overrides(parameters_from(set_, "--set"), quick, tuple(method or ()))
    done = []
    for config in configs:
        if holds_methods_only(config):  # as experiments/*.toml names it, too
            note(f"{config}: methods that other configs name, no experiment")
            continue
        found = run_experiment(config, jobs=jobs or os.cpu_count() or 1, results=results, overrides=overrides)
        if overrides.in_full(found.manifest["options"]):
            note(f"{config}: has no draws, folds or origins, so --quick has run it in full")
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
                    "verdicts": found.verdicts.to_dicts(),
                }
            )
        else:
            say(found)
    if as_json:
        print_json({"experiments": done})
