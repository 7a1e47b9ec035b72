"""The engine on Spark against this process and GraphX, on one machine: `make bench-spark`.

    python benchmarks/spark.py --rows 1000000,5000000,20000000

For each number of rows, in processes of their own: a log is built into a graph and scored by PageRank here
and on a `local-cluster` of two workers with one core each; GraphX's PageRank runs through Spark's own shell
on the same pairs with unit weights, for five iterations, beside the engine's own on them.
Bytes shuffled are those of Spark's own status store. Processor seconds are those of all processes of a run:
on a machine that does other things they say more than the clock. The results go to build/bench/spark.json,
and after each size as a page to benchmarks/spark.md, with the equality of spark_equality.py and the model of
spark_model.py.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
import polars as pl

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from inputs import log_of_integers  # noqa: E402
from race import machine  # noqa: E402

WORKERS, CORES, MEMORY, PARTITIONS = 2, 1, 1024, 8
DAMPING, TOLERANCE = 0.85, 1e-6
#: Iterations of the comparison with GraphX, and the seconds that its shell may take.
COMPARED, PATIENCE = 5, 240
GRAPHX = """
import org.apache.spark.graphx._
val rows = spark.read.parquet("{pairs}").select("source", "target").rdd
val edges = rows.map(row => Edge(row.getLong(0), row.getLong(1), 1))
val graph = Graph.fromEdges(edges, 0).partitionBy(PartitionStrategy.RandomVertexCut).cache()
println("GRAPH " + graph.numEdges)
val start = System.nanoTime
val ranks = graph.staticPageRank({iterations}, 1 - {damping})
println("RANKED " + ranks.vertices.count + " " + (System.nanoTime - start) / 1e9)
System.exit(0)
"""


def made(folder: pathlib.Path, rows: int) -> pathlib.Path:
    """Return a log with this number of rows, with hubs: as that of the race."""
    path = folder / f"spark-{rows}" / "log.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        log_of_integers(path.parent, rows)
    return path


def here(path: pathlib.Path) -> dict[str, Any]:
    """Read, build and score in this process."""
    from influence_graph import build_graph, read_interactions, score

    score(build_graph(pl.DataFrame({"source": [1, 2], "target": [2, 3]})), "pagerank")  # compile
    start = time.perf_counter(), time.process_time()
    graph = build_graph(read_interactions(path), half_life="30d")
    middle = time.perf_counter(), time.process_time()
    scores = score(graph, "pagerank", damping=DAMPING, tol=TOLERANCE)
    end = time.perf_counter(), time.process_time()
    return {
        "build": middle[0] - start[0],
        "pagerank": end[0] - middle[0],
        "processor": end[1] - start[1],
        "iterations": scores.diagnostics["iterations"],
        "people": graph.n,
        "edges": graph.n_edges,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "raw": scores.raw.tolist() if graph.n <= 1_000_000 else None,
    }


def on_spark(path: pathlib.Path) -> dict[str, Any]:
    """Read, build and score on a cluster of two workers, and count what is shuffled."""
    from influence_graph import build_graph, read_interactions, score
    from influence_graph.engines.spark_session import own_session

    begun = time.perf_counter()
    master = f"local-cluster[{WORKERS},{CORES},{MEMORY}]"
    with own_session(
        master,
        spark_sql_shuffle_partitions=PARTITIONS,
        spark_executor_memory=f"{MEMORY}m",
        spark_driver_memory="2g",
    ) as session:
        session.range(10).count()
        used, start = [processor(session)], time.perf_counter()
        graph = build_graph(read_interactions(path, engine="spark"), half_life="30d")
        light = graph.shares.light
        built, in_build = time.perf_counter(), shuffled(session)
        used.append(processor(session))
        pairs, kept = records(light), bytes_kept(session)
        begin, before = time.perf_counter(), shuffled(session)
        used.append(processor(session))
        scores = score(graph, "pagerank", damping=DAMPING, tol=TOLERANCE)
        end, moved = time.perf_counter(), shuffled(session)
        used.append(processor(session))
        iterations = scores.diagnostics["iterations"]
        memory = [peak(process) for process in processes(session)]
        unit = unit_pairs(graph, path)
    return {
        "session": start - begun,
        "build": built - start,
        "pagerank": end - begin,
        "unit_weights": unit,
        "iterations": iterations,
        "bytes_of_the_build": in_build["bytes"],
        "bytes_an_iteration": (moved["bytes"] - before["bytes"]) / iterations,
        "records_an_iteration": (moved["records"] - before["records"]) / iterations,
        "pairs_of_place_and_target": pairs,
        "people": graph.n,
        "edges": graph.n_edges,
        "processor_build": used[1] - used[0],
        "processor_pagerank": used[3] - used[2],
        "bytes_kept": kept,
        "driver_memory": memory[0],
        "executor_memory": max(memory[1:], default=float("nan")),
        "raw": scores.raw.tolist() if graph.n <= 1_000_000 else None,
    }


def unit_pairs(graph: Any, path: pathlib.Path) -> float:
    """Write the distinct pairs for GraphX, and return the seconds of PageRank on them, all of weight 1."""
    from pyspark.sql import functions as F

    from influence_graph.engines.spark_pagerank import walk
    from influence_graph.errors import ConvergenceError

    pairs = path.with_suffix(".pairs")
    if not pairs.exists():
        graph.edges.select("source", "target").write.parquet(str(pairs))
    unit = dataclasses.replace(graph, edges=graph.edges.withColumn("weight", F.lit(1.0)))
    unit.shares.light.count()
    start = time.perf_counter()
    parameters = {"damping": DAMPING, "tol": 1e-300, "max_iterations": COMPARED}
    with contextlib.suppress(ConvergenceError):  # as many iterations as GraphX
        walk(unit, {**parameters, "dangling": "uniform", "personalization": None})
    return time.perf_counter() - start


def bytes_kept(session: Any) -> int:
    """Return the bytes of all rows that the cluster keeps, in memory and on disk."""
    return sum(
        int(one.memSize() + one.diskSize()) for one in session.sparkContext._jsc.sc().getRDDStorageInfo()
    )


def records(light: Any) -> int:
    """Return the distinct pairs of a place and a target: what an iteration has to move, on paper."""
    from pyspark.sql import functions as F

    return int(light.select(F.spark_partition_id().alias("place"), "target").distinct().count())


def shuffled(session: Any) -> dict[str, int]:
    """Return the bytes and records written by all shuffles so far."""
    context = session.sparkContext
    gateway = context._gateway
    nothing = gateway.new_array(gateway.jvm.double, 0)
    store = context._jsc.sc().statusStore()
    stages = store.stageList(None, False, False, nothing, gateway.jvm.java.util.ArrayList())
    every = [stages.apply(number) for number in range(stages.size())]
    return {
        "bytes": sum(stage.shuffleWriteBytes() for stage in every),
        "records": sum(stage.shuffleWriteRecords() for stage in every),
    }


def processes(session: Any) -> list[pathlib.Path]:
    """Return the driver's Java process and those of the executors."""
    app, found = session.sparkContext.applicationId, []
    for process in pathlib.Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().decode().split("\0")
                if app in words and any("CoarseGrainedExecutorBackend" in word for word in words):
                    found.append(process)
    return [pathlib.Path("/proc", str(session.sparkContext._gateway.proc.pid)), *found]


def peak(process: pathlib.Path) -> float:
    """Return the largest resident memory of a process so far, in GiB."""
    match = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
    return int(match[1]) / 2**20 if match else float("nan")


def processor(session: Any) -> float:
    """Return the processor seconds of this process, the driver and the executors so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [(process / "stat").read_text().rsplit(")", 1)[1].split() for process in processes(session)]
    return time.process_time() + sum((int(one[11]) + int(one[12])) / ticks for one in fields)


def by_graphx(path: pathlib.Path) -> dict[str, Any]:
    """Run GraphX's PageRank through Spark's shell."""
    import pyspark

    pairs = path.with_suffix(".pairs")
    with tempfile.TemporaryDirectory(prefix="graphx-") as folder:
        script = pathlib.Path(folder) / "graphx.scala"
        script.write_text(GRAPHX.format(pairs=pairs, iterations=COMPARED, damping=DAMPING))
        from influence_graph.engines.spark_session import _linked_home

        home = _linked_home(pathlib.Path(folder))
        environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
        environment["SPARK_LOCAL_DIRS"] = folder
        command = [
            str(pathlib.Path(pyspark.__file__).parent / "bin" / "spark-shell"),
            *("--master", f"local-cluster[{WORKERS},{CORES},{MEMORY}]", "--conf", "spark.ui.enabled=false"),
            *("--conf", f"spark.executor.memory={MEMORY}m", "--conf", "spark.driver.memory=2g"),
            *("--conf", f"spark.default.parallelism={PARTITIONS}", "-I", str(script)),
        ]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"not within {PATIENCE} s"}
    ranked = re.search(r"RANKED (\d+) ([\d.E+-]+)", done.stdout)
    if ranked is None:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
        memory = "OutOfMemoryError" in done.stdout + done.stderr
        return {"failed": "out of memory" if memory else "failed"}
    return {"pagerank": float(ranked[2]), "people": int(ranked[1])}


def measured(what: str, path: pathlib.Path) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, "--log", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


HEAD = """# The engine on Spark, measured

Written by `make bench-spark ROWS={asked}` from its measurements; nothing here is typed by hand.
Machine: {processor}, {memory}, Python {python}, pyspark {pyspark}. Date: {date}. At a load above
{cores} processes the clock says little; processor seconds, of all processes of a run, are what to compare.

Spark is `local-cluster[{workers},{each},{executor}]` with {partitions} partitions a shuffle; this process
uses as many cores. PageRank has damping {damping} and tolerance {tolerance}; a log decays by half in 30
days. The build ends with the edges dealt to places for PageRank; the start of the session is beside it.
GraphX runs through Spark's own shell, on the same pairs with unit weights, {compared} iterations.

The model of the cost: an iteration moves one record for each pair of a place and a target that occurs, of
15 bytes. The pairs are counted before the first iteration; beside them is what Spark says it moved. Two
sizes side by side tell what a row costs from what a run costs: Java starts in three processes, and each
compiles what it runs.

"""


def row(one: dict[str, Any]) -> dict[str, str]:
    """Return one size of a log as cells of the page."""
    local, spark, graphx = one["local"], one["spark"], one.get("graphx", {})
    pairs, iterations = spark["pairs_of_place_and_target"], spark["iterations"]
    whole = spark["build"] + spark["pagerank"]
    processor = spark["processor_build"] + spark["processor_pagerank"]
    by_graphx = f"{graphx['pagerank']:.0f}" if "pagerank" in graphx else graphx.get("failed", "not run")
    return {
        "processes at work when it began": f"{one['load']:.1f}",
        "people": f"{local['people']:,}",
        "edges": f"{local['edges']:,}",
        "records an iteration, model": f"{pairs:,}",
        "measured": f"{spark['records_an_iteration']:,.0f}",
        "records a person": f"{pairs / spark['people']:.2f}",
        "bytes a record": f"{spark['bytes_an_iteration'] / max(spark['records_an_iteration'], 1):.1f}",
        "MB an iteration, model": f"{15e-6 * pairs:.2f}",
        "MB measured": f"{spark['bytes_an_iteration'] / 1e6:.2f}",
        "MB shuffled by the build": f"{spark['bytes_of_the_build'] / 1e6:.0f}",
        "iterations": f"{iterations}",
        "seconds: session, build, PageRank": (
            f"{spark['session']:.0f}, {spark['build']:.0f}, {spark['pagerank']:.0f}"
        ),
        "seconds an iteration": f"{spark['pagerank'] / iterations:.2f}",
        "seconds of this process: build, PageRank": f"{local['build']:.2f}, {local['pagerank']:.2f}",
        "times this process, by the clock": f"{whole / (local['build'] + local['pagerank']):.0f}",
        "processor seconds of Spark: build, PageRank, an iteration": (
            f"{spark['processor_build']:.0f}, {spark['processor_pagerank']:.0f}, "
            f"{spark['processor_pagerank'] / iterations:.2f}"
        ),
        "processor seconds of this process": f"{local['processor']:.2f}",
        "times this process, by processor": f"{processor / local['processor']:.0f}",
        "MB the cluster keeps": f"{spark['bytes_kept'] / 1e6:.0f}",
        "GiB: driver, an executor, this process": (
            f"{spark['driver_memory']:.2f}, {spark['executor_memory']:.2f}, {local['memory']:.2f}"
        ),
        f"seconds of {COMPARED} iterations, unit weights: Spark here, GraphX": (
            f"{spark['unit_weights']:.0f}, {by_graphx}"
        ),
        "largest relative difference of a person": f"{one.get('apart', float('nan')):.1e}",
    }


def page(results: list[dict[str, Any]]) -> str:
    """Return what was measured as a page."""
    import pyspark
    import spark_equality
    import spark_model

    head = HEAD.format(
        asked=",".join(str(one["rows"]) for one in results),
        pyspark=pyspark.__version__,
        cores=os.cpu_count(),
        workers=WORKERS,
        each=CORES,
        executor=MEMORY,
        partitions=PARTITIONS,
        compared=COMPARED,
        damping=DAMPING,
        tolerance=TOLERANCE,
        **machine(),
    )
    columns = [row(one) for one in results]
    lines = ["| rows | " + " | ".join(f"{one['rows']:,}" for one in results) + " |"]
    lines.append("|---|" + "---:|" * len(results))
    lines += [f"| {name} | " + " | ".join(cells[name] for cells in columns) + " |" for name in columns[0]]
    text = head + "\n".join(lines) + "\n\n## On paper, a day of Klout's size\n\n"
    text += spark_model.lines(results, DAMPING, TOLERANCE)
    if spark_equality.RESULTS.exists():
        record = json.loads(spark_equality.RESULTS.read_text())
        text += "\n## Equal to this process, by method\n\n" + spark_equality.table(record) + "\n"
    return text


def main() -> None:
    """Measure all sizes, or one part of one; sizes measured before stay on the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000000")
    parser.add_argument("--measure", choices=("local", "spark"))
    parser.add_argument("--log", type=pathlib.Path)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps((here if given.measure == "local" else on_spark)(given.log)))
        return
    folder = HERE.parent / "build" / "bench"
    stored = folder / "spark.json"
    known = {one["rows"]: one for one in json.loads(stored.read_text())} if stored.exists() else {}
    for rows in map(int, filter(None, given.rows.split(","))):
        begun = time.perf_counter()
        path, load = made(folder, rows), os.getloadavg()[0]
        local, spark = measured("local", path), measured("spark", path)
        one: dict[str, Any] = {"rows": rows, "load": load, "local": local, "spark": spark}
        raw = [found.pop("raw") for found in (local, spark)]
        if None not in raw:
            one["apart"] = float(np.max(np.abs(np.array(raw[1]) / np.array(raw[0]) - 1.0)))
        one["graphx"] = by_graphx(path)
        known[rows] = one
        stored.write_text(json.dumps(list(known.values()), indent=2) + "\n")
        (HERE / "spark.md").write_text(page([known[rows] for rows in sorted(known)]), encoding="utf-8")
        print(f"{rows:,} rows: {time.perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
