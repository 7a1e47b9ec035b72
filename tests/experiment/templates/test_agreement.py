"""The template agreement: its options reach the comparison, and its tables hold their levels."""

import polars as pl
import pytest

from influence_graph import build_graph, compare, load_dataset, score
from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.templates._agreement import _by_swept_value
from influence_graph.report.agreement_figures import noise


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
        options = {"k": 7, "resamples": 40, "confidence": level, "movers": 3, "draws": 0}
        return run_experiment({**config, "options": options}, results=tmp_path).tables["agreement"]

    found, other = table(confidence), table(1.75 - confidence)
    assert found["confidence"].unique().to_list() == [confidence]
    assert found["k"].unique().to_list() == [7]
    width = (found["high"] - found["low"]).sum()
    assert (width < (other["high"] - other["low"]).sum()) == (confidence < 0.9)
    graph = build_graph(load_dataset("synthetic", people=80, days=5, mean_degree=5))
    scores = {name: score(graph, name) for name in ("engagement", "activity")}
    assert found["value"].to_list() == compare(scores, k=7, resamples=0).table["value"].to_list()


@pytest.fixture(scope="module")
def of_parts(tmp_path_factory):
    data = {"dataset": "synthetic", "people": 100, "days": 20, "mean_degree": 8}
    config = {
        "name": "a",
        "template": "agreement",
        "data": data,
        "methods": [{"name": name} for name in ("engagement", "pagerank", "activity")],
        "options": {"k": 7, "resamples": 5, "draws": 10},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)
        found = run_experiment(config, results=tmp_path_factory.mktemp("results")).tables
        config["options"]["largest"] = 50
        large = run_experiment(config, results=tmp_path_factory.mktemp("large")).tables
    return found, large


def test_agreement_is_shown_on_the_log_across_halves_and_corrected(of_parts):
    tables, _ = of_parts
    parts = tables["parts"]
    assert parts["log"].unique(maintain_order=True).to_list() == [
        "this log",
        "independent halves",
        "corrected",
    ]
    graph = build_graph(load_dataset("synthetic", people=100, days=20, mean_degree=8))
    scores = {name: score(graph, name) for name in ("engagement", "pagerank", "activity")}
    expected = compare(scores, k=7, resamples=0).figure("engagement", "pagerank", "kendall_tau_b")["value"]
    same = parts.filter(
        log="this log", over="everybody", a="engagement", b="pagerank", measure="kendall_tau_b"
    )
    assert same["value"].item() == expected
    corrected = tables["effects"].filter(measure="corrected correlation", contrast="engagement with pagerank")
    shown = parts.filter(log="corrected", a="engagement", b="pagerank").drop_nulls("value")
    assert corrected["among"].to_list() == shown["over"].to_list() != []
    assert corrected["value"].to_list() == shown["value"].to_list()
    assert corrected["low"].to_list() == shown["low"].to_list()
    assert tables["effects"]["value"].is_not_null().all()


def test_a_large_log_leaves_out_methods_that_read_more_than_edges_and_says_so(of_parts):
    tables, large = of_parts
    assert set(tables["parts"]["b"]) == {"engagement", "pagerank", "activity"}
    assert set(large["parts"]["b"]) == {"engagement", "pagerank"}
    assert "activity reads more than edges" in large["notes"]["note"][0]
    assert "activity" in set(large["agreement"]["b"])


def test_the_figure_of_noise_draws_every_pair_with_the_first(of_parts):
    parts = of_parts[0]["parts"]
    figure = noise(parts)
    for panel, log in zip(figure.axes, ("this log", "independent halves", "corrected"), strict=True):
        measure = "log_pearson" if log == "corrected" else "kendall_tau_b"
        pairs = parts.filter(log=log, measure=measure, a="engagement").filter(pl.col("b") != "engagement")
        drawn = sorted(line.get_xdata()[0] for line in panel.lines if line.get_marker() in ("o", "s"))
        assert drawn == sorted(pairs["value"].drop_nulls())


def test_a_sweep_of_two_parameters_has_the_longer_on_the_axis_and_the_other_beside_it():
    graphs = [f"half_life={one}, normalize={two}" for one in ("1.5", "3", "30") for two in (True, False)]
    table = pl.DataFrame({"graph": [*graphs, graphs[0]], "row": range(7)})
    found = _by_swept_value(table, graphs)
    assert found["row"].to_list() == list(range(7))
    assert set(found["parameter"]) == {"half_life"}
    assert found["at"].to_list() == [1.5, 1.5, 3, 3, 30, 30, 1.5]
    assert found["rest"].to_list() == ["normalize=True", "normalize=False"] * 3 + ["normalize=True"]


def test_a_top_of_most_people_is_not_asked_about(tmp_path):
    # Of 80 people any two methods name the same top 100: an overlap of 1 says nothing.
    config = {
        "name": "a", "template": "agreement", "data": {"dataset": "synthetic", "people": 80, "days": 5},
        "methods": [{"name": "engagement"}, {"name": "random"}], "options": {"draws": 0, "resamples": 5},
    }  # fmt: skip
    tables = run_experiment(config, results=tmp_path).tables
    assert tables["agreement"].filter(measure="top_k_overlap")["value"].to_list() == [1.0]
    assert "top_k_overlap" not in set(tables["effects"]["measure"])
    said = tables["notes"]["note"].to_list()
    assert said == ["the top 100 was not asked about, as it is more than half of 80 people"]
    tables = run_experiment(
        config | {"options": {"draws": 0, "resamples": 5, "k": 40}}, results=tmp_path
    ).tables
    assert "top_k_overlap" in set(tables["effects"]["measure"])
    assert tables["notes"].is_empty()
