"""The table of claims: verdicts, failures and commands; and where the configs are."""

import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment import claims
from influence_graph.experiment.claims import CLAIMS, FAILED, NO_RESULT, TABLE, claims_table, shipped_configs
from influence_graph.experiment.overrides import Overrides

CONFIG = """\
name = "small"
template = "agreement"
claims = [2]
[data]
dataset = "synthetic"
people = 80
days = 5
mean_degree = 5
seen = true
[[methods]]
name = "engagement"
[[methods]]
name = "random"
[options]
k = 5
resamples = 10
draws = 2
[[criteria]]
claim = 2
question = "Same people?"
contrast = "engagement with random"
measure = "top_k_overlap"
yes = { above = 0.9 }
no = { below = 0.8 }
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(CONFIG)
    return path


def test_shipped_configs_are_experiments():
    names = [path.stem for path in shipped_configs()]
    assert {"agreement", "prediction"} <= set(names)
    assert "methods" not in names


def test_every_claim_has_a_row_with_a_verdict_or_what_to_run(config, tmp_path):
    table = claims_table([config], results=tmp_path / "results")
    assert table.schema == TABLE
    assert table["claim"].to_list() == sorted(CLAIMS)
    found = table.row(1, named=True)
    assert (found["verdict"], found["data"], found["seen"]) == ("no", "synthetic", True)
    assert found["figure"].endswith("agreement.pdf")
    assert len(found["data_fingerprint"]) == 64
    assert len(found["criteria_fingerprint"]) == 64
    assert set(table.filter(pl.col("claim") != 2)["verdict"]) == {NO_RESULT}


def test_without_running_the_last_results_are_shown(config, tmp_path):
    table = claims_table([config], results=tmp_path / "results", run=False)
    assert table["verdict"].unique().to_list() == [NO_RESULT]
    assert table["reason"][1] == f"influence-graph run {config}"
    assert table["reason"][0] == "no experiment yet"
    claims_table([config], results=tmp_path / "results")
    assert claims_table([config], results=tmp_path / "results", run=False)["verdict"][1] == "no"


def test_other_logs_and_a_method_and_one_that_fails(config, tmp_path):
    logs = tmp_path / "logs"
    good, bad = logs / "good", logs / "bad"
    for folder in (good, bad):
        folder.mkdir(parents=True)
    pl.DataFrame({"source": ["a", "b", "c", "a"], "target": ["b", "c", "b", "c"]}).write_csv(
        good / "interactions.csv"
    )
    (bad / "interactions.csv").write_text("source,target\n")
    told: list[str] = []
    table = claims_table(
        [config],
        results=tmp_path / "results",
        logs=logs,
        overrides=Overrides(methods=("reactors",)),
        tell=told.append,
    )
    assert told == ["small on bad", "small on good"]
    rows = table.filter(claim=2)
    assert rows.select("data", "verdict").rows()[0] == ("bad", FAILED)
    assert rows["data"].to_list() == ["bad", "good"]
    assert rows["reason"][0]
    scores = pl.read_parquet(next((tmp_path / "results" / "good" / "small").glob("*/scores.parquet")))
    assert set(scores["method"]) == {"engagement", "random", "reactors"}
    assert not list((tmp_path / "results").glob("*/.cells")), "cells that no log enters are computed once"
    assert (tmp_path / "results" / ".cells").is_dir()
    with pytest.raises(ConfigError, match="holds no folders"):
        claims_table([config], logs=good)


def test_notes_say_why_there_is_no_estimate_and_what_no_log_enters_is_told_once(tmp_path, monkeypatch):
    config = tmp_path / "both.toml"
    config.write_text(CONFIG.replace('"small"', '"both"').replace("k = 5", "k = 100"))
    logs = tmp_path / "logs"
    for name in ("a", "b"):
        (logs / name).mkdir(parents=True)
        people = [f"p{i}" for i in range(30)]
        pl.DataFrame({"source": people, "target": people[::-1]}).write_csv(logs / name / "interactions.csv")
    table = claims_table([config], results=tmp_path / "results", logs=logs).filter(claim=2)
    assert table["data"].to_list() == ["a", "b"]
    for reason in table["reason"]:
        assert reason.startswith("the top 100 was not asked about, as it is more than half of 30 people; no ")
    real = claims._answers
    monkeypatch.setattr(claims, "_answers", lambda *a: ({**row, "data": "model", "data_fingerprint": ""}
                                                        for row in real(*a)))  # fmt: skip
    table = claims_table([config], results=tmp_path / "results", logs=logs).filter(claim=2)
    assert table["data"].to_list() == ["model"]
