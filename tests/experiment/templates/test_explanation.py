"""The template explanation: on an ordinary log, and on logs that lack something."""

import pytest
from experiment.small_logs import METHODS, SYNTHETIC, check, write

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explanation")
    config = {
        "name": "e",
        "template": "explanation",
        "methods": METHODS,
        "data": [SYNTHETIC, *write(folder)],
        "options": {"people": 6, "parts": 3},
    }
    return run_experiment(config, results=folder)


def test_ordinary_log(done):
    check(done.tables)
    table = done.tables["explanation"]
    own = table.filter(table["data"] == "synthetic")
    assert set(own["question"]) == {"one part", "two parts", "largest reactor", "change"}
    assert set(own["method"]) == {"engagement", "pagerank"}
    assert own["id"].n_unique() <= 12
    assert done.figures.keys() == {"explanation"}
    effects = done.tables["effects"]
    exact = effects.filter(effects["contrast"] == "engagement, decomposition - recomputed")
    assert exact["high"].max() < 1e-6
    row = effects.filter(
        effects["contrast"] == "pagerank, decomposition - recomputed",
        effects["among"] == "one part by network",
    )
    own = own.filter(
        own["method"] == "pagerank", own["question"] == "one part", own["by"] == "network",
        own["telling"] == "decomposition", own["worth"],
    )  # fmt: skip
    errors = own.select("id", error=(own["told"] - own["recomputed"]).abs()).group_by("id").mean()
    assert row["value"].item(0) == pytest.approx(errors["error"].mean())
    assert row["people"].item(0) == errors.height


def test_logs_of_one_part_are_asked_what_they_can_answer(done):
    table = done.tables["explanation"]
    assert set(table.filter(table["data"] == "pairs")["question"]) == {"largest reactor"}
    notes = done.tables["notes"]
    for by in ("kind", "network"):
        said = notes.filter(notes["note"] == f"there is one {by} only, so nothing is left without it")
        assert set(said["data"]) == {"pairs", "one network"}


def test_two_parts_leave_nothing(tmp_path):
    config = {
        "name": "e", "template": "explanation", "methods": METHODS[:1], "options": {"people": 4},
        "data": SYNTHETIC | {"networks": ["x", "y"]},
    }  # fmt: skip
    tables = run_experiment(config, results=tmp_path).tables
    assert "two parts by network" not in set(tables["effects"]["among"])
    assert "there are two networks only, so nothing is left without both" in tables["notes"]["note"]


def test_no_data_and_methods_without_edges_are_errors(tmp_path):
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment({"name": "e", "template": "explanation", "methods": METHODS}, results=tmp_path)
    config = {"name": "e", "template": "explanation", "data": SYNTHETIC, "methods": [{"name": "random"}]}
    with pytest.raises(ConfigError, match="reads edges"):
        run_experiment(config, results=tmp_path)
