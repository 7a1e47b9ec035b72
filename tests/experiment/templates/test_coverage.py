"""The template coverage: on an ordinary log, and on logs that lack something."""

import pytest
from experiment.small_logs import METHODS, SYNTHETIC, check, write

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coverage")
    config = {
        "name": "c",
        "template": "coverage",
        "methods": METHODS,
        "data": [SYNTHETIC, *write(folder)],
        "options": {"draws": 1, "k": 10, "shares": [0.5]},
    }
    return run_experiment(config, results=folder)


def test_ordinary_log(done):
    check(done.tables)
    table = done.tables["coverage"]
    own = table.filter(table["data"] == "synthetic")
    assert set(own["what"]) == {"network", "kind", "rows", "people"}
    assert own["k"].unique().to_list() == [10]
    counts = own.filter(own["method"] == "engagement")
    assert counts["stated_points_error"].max() < 1e-6
    assert (counts["survival"] == counts["stated_survival"]).all()
    assert done.figures.keys() == {"coverage"}
    effects = done.tables["effects"]
    contrasts = set(effects.filter(effects["data"] == "synthetic")["contrast"])
    assert {
        "engagement, largest network hidden",
        "pagerank, each kind hidden: recomputed - stated",
        "pagerank, largest kind hidden: recomputed - stated",
        "pagerank, half of rows hidden at random",
    } <= contrasts


def test_the_level_reaches_the_intervals(done):
    assert done.tables["effects"]["level"].unique().to_list() == [0.95]


def test_logs_of_one_network_say_so(done):
    notes = done.tables["notes"]
    for data in ("pairs", "one network"):
        said = " ".join(notes.filter(notes["data"] == data)["note"])
        assert "one network only" in said
        assert "one kind only" in said
    table = done.tables["coverage"]
    assert set(table.filter(table["data"] == "pairs")["what"]) == {"rows", "people"}


def test_a_top_of_most_people_is_not_asked_about(done):
    # Three people: nobody can leave a top 10.
    effects, notes = done.tables["effects"], done.tables["notes"]
    assert set(effects["data"]) == {"synthetic", "one network"}
    said = " ".join(notes.filter(notes["data"] == "pairs")["note"])
    assert "engagement: the top 10 was not asked about, as it is more than half of 2 people" in said


def test_no_data_and_no_methods_are_errors(tmp_path):
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment({"name": "c", "template": "coverage"}, results=tmp_path)
    with pytest.raises(ConfigError, match="needs methods"):
        run_experiment({"name": "c", "template": "coverage", "data": SYNTHETIC}, results=tmp_path)
