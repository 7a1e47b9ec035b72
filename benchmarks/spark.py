"""The engine on Spark against this process and GraphX, on one machine: `make bench-spark`.

    python benchmarks/spark.py --rows 1000000,5000000,20000000

For each number of rows, in processes of their own: a log is built into a graph and scored by PageRank here
and on a `local-cluster` of two workers with one core each; GraphX's PageRank runs through Spark's own shell
on the same pairs with unit weights, for as many iterations, beside the engine's own on them.
Bytes shuffled are those of Spark's own status store. The results go to build/bench/spark.json, and as a table
to the terminal.
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

WORKERS, CORES, MEMORY, PARTITIONS = 2, 1, 2048, 8
DAMPING, TOLERANCE = 0.85, 1e-6
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
    start = time.perf_counter()
    graph = build_graph(read_interactions(path), half_life="30d")
    middle = time.perf_counter()
    scores = score(graph, "pagerank", damping=DAMPING, tol=TOLERANCE)
    end = time.perf_counter()
    return {
        "build": middle - start,
        "pagerank": end - middle,
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
        start = time.perf_counter()
        graph = build_graph(read_interactions(path, engine="spark"), half_life="30d")
        built = time.perf_counter()
        in_build = shuffled(session)
        light = graph.shares.light
        pairs = records(light)
        shared = time.perf_counter()
        before = shuffled(session)
        scores = score(graph, "pagerank", damping=DAMPING, tol=TOLERANCE)
        end = time.perf_counter()
        iterations = scores.diagnostics["iterations"]
        moved = shuffled(session)
        memory = peak_memory(session)
        unit = unit_pairs(session, graph, path, iterations)
    # The first state, which is in the bytes too, is joined once with those who have edges.
    return {
        "session": start - begun,
        "build": built - start,
        "shares": shared - built,
        "pagerank": end - shared,
        "unit_weights": unit,
        "iterations": iterations,
        "bytes_of_the_build": in_build["bytes"],
        "bytes_an_iteration": (moved["bytes"] - before["bytes"]) / iterations,
        "records_an_iteration": (moved["records"] - before["records"]) / iterations,
        "pairs_of_place_and_target": pairs,
        "people": graph.n,
        "edges": graph.n_edges,
        "driver_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "executor_memory": memory,
        "raw": scores.raw.tolist() if graph.n <= 1_000_000 else None,
    }


def unit_pairs(session: Any, graph: Any, path: pathlib.Path, iterations: int) -> float:
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
    parameters = {"damping": DAMPING, "tol": 1e-300, "max_iterations": iterations}
    with contextlib.suppress(ConvergenceError):  # as many iterations as GraphX
        walk(unit, {**parameters, "dangling": "uniform", "personalization": None})
    return time.perf_counter() - start


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


def peak_memory(session: Any) -> float:
    """Return the largest resident memory of an executor, in GiB."""
    app, found = session.sparkContext.applicationId, [0.0]
    for process in pathlib.Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
                status = (process / "status").read_text()
            except OSError:
                continue
            if app in words and any("CoarseGrainedExecutorBackend" in word for word in words):
                match = re.search(r"VmHWM:\s+(\d+) kB", status)
                found.append(int(match[1]) / 2**20 if match else 0.0)
    return max(found)


def by_graphx(path: pathlib.Path, iterations: int) -> dict[str, Any]:
    """Run GraphX's PageRank through Spark's shell, for as many iterations."""
    import pyspark

    pairs = path.with_suffix(".pairs")
    with tempfile.TemporaryDirectory(prefix="graphx-") as folder:
        script = pathlib.Path(folder) / "graphx.scala"
        script.write_text(GRAPHX.format(pairs=pairs, iterations=iterations, damping=DAMPING))
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
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    ranked = re.search(r"RANKED (\d+) ([\d.E+-]+)", done.stdout)
    if ranked is None:
        return {"failed": (done.stderr or done.stdout)[-500:]}
    return {"pagerank": float(ranked[2]), "people": int(ranked[1]), "iterations": iterations}


def measured(what: str, path: pathlib.Path, *more: str) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    start = os.times()
    command = [sys.executable, __file__, "--measure", what, "--log", str(path), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    end = os.times()
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {
        "cpu": end.children_user + end.children_system - start.children_user - start.children_system
    }


def table(results: list[dict[str, Any]]) -> None:
    """Print what was measured."""
    for one in results:
        local, spark, graphx = one["local"], one["spark"], one["graphx"]
        whole = spark["build"] + spark["shares"] + spark["pagerank"]
        lines = {
            "people, edges": f"{local['people']:,}, {local['edges']:,}",
            "here: build, PageRank (s), memory (GiB)": (
                f"{local['build']:.2f}, {local['pagerank']:.2f}, {local['memory']:.2f}"
            ),
            "Spark: session, build, PageRank (s)": (
                f"{spark['session']:.0f}, {spark['build']:.0f}, {spark['shares'] + spark['pagerank']:.0f}"
            ),
            "seconds an iteration": f"{spark['pagerank'] / spark['iterations']:.2f}",
            "memory of driver, of an executor (GiB)": (
                f"{spark['driver_memory']:.2f}, {spark['executor_memory']:.2f}"
            ),
            "MB shuffled: build, an iteration": (
                f"{spark['bytes_of_the_build'] / 1e6:.0f}, {spark['bytes_an_iteration'] / 1e6:.2f}"
            ),
            "records an iteration; pairs of place and target": (
                f"{spark['records_an_iteration']:,.0f}; {spark['pairs_of_place_and_target']:,}"
            ),
            "bytes a record": f"{spark['bytes_an_iteration'] / max(spark['records_an_iteration'], 1):.1f}",
            "times this process": f"{whole / (local['build'] + local['pagerank']):.0f}",
            f"{spark['iterations']} iterations, unit weights: here on Spark, GraphX (s)": (
                f"{spark['unit_weights']:.0f}, {graphx.get('pagerank', graphx.get('failed'))}"
            ),
            "largest relative difference of a person": f"{one.get('apart', float('nan')):.1e}",
        }
        print(f"{one['rows']:,} rows")
        for name, value in lines.items():
            print(f"  {name}: {value}")


def main() -> None:
    """Measure all sizes, or one part of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000000")
    parser.add_argument("--measure", choices=("local", "spark"))
    parser.add_argument("--log", type=pathlib.Path)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps((here if given.measure == "local" else on_spark)(given.log)))
        return
    folder = HERE.parent / "build" / "bench"
    results = []
    for rows in map(int, given.rows.split(",")):
        path = made(folder, rows)
        local, spark = measured("local", path), measured("spark", path)
        one: dict[str, Any] = {"rows": rows, "local": local, "spark": spark}
        raw = [found.pop("raw") for found in (local, spark)]
        if None not in raw:
            one["apart"] = float(np.max(np.abs(np.array(raw[1]) / np.array(raw[0]) - 1.0)))
        results.append(one)
        (folder / "spark.json").write_text(json.dumps(results, indent=2) + "\n")
        one["graphx"] = by_graphx(path, spark["iterations"])
        (folder / "spark.json").write_text(json.dumps(results, indent=2) + "\n")
    table(results)


if __name__ == "__main__":
    main()
