"""The template weights: on an ordinary log, and on logs that lack something."""

import pytest
from experiment.small_logs import SYNTHETIC, check, write

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    config = {
        "name": "w",
        "template": "weights",
        "data": [SYNTHETIC, *write(folder)],
        "options": {"draws": 5, "k": 10, "factor": 2.0},
    }
    return run_experiment(config, results=folder)


def test_ordinary_log(done):
    check(done.tables)
    table = done.tables["weights"]
    own = table.filter(table["data"] == "synthetic")
    assert set(own["space"]) == {"kinds", "networks", "half-life"}
    assert set(own["region"]) == {"interior", "within a factor of 2", "sweep"}
    assert (own["certain"] <= own["k"]).all()
    assert (own["k"] <= own["possible"]).all()
    assert (own["seen"] <= own["possible"]).all()
    ranges = done.tables["rank_ranges"]
    assert (ranges["low"] <= ranges["seen_low"]).all()
    assert (ranges["seen_high"] <= ranges["high"]).all()
    assert done.figures.keys() == {"weights"}
    assert "kinds, within a factor of 2" in set(done.tables["effects"]["contrast"])


def test_logs_of_one_kind_say_so(done):
    notes = done.tables["notes"]
    said = " ".join(notes.filter(notes["data"] == "pairs")["note"])
    assert "one kind only" in said
    assert "one network only" in said
    assert "no timestamps" in said
    table = done.tables["weights"]
    assert table.filter(table["data"] == "one network")["space"].to_list() == ["half-life"]


def test_a_top_of_most_people_is_not_asked_about(tmp_path):
    config = {"name": "w", "template": "weights", "data": [SYNTHETIC], "options": {"draws": 2, "k": 60}}
    tables = run_experiment(config, results=tmp_path).tables
    assert set(tables["effects"]["measure"]) == {"sure pairs"}
    people = tables["weights"]["people"][0]
    assert people < 120
    assert (
        f"the top 60 was not asked about, as it is more than half of {people} people"
        in tables["notes"]["note"]
    )


def test_features_of_labelled_pairs(tmp_path, data_folder):
    config = {"name": "w", "template": "weights", "options": {"draws": 2, "pairs": "peerindex"}}
    table = run_experiment(config, results=tmp_path).tables["weights"]
    assert table.select("space", "parts", "people", "k").rows() == [("features", 11, 949, 100)] * 2


def test_no_data_and_a_data_set_without_pairs_are_errors(tmp_path):
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment({"name": "w", "template": "weights"}, results=tmp_path)
    with pytest.raises(ConfigError, match="holds no labelled pairs"):
        run_experiment({"name": "w", "template": "weights", "options": {"pairs": "higgs"}}, results=tmp_path)
