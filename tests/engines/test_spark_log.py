"""A log on Spark has the rows, counts and notes that the reader of this process has."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import ConfigError, DataError, SchemaError


def test_the_report_has_the_numbers_of_the_local_reader(logs: tuple[Any, Any]) -> None:
    here, there = (log.report for log in logs)
    assert there.read == here.read
    assert there.kept == here.kept
    reasons = [dict(one.left_out.select("reason", "rows").rows()) for one in (here, there)]
    assert reasons[1] == reasons[0]
    assert {"self-interaction", "the target is empty and the kind is not 'post'"} < set(reasons[0])
    assert any(reason.startswith("recorded twice: a mention") for reason in reasons[0])
    assert there.span == here.span
    # Notes on how ids are spelled need all of them in one place.
    assert set(there.notes) == {note for note in here.notes if "ids are one" not in note}
    assert any("copies of" in note for note in there.notes)
    assert dict(logs[1].kinds) == dict(logs[0].kinds)


def test_rows_are_those_of_the_local_reader(logs: tuple[Any, Any]) -> None:
    names = ["source", "target", "kind", "network", "timestamp", "weight", "item", "parent"]
    here = logs[0].frame.select(names).collect().sort(names)
    there = pl.DataFrame(logs[1].frame.select(names).toArrow()).select(names)
    there = there.with_columns(pl.col("timestamp").cast(pl.Datetime("us", "UTC"))).sort(names)
    assert there.equals(here)


def test_a_file_of_text_with_whole_numbers_as_ids(tmp_path: Path, spark: Any) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "from,to,kind,when,score\n7,8,RT,2024-01-01T10:00:00Z,2\n9,8,Like,2024-01-02 11:00:00,-1\n"
        "8,nan,post,2024-01-03,1\n9,7,,2024-01-03,1\n",
        encoding="utf-8",
    )
    how: dict[str, Any] = {
        "columns": {"source": "from", "target": "to", "timestamp": "when", "weight": "score"},
        "kind_names": {"RT": "retweet"},
        "signed": True,
        "on_error": "skip",
    }
    here = read_interactions(path, **how)
    there = read_interactions(path, engine="spark", **how)
    names = ["source", "target", "kind", "timestamp", "weight"]
    found = pl.DataFrame(there.frame.select(names).toArrow()).with_columns(
        pl.col("timestamp").cast(pl.Datetime("us", "UTC"))
    )
    assert found.sort("timestamp").equals(here.frame.select(names).collect().sort("timestamp"))
    assert there.report.left_out["reason"].to_list() == ["the kind is empty"]
    assert there.report.kept == 3


BASE = {"source": ["a", "b"], "target": ["b", "a"], "weight": [1.0, 1.0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": [1, 2]}, "ids must be all integers or all text"),
        ({"source": [1.0, 2.0]}, r"holds double.*cast\('string'\)"),
        ({"source": [["a"], ["b"]]}, "holds array<string>"),
        ({"weight": [1.0, 0.0]}, r"the weight is zero, as in the row \{.*on_error='skip'.*1 row has"),
        ({"weight": [1.0, -2.0]}, "signed=True reads it as distrust"),
        ({"source": ["a", " "]}, "the source is empty"),
        ({"timestamp": ["2024-01-01", "soon"]}, "the timestamp does not parse.*ISO 8601"),
        ({"timestamp": [1, 2]}, "time_unit='s'"),
        ({"kind": ["unfollow", "like"]}, "nobody can say what holds"),
    ],
)
def test_rows_and_columns_that_can_not_be_used(to_spark: Any, change: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        read_interactions(to_spark(pl.DataFrame(BASE | change)), engine="spark")


def test_sources_and_options_that_have_no_form_on_spark(to_spark: Any, spark: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Spark DataFrame or a path"):
        read_interactions(pl.DataFrame(BASE), engine="spark")
    with pytest.raises(DataError, match="Every worker needs it"):
        read_interactions(tmp_path / "nothing.parquet", engine="spark")
    with pytest.raises(DataError, match="influence-graph convert"):
        read_interactions("log.mbox", engine="spark")
    with pytest.raises(ConfigError, match="salt= has no form on the engine 'spark'"):
        read_interactions("log.parquet", engine="spark", salt="secret")
    with pytest.raises(ConfigError, match="cross_posts='first'"):
        read_interactions("log.parquet", engine="spark", cross_posts="first")
    with pytest.raises(ConfigError, match=r"There is no engine 'spork'\. Did you mean 'spark'"):
        read_interactions("log.parquet", engine="spork")
    with pytest.raises(ConfigError, match="orientation is 'sideways'"):
        read_interactions("log.parquet", engine="spark", orientation="sideways")  # type: ignore[arg-type]
