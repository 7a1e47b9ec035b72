"""The template overposting: a small map, and what logs say of the break-even."""

import pytest
from experiment.small_logs import METHODS, SYNTHETIC, check, write

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment

OPTIONS = {
    "population": {"people": 100, "mean_degree": 8},
    "model": {"reaction_chance": 0.1, "overload_threshold": 3},
    "effort": [0.0, 1.5],
    "overload": [0.0],
    "attention_limit": [0],
    "rates": [0.5, 1.0, 2.0],
    "steps": 12,
    "share": 0.2,
    "draws": 1,
}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overposting")
    config = {
        "name": "o",
        "template": "overposting",
        "methods": METHODS[:2],
        "data": [SYNTHETIC, *write(folder)],
        "options": OPTIONS,
    }
    return run_experiment(config, results=folder)


def test_tables_hold_what_they_say(done):
    check(done.tables)
    table = done.tables["map"]
    assert table.height == 2 * 4
    value = {
        row["effort"]: row["elasticity"]
        for row in table.iter_rows(named=True)
        if row["outcome"] == "reactions"
    }
    assert value[0.0] > 0.5
    assert value[1.5] < 0.2
    assert not table["turns"].any()  # two worlds are too few to say so
    assert set(done.tables["derived"]["outcome"]) == {"engagement", "pagerank"}
    assert done.tables["curves"].height == 2 * 4 * 3 * 2
    assert done.figures.keys() == {"overposting", "map"}
    assert done.summary["cells"].to_list() == [2] * 4


def test_effects_have_a_row_an_outcome_setting_and_measure_and_one_a_log(done):
    effects = done.tables["effects"]
    assert effects.filter(effects["data"] == "model").height == 2 * 4 * 2
    logs = done.tables["break_even"]
    assert logs["data"].to_list() == ["synthetic"]
    measured = effects.filter(effects["among"] == "measured")
    assert measured["value"].to_list() == logs["epsilon"].to_list()
    assert set(done.tables["notes"]["data"]) >= {"pairs", "one network"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": {"efort": 1}}, "Did you mean 'effort'"),
        ({"model": {"reaction_chance": -1}}, "reaction_chance is -1"),
        ({"population": {"people": 0}}, "n is 0"),
        ({"effort": []}, "effort"),
        ({"rates": [1.0]}, "rates"),
    ],
)
def test_options_outside_their_domain_are_errors(tmp_path, change, message):
    config = {
        "name": "o",
        "template": "overposting",
        "methods": METHODS[:1],
        "options": {**OPTIONS, **change},
    }
    with pytest.raises(ConfigError, match=message):
        run_experiment(config, results=tmp_path)


def test_without_methods_it_says_what_to_add(tmp_path):
    with pytest.raises(ConfigError, match="needs methods"):
        run_experiment({"name": "o", "template": "overposting", "options": OPTIONS}, results=tmp_path)
