"""One Spark session for all tests of the engine, and logs that hold everything a log can hold."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from influence_graph import build_graph, read_interactions

HERE = Path(__file__).parent
#: The tests plan much and compute little: most of their time is the loading and compiling of Spark's classes.
QUICK = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one worker, as they share one session."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("spark"))


def why_not() -> str | None:
    """Return why there is no Spark here, or None."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed: make spark"
    return None if shutil.which("java") else "there is no Java: apt install openjdk-17-jre-headless"


@pytest.fixture(scope="session", autouse=True)
def needs_spark() -> None:
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def spark(needs_spark: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A small session without what only pays on large data."""
    from influence_graph.engines.spark_session import own_session

    with own_session(
        "local[1]",
        folder=tmp_path_factory.mktemp("spark"),
        spark_sql_shuffle_partitions=2,
        spark_sql_codegen_wholeStage=False,
        spark_sql_codegen_factoryMode="NO_CODEGEN",
        spark_sql_adaptive_enabled=False,
        spark_driver_memory="1g",
        spark_driver_extraJavaOptions=QUICK,
    ) as session:
        yield session


@pytest.fixture(scope="session")
def to_spark(spark: Any) -> Callable[[pl.DataFrame], Any]:
    """Make a Spark DataFrame of one in polars, with the rows in this order."""

    def made(frame: pl.DataFrame) -> Any:
        return spark.createDataFrame(frame.to_arrow()).coalesce(1)

    return made


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """Follows and unfollows, posts, items, parents, answers to oneself, two networks, cross-posts."""
    draw = random.Random(17)
    kinds = ["retweet", "reply", "like", "mention", "follow", "unfollow", "post"]
    made: list[dict[str, Any]] = []

    def person() -> str:
        return f"p{min(draw.randrange(30), draw.randrange(30)):02}"

    for _ in range(400):
        kind = draw.choice(kinds)
        has_item = kind not in ("follow", "unfollow") and draw.random() < 0.7
        made.append(
            {
                "source": person(),
                "target": None if kind == "post" else person(),
                "kind": kind,
                "network": draw.choice(["x", "y"]),
                "timestamp": 1_700_000_000 + draw.randrange(20 * 86_400),
                "weight": draw.choice([1.0, 2.5]),
                "item": str(draw.randrange(250)) if has_item else None,
                "parent": None,
            }
        )
    for number in range(40):
        kind = draw.choice(["reply", "retweet", "quote"])
        row = made[number] | {"source": person(), "target": None, "kind": kind, "network": "x"}
        made.append(row | {"item": f"n{number}", "parent": str(draw.randrange(300))})
    # The same post on two networks, the same act as a reply and as a mention, and each to oneself.
    made += [row | {"network": "y"} for row in made[:60] if row["item"] and row["network"] == "x"]
    made += [row | {"kind": "mention", "item": None} for row in made if row["kind"] == "reply"][:30]
    made += [row | {"target": row["source"]} for row in made if row["kind"] in ("like", "reply")][:12]
    time = pl.from_epoch("timestamp").dt.replace_time_zone("UTC").dt.cast_time_unit("us")
    return pl.DataFrame(made, infer_schema_length=None).with_columns(time)


READ: dict[str, Any] = {"on_error": "skip", "one_act": ["retweet", "reply", "mention"]}
BUILD: dict[str, Any] = {
    "kinds": {"retweet": 2.0, "follow": 0.5},
    "other": 1.0,
    "half_life": "5d",
    "saturation": "log",
}


@pytest.fixture(scope="session")
def logs(rows: pl.DataFrame, to_spark: Callable[..., Any]) -> tuple[Any, Any]:
    """The log here and on Spark."""
    return read_interactions(rows, **READ), read_interactions(to_spark(rows), engine="spark", **READ)


@pytest.fixture(scope="session")
def graphs(logs: tuple[Any, Any]) -> tuple[Any, Any]:
    """The graph here and on Spark, with decay and saturation."""
    return build_graph(logs[0], **BUILD), build_graph(logs[1], **BUILD)
