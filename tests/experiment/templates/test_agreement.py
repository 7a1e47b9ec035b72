"""The template agreement: its options reach the comparison, and its tables hold their levels."""

import pytest

from influence_graph import build_graph, compare, load_dataset, score
from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    monkeypatch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)


def test_a_comparison_without_intervals_or_movers(config, tmp_path, text):
    options = tmp_path / "small.toml"
    options.write_text(text.replace("resamples = 5", "resamples = 0\nmovers = 0"))
    done = run_experiment(options, results=tmp_path / "results")
    assert done.tables["agreement"]["low"].null_count() == 24
    assert done.tables["movers"].height == 0
    assert "[" not in done.summary["spearman"][0]


def test_agreement_asks_for_data_and_methods(tmp_path):
    config = {"name": "a", "template": "agreement", "methods": [{"name": "engagement"}]}
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment(config, results=tmp_path)
    with pytest.raises(ConfigError, match="at least two"):
        run_experiment(
            {**config, "data": {"dataset": "synthetic", "people": 80, "mean_degree": 5}}, results=tmp_path
        )


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_and_their_level_are_those_of_the_options(tmp_path, confidence):
    data = {"dataset": "synthetic", "people": 80, "days": 5, "mean_degree": 5}
    methods = [{"name": "engagement"}, {"name": "activity"}]
    config = {"name": "a", "template": "agreement", "data": data, "methods": methods}

    def table(level):
        options = {"k": 7, "resamples": 40, "confidence": level, "movers": 3}
        return run_experiment({**config, "options": options}, results=tmp_path).tables["agreement"]

    found, other = table(confidence), table(1.75 - confidence)
    assert found["confidence"].unique().to_list() == [confidence]
    assert found["k"].unique().to_list() == [7]
    width = (found["high"] - found["low"]).sum()
    assert (width < (other["high"] - other["low"]).sum()) == (confidence < 0.9)
    graph = build_graph(load_dataset("synthetic", people=80, days=5, mean_degree=5))
    scores = {name: score(graph, name) for name in ("engagement", "activity")}
    assert found["value"].to_list() == compare(scores, k=7, resamples=0).table["value"].to_list()
