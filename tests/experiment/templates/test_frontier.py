"""The template frontier: every method a point with both intervals, and nobody on it who is dominated."""

from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.templates._frontier import CANDIDATE, PERMUTED

CONFIG = """\
name = "plane"
template = "frontier"
seed = 1
[data]
{data}
[[methods]]
name = "reactors"
[[methods]]
name = "pagerank"
[options]
origins = 2
folds = 3
least = 5
top = 0.02
"""


def test_prediction_against_cost(tmp_path):
    path = tmp_path / "plane.toml"
    path.write_text(CONFIG.format(data='dataset = "synthetic"\npeople = 200\ndays = 30\nrng = 1'))
    found = run_experiment(path, results=tmp_path / "results")
    table = found.tables["frontier"]
    assert {"reactors", "pagerank", CANDIDATE, PERMUTED, "min(reactors, 10)"} <= set(table["method"])
    for row in table.iter_rows(named=True):
        assert row["prediction_low"] <= row["prediction"] <= row["prediction_high"]
        assert row["cost_low"] <= row["cost"] <= row["cost_high"]
        better = [
            other["method"]
            for other in table.iter_rows(named=True)
            if other["prediction"] > row["prediction"] and other["cost"] > row["cost"]
        ]
        assert not (row["on_frontier"] and better)
    effects = found.tables["effects"]
    assert f"{PERMUTED} - {CANDIDATE}" in set(effects["contrast"])
    assert effects.filter(measure="cost ratio", contrast=f"{CANDIDATE} / reactors").height == 1


def test_a_log_without_timestamps_is_left_out_with_the_reason(tmp_path):
    (tmp_path / "log.csv").write_text("source,target,kind\na,b,like\nc,b,like\n")
    path = tmp_path / "plane.toml"
    path.write_text(CONFIG.format(data='log = "log.csv"'))
    found = run_experiment(path, results=tmp_path / "results")
    assert found.tables["frontier"].is_empty()
    assert "timestamps" in found.tables["notes"]["note"][0]
