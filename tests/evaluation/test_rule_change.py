"""A synthetic dump of a site whose rules changed: a planted effect is found, and none where there is none."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._rule_change import rule_change_effect

WHEN = datetime(2019, 11, 13, tzinfo=UTC)


def dump(effect=0.0, trend=0.0, people=150, months=6, seed=0):
    """Questions and answers of people of unequal activity and taste, with a common rise in activity."""
    rng = np.random.default_rng(seed)
    keen, taste = rng.gamma(1.0, 2.0, people), rng.normal(0, 0.7, people)
    rows = []
    for month in range(-months, months):
        common = np.exp(0.05 * month + 0.3 * rng.standard_normal(people))
        for kind in ("post", "answer"):
            shift = taste + effect * (month >= 0) + trend * month if kind == "post" else 0.0
            for person, count in enumerate(rng.poisson(keen * common * np.exp(shift))):
                for _ in range(count):
                    day = (month + 0.02 + 0.96 * rng.random()) * 30.44
                    target = None if kind == "post" else f"p{(person + 1) % people}"
                    rows.append((f"p{person}", target, kind, WHEN + timedelta(days=day)))
    columns = ["source", "target", "kind", "timestamp"]
    return read_interactions(pl.DataFrame(rows, columns, orient="row", infer_schema_length=None))


def estimates(log, **given):
    table = rule_change_effect(log, WHEN, **{"months": 6, **given})
    return {row["estimate"]: row for row in table.iter_rows(named=True)}


@pytest.mark.parametrize("effect", [0.0, 0.4])
def test_a_planted_effect_is_found_and_none_where_there_is_none(effect):
    found = estimates(dump(effect))
    for name in ("difference in differences", "interrupted time series"):
        assert found[name]["low"] < effect < found[name]["high"]
    assert found["placebo"]["low"] < 0 < found["placebo"]["high"]
    if effect:
        assert found["difference in differences"]["low"] > 0
    assert 100 < found["difference in differences"]["people"] <= 150


def test_a_trend_is_not_an_effect_and_the_placebo_tells():
    found = estimates(dump(trend=0.08))
    assert found["difference in differences"]["low"] > 0.1
    assert found["placebo"]["low"] > 0
    assert found["interrupted time series"]["low"] < 0 < found["interrupted time series"]["high"]


def test_a_higher_level_has_a_wider_interval():
    log = dump(0.2, people=60)
    narrow, wide = (estimates(log, confidence=level)["difference in differences"] for level in (0.8, 0.95))
    assert wide["low"] < narrow["low"] < narrow["value"] < narrow["high"] < wide["high"]


def test_a_log_that_does_not_span_the_change_is_an_error():
    log = dump(people=20)
    with pytest.raises(DataError, match="both before and after 2010"):
        rule_change_effect(log, datetime(2010, 3, 19, tzinfo=UTC))
    with pytest.raises(DataError, match="no timestamps"):
        rule_change_effect(read_interactions(pl.DataFrame({"source": [1], "target": [2]})), WHEN)
    with pytest.raises(ConfigError, match="at least 3"):
        rule_change_effect(log, WHEN, months=2)
