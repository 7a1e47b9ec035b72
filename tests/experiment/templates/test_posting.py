"""The template posting: on an ordinary log, and on logs that lack something."""

import pytest
from experiment.small_logs import METHODS, SYNTHETIC, check, write

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("posting")
    config = {
        "name": "p",
        "template": "posting",
        "methods": METHODS,
        "data": [SYNTHETIC, *write(folder)],
        "options": {"draws": 3},
    }
    return run_experiment(config, results=folder)


def test_ordinary_log(done):
    check(done.tables)
    table = done.tables["posting"]
    assert set(table["data"]) == {"synthetic"}
    assert {"received", "engagement", "pagerank", "random"} <= set(table["outcome"])
    assert done.figures.keys() == {"posting"}
    effects = done.tables["effects"]
    assert effects.height == table.height
    assert {"received by items", "pagerank by items"} <= set(effects["contrast"])
    assert "p" in done.summary.columns


def test_logs_without_items_or_time_are_left_out_with_a_note(done):
    notes = dict(done.tables["notes"].filter(done.tables["notes"]["data"] != "synthetic").iter_rows())
    assert "no timestamps" in notes["pairs"]
    assert "no items" in notes["one network"]


def test_no_data_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment({"name": "p", "template": "posting"}, results=tmp_path)
