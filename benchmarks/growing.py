"""A graph that grows, and a log larger than the memory it may take.

    python benchmarks/growing.py days         # Higgs, day by day: update against a build anew
    python benchmarks/growing.py large        # 100 million rows: peak memory, time, every edge by polars

Each build of ``large`` is a process of its own, with kernels compiled beforehand. The log is made when it is
not there, in build/bench (2 GB).
"""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import numpy as np
from scipy.sparse import csr_array

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def days() -> None:
    """Add each day of Higgs to the graph of those before it, and build that anew."""
    from influence_graph import build_graph, load_dataset

    log = load_dataset("higgs")
    options: dict[str, Any] = {"half_life": "1d", "kinds": {"retweet": 1, "mention": 0.5, "reply": 0.25}}
    assert log.span is not None
    cuts = [log.span[0] + timedelta(days=day) for day in range(1, 8)]
    graph = build_graph(log.between(end=cuts[0]), **options)
    print("day, rows, new rows, seconds of the update, of a build anew, largest relative difference")
    for day, (before, after) in enumerate(itertools.pairwise(cuts), 2):
        new, all_of_it = log.between(before, after), log.between(end=after)
        start = time.perf_counter()
        graph = graph.update(new)
        middle = time.perf_counter()
        anew = build_graph(all_of_it, **options)
        end = time.perf_counter()
        counts = f"{all_of_it.report.kept:,}, {new.report.kept:,}"
        apart = difference(graph.adjacency, anew.adjacency)
        print(f"{day}, {counts}, {middle - start:.3f}, {end - middle:.3f}, {apart:.1e}")
        assert graph.ids.equals(anew.ids)


def difference(one: csr_array, other: csr_array) -> float:
    """Return the largest relative difference of weights; infinite where edges differ."""
    same = np.array_equal(one.indptr, other.indptr) and np.array_equal(one.indices, other.indices)
    return float(np.max(np.abs(one.data / other.data - 1.0), initial=0.0)) if same else np.inf


def large(rows: int) -> None:
    """Build the graph of a long log in a process of its own, and hold every edge against polars."""
    from race import input_folder, races

    folder = input_folder(races()["build_large"], rows)
    for way in ("ours", "polars"):
        done = subprocess.run(
            [sys.executable, __file__, "build", "--way", way, "--folder", str(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(way, done.stdout.strip())
    parts = ("data", "indices", "indptr")
    ours, theirs = (
        csr_array(tuple(np.load(folder / f"{way}-{part}.npy", mmap_mode="r") for part in parts))
        for way in ("ours", "polars")
    )
    print(f"{ours.nnz:,} edges; largest relative difference {difference(ours, theirs):.1e}")


def build(way: str, folder: pathlib.Path) -> None:
    """Build one graph, write its matrix, print what it took."""
    from races.builder import KINDS, polars_matrix, warmed

    from influence_graph import build_graph, read_interactions

    if way == "ours":
        warmed(folder)
    start = time.perf_counter()
    if way == "ours":
        log = read_interactions(folder / "log.parquet")
        matrix = build_graph(log, kinds=KINDS, half_life="30d", layers=False).adjacency
    else:
        matrix = polars_matrix(folder)
    took = time.perf_counter() - start
    status = pathlib.Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    for part in ("data", "indices", "indptr"):
        np.save(folder / f"{way}-{part}.npy", getattr(matrix, part))
    print(json.dumps({"seconds": round(took, 1), "peak MB (VmHWM)": round(peak)}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=["days", "large", "build"])
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--way", default="ours", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part == "days":
        days()
    elif asked.part == "large":
        large(asked.rows)
    else:
        build(asked.way, asked.folder)


if __name__ == "__main__":
    main()
