"""Sessions of Spark: one that is handed over, or one of our own whose folders are swept."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_graph.errors import ConfigError, DataError

if TYPE_CHECKING:
    import polars as pl
    from pyspark.sql import DataFrame, SparkSession

_JAVA = (
    "Spark needs Java 17 or later, and none was found. Install it (Debian: apt install "
    "openjdk-17-jre-headless) or set JAVA_HOME."
)
_ENDED = (
    "Java ended before the Spark session began; what it said is above. Spark needs Java 17 or later "
    "(JAVA_HOME and PATH say which one runs), with options that this Java knows."
)
_TWO = (
    "A Spark session runs in this process already, and there can be one. Stop it first, or use it: "
    "read_interactions takes the session that runs."
)
_STOPPED = (
    "The Spark session of this log was stopped, and its rows with it. Start one and read the log again."
)
_SETTINGS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
    # Else every call asks the cluster's side for the lines of Python that led to it.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
}


def check_installed() -> None:
    """Raise a ConfigError if pyspark or Java is missing."""
    try:
        import pyspark
    except ImportError:
        raise ConfigError(
            "engine='spark' needs pyspark 4, which is not installed: pip install 'influence-graph[spark]'"
        ) from None
    if int(pyspark.__version__.split(".")[0]) < 4:
        raise ConfigError(f"engine='spark' needs pyspark 4 or later, and this is {pyspark.__version__}.")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").exists()):
        raise ConfigError(_JAVA)


@contextmanager
def own_session(
    master: str = "local[*]", *, folder: str | os.PathLike[str] | None = None, **settings: Any
) -> Iterator[SparkSession]:
    """A session that is stopped at the end, with every folder that it writes below one, which is removed.

    Parameters
    ----------
    master : str
        ``"local[2]"``, ``"local-cluster[2,1,1024]"``, ``"spark://host:7077"``.
    folder : path, optional
        Where its folder is made. None: where temporary files go.
    **settings
        More settings of Spark, dots as underscores: ``spark_sql_shuffle_partitions=8``.

    Yields
    ------
    SparkSession
        Times are in UTC.

    Raises
    ------
    ConfigError
        If pyspark or Java is missing, or this process has a session already.
    """
    check_installed()
    if _running() is not None:
        raise ConfigError(_TWO)
    home = Path(tempfile.mkdtemp(prefix="influence-graph-spark-", dir=folder))
    before = {name: os.environ.get(name) for name in ("SPARK_HOME", "SPARK_LOCAL_IP", "SPARK_LOCAL_DIRS")}
    try:
        session = _start(
            master, home, {name.replace("_", "."): str(value) for name, value in settings.items()}
        )
        try:
            yield session
        finally:
            session.stop()
            _close_gateway()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(home, ignore_errors=True)


def shared_session() -> SparkSession:
    """Return the session of this process: the active one, else one of our own until the process ends.

    In a process that spark-submit started it is the one that spark-submit was asked for.
    """
    from pyspark.sql import SparkSession

    check_installed()
    if (active := _running()) is not None:
        return active
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return SparkSession.builder.getOrCreate()
    context = own_session(os.environ.get("SPARK_MASTER", "local[*]"))
    session = context.__enter__()
    atexit.register(context.__exit__, None, None, None)
    return session


def _running() -> SparkSession | None:
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    return None if active is None or is_stopped(active) else active


def is_stopped(session: SparkSession) -> bool:
    """Whether a session was stopped."""
    try:
        return bool(session.sparkContext._jsc.sc().isStopped())
    except AttributeError:
        return True


def check_running(session: SparkSession) -> None:
    """Raise a DataError if the session of a log or graph was stopped, or is one without a driver here."""
    if "connect" in type(session).__module__:
        raise DataError(
            "This is a session of Spark Connect, and the engine needs one with its driver in this process. "
            "On Databricks choose the access mode 'Dedicated'; elsewhere start one with spark-submit."
        )
    if is_stopped(session):
        raise DataError(_STOPPED)


def here(frame: DataFrame) -> pl.DataFrame:
    """Return a frame's rows in this process, times in UTC.

    Raises
    ------
    DataError
        If they are more than the driver takes, the cluster can't compute them, or the session was stopped.
    """
    import polars as pl
    from pyspark import inheritable_thread_target

    check_running(frame.sparkSession)
    # Arrow waits for rows without looking at signals: in a thread, so that Ctrl-C ends the job at once.
    with told(), ThreadPoolExecutor(1) as pool:
        found = pl.from_arrow(
            pool.submit(inheritable_thread_target(frame.sparkSession)(frame.toArrow)).result()
        )
    assert isinstance(found, pl.DataFrame)
    times = [name for name, of in found.schema.items() if isinstance(of, pl.Datetime) and of.time_zone]
    return found.with_columns(pl.col(times).dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC")))


@contextmanager
def told() -> Iterator[None]:
    """Raise errors of a running job as one message that says what to do."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        text = str(error)
        if "spark.driver.maxResultSize" in text:
            raise DataError(
                "The results are larger than spark.driver.maxResultSize, what this process takes from the "
                "cluster. Raise it when the session starts (spark.driver.maxResultSize=4g), or leave scores "
                "there: score(graph, most_people=0).spark"
            ) from None
        if "FILE_NOT_EXIST" in text or "FileNotFoundException" in text:
            raise DataError(
                "A worker does not see a file of the log. Every worker needs the path: put the log in a "
                f"shared folder, or on s3a:// or hdfs://. Spark said: {_first_line(text)}"
            ) from None
        if "cancelled as part of cancellation of all jobs" in text:
            raise KeyboardInterrupt from None
        if "SPARK_JOB_CANCELLED" in text:
            raise DataError("Somebody cancelled this job on the cluster. Run it again.") from None
        if "stopped SparkContext" in text or "SparkContext was shut down" in text:
            raise DataError(_STOPPED) from None
        raise


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "not exist" in line or "NotFound" in line]
    return (lines or text.splitlines())[0][:300]


@contextmanager
def _set(session: SparkSession, name: str, value: str) -> Iterator[None]:
    """Give a setting of a session another value for a while."""
    before = session.conf.get(name)
    session.conf.set(name, value)
    try:
        yield
    finally:
        session.conf.set(name, before or "")


def in_utc(session: SparkSession) -> AbstractContextManager[None]:
    """Read times without a zone as UTC, whatever the zone of a session that was handed over."""
    return _set(session, "spark.sql.session.timeZone", "UTC")


def partitions(session: SparkSession) -> int:
    """Return the number of partitions of a shuffle, to which edges and states of an iteration keep."""
    return int(session.conf.get("spark.sql.shuffle.partitions") or 200)


def kept(frame: DataFrame) -> DataFrame:
    """Compute a frame now, and keep its rows without what they were computed from.

    So the plan of an iteration stays short, and the loss of executors loses no iteration: the rows are files
    in the session's checkpoint folder. A cluster that has none keeps them on two workers, and survives the
    loss of one at a time.
    """
    from pyspark import StorageLevel

    # A plan that adapts while it runs forgets in which place its rows are, and they would move again.
    with told(), _set(frame.sparkSession, "spark.sql.adaptive.enabled", "false"):
        if _has_checkpoint_folder(frame.sparkSession):
            return frame.checkpoint(True)
        return frame.localCheckpoint(True, StorageLevel.MEMORY_AND_DISK_2)


def leaf(frame: DataFrame) -> DataFrame:
    """Return a frame that is persisted, with a plan that begins at what is kept of it.

    No later query plans again how it was made, and each reads only the columns that it needs. What is lost or
    given back of it is computed again.
    """
    from pyspark.sql import DataFrame

    session = frame.sparkSession
    plan = frame._jdf.queryExecution().withCachedData()
    made = session._jvm.org.apache.spark.sql.classic.Dataset.ofRows(session._jsparkSession, plan)
    return DataFrame(made, session)


def drop(frame: DataFrame) -> None:
    """Free the rows that :func:`kept` keeps."""
    rows = frame._jdf.queryExecution().analyzed().rdd()
    rows.unpersist(False)
    file = rows.getCheckpointFile()
    if file.isDefined():
        context = frame.sparkSession.sparkContext
        path = context._jvm.org.apache.hadoop.fs.Path(file.get())
        path.getFileSystem(context._jsc.hadoopConfiguration()).delete(path, True)


def _has_checkpoint_folder(session: SparkSession) -> bool:
    """Whether there is a folder for checkpoints; on this machine one is made, and removed in the end."""
    context = session.sparkContext
    if context._jsc.sc().getCheckpointDir().isDefined():
        return True
    if not context.master.startswith("local"):
        return False
    folder = tempfile.mkdtemp(prefix="influence-graph-checkpoints-")
    _swept(session, folder)
    context.setCheckpointDir(folder)
    return True


def _swept(session: SparkSession, folder: str | os.PathLike[str]) -> None:
    """Have Spark's Java process remove a folder as the last thing it does.

    It ends when this process does, whatever ended that: a signal leaves no time to do it here.
    """
    jvm = session._jvm
    jvm.org.apache.spark.util.ShutdownHookManager.registerShutdownDeleteDir(jvm.java.io.File(str(folder)))


def _start(master: str, home: Path, settings: Mapping[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession

    # A cluster within this machine writes its work folders below SPARK_HOME: links, so not the package.
    os.environ["SPARK_HOME"] = str(_linked_home(home))
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["SPARK_LOCAL_DIRS"] = str(home / "local")
    builder = SparkSession.builder.master(master).appName("influence_graph")
    own = {"spark.local.dir": str(home / "local"), "spark.sql.warehouse.dir": str(home / "warehouse")}
    options = f"-Djava.io.tmpdir={home} -Dderby.system.home={home}"
    java = "spark.driver.extraJavaOptions"
    own[java] = f"{options} {settings.get(java, '')}".strip()
    # A bar on the terminal for each stage that takes long, and none in files or notebooks.
    told = {"spark.ui.showConsoleProgress": "true" if os.isatty(2) else "false"}
    for name, value in {**_SETTINGS, **told, **_places(master), **settings, **own}.items():
        builder = builder.config(name, value)
    try:
        with warnings.catch_warnings():
            # Nothing here goes through pandas.
            warnings.filterwarnings("ignore", message=r"PySpark does not yet fully support pandas")
            session = builder.getOrCreate()
    except Exception as error:
        if "JAVA_GATEWAY_EXITED" in str(error):
            raise ConfigError(_ENDED) from error
        raise
    _swept(session, home)
    session.sparkContext.setCheckpointDir(str(home / "checkpoints"))
    return session


def _places(master: str) -> dict[str, str]:
    """Return the partitions of a shuffle within this machine: four a core; Spark's own 200 cost more."""
    found = re.fullmatch(r"local(?:-cluster)?\[(\d+|\*)(?:,\s*(\d+))?.*\]|local", master)
    if found is None:
        return {}
    first, each = found[1] or "1", found[2] if master.startswith("local-cluster") else None
    cores = (os.cpu_count() or 1) if first == "*" else int(first) * int(each or 1)
    return {"spark.sql.shuffle.partitions": str(4 * cores)}


def _linked_home(home: Path) -> Path:
    import pyspark

    package = Path(pyspark.__file__).parent
    linked = home / "spark"
    linked.mkdir()
    for entry in package.iterdir():
        if entry.name != "work":
            (linked / entry.name).symlink_to(entry)
    return linked


def _close_gateway() -> None:
    """End the Java process, so that the next session starts with its own settings."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        if getattr(gateway, "proc", None) is not None:
            gateway.proc.stdin.close()
            gateway.proc.wait(timeout=30)
    SparkContext._gateway = None
    SparkContext._jvm = None
