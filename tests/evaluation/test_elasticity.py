"""Elasticities that were planted are found; the slope of logarithms without zeros is not one."""

import numpy as np
import polars as pl
import pytest
from evaluation.test_posting_panel import thread_log

from influence_graph.evaluation.elasticity import LOG_LOG, PERSON_ONLY, elasticities, score_elasticities


def planted(elasticity, seed=1):
    """A panel of 120 people over 20 months whose reactions have this elasticity to items."""
    rng = np.random.default_rng(seed)
    people, months = np.repeat(np.arange(120), 20), np.tile(np.arange(20), 120)
    items = 1.0 + rng.poisson(np.exp(rng.normal(0, 1, 120))[people])
    mean = np.exp(rng.normal(-1.2, 0.5, 120)[people] + elasticity * np.log(items))
    reactions = rng.poisson(mean).astype(float)
    return pl.DataFrame(
        {
            "person": people,
            "network": "n",
            "period": months,
            "items": items,
            "threads": items,
            "reactions": reactions,
            "new_people": reactions,
            "to_threads": reactions,
            "since_first": months * 30.0,
        }
    )


@pytest.fixture(scope="module")
def found():
    return elasticities(planted(1.0), draws=19, rng=np.random.default_rng(1))


def value(table, model, among="all"):
    rows = table.filter(
        pl.col("outcome") == "reactions",
        pl.col("regressor") == "items",
        pl.col("model") == model,
        pl.col("among") == among,
    )
    return rows.row(0, named=True)


def test_a_planted_elasticity_is_found_and_the_trap_is_shown(found):
    table, notes = found
    for model in ("person and list-period effects", PERSON_ONLY):
        row = value(table, model)
        assert row["low"] < 1.0 < row["high"]
        assert row["high"] - row["low"] < 0.3
    assert value(table, LOG_LOG, "reactions > 0")["value"] < 0.75
    row = value(table, "person and list-period effects")
    assert row["p"] == 0.05
    assert row["null_low"] < 0 < row["null_high"] < row["value"]
    # Threads are items here: their parts can't be told, which is said.
    assert sum("vary as one" in note for note in notes) == 2


@pytest.mark.parametrize("elasticity", [0.0, 0.6])
def test_another_elasticity_is_not_called_one(elasticity):
    table, _ = elasticities(planted(elasticity, seed=4), draws=0, rng=np.random.default_rng(1))
    row = value(table, "person and list-period effects")
    assert row["low"] < elasticity < row["high"] < 1.0


def test_the_level_reaches_the_intervals():
    panel = planted(1.0)
    wide, narrow = (
        value(elasticities(panel, draws=0, rng=np.random.default_rng(1), level=level)[0], PERSON_ONLY)
        for level in (0.95, 0.8)
    )
    ratio = (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"])
    assert ratio == pytest.approx(1.959964 / 1.281552, rel=1e-5)


def test_few_periods_are_noted():
    table, notes = elasticities(planted(1.0).head(5), draws=0, rng=np.random.default_rng(1))
    assert table.is_empty()
    assert notes


def test_scores_by_window():
    rng = np.random.default_rng(3)
    rows, number = [], 0
    for day in range(0, 240):
        for who in rng.choice(12, 3, replace=False):
            parent = str(rng.integers(max(0, number - 30), number)) if number and rng.random() < 0.7 else None
            rows.append((f"p{who:02}", str(number), parent, day))
            number += 1
    methods = [
        ("engagement", "engagement", {}),
        ("mine", "pagerank", {"damping": 0.5}),
        ("random", "random", {}),
    ]
    table, notes = score_elasticities(thread_log(rows), methods, window="1mo", rng=np.random.default_rng(1))
    alone = table.filter(pl.col("regressor") == "items")
    assert alone["outcome"].to_list() == ["engagement", "mine", "random"]
    chance = alone.filter(pl.col("outcome") == "random").row(0, named=True)
    assert chance["low"] < 0.3
    assert chance["high"] > -0.3
    assert not notes
