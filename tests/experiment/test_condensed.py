"""The settings of a sweep share a row; the base and few settings keep their own."""

import polars as pl
import pytest

from influence_graph.experiment.condensed import MOST_SETTINGS, condensed, counted_verdicts

_ROW = {"claim": 8, "question": "Lower?", "contrast": "a - b", "measure": "score", "data": "model",
        "reason": "", "low": -1.0, "high": 1.0, "seen": False}  # fmt: skip


def _swept(count, among="all", verdicts=("yes", "no", "yes")):
    return [
        {**_ROW, "among": among, "graph": f"effort {number}", "verdict": verdicts[number % len(verdicts)],
         "value": float(number)}
        for number in range(count)
    ]  # fmt: skip


def test_a_sweep_is_counted_and_the_base_stays():
    base = {**_ROW, "among": "all", "graph": "base: effort 1", "verdict": "yes", "value": 0.5}
    found = condensed(pl.DataFrame([base, *_swept(6)]))
    assert found.select("graph", "verdict", "value", "low", "high", "settings").rows() == [
        ("base: effort 1", "yes", 0.5, -1.0, 1.0, 1),
        ("", "yes in 4, no in 2", None, 0.0, 5.0, 6),
    ]


@pytest.mark.parametrize("count", [1, MOST_SETTINGS])
def test_few_settings_keep_their_rows(count):
    found = condensed(pl.DataFrame(_swept(count)))
    assert found["settings"].to_list() == [1] * count
    assert found.drop("settings").equals(pl.DataFrame(_swept(count)))


def test_which_settings_are_one_sweep_is_given():
    rows = pl.DataFrame([*_swept(5, "reactors"), *_swept(7, "pagerank")])
    assert condensed(rows)["settings"].to_list() == [5, 7]
    assert condensed(rows, ("question", "data"))["settings"].to_list() == [12]


def test_no_verdicts_are_no_rows():
    empty = pl.DataFrame(schema=pl.DataFrame(_swept(1)).schema)
    assert condensed(empty).columns == [*empty.columns, "settings"]


def test_verdicts_are_counted_the_most_common_first():
    assert counted_verdicts(pl.DataFrame(_swept(3, verdicts=("no", "yes", "yes")))) == "yes in 2, no in 1"
