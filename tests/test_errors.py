"""Errors: one tree, counts with the right number, suggestions."""

import pytest

from influence_graph import errors
from influence_graph.errors import InfluenceGraphError, counted, nearest


@pytest.mark.parametrize(
    "name", ["SchemaError", "ConfigError", "DataError", "ConvergenceError", "DownloadError"]
)
def test_every_error_is_caught_as_one_and_bad_input_is_a_value_error(name):
    kind = getattr(errors, name)
    assert issubclass(kind, InfluenceGraphError)
    assert issubclass(kind, ValueError) == (name in ("SchemaError", "ConfigError", "DataError"))


@pytest.mark.parametrize(
    ("number", "noun", "plural", "expected"),
    [
        (0, "row", None, "0 rows"),
        (1, "row", None, "1 row"),
        (2, "row", None, "2 rows"),
        (1_234_567, "edge", None, "1,234,567 edges"),
        (1, "person", "people", "1 person"),
        (2000, "person", "people", "2,000 people"),
        (1, "row has", "rows have", "1 row has"),
        (3, "row has", "rows have", "3 rows have"),
    ],
)
def test_only_one_is_singular(number, noun, plural, expected):
    assert counted(number, noun, plural) == expected


def test_the_nearest_word_or_a_list_of_the_known_ones():
    assert nearest("pagerang", ["pagerank", "hits"]) == "Did you mean 'pagerank'?"
    assert nearest("zzz", ["b", "a"]) == "Known: 'a', 'b'."
    assert nearest("zzz", []) == "Known: none."
    assert nearest(7, [71, 2]) == "Did you mean '71'?"
    many = nearest("zzz", [f"name{number:02}" for number in range(13)])
    assert many.endswith("'name11' ….")
    assert "name12" not in many
