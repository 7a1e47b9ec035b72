"""A cluster on this machine loses executors in the middle of PageRank, and the answer is the same.

Then the caller fails, and nothing is left of the folders of the run.
It takes a minute and four Java processes, so it runs where it is asked for: INFLUENCE_GRAPH_SPARK_CLUSTER=1.
With -s it prints which executors were killed and when, what Spark said, and how far apart the answers are.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions, score

SCRIPT = """
import faulthandler, json, os, signal, sys, threading, time
from pathlib import Path
from influence_graph import build_graph, read_interactions, score
from influence_graph.engines import spark_pagerank
from influence_graph.engines.spark_session import own_session

rows, folder, out, damping, tol, patience, java = sys.argv[1:]
faulthandler.dump_traceback_later(float(patience), exit=True)
killed, times, kept = [], [], spark_pagerank.kept
quick = {"spark_sql_codegen_wholeStage": False, "spark_sql_codegen_factoryMode": "NO_CODEGEN"}
quick |= {"spark_driver_extraJavaOptions": java, "spark_executor_extraJavaOptions": java}
quick |= {"spark_sql_shuffle_partitions": 2, "spark_shuffle_io_retryWait": "1s", "spark_log_level": "WARN"}


def executors(app):
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().decode().split("\\0")
            except OSError:
                continue
            if app in words and "--executor-id" in words:
                found[words[words.index("--executor-id") + 1]] = int(process.name)
    return found


def kill_one(when, number, victim):
    os.kill(victim, signal.SIGKILL)
    found = {"when": when, "executor": number, "pid": victim, "iteration": len(times) - 1}
    killed.append({**found, "second": round(time.time() - times[0], 1)})


def tasks_at_work(context):
    tracker, store = context.statusTracker(), context._jsc.sc().statusStore()
    for stage in tracker.getActiveStageIds():
        if (info := tracker.getStageInfo(stage)) is not None:
            tasks = store.taskList(stage, info.currentAttemptId, 100)
            for task in map(tasks.apply, range(tasks.size())):
                if task.status() == "RUNNING":
                    yield stage, task.taskId(), task.executorId()


def kill_inside_a_stage(context):
    while True:
        for stage, task, number in tasks_at_work(context):
            # Who is halted in the middle of a task does not end it.
            victim = executors(context.applicationId)[number]
            os.kill(victim, signal.SIGSTOP)
            time.sleep(2)
            if (stage, task, number) in tasks_at_work(context):
                return kill_one(f"inside stage {stage}", number, victim)
            os.kill(victim, signal.SIGCONT)
            break


with own_session("local-cluster[2,1,1024]", folder=folder, **quick) as session:

    def counted(frame):
        times.append(time.time())
        if len(times) == 2:
            threading.Thread(target=kill_inside_a_stage, args=(session.sparkContext,)).start()
        found = kept(frame)
        if len(times) >= 5 and len(killed) == 1:
            others = executors(session.sparkContext.applicationId).items()
            kill_one("between two iterations", *min(others))
        return found

    graph = build_graph(read_interactions(rows, engine="spark"))
    graph.shares
    spark_pagerank.kept = counted
    scores = score(graph, "pagerank", damping=float(damping), tol=float(tol))
    inside = sorted(path.name for path in Path(folder).iterdir())
    answer = {"raw": scores.raw.tolist(), "killed": killed, "inside": inside}
    answer["iterations"] = scores.diagnostics["iterations"]
    answer["left"] = executors(session.sparkContext.applicationId)
    answer["seconds"] = [round(b - a, 1) for a, b in zip(times, [*times[1:], time.time()])]
    Path(out).write_text(json.dumps(answer))
    raise RuntimeError("the caller fails")
"""


#: Seconds after which a run that does not end says where it waits.
PATIENCE = 240
DAMPING, TOLERANCE = 0.3, 1e-5
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.mark.skipif(
    not os.environ.get("INFLUENCE_GRAPH_SPARK_CLUSTER"), reason="INFLUENCE_GRAPH_SPARK_CLUSTER is not set"
)
def test_killed_executors_change_nothing(tmp_path: Path) -> None:
    import pyspark

    package = Path(pyspark.__file__).parent
    before = sorted(package.iterdir())
    draw = np.random.default_rng(1)
    rows = pl.DataFrame({"source": draw.integers(0, 300, 2_000), "target": draw.integers(0, 100, 2_000)})
    log, folder, out = tmp_path / "log.parquet", tmp_path / "runs", tmp_path / "answer.json"
    rows.write_parquet(log)
    folder.mkdir()
    options = map(str, (log, folder, out, DAMPING, TOLERANCE, PATIENCE, QUICK))
    command = [sys.executable, "-c", SCRIPT, *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr.rstrip().endswith("RuntimeError: the caller fails"), done.stderr[-6_000:]
    answer = json.loads(out.read_text(encoding="utf-8"))
    here = score(build_graph(read_interactions(log)), "pagerank", damping=DAMPING, tol=1e-12)
    apart = np.abs(np.array(answer["raw"]) - here.raw).sum()
    lost = [line for line in done.stderr.splitlines() if "Lost executor" in line or "Lost task" in line]
    print("", *answer["killed"], *lost, sep="\n")
    print(f"{answer['iterations']} iterations of {answer['seconds']} s; apart by {apart:.1e} in L1")
    assert len(answer["killed"]) == 2
    first, second = answer["killed"]
    assert first["when"].startswith("inside stage")
    assert second["when"] == "between two iterations"
    assert first["pid"] != second["pid"]
    assert second["iteration"] < answer["iterations"]
    for kill in (first, second):
        assert any(f"Lost executor {kill['executor']} " in line for line in lost), done.stderr[-6_000:]
    stage, of = first["when"].split()[-1], f"executor {first['executor']})"
    assert any(f"in stage {stage}." in line and of in line for line in lost), done.stderr[-6_000:]
    assert apart <= 2 * TOLERANCE / (1 - DAMPING)
    assert len(answer["inside"]) == 1
    assert not list(folder.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.json", "log.parquet", "runs"]
    assert sorted(package.iterdir()) == before
