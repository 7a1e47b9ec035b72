"""The table of effects: its columns, and what is missing in a row."""

import math

import pytest

from influence_graph.evaluation.effects import EFFECTS, effects_frame


def test_a_row_gets_all_columns_and_nan_is_missing():
    frame = effects_frame([{"data": "a", "value": math.nan, "people": 3}, {"contrast": "x - y", "low": 0}])
    assert frame.schema == EFFECTS
    assert frame["contrast"].to_list() == ["", "x - y"]
    assert frame["value"].to_list() == [None, None]
    assert frame["low"].to_list() == [None, 0.0]


def test_no_rows_are_an_empty_table_and_an_unknown_key_an_error():
    assert effects_frame([]).schema == EFFECTS
    with pytest.raises(ValueError, match="no 'interval'"):
        effects_frame([{"interval": 1.0}])
