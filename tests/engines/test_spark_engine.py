"""Public functions on graphs that live on Spark."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from influence_graph import compare, run_experiment, score
from influence_graph.cli import main
from influence_graph.engines.spark_engine import SparkScores
from influence_graph.errors import ConfigError, DataError
from influence_graph.networks import features


@pytest.fixture(scope="module")
def both(graphs: tuple[Any, Any]) -> tuple[Any, Any]:
    return score(graphs[0], "engagement"), score(graphs[1], "engagement", most_people=5)


def test_scores_of_more_people_than_the_limit_stay_on_the_cluster(both: tuple[Any, Any]) -> None:
    here, there = both
    assert isinstance(there, SparkScores)
    found = there.top(len(here))
    expected = here.frame.sort("rank", "id")
    assert found.columns == expected.columns
    assert found["id"].to_list() == expected["id"].to_list()
    for name in ("raw", "score", "percentile", "rank"):
        np.testing.assert_allclose(
            found[name].to_numpy(), expected[name].to_numpy(), rtol=1e-11, err_msg=name
        )


def test_a_frozen_scale_holds_on_both_engines(graphs: tuple[Any, Any], both: tuple[Any, Any]) -> None:
    frozen = score(graphs[0].reweight(kinds={"like": 1.0}, other=0.0), "engagement")
    here = score(graphs[0], "engagement", reference=frozen)
    there = score(graphs[1], "engagement", reference=frozen)
    np.testing.assert_allclose(there.score, here.score, rtol=1e-12)
    assert there.diagnostics == here.diagnostics
    stays = score(graphs[1], "engagement", reference=frozen, most_people=5).top(30)
    np.testing.assert_allclose(stays.sort("id")["score"].to_numpy(), here.score, rtol=1e-11)
    with pytest.raises(ConfigError, match="made by 'engagement'"):
        score(graphs[1], "reactors", reference=frozen)


def test_comparisons(graphs: tuple[Any, Any], both: tuple[Any, Any]) -> None:
    names = ("engagement", "reactors")
    here, there = ({name: score(graph, name) for name in names} for graph in graphs)
    tables = [compare(scores, resamples=20, k=5).table for scores in (here, there)]
    assert tables[1].equals(tables[0])
    with pytest.raises(DataError, match="live on several engines: local, spark"):
        compare({"a": both[0], "b": both[1]})
    with pytest.raises(DataError, match="stay on the cluster"):
        compare({"a": both[1], "b": both[1]})
    with pytest.raises(ConfigError, match="Leave graph out"):
        compare(there, graph=graphs[1])


def test_features_of_each_network(graphs: tuple[Any, Any]) -> None:
    names = ["received_like", "reactors", "posts"]
    here, there = (features(graph, names, networks=["y"]) for graph in graphs)
    assert there.columns == here.columns
    assert there.select("network", "id", "reactors", "posts").equals(
        here.select("network", "id", "reactors", "posts")
    )
    np.testing.assert_allclose(
        there["received_like"].to_numpy(), here["received_like"].to_numpy(), rtol=1e-12
    )


def test_what_has_no_form(graphs: tuple[Any, Any]) -> None:
    with pytest.raises(ConfigError, match="intervals resample the log"):
        score(graphs[1], "engagement", uncertainty="bootstrap")
    with pytest.raises(ConfigError, match="take 'log'"):
        score(graphs[1], "engagement", scale="quantile", most_people=5)
    with pytest.raises(ConfigError, match="has no parameter"):
        score(graphs[1], "engagement", damping=0.5)


LOG = """\
source,target,kind,timestamp
ben,ann,retweet,2024-01-01
cat,ann,reply,2024-01-02
cat,ben,retweet,2024-01-03
ann,ann,reply,2024-01-03
"""


def test_the_same_command_and_the_same_config_with_one_word_changed(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")

    def printed(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["influence-graph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capsys.readouterr().err
        return capsys.readouterr().out

    log = str(tmp_path / "log.csv")
    score_log = ("score", log, "--method", "reactors", "--half-life", "1d", "--json")
    here, there = (json.loads(printed(*score_log, "--engine", engine)) for engine in ("local", "spark"))
    assert there["top"] == here["top"]
    assert there["left_out"] == here["left_out"] == {"self-interaction": 1}
    config = (
        'name = "agreement"\ntemplate = "agreement"\n\n[[data]]\nlog = "log.csv"\n{}\n'
        '[[methods]]\nname = "reactors"\n\n[[methods]]\nname = "engagement"\n'
    )
    tables = []
    for number, line in enumerate(("", 'engine = "spark"')):
        path = tmp_path / f"run{number}.toml"
        path.write_text(config.format(line), encoding="utf-8")
        (tmp_path / "log.csv").touch()
        tables.append(run_experiment(path, results=tmp_path / f"results{number}", jobs=1).tables)
    assert tables[1]["agreement"].equals(tables[0]["agreement"])
    assert any("the log is on spark" in note for note in tables[1]["notes"]["note"])
    assert not any("the log is on spark" in note for note in tables[0]["notes"]["note"])
