"""What the caller of the reader says about all files."""

import inspect

import pytest

from influence_graph.errors import ConfigError
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.read import read_interactions
from influence_graph.interactions.reader_options import Rules, layout_of, roles_of, rules_of

DEFAULTS = {name: one.default for name, one in inspect.signature(read_interactions).parameters.items()}


def test_the_defaults_are_those_of_the_rules():
    assert rules_of(DEFAULTS) == Rules()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ids", "txt", "Did you mean 'text'"),
        ("orientation", "up", "Known: 'attention', 'influence'"),
        ("time_unit", "sec", "time_unit is 'sec'"),
        ("kind", " ", "Expected a word"),
        ("kind_names", {"RT": ""}, "Expected a mapping such as {'RT': 'retweet'}"),
        ("one_act", ["retweet"], "Expected two or more kinds"),
        ("one_act", ["like", "like"], "Expected two or more kinds"),
        ("separator", ";;", "Expected one ASCII character"),
        ("quote", "«", "Expected one ASCII character"),
        ("fold", ["cas"], "Did you mean 'case'"),
        ("leave_out", 7, "Expected a list of words"),
    ],
)
def test_what_is_out_of_range_is_named(name, value, said):
    with pytest.raises(ConfigError) as error:
        rules_of(DEFAULTS | {name: value})
    assert str(error.value).startswith(f"{name} is ")
    assert said in str(error.value)


def test_words_may_stand_in_one_string():
    assert rules_of(DEFAULTS | {"leave_out": "ann, bea,"}).leave_out == ("ann", "bea")


def test_columns_that_are_wanted_and_those_that_may_be_typed():
    layout = layout_of(DEFAULTS | {"columns": {"source": "from", "item": "id"}, "on_error": "skip"})
    assert layout.wanted == (set(COLUMNS) - {"source", "item"}) | {"from", "id"}
    assert layout.skip
    assert not layout.secret
    assert roles_of({"source": "from"}) == {
        "from": "source", "target": "target", "weight": "weight", "timestamp": "timestamp",
    }  # fmt: skip
