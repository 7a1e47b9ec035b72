"""Engines are known by name, and what lives on several is not mixed."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import polars as pl
import pytest

from influence_graph import build_graph, read_interactions
from influence_graph.engine import engine_names, engine_of, get_engine
from influence_graph.errors import ConfigError, DataError


@dataclass
class Elsewhere:
    engine: str


def test_this_process_is_an_engine_without_an_entry() -> None:
    assert {"local", "spark"} <= set(engine_names())
    assert engine_of() is None
    assert engine_of(1, "text", pl.DataFrame()) is None
    log = read_interactions(pl.DataFrame({"source": [1], "target": [2]}), engine="local")
    assert engine_of(log, build_graph(log)) is None


def test_engines_are_not_mixed() -> None:
    with pytest.raises(DataError, match="several engines: local, spark"):
        engine_of(Elsewhere("spark"), pl.DataFrame())
    with pytest.raises(ConfigError, match="There is no engine 'abacus'"):
        engine_of(Elsewhere("abacus"))


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="pyspark is installed")
def test_spark_without_its_extra_is_one_error() -> None:
    with pytest.raises(ConfigError, match=r"pip install 'influence-graph\[spark\]'"):
        read_interactions("log.parquet", engine="spark")


@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed")
def test_spark_without_java_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from influence_graph.engines.spark_session import check_installed

    assert get_engine("spark").name == "spark"
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigError, match="openjdk-17-jre-headless"):
        check_installed()


def test_an_option_without_a_form_is_refused_with_the_ones_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(source: Any, *, kind: str | None = None) -> tuple[Any, str | None]:
        return source, kind

    from influence_graph import engine

    made = engine.Engine("abacus", read, *([read] * 5))
    monkeypatch.setattr(engine._ENGINES, "_entries", {"abacus": (made, "here")})
    assert read_interactions("beads", engine="abacus", kind="like") == ("beads", "like")
    with pytest.raises(ConfigError, match="salt= has no form on the engine 'abacus', which takes kind"):
        read_interactions("beads", engine="abacus", salt="s")
