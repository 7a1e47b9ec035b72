"""Sweeps: a list where a single value is expected."""

import pytest

from influence_graph.errors import SchemaError
from influence_graph.experiment.config import read_config
from influence_graph.experiment.plan import make_plan


def plan(**config):
    given = {"name": "a", "template": "agreement", **config}
    return make_plan(read_config(given))


SMALL = {"dataset": "synthetic", "people": 40, "days": 3, "mean_degree": 2}


def test_a_list_multiplies_methods():
    made = plan(methods=[{"name": "pagerank", "damping": [0.5, 0.85], "tol": 1e-9}, {"name": "engagement"}])
    assert [one.label for one in made.methods] == [
        "pagerank(damping=0.5)",
        "pagerank(damping=0.85)",
        "engagement",
    ]
    assert made.methods[0].parameters["dangling"] == "uniform"  # defaults are resolved


def test_two_lists_are_crossed():
    made = plan(methods=[{"name": "pagerank", "damping": [0.5, 0.85], "dangling": ["uniform", "self"]}])
    assert len(made.methods) == 4


def test_graphs_are_swept_within_kinds_and_none_can_be_named():
    kinds = {"like": [0, 1], "retweet": 1, "reply": 1, "mention": 1, "follow": 0}
    made = plan(data=SMALL, graph={"kinds": kinds, "saturation": ["none", "log"]})
    settings = made.graphs["synthetic"]
    assert [(one.parameters["kinds"]["like"], one.parameters["saturation"]) for one in settings] == [
        (0, None),
        (0, "log"),
        (1, None),
        (1, "log"),
    ]
    assert len({one.label for one in settings}) == 4


def test_a_list_that_is_a_value_is_no_sweep():
    made = plan(data={**SMALL, "networks": ["one"]})
    assert len(made.sources) == 1


def test_data_is_swept_and_each_has_its_graph():
    made = plan(
        data=[{**SMALL, "people": [40, 50]}, {**SMALL, "label": "other", "graph": {"half_life": "1d"}}],
        graph={"half_life": "none"},
    )
    assert [one.label for one in made.sources] == ["synthetic(people=40)", "synthetic(people=50)", "other"]
    assert made.graphs["other"][0].parameters["half_life"] == "1d"
    assert made.graphs["synthetic(people=40)"][0].parameters["half_life"] is None
    assert made.sources[0].fingerprint == made.sources[2].fingerprint != made.sources[1].fingerprint


def test_optional_data_that_is_not_here_is_left_out_and_said(monkeypatch, tmp_path):
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = plan(
        data=[SMALL, {"dataset": "higgs", "optional": True}, {"log": "missing.csv", "optional": True}]
    )
    assert [one.label for one in made.sources] == ["synthetic"]
    assert "datasets fetch higgs" in made.skipped[0]
    assert "missing.csv" in made.skipped[1]


def test_a_log_is_found_beside_its_config(tmp_path):
    (tmp_path / "log.csv").write_text("source,target,kind\nb,a,like\n")
    path = tmp_path / "a.toml"
    path.write_text('name = "a"\ntemplate = "agreement"\n[data]\nlog = "log.csv"\n')
    assert [one.label for one in make_plan(read_config(path)).sources] == ["log"]


def test_a_log_that_can_t_be_read_is_told_with_its_line(tmp_path):
    (tmp_path / "log.csv").write_text("source,target,weight\nb,a,-1\n")
    path = tmp_path / "a.toml"
    path.write_text('name = "a"\ntemplate = "agreement"\n[data]\nlog = "log.csv"\nkind = "like"\n')
    with pytest.raises(ValueError, match=r"a\.toml, line 3: .*weight"):
        make_plan(read_config(path))


def test_a_log_that_needs_options_is_read_as_the_message_says(tmp_path):
    (tmp_path / "log.csv").write_text("Author,target\nann,bob\nbob,cat\n")
    with pytest.raises(SchemaError, match=r"\[\[data\]\].*influence-graph convert .*log.csv NEW.parquet"):
        plan(data={"log": str(tmp_path / "log.csv")})
    made = plan(data={"log": str(tmp_path / "log.csv"), "columns": {"source": "Author"}})
    assert made.sources[0].load().report.kept == 2
