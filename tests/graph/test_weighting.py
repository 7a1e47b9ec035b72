"""How half-lives, moments and saturations are read."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from influence_graph.errors import ConfigError
from influence_graph.graph.weighting import check_saturation, half_life_seconds, parse_moment, resolve_kinds


@pytest.mark.parametrize(
    ("half_life", "seconds"),
    [
        ("30d", 2_592_000),
        ("12h", 43_200),
        ("1w", 604_800),
        ("90min", 5_400),
        ("90m", 5_400),
        (" 1.5 h ", 5_400),
        ("45s", 45),
        (timedelta(days=2), 172_800),
        (None, None),
    ],
)
def test_half_life(half_life, seconds):
    assert half_life_seconds(half_life) == seconds


@pytest.mark.parametrize(
    "half_life", ["", "d", "30 days!", "-3d", "0d", "1mo", "3D", "nan", [3], timedelta(0), -1, 0.5]
)
def test_half_lives_that_are_none(half_life):
    with pytest.raises(ConfigError, match="half_life is"):
        half_life_seconds(half_life)


@pytest.mark.parametrize("half_life", [30, 30.0, "30", " 30 ", np.float32(30)])
def test_a_half_life_without_a_unit_could_be_anything(half_life):
    with pytest.raises(ConfigError, match=r"a number and a unit .* such as '30d' or '30h'"):
        half_life_seconds(half_life)


@pytest.mark.parametrize(
    "as_of",
    [
        "2024-03-01T10:00:00Z",
        "2024-03-01T11:00:00+01:00",
        " 2024-03-01 10:00 ",
        datetime(2024, 3, 1, 10),
        datetime(2024, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_moments_are_utc(as_of):
    moment = parse_moment(as_of)
    assert moment == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_a_date_is_its_midnight():
    assert parse_moment(date(2024, 3, 1)) == parse_moment("2024-03-01") == datetime(2024, 3, 1, tzinfo=UTC)


def test_saturation():
    assert check_saturation(None) is None
    assert check_saturation("log") == "log"
    assert check_saturation(np.int64(3)) == 3.0
    for wrong in (-1, float("inf"), "3", [], True):
        with pytest.raises(ConfigError, match="saturation is"):
            check_saturation(wrong)


def test_one_kind_that_counts_needs_no_note():
    assert resolve_kinds(None, None, ["message"]) == ({"message": 1.0}, 1.0, ())


def test_all_kinds_weighed_leaves_nothing_to_note():
    weights, other, notes = resolve_kinds({"b": 2, "a": 0}, None, ["a", "b", "post"])
    assert (list(weights.items()), other, notes) == ([("a", 0.0), ("b", 2.0)], None, ())
