"""The template increment runs whole, and says where there is no null."""

import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment

CONFIG = {
    "name": "i",
    "template": "increment",
    "data": {"dataset": "synthetic", "people": 150, "days": 30, "mean_degree": 8.0, "rng": 2},
    "methods": [{"name": "reactors"}, {"name": "pagerank"}],
    "options": {"folds": 6, "origins": 1, "draws": 2, "block": 100.0},
}


def test_it_runs_with_a_null(tmp_path):
    done = run_experiment(CONFIG, results=tmp_path)
    assert done.tables["effects"]["contrast"].to_list() == [
        "counts + pagerank - counts",
        "counts + pagerank - counts, rewired",
        "counts + pagerank - counts, against rewired",
        "counts + pagerank - counts, smallest found",
    ]
    assert done.tables["moved"]["moved"].drop_nulls().min() > 0.5
    assert done.tables["notes"].height == 0
    assert set(done.figures) == {"increment"}
    assert "pagerank" in str(done)


def test_without_enough_to_rewire_there_is_no_null(tmp_path):
    options = {**CONFIG["options"], "block": 1e-6}
    done = run_experiment({**CONFIG, "options": options}, results=tmp_path)
    assert done.tables["effects"].height == 1
    assert "no null: rewiring moves" in done.tables["notes"]["note"][0]


def test_counts_alone_are_no_methods_to_add(tmp_path):
    with pytest.raises(ConfigError, match="a method that is no count"):
        run_experiment({**CONFIG, "methods": [{"name": "reactors"}]}, results=tmp_path)
