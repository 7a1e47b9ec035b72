"""Sessions of our own leave nothing behind; one that is handed over is never stopped."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from influence_graph import build_graph, read_interactions, score
from influence_graph.engines.spark_session import _places, check_running, here, leaf
from influence_graph.errors import DataError

SCRIPT = """
import sys
from influence_graph import build_graph, read_interactions, score
from influence_graph.engines.spark_session import own_session
from influence_graph.errors import ConfigError, DataError

try:
    with own_session("local[1]", folder=sys.argv[1], spark_driver_memory="1k"):
        pass
except ConfigError as error:
    print(error)
try:
    quick = {"spark_sql_shuffle_partitions": 2, "spark_sql_codegen_wholeStage": False}
    quick["spark_driver_extraJavaOptions"] = "-XX:TieredStopAtLevel=1"
    with own_session("local[1]", folder=sys.argv[1], **quick) as session:
        rows = session.createDataFrame([(1, 2), (2, 3), (3, 1), (3, 2)], "source bigint, target bigint")
        log = read_interactions(rows, engine="spark")
        print(log.report.kept)
        graph = build_graph(log)
        scores = score(graph, "reactors", most_people=0)
        try:
            with own_session("local[1]", folder=sys.argv[1]):
                pass
        except ConfigError as error:
            print(error)
        raise RuntimeError("the caller fails")
except RuntimeError as error:
    print(error)
lazy = [lambda: build_graph(log), lambda: log.kinds, lambda: log.fingerprint, lambda: score(graph)]
for ask in [*lazy, graph.to_local, scores.top, log.free, graph.free]:
    try:
        ask()
    except DataError as error:
        print(error)
"""


def test_a_session_sweeps_its_folder_after_a_failure_too(tmp_path: Path) -> None:
    import pyspark

    package = Path(pyspark.__file__).parent
    before = sorted(package.iterdir())
    folder = tmp_path / "runs"
    folder.mkdir()
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    told = done.stdout.splitlines()[-10:]  # Java says before them why it ended
    assert "Java ended before the Spark session began" in told[0], done.stderr
    assert told[1] == "4", done.stderr
    assert "there can be one. Stop it first, or use it" in told[2]
    assert told[3] == "the caller fails"
    assert all("session of this log was stopped" in line for line in told[4:]), told
    assert not list(folder.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert sorted(package.iterdir()) == before


ENDLESS = """
import sys
from influence_graph.engines.spark_session import here, own_session

quick = "-XX:TieredStopAtLevel=1"
with own_session("local[1]", folder=sys.argv[1], spark_driver_extraJavaOptions=quick) as session:
    frame = session.range(10**13).selectExpr("sum(hash(id))")
    print("begun", flush=True)
    here(frame)
"""


def test_java_sweeps_the_folder_of_a_process_that_had_no_time_to(tmp_path: Path) -> None:
    import pyspark

    package = Path(pyspark.__file__).parent
    before = sorted(package.rglob("*"))
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert len(list(tmp_path.iterdir())) == 1
        process.kill()
    until = time.monotonic() + 60
    while list(tmp_path.iterdir()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not list(tmp_path.iterdir())
    assert sorted(package.rglob("*")) == before


@pytest.mark.parametrize(
    ("master", "partitions"),
    [("local", 4), ("local[3]", 12), ("local[3,2]", 12), ("local-cluster[2, 3, 1024]", 24)],
)
def test_a_session_within_this_machine_has_four_partitions_a_core(master: str, partitions: int) -> None:
    assert _places(master) == {"spark.sql.shuffle.partitions": str(partitions)}


def test_a_cluster_elsewhere_has_the_partitions_that_it_is_told() -> None:
    assert _places("spark://head:7077") == {}


JOB = """
from influence_graph import build_graph, read_interactions, score

log = read_interactions("log.parquet", engine="spark")
print(log.session.sparkContext.master, log.session.sparkContext.appName)
print(score(build_graph(log), "reactors").top(1)["id"].to_list())
"""


def test_a_job_of_spark_submit_has_the_session_that_was_asked_for(tmp_path: Path) -> None:
    pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}).write_parquet(tmp_path / "log.parquet")
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    submit = [str(Path(sys.executable).parent / "spark-submit"), "--master", "local[1]", "--name", "asked"]
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2"}
    settings["spark.local.dir"] = str(tmp_path)
    options = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [*submit, *options, "job.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-2:] == ["local[1] asked", "['a']"], done.stderr[-3_000:]


def test_a_leaf_has_the_rows_of_a_frame_reads_some_columns_and_plans_nothing_again(spark: Any) -> None:
    cached = spark.range(6).selectExpr("id", "id * 2 AS twice").filter("id > 2").persist()
    found = leaf(cached)
    expected = [(3, 6), (4, 8), (5, 10)]
    assert here(found).rows() == expected
    assert found._jdf.queryExecution().logical().nodeName().startswith("InMemoryRelation")
    plan = found.select("twice")._jdf.queryExecution().executedPlan().toString()
    assert re.search(r"InMemoryTableScan \[twice#\d+L\]", plan), plan
    cached.unpersist()
    assert here(found).rows() == expected


def test_a_driver_limit_too_small_for_what_is_asked_back(spark: Any) -> None:
    conf = spark.sparkContext._jsc.sc().conf()
    conf.set("spark.driver.maxResultSize", "1k")
    try:
        with pytest.raises(DataError, match=r"spark.driver.maxResultSize=4g.*most_people=0"):
            here(spark.range(10_000))
    finally:
        conf.set("spark.driver.maxResultSize", "1g")


def test_a_path_that_a_worker_does_not_see(spark: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    pl.DataFrame({"source": [1], "target": [2]}).write_parquet(path)
    frame = spark.read.parquet(str(path))
    path.unlink()
    with pytest.raises(DataError, match="A worker does not see a file"):
        here(frame)


def interrupt_when_it_runs(context: Any) -> Callable[[], bool]:
    """Press Ctrl-C once a task runs, and tell whether it took so long that all jobs had to be cancelled."""
    late = threading.Event()

    def press() -> None:
        while not context.statusTracker().getActiveStageIds():
            time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def give_up() -> None:
        late.set()
        context.cancelAllJobs()

    timer = threading.Timer(60, give_up)
    timer.start()
    threading.Thread(target=press, daemon=True).start()

    def was_late() -> bool:
        timer.cancel()
        return late.is_set()

    return was_late


def test_ctrl_c_ends_a_job_at_once_and_the_session_goes_on(spark: Any) -> None:
    endless = spark.range(10**13).selectExpr("sum(hash(id))")
    late = interrupt_when_it_runs(spark.sparkContext)
    with pytest.raises(KeyboardInterrupt):
        here(endless)
    assert not late()
    assert here(spark.range(3)).height == 3


def test_a_job_that_somebody_cancels(spark: Any) -> None:
    context = spark.sparkContext

    def cancel() -> None:
        while not (jobs := context.statusTracker().getActiveJobsIds()):
            time.sleep(0.05)
        context._jsc.sc().cancelJob(jobs[0])

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(DataError, match="cancelled this job"):
        here(spark.range(10**13).selectExpr("sum(hash(id))"))
    assert not context.statusTracker().getActiveJobsIds()


def test_other_errors_are_left_as_they_are(spark: Any) -> None:
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        here(spark.range(1).selectExpr("1 / id"))


def test_a_session_without_a_driver_here_is_refused() -> None:
    connected = type("SparkSession", (SimpleNamespace,), {"__module__": "pyspark.sql.connect.session"})()
    with pytest.raises(DataError, match=r"Spark Connect.*'Dedicated'"):
        check_running(connected)


def test_a_session_that_is_handed_over_is_left_running(spark: Any, graphs: tuple[Any, Any]) -> None:
    score(graphs[1], "reactors")
    assert spark.range(3).count() == 3
    assert build_graph(
        read_interactions(spark.range(1, 3).selectExpr("id source", "id + 1 target"), engine="spark")
    )
