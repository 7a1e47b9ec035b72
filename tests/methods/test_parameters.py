"""Parameters are validated against the signature: defaults, conversions, and errors that name the entry."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
import pytest
from annotated_types import Gt

from influence_graph import ConfigError
from influence_graph.methods.parameters import resolve_parameters


def wave(
    graph: object,
    *,
    length: Annotated[float, Gt(0)],
    shape: Literal["sine", "square"] = "sine",
    seeds: tuple[int | str, ...] = (),
    kinds: Mapping[str, Mapping[str, Annotated[float, Gt(0)]]] | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """A function with every sort of parameter."""


def bare(graph: object) -> None:
    """A function without parameters."""


def test_defaults_are_filled_in_and_values_converted():
    assert resolve_parameters("wave", wave, {"length": 2, "seeds": ["ann", 3]}) == {
        "length": 2.0,
        "shape": "sine",
        "seeds": ("ann", 3),
        "kinds": None,
    }


@pytest.mark.parametrize("seeds", ["ann", 7])
def test_one_word_stands_for_a_list_of_one(seeds):
    assert resolve_parameters("wave", wave, {"length": 1, "seeds": seeds})["seeds"] == (seeds,)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "^wave needs the parameter 'length'; it has no default"),
        ({"length": 0}, "^wave: parameter 'length' is 0, but it should be greater than 0"),
        ({"length": float("inf")}, "'length' is inf"),
        ({"length": 1, "shape": "saw"}, "'shape' is 'saw', but it should be 'sine' or 'square'"),
        ({"length": 1, "shap": "sine"}, r"^wave has no parameter 'shap'. Did you mean 'shape'\?"),
        ({"length": 1, "rng": 3}, "has no parameter 'rng'"),
        ({"length": 1, "graph": 3}, "has no parameter 'graph'"),
        ({"length": 1, "kinds": {"a": {"b": 1, "c": -2}}}, r"'kinds' at \['a'\]\['c'\] is -2, but"),
    ],
)
def test_errors_name_what_was_found_where_and_what_was_expected(parameters, message):
    with pytest.raises(ConfigError, match=message):
        resolve_parameters("wave", wave, parameters)


def test_a_function_without_parameters_says_so():
    assert resolve_parameters("bare", bare, {}) == {}
    with pytest.raises(ConfigError, match="bare has no parameter 'x'; it has none"):
        resolve_parameters("bare", bare, {"x": 1})
