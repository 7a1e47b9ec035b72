"""The template one-number: tables, effects, and notes on logs that cannot answer."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment
from influence_graph.report.one_number_figures import one_number, points_again

DATA = {"dataset": "synthetic", "people": 150, "days": 40, "mean_degree": 12.0, "rng": 2}
METHODS = [{"name": "engagement"}, {"name": "reactors"}]
OPTIONS = {"fewest": 20, "draws": 1, "folds": 5}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    given = {"name": "n", "template": "one-number", "data": DATA, "methods": METHODS, "options": OPTIONS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)
        return run_experiment(given, results=tmp_path_factory.mktemp("results"))


def test_every_question_has_its_table_and_effects(found):
    tables = found.tables
    assert all(tables[name].height for name in ("matrix", "predictors", "numbers", "stability"))
    effects = tables["effects"]
    for contrast, measure, among in (
        ("the same network - all networks", "C", "all networks"),
        ("two numbers - one number", "R2", "last seen and activity taken out"),
        ("reactors", "ICC", "adjacent periods"),
    ):
        assert effects.filter(contrast=contrast, measure=measure, among=among).height == 1
    by = {
        row["past"]: row["value"] for row in tables["predictors"].filter(network="any").iter_rows(named=True)
    }
    difference = effects.filter(contrast="the same network - all networks", among="all networks")[
        "value"
    ].item()
    assert difference == pytest.approx(by["the same network"] - by["all networks"])
    assert not any(row.startswith("network ") for row in found.summary["among"])


def test_what_is_drawn_is_what_is_in_the_tables(found):
    tables = found.tables
    figure = one_number(tables["matrix"], tables["predictors"], tables["numbers"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert sorted(texts) == sorted(f"{value:.2f}".lstrip("0") for value in tables["matrix"]["value"])
    dots = points_again(tables["stability"]).axes[0]
    drawn = {line.get_xdata()[0] for line in dots.lines if line.get_marker() in "os"}
    assert drawn >= set(tables["stability"]["value"].drop_nulls())


@pytest.mark.parametrize("lacking", ["networks", "timestamps"])
def test_a_log_that_lacks_something_says_so(tmp_path, monkeypatch, lacking):
    rows = {"source": ["b", "c", "a", "c"], "target": ["a", "a", "b", "b"], "network": ["x", "x", "x", "x"],
            "timestamp": ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]}  # fmt: skip
    frame = pl.DataFrame(rows)
    (frame.drop("timestamp") if lacking == "timestamps" else frame).write_csv(tmp_path / "log.csv")
    given = {"name": "n", "template": "one-number", "data": {"log": str(tmp_path / "log.csv")},
             "methods": METHODS, "options": OPTIONS}  # fmt: skip
    tables = run_experiment(given, results=tmp_path / "results").tables
    notes = " ".join(tables["notes"]["note"])
    assert ("no timestamps" if lacking == "timestamps" else "one network") in notes
    assert tables["matrix"].height == tables["numbers"].height == 0


def test_a_wrong_horizon_and_no_data_are_errors(tmp_path):
    given = {"name": "n", "template": "one-number", "data": DATA, "methods": METHODS}
    with pytest.raises(ConfigError, match="horizon"):
        run_experiment({**given, "options": {"horizon": "soon"}}, results=tmp_path)
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment({**given, "data": []}, results=tmp_path)


def test_where_nothing_is_told_nothing_is_as_good_as_another(tmp_path):
    # Who reacts to whom, where and when is drawn evenly: the past says nothing, on any network.
    rng = np.random.default_rng(5)
    source, target = rng.integers(0, 80, (2, 4000))
    kept = source != target
    start = datetime(2024, 1, 1, tzinfo=UTC)
    pl.DataFrame(
        {
            "source": [f"p{i}" for i in source[kept]],
            "target": [f"p{i}" for i in target[kept]],
            "network": rng.choice(["x", "y"], kept.sum()),
            "timestamp": [
                start + timedelta(minutes=int(t)) for t in np.sort(rng.integers(0, 10**5, kept.sum()))
            ],
        }
    ).write_parquet(tmp_path / "log.parquet")
    data = {"log": str(tmp_path / "log.parquet"), "label": "even"}
    given = {"name": "n", "template": "one-number", "data": data, "methods": METHODS,
             "options": {**OPTIONS, "folds": 10}}  # fmt: skip
    tables = run_experiment(given, results=tmp_path / "results").tables
    contrasts = set(tables["effects"]["contrast"])
    assert {"the same network", "all networks", "one number", "two numbers"} <= contrasts
    assert not [one for one in contrasts if " - " in one]
    notes = " ".join(tables["notes"]["note"])
    assert "the past on x and y and all networks says nothing of what follows there" in notes
    assert "last seen and activity taken out: no number of numbers a person predicts anything" in notes


def test_a_log_of_one_time_says_so(tmp_path):
    rows = {"source": ["b", "c", "a", "c"], "target": ["a", "a", "b", "b"], "network": ["x", "y", "x", "y"],
            "timestamp": ["2024-01-01"] * 4}  # fmt: skip
    pl.DataFrame(rows).write_csv(tmp_path / "log.csv")
    given = {"name": "n", "template": "one-number", "data": {"log": str(tmp_path / "log.csv")},
             "methods": METHODS, "options": OPTIONS}  # fmt: skip
    tables = run_experiment(given, results=tmp_path / "results").tables
    assert tables["effects"].is_empty()
    assert [note for note in tables["notes"]["note"] if "All rows have one time, 2024-01-01 00:00" in note]
