"""What is given besides a config replaces its keys, and errors say which of the two they are about."""

import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.config import holds_methods_only, read_config
from influence_graph.experiment.overrides import Overrides, log_in_folder
from influence_graph.experiment.plan import make_plan
from influence_graph.experiment.run import run_experiment

DATA = {"dataset": "synthetic", "people": 50, "days": 5, "mean_degree": 5}
CONFIG = {
    "name": "a",
    "template": "agreement",
    "data": [DATA, {**DATA, "label": "second"}],
    "methods": [{"name": "engagement"}, {"name": "random"}],
    "options": {"k": 5, "resamples": 0, "draws": 2},
}
BETTER = {"claim": 2, "question": "Same?", "measure": "top_k_overlap", "yes": {"above": 0.9}}


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Drawing takes as long as all the rest. See test_results.py and tests/report."""
    monkeypatch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "mine"
    home.mkdir()
    rows = pl.DataFrame({"source": ["1", "2", "2", "3"], "target": ["3", "3", "1", "2"]})
    rows.write_csv(home / "interactions.csv")
    pl.DataFrame({"person": ["default/1", "default/2"], "core": [1, 0]}).write_csv(home / "people.csv")
    return home


def test_a_log_replaces_all_and_a_value_one(folder):
    overrides = Overrides({"data.log": str(folder / "interactions.csv"), "seed": 9, "options.k": 2})
    source = read_config(CONFIG, overrides)
    assert [one.log for one in source.config.data] == [str(folder / "interactions.csv")]
    assert (source.config.data[0].label, source.config.seed, source.config.options["k"]) == ("mine", 9, 2)
    assert CONFIG["options"]["k"] == 5
    done = run_experiment(CONFIG, results=folder / "results", overrides=overrides)
    assert done.tables["agreement"]["data"].unique().to_list() == ["mine"]
    assert done.manifest["overrides"]["values"]["seed"] == 9


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sede": 1}, "--set sede: there is no key 'sede' here. Did you mean 'seed'"),
        ({"seed": [1, 2]}, "not a single value"),
        ({"methods.name": "x"}, "names one value of the config"),
        ({"seed.x": 1}, "'seed' is a single value"),
        ({"data.logg": "x"}, "--set data"),
    ],
)
def test_what_cannot_be_set_is_an_error_that_names_the_option(values, said):
    with pytest.raises(ConfigError, match=said):
        read_config({**CONFIG, "seed": 1}, Overrides(values))


def test_quick_divides_the_draws_only():
    assert Overrides(quick=True).draws({"draws": 200, "folds": 40}) == {"draws": 20, "folds": 5}
    assert Overrides(quick=True).draws({"folds": 3}) == {"folds": 3}
    assert Overrides(quick=True).draws({"draws": 3}) == {"draws": 1}
    assert Overrides(quick=True).draws({"origins": 13, "origins_if_large": 3}) == {
        "origins": 3,
        "origins_if_large": 1,
    }
    assert Overrides(quick=True).draws({"origins": ["2024-01-01"]}) == {"origins": ["2024-01-01"]}
    assert Overrides().draws({"draws": 200}) == {"draws": 200}
    assert Overrides(quick=True).in_full({"tops": [0.1]})
    assert not Overrides(quick=True).in_full({"folds": 5})
    assert not Overrides().in_full({"tops": [0.1]})


def test_a_method_is_added_once():
    source = read_config(CONFIG, Overrides(methods=("reactors", "random")))
    assert [one.name for one in source.config.methods] == ["engagement", "random", "reactors"]


def test_methods_come_from_a_file_and_errors_name_its_line(tmp_path):
    methods = tmp_path / "methods.toml"
    methods.write_text('[[methods]]\nname = "engagement"\n[[methods]]\nname = "pagerank"\ndamping = 0.5\n')
    config = tmp_path / "a.toml"
    config.write_text(
        'name = "a"\ntemplate = "agreement"\nmethods = "methods.toml"\n[data]\ndataset = "synthetic"\n'
    )
    assert [one.name for one in read_config(config).config.methods] == ["engagement", "pagerank"]
    assert holds_methods_only(methods)
    assert not holds_methods_only(config)
    methods.write_text(methods.read_text().replace("0.5", "5.0"))
    with pytest.raises(ConfigError, match=r"methods\.toml, line 5"):
        make_plan(read_config(config))
    methods.write_text("seed = 1\n")
    with pytest.raises(ConfigError, match=r"a\.toml, line 3.*nothing else"):
        read_config(config)


def test_criteria_become_verdicts_and_a_hash(tmp_path):
    done = run_experiment({**CONFIG, "data": {**DATA, "seen": True}, "criteria": [BETTER]}, results=tmp_path)
    assert done.verdicts["verdict"].to_list() == ["these data can't tell"]  # no interval
    assert done.verdicts["seen"].to_list() == [True]
    other = run_experiment(
        {**CONFIG, "data": DATA, "criteria": [{**BETTER, "yes": {"above": 0.8}}]}, results=tmp_path
    )
    assert done.folder != other.folder
    assert done.manifest["criteria"]["fingerprint"] != other.manifest["criteria"]["fingerprint"]
    assert "Same?" in str(done)
    assert run_experiment({**CONFIG, "data": DATA}, results=tmp_path).verdicts.height == 0


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        ({**BETTER, "yess": 1}, "no key 'yess' here. Did you mean 'yes'"),
        ({**BETTER, "yes": {"abov": 1}}, "no key 'abov' here. Did you mean 'above'"),
        ({**BETTER, "yes": {}}, "exactly one"),
        ({**BETTER, "no": {"above": 0.1}}, "overlap"),
    ],
)
def test_wrong_criteria_are_refused(criterion, said):
    with pytest.raises(ConfigError, match=said):
        read_config({**CONFIG, "criteria": [criterion]})


def test_a_folder_holds_a_log_and_what_is_known_of_people(folder, monkeypatch, tmp_path):
    values = log_in_folder(folder)
    assert values["data.label"] == "mine"
    source = make_plan(read_config(CONFIG, Overrides(values))).sources[0]
    assert source.people_frame().columns == ["person", "core"]
    assert len(source.people_fingerprint) == 64
    with pytest.raises(ConfigError, match="no file interactions"):
        log_in_folder(tmp_path)
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(tmp_path))
    named = {
        "log": "$INFLUENCE_GRAPH_DATA/mine/interactions.csv",
        "people": "$INFLUENCE_GRAPH_DATA/mine/people.csv",
    }
    plan = make_plan(read_config({**CONFIG, "data": named}))
    assert plan.sources[0].fingerprint == source.fingerprint
    monkeypatch.delenv("INFLUENCE_GRAPH_DATA")
    plan = make_plan(read_config({**CONFIG, "data": {**named, "optional": True}}))
    assert "INFLUENCE_GRAPH_DATA is not set" in plan.skipped[0]
    with pytest.raises(ConfigError, match="INFLUENCE_GRAPH_DATA is not set"):
        make_plan(read_config({**CONFIG, "data": named}))
