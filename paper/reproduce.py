"""Run the experiments and compile the paper from them: ``make paper`` and ``make reproduce``.

    python paper/reproduce.py             everything from raw data; says what differs from results.json
    python paper/reproduce.py --update    only what is stale; results.json, tables and figures are replaced

An experiment one of whose logs is not at hand is not run, and keeps what the committed file says of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import build
import summary
from influence_graph.errors import InfluenceGraphError
from influence_graph.experiment.claims import CLAIMS, shipped_configs
from influence_graph.experiment.config import read_config
from influence_graph.experiment.overrides import Overrides
from influence_graph.experiment.plan import make_plan, reading_once
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.schedule import keeping_workers

ROOT = Path(__file__).parents[1]
#: Experiments that only say which assumptions decide: with --full.
SENSITIVITY = ("sensitivity",)


def run(results: Path, *, jobs: int, quick: bool, full: bool) -> tuple[dict[str, Results], list[str]]:
    """Run the experiments; return their results by name, and what was not run, with the reason."""
    done: dict[str, Results] = {}
    left: list[str] = []
    with reading_once(), keeping_workers():
        for config in shipped_configs():
            name = tomllib.loads(config.read_text("utf-8"))["name"]
            if name in SENSITIVITY and not full:
                left.append(f"{name}: runs with --full")
                continue
            try:
                if skipped := make_plan(read_config(config)).skipped:
                    left.append(f"{name}: {'; '.join(skipped)}")
                    continue
                started = time.perf_counter()
                overrides = Overrides(quick=quick)
                done[name] = run_experiment(config, jobs=jobs, results=results, overrides=overrides)
                print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
            except InfluenceGraphError as error:
                left.append(f"{name}: failed, {error}")
    return done, left


def compared(committed: Mapping[str, Any], made: Mapping[str, Any], names: Collection[str]) -> Iterator[str]:
    """Yield, claim by claim, what of the named experiments differs; then the lock and the commits."""
    apart = defaultdict(list)
    for claim, text in summary.differences(committed, made):
        apart[claim].append(text)
    for claim in CLAIMS:
        rows = [row for part in ("verdicts", "quantities") for row in made[part] if row["claim"] == claim]
        again = sum(row["experiment"] in names for row in rows)
        yield f"claim {claim}: {again} of {len(rows)} numbers made again, {len(apart[claim])} differ"
        yield from (f"    {text}" for text in apart[claim])
    same = committed["lock"] == made["lock"]
    yield f"lock: {'the same' if same else 'another'} ({made['lock'][:12]}, requirements/run.txt)"
    for name, one in made["experiments"].items():
        before = committed["experiments"].get(name)
        if before is None or before["folder"] != one["folder"]:
            yield f"{name}: results {one['folder']} of commit {one['commit']}, not as committed"


def draw(results: Path, claims: Path) -> None:
    """Write the tables and figures of the claims."""
    script = ROOT / "docs" / "claims" / "write_tables.py"
    subprocess.run(
        [sys.executable, str(script), "--results", str(results), "--out", str(claims)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def reproduce(folder: Path, *, jobs: int, quick: bool, full: bool) -> int:
    """Compute everything again in a folder of its own and say what differs; 0 if nothing does."""
    committed, results, claims = summary.read(), folder / "results", folder / "claims"
    done, left = run(results, jobs=jobs, quick=quick, full=full)
    made = summary.summarise(done, committed)
    summary.write(made, folder / "results.json")
    # Figures of what was not run stay those of the pages.
    shutil.copytree(build.FIGURES, claims / "figures", dirs_exist_ok=True)
    draw(results, claims)
    lines = list(compared(committed, made, done))
    print("\n".join([*lines, *(f"not run: {one}" for one in left)]))
    paper = folder / "paper"
    paper.mkdir(exist_ok=True)
    print(f"The paper is {build.build(made, paper, figures=claims / 'figures', check=not quick)}")
    differs = any(line.startswith("    ") for line in lines) or any(": failed, " in one for one in left)
    return int(differs and not quick)


def update(results: Path, folder: Path, *, jobs: int) -> int:
    """Run what is stale, replace the summary, tables and figures, and compile.

    Tables and figures are replaced if every experiment was run: their script reads the newest results.
    """
    done, left = run(results, jobs=jobs, quick=False, full=True)
    for one in left:
        print(f"kept as committed: {one}")
    made = summary.summarise(done, summary.read())
    if done:
        summary.write(made, summary.COMMITTED)
    if not left:
        draw(results, build.FIGURES.parent)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"The paper is {build.build(made, folder)}")
    return int(any(": failed, " in one for one in left))


def main() -> int:
    """Run as the options say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--update", action="store_true", help="run what is stale, replace what is committed")
    parser.add_argument("--quick", action="store_true", help="a tenth of the draws; nothing is checked")
    parser.add_argument("--full", action="store_true", help="with the sensitivity runs")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="of --update: kept results")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "reproduce", help="folder of a new run")
    given = parser.parse_args()
    try:
        if given.update:
            return update(given.results, ROOT / "build" / "paper", jobs=given.jobs)
        if given.out.exists() and not given.resume:
            shutil.rmtree(given.out)
        given.out.mkdir(parents=True, exist_ok=True)
        return reproduce(given.out, jobs=given.jobs, quick=given.quick, full=given.full)
    except build.OutdatedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
