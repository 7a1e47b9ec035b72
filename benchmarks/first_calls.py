"""What a first call costs, and what a call on a tiny graph does, method by method.

    python benchmarks/first_calls.py                  # a table; make bench runs it, too
    python benchmarks/first_calls.py pagerank hits

Each method runs in a process of its own with an empty cache of compiled kernels, on the log of 100 people.
Its first ``score`` compiles what it calls; the time of a later one, the median of ``CALLS``, is of all that
is around the method, since the graph is tiny. Reading and building come first, timed for themselves. A last
process calls every method with one cache that starts empty.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

PEOPLE, ROWS, CALLS = 100, 1_000, 15
#: Parameters that have no default.
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "trustrank": {"seeds": ("p3",)},
    "truetop": {"seeds": ("p3",)},
    "katz": {"alpha": 0.001},
}
EVERY = "all methods, one after the other"


def tiny_log() -> Any:
    """Return a frame of posts, reactions and follows of 100 people."""
    import numpy as np
    import polars as pl

    stream = np.random.default_rng(3)
    rows: list[tuple[Any, ...]] = [
        (f"p{j % PEOPLE}", None, "post", "x", "art", f"post{j}", None) for j in range(2 * PEOPLE)
    ]
    for i in range(ROWS):
        u, v = stream.choice(PEOPLE, 2, replace=False)
        kind = str(stream.choice(["retweet", "reply", "like", "follow"]))
        parent = None if kind == "follow" else f"post{v + PEOPLE * stream.integers(0, 2)}"
        rows.append(
            (f"p{u}", f"p{v}", kind, "xy"[i % 2], str(stream.choice(["art", "law"])), f"item{i}", parent)
        )
    names = ["source", "target", "kind", "network", "topic", "item", "parent"]
    when = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=i) for i in range(len(rows))]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None).with_columns(
        pl.Series("timestamp", when)
    )


def run_here(methods: list[str]) -> dict[str, float]:
    """Return seconds of a first call of these methods in this process, and of a later one."""
    import influence_graph as ig
    from influence_graph.methods import get_method

    def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
        wall, processor = time.perf_counter(), time.process_time()
        made = call()
        return time.perf_counter() - wall, time.process_time() - processor, made

    frame = tiny_log()
    ig.build_graph  # noqa: B018 -- imports are not what is measured
    *reading, log = timed(lambda: ig.read_interactions(frame))
    *building, graph = timed(lambda: ig.build_graph(log))
    first = [0.0, 0.0]
    for name in methods:
        rng = {"rng": 1} if get_method(name).takes("rng") else {}

        def call(name: str = name, rng: Mapping[str, Any] = rng) -> Any:
            return ig.score(graph, name, **rng, **NEEDED.get(name, {}))

        wall, processor, _ = timed(call)
        first = [first[0] + wall, first[1] + processor]
        later = median(timed(call)[0] for _ in range(CALLS if len(methods) == 1 else 1))
    return {
        "read": reading[0],
        "build": building[0],
        "read_processor": reading[1],
        "build_processor": building[1],
        "first": first[0],
        "first_processor": first[1],
        "later": later,
    }


def run_apart(methods: list[str]) -> dict[str, float]:
    """Return what :func:`run_here` does, from a process with an empty cache."""
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, __file__, "--child", *methods]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "NUMBA_CACHE_DIR": empty}
        )
    if done.returncode:
        raise SystemExit(f"{methods}: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(methods: list[str] | None = None) -> list[dict[str, Any]]:
    """Return a row a method, and one for all of them."""
    import influence_graph as ig

    every = methods or ig.method_names()
    groups = {name: [name] for name in every} | ({} if methods else {EVERY: every})
    rows = []
    for name, group in groups.items():
        rows.append({"method": name, **run_apart(group)})
        print(f"  first call · {name}: {rows[-1]['first']:.2f} s", file=sys.stderr, flush=True)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = ["| method | first call, s | of it processor, s | a later call, ms |", "|---|---|---|---|"]
    for row in rows:
        later = "" if row["method"] == EVERY else f"{1e3 * row['later']:.2f}"
        lines.append(f"| {row['method']} | {row['first']:.2f} | {row['first_processor']:.2f} | {later} |")
    build, read = (median(row[step] for row in rows) for step in ("build_processor", "read_processor"))
    lines += [
        "",
        f"Before that, also with an empty cache: reading {read:.2f} s, building the graph {build:.2f} s.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("methods", nargs="*", help="names of methods; default: all")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=pathlib.Path, help="also write the rows to this JSON file")
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(run_here(asked.methods)))
        return
    rows = measure(asked.methods or None)
    if asked.out:
        asked.out.write_text(json.dumps(rows, indent=1))
    print(table(rows))


if __name__ == "__main__":
    main()
