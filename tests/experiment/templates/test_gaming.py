"""The template gaming: costs of every method on a small log, and what it does without timestamps."""

import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment

CONFIG = """\
name = "small"
template = "gaming"
seed = 1
[data]
{data}
[[methods]]
name = "reactors"
[[methods]]
name = "random"
[[methods]]
name = "credible_reach"
tenure = "5d"
[options]
tops = [0.02]
event = [0.01]
bought = [0.3, 3]
taken_over = [30]
day = [0.01]
"""


def test_costs_detection_and_effects(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(CONFIG.format(data='dataset = "synthetic"\npeople = 150\ndays = 20\nrng = 1'))
    found = run_experiment(path, results=tmp_path / "results")
    attacks, costs = found.tables["attacks"], found.tables["costs"]
    assert set(attacks["method"]) == {"reactors", "credible_reach"}
    assert (attacks.drop_nulls("place")["place"] <= attacks.drop_nulls("place")["places"]).all()
    # Bought reactions are as dear as a new account for both, and the cheapest where they cost less.
    cheap = costs.filter(pl.col("bought") == 0.3)
    assert set(cheap["region"]) == {"bought reactions cheapest"}
    assert (cheap["cost"] > 0).all()
    effects = found.tables["effects"]
    assert "credible_reach / reactors" in set(effects["contrast"])
    assert (effects["low"] <= effects["value"]).all()
    assert (effects["value"] <= effects["high"]).all()
    assert found.tables["detection"]["recall"].is_between(0, 1).all()
    assert "random draws random numbers" in found.tables["notes"]["note"][0]


def test_without_timestamps_counts_still_have_a_cost(tmp_path):
    ends = {
        "source": [f"p{i % 50}" for i in range(200)],
        "target": [f"p{(i * 7 + 1) % 50}" for i in range(200)],
    }
    rows = pl.DataFrame(ends).with_columns(kind=pl.lit("like"))
    rows.write_csv(tmp_path / "log.csv")
    path = tmp_path / "small.toml"
    path.write_text(CONFIG.format(data='log = "log.csv"'))
    found = run_experiment(path, results=tmp_path / "results")
    assert set(found.tables["attacks"]["method"]) == {"reactors"}
    assert any("timestamp" in note for note in found.tables["notes"]["note"])


def test_a_baseline_that_is_not_there_is_an_error(tmp_path):
    path = tmp_path / "small.toml"
    text = CONFIG.format(data='dataset = "synthetic"\npeople = 60\ndays = 5\nrng = 1')
    path.write_text(text + 'baseline = "engagement"\n')
    with pytest.raises(ConfigError, match="baseline"):
        run_experiment(path, results=tmp_path / "results")
