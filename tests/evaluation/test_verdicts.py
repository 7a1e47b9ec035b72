"""Verdicts: the whole interval has to lie where the criterion says, and anything else is undecided."""

import pytest

from influence_graph.errors import ConfigError
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.verdicts import (
    FEWEST,
    UNDECIDED,
    Bounds,
    Criterion,
    check_effects,
    verdicts_of,
)

BETTER = Criterion(1, "Better?", yes=Bounds(above=0.02), no=Bounds(below=0.02), measure="C")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.03, 0.05, "yes"),
        (0.02, 0.05, UNDECIDED),
        (0.01, 0.05, UNDECIDED),
        (-0.9, 0.019, "no"),
        (-0.9, 0.02, UNDECIDED),
        (None, None, UNDECIDED),
    ],
)
def test_the_whole_interval_decides(low, high, verdict):
    effects = effects_frame([{"data": "a", "measure": "C", "value": 0.04, "low": low, "high": high}])
    assert verdicts_of(effects, [BETTER])["verdict"].to_list() == [verdict]


@pytest.mark.parametrize(
    ("people", "verdict"), [(5, UNDECIDED), (FEWEST - 1, UNDECIDED), (FEWEST, "yes"), (None, "yes")]
)
def test_few_people_decide_nothing(people, verdict):
    effect = {"data": "a", "measure": "C", "value": 0.04, "low": 0.03, "high": 0.05, "people": people}
    found = verdicts_of(effects_frame([effect]), [BETTER])
    assert found["verdict"].to_list() == [verdict]
    assert found["reason"][0] == (f"{people} people are too few for a verdict" if verdict != "yes" else "")


def test_few_people_leave_another_reason_as_it_is():
    effect = {"data": "a", "measure": "C", "value": 0.02, "low": 0.01, "high": 0.05, "people": 3}
    found = verdicts_of(effects_frame([effect]), [BETTER])
    assert found["reason"].to_list() == ["the interval holds values on both sides of the margin"]


def test_between_and_a_criterion_without_a_no():
    equal = Criterion(2, "Equal?", yes=Bounds(between=(-0.1, 0.1)))
    assert equal.verdict(-0.05, 0.05) == ("yes", "")
    assert equal.verdict(0.2, 0.3)[0] == UNDECIDED


def test_rows_are_matched_and_a_log_without_one_is_undecided():
    rows = [
        {"data": data, "measure": measure, "among": among, "value": 0.5, "low": 0.4, "high": 0.6}
        for data, measure, among in (("a", "C", "active"), ("a", "tau", "active"), ("a", "C", "all"))
    ]
    one = Criterion(1, "?", yes=Bounds(above=0.3), measure="C", among="active")
    found = verdicts_of(effects_frame(rows), [one], data=["a", "b"], seen=["a"])
    assert found.select("data", "verdict", "seen").rows() == [("a", "yes", True), ("b", UNDECIDED, False)]
    assert "no estimate" in found["reason"][1]


def test_bounds_that_say_nothing_or_both_are_refused():
    with pytest.raises(ValueError, match="exactly one"):
        Bounds()
    with pytest.raises(ValueError, match="exactly one"):
        Bounds(above=1, below=2)
    with pytest.raises(ValueError, match="lower"):
        Bounds(between=(2, 1))
    with pytest.raises(ValueError, match="overlap"):
        Criterion(1, "?", yes=Bounds(above=0.0), no=Bounds(below=0.1))
    with pytest.raises(ConfigError, match="no table 'effects'"):
        check_effects(None, "counting")
