"""Reading labelled pairs."""

import numpy as np
import polars as pl
import pytest

from influence_graph import DataError, SchemaError
from influence_graph.datasets import load_pairs
from influence_graph.networks.pairs import read_pairs

BY_ID = {"a": ["x", "y", "x"], "b": ["y", "z", "y"], "choice": [1, 0, 0]}
PEOPLE = {"id": ["x", "y", "z"], "posts": [1.0, 2.0, 3.0]}


def test_by_features():
    rows = {"Choice": [1, 0, 1], "A_f": [5, 1, 5], "A_g": [1, 1, 1], "B_f": [1, 7, 9], "B_g": [1, 0, 0]}
    pairs = read_pairs(rows)
    assert pairs.features == ("f", "g")
    assert len(pairs.people) == 4
    np.testing.assert_array_equal(pairs.values[pairs.first], [[5, 1], [1, 1], [5, 1]])
    np.testing.assert_array_equal(pairs.values[pairs.second], [[1, 1], [7, 0], [9, 0]])
    assert pairs.choice.tolist() == [True, False, True]


def test_by_id():
    pairs = read_pairs(BY_ID, PEOPLE)
    assert pairs.first.tolist() == [0, 1, 0]
    assert pairs.second.tolist() == [1, 2, 1]
    assert pairs.report["pairs judged more than once"] == pairs.report["of these with both answers"] == 1
    assert pairs.judges_agreement == 0


def test_a_pair_written_the_other_way_round_is_the_same_pair():
    pairs = read_pairs({"a": ["x", "y"], "b": ["y", "x"], "choice": [1, 0]}, PEOPLE)
    assert pairs.report["pairs judged more than once"] == 1
    assert pairs.report["of these with both answers"] == 0
    assert pairs.judges_agreement == 1


def test_from_csv(tmp_path):
    pl.DataFrame({"choice": [1, 0], "a_f": [1, 2], "b_f": [3, 4]}).write_csv(tmp_path / "pairs.csv")
    assert len(read_pairs(tmp_path / "pairs.csv")) == 2


def test_unknown_people():
    rows = {"a": ["x", "w", "x"], "b": ["y", "x", "z"], "choice": [1, 0, 0]}
    with pytest.raises(DataError, match="row 2: 'w' has no features"):
        read_pairs(rows, PEOPLE)
    pairs = read_pairs(rows, PEOPLE, on_error="skip")
    assert len(pairs) == 2
    assert pairs.report["pairs of unknown people left out"] == 1


@pytest.mark.parametrize(
    ("rows", "people", "error", "message"),
    [
        (
            {**BY_ID, "choice": [1, 1, 1]},
            PEOPLE,
            DataError,
            "all 3 choices are 1, so nothing can be learned from them",
        ),
        ({**BY_ID, "choice": [1, 2, 0]}, PEOPLE, SchemaError, "row 2: choice is 2, but it should be 1"),
        ({**BY_ID, "choice": [1, None, 0]}, PEOPLE, SchemaError, "row 2: choice is None"),
        ({**BY_ID, "b": ["y", "z", "x"]}, PEOPLE, DataError, "row 3: both sides are the same person"),
        (BY_ID, {"id": ["x", "x", "y"], "f": [1, 2, 3]}, DataError, "'x' is listed more than once"),
        (BY_ID, {"id": ["x", "y", "z"], "f": [1, None, 3]}, DataError, "row 2: the feature 'f' is None"),
        (
            BY_ID,
            {"id": ["x", "y", "z"], "f": [1.0, 2.0, float("nan")]},
            DataError,
            "row 3: the feature 'f' is nan",
        ),
        (BY_ID, {"id": ["x", "y", "z"], "f": [1, -2, 3]}, DataError, "row 2: the feature 'f' is -2"),
        (BY_ID, {"id": ["x", "y", "z"], "f": ["1", "2", "3"]}, SchemaError, "should be numeric"),
        (BY_ID, {"id": ["x", "y", "z"]}, SchemaError, "there is no feature"),
        (BY_ID, {"id": [1, 2, 3], "f": [1, 2, 3]}, SchemaError, "Give both the same type"),
        ({"a": ["x"], "b": ["y"]}, PEOPLE, SchemaError, "no column 'choice'"),
        ({"a": ["x"], "c": ["y"], "choice": [1]}, PEOPLE, SchemaError, "no column 'b'"),
        ({"choice": [1], "a_f": [1]}, None, SchemaError, "'f' is there for one side only"),
        ({"choice": [1], "f": [1]}, None, SchemaError, "there is none"),
        ({"choice": [], "a_f": [], "b_f": []}, None, DataError, "no pair is left"),
    ],
)
def test_errors(rows, people, error, message):
    with pytest.raises(error, match=message):
        read_pairs(rows, people)


def test_peerindex_has_949_people(data_folder):
    pairs = read_pairs(load_pairs("peerindex"))
    assert len(pairs) == 4_000
    assert len(pairs.people) == 949
    assert len(pairs.features) == 11
    assert 0.70 < pairs.judges_agreement < 0.80
