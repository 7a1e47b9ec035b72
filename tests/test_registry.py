"""Functions known by name."""

import pytest

from influence_graph import ConfigError
from influence_graph.registry import Registry


def one():
    pass


def other():
    pass


def test_a_name_is_taken_once_and_the_same_function_may_register_again():
    registry = Registry[int]("no.such.group", "colour")
    registry.add("red", 1, one)
    registry.add("red", 2, one)
    assert registry.get("red") == 2
    with pytest.raises(ConfigError, match="Two colours are called 'red'"):
        registry.add("red", 3, other)
    assert registry.names() == ["red"]


def test_an_announced_function_that_registers_nothing_is_named(monkeypatch):
    from importlib.metadata import EntryPoint

    registry = Registry[int]("some.group", "colour")
    registry._announced = {"red": EntryPoint("red", "math:pi", "some.group")}
    assert registry.names() == ["red"]
    with pytest.raises(ConfigError, match=r"'red' = 'math:pi' .* registers no colour of that name"):
        registry.get("red")
