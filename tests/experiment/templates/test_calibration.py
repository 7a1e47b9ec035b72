"""The template calibration: parts of a log are fitted and checked, and what it does not say is noted."""

import pytest
from experiment.small_logs import SYNTHETIC, check, write

from influence_graph import load_dataset
from influence_graph.errors import ConfigError
from influence_graph.evaluation.moments import MOMENTS
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.templates._calibration import parts_of


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    config = {
        "name": "c",
        "template": "calibration",
        "data": [SYNTHETIC, *write(folder)],
        "options": {"people": 60, "steps": 10, "draws": 1},
    }
    return run_experiment(config, results=folder)


def test_each_log_is_fitted_on_one_half_and_checked_on_the_other(done):
    check(done.tables)
    parts = done.tables["parts"]
    assert parts.filter(parts["data"] == "synthetic")["use"].to_list() == ["fitted", "checked"]
    moments = done.tables["moments"]
    mine = moments.filter(moments["data"] == "synthetic")
    assert mine["moment"].to_list() == list(MOMENTS)
    assert done.tables["parameters"].filter(done.tables["parameters"]["data"] == "synthetic").height == 8
    known = mine.drop_nulls(["fitted", "simulated"])
    gap = (known["simulated"] - known["fitted"]) / known["scale"]
    assert known["misfit"].to_list() == pytest.approx(gap.to_list())
    assert done.figures.keys() == {"calibration"}


def test_a_log_without_time_is_left_out_and_what_a_log_does_not_say_is_noted(done):
    notes = done.tables["notes"]
    assert "nothing to check on" in notes.filter(notes["data"] == "pairs")["note"][0]
    assert any("does not say" in note for note in notes.filter(notes["data"] == "one network")["note"])


def test_the_parts_of_a_log_of_many_networks_are_these():
    log = load_dataset("synthetic", people=80, days=10, mean_degree=3, networks=["a", "b", "c", "d"])
    parts = parts_of(log, 10)
    assert sorted(name for name, _ in parts) == ["a", "b", "c", "d"]
    assert sum(part.report.kept for _, part in parts) == log.report.kept
    sizes = [part.report.kept for _, part in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert [name for name, _ in parts_of(log, 10**6)] == ["first half", "second half"]


def test_no_data_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment({"name": "c", "template": "calibration"}, results=tmp_path)
