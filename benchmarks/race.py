"""Race this project against its peers: alternately, in fresh processes, on equal input, with equal answers.

    python benchmarks/race.py --size small            # minutes
    python benchmarks/race.py --size full --only pagerank
    python benchmarks/race.py --size full --report    # README.md and figures from what was measured

A race is a list of contestants. A contestant is a generator function of a folder of inputs: it loads and
prepares, yields, does the work that is timed, and yields its answer. What is before the first ``yield`` is
not timed and the peak of memory is that of the whole process, so that no one hides work there: a race
whose title says "from file" yields first of all.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pathlib
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "bench"
MODULES = ("command", "builder", "centrality", "propagation", "higgs")

Contestant = Callable[[pathlib.Path], Iterator[Any]]


@dataclass(frozen=True)
class Race:
    """Contestants on one input.

    ``inputs`` names a function of ``inputs.py`` and its argument by size; ``alike`` raises if an answer
    differs from ours by more than it may, and may return what to report of it; ``goal`` maps a peer to
    the ratio that this project aims at; ``note`` says what our time is spent on and what bounds it.
    """

    name: str
    title: str
    inputs: str
    sizes: Mapping[str, Sequence[int]]
    contestants: Mapping[str, Contestant]
    alike: Callable[[Any, Any], str | None]
    goal: Mapping[str, float] = field(default_factory=dict)
    skip_above: Mapping[str, int] = field(default_factory=dict)
    packages: Sequence[str] = ()
    note: str = ""


def races() -> dict[str, Race]:
    """Return every race by name."""
    sys.path.insert(0, str(HERE))
    found = [race for module in MODULES for race in importlib.import_module(f"races.{module}").RACES]
    return {race.name: race for race in found}


def input_folder(race: Race, size: int) -> pathlib.Path:
    """Make the input of this size once and return its folder."""
    folder = BUILD / "inputs" / f"{race.inputs}-{size}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        getattr(importlib.import_module("inputs"), race.inputs)(folder, size)
        (folder / "done").touch()
    return folder


def run_here(race: Race, contestant: str, size: int, answer: pathlib.Path) -> None:
    """Run one contestant in this process and print what it took."""
    steps = race.contestants[contestant](input_folder(race, size))
    next(steps)
    start = time.perf_counter()
    result = next(steps)
    seconds = time.perf_counter() - start
    np.save(answer, np.asarray(result), allow_pickle=False)
    status = pathlib.Path("/proc/self/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # 0 for a race in this process
    peak = (started or own) / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


def run_apart(race: Race, contestant: str, size: int) -> dict[str, Any]:
    """Run one contestant in a process of its own."""
    answer = BUILD / "answers" / f"{race.name}-{size}-{contestant.replace(' ', '_').replace('/', '_')}.npy"
    answer.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, "--child", race.name, contestant, str(size), str(answer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1] if done.stderr else f"exit {done.returncode}"}
    return {**json.loads(done.stdout.splitlines()[-1]), "answer": str(answer)}


def hold(race: Race, size: int, repeats: int) -> list[dict[str, Any]]:
    """Run the contestants in turn, check that they agree, return a row a contestant."""
    input_folder(race, size)
    names = [name for name in race.contestants if size <= race.skip_above.get(name, size)]
    ours = names[0]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for turn in range(repeats):
        for name in names:
            if turn and "error" in runs[name][-1]:
                continue
            runs[name].append(run_apart(race, name, size))
            shown = runs[name][-1].get("error") or f"{runs[name][-1]['seconds']:.3f} s"
            print(f"  {race.name} {size:,} · {name}: {shown}", file=sys.stderr, flush=True)
    rows = []
    for name in names:
        good = [run for run in runs[name] if "error" not in run]
        row: dict[str, Any] = {"race": race.name, "size": size, "contestant": name, "repeats": len(good)}
        if not good:
            rows.append(row | {"error": runs[name][-1]["error"]})
            continue
        row["seconds"] = median(run["seconds"] for run in good)
        row["fastest"] = min(run["seconds"] for run in good)
        row["peak_mb"] = median(run["peak_mb"] for run in good)
        if name != ours and "answer" in runs[ours][-1]:
            try:
                found = race.alike(np.load(runs[ours][-1]["answer"]), np.load(good[-1]["answer"]))
                row["agrees"] = found or True
            except AssertionError as difference:
                row["agrees"] = str(difference).strip().splitlines()[0]
        rows.append(row)
    mine = rows[0].get("seconds")
    for row in rows[1:]:
        if mine and "seconds" in row:
            row["ratio"] = row["seconds"] / mine
    return rows


def machine() -> dict[str, str]:
    """Return what the figures were measured on, without naming the machine."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next(
            (line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown"
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{os.cpu_count()} cores of {model}",
        "memory": f"{memory:.0f} GiB",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
    }


def versions(race: Race) -> dict[str, str]:
    """Return the versions of the packages that a race involves."""
    found = {}
    for package in ("influence-graph", "numpy", "numba", *race.packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=["small", "full"], default="small")
    parser.add_argument("--only", nargs="*", help="names of races")
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--report", action="store_true", help="only write the page and the figures again")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    every = races()
    if asked.child:
        name, contestant, size, answer = asked.child
        run_here(every[name], contestant, int(size), pathlib.Path(answer))
        return
    results = BUILD / f"results-{asked.size}"
    results.mkdir(parents=True, exist_ok=True)
    if not asked.report:
        for name in asked.only or every:
            race = every[name]
            if not race.sizes[asked.size]:
                continue
            repeats = asked.repeats or (3 if asked.size == "full" else 2)
            rows = [row for size in race.sizes[asked.size] for row in hold(race, size, repeats)]
            record = {"machine": machine(), "versions": versions(race), "rows": rows}
            (results / f"{name}.json").write_text(json.dumps(record, indent=1))
        if asked.size == "full" and not asked.only:
            import first_calls

            (results / "first_calls.json").write_text(json.dumps(first_calls.measure(), indent=1))
    from report import write_report

    write_report(every, results, asked.size)
    print(f"  the tables: {HERE if asked.size == 'full' else results}/README.md", file=sys.stderr)


if __name__ == "__main__":
    main()
