"""Stability of points: the textbook's intraclass correlation, and what is planted."""

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions, score
from influence_graph.errors import DataError
from influence_graph.evaluation._stability import ADJACENT, HALVES, intraclass_correlation, stability

DAY = 86_400.0


def test_the_textbook_value_and_the_formula():
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert intraclass_correlation(table) == pytest.approx(0.2898, abs=5e-5)  # Shrout & Fleiss 1979, ICC(2,1)
    x = np.random.default_rng(1).normal(size=50)
    assert intraclass_correlation(np.stack([x, x], axis=1)) == pytest.approx(1.0)
    assert intraclass_correlation(np.stack([x, x + 3.0], axis=1)) < 0.3
    assert np.isnan(intraclass_correlation(np.ones((5, 2))))
    for wrong in ([[1.0, 2.0]], [[1.0], [2.0]], [[1.0, np.nan], [1.0, 2.0]]):
        with pytest.raises(DataError, match="2 people or more"):
            intraclass_correlation(wrong)


def made(moves, people=100, seed=3):
    """Return a log of four periods in which appeal stays, or is drawn again in each."""
    rng = np.random.default_rng(seed)
    frames = []
    appeal = rng.lognormal(0.0, 1.2, people)
    for period in range(4):
        if moves:
            appeal = rng.lognormal(0.0, 1.2, people)
        frames.append(pl.DataFrame({
            "source": rng.integers(people, size=3000),
            "target": rng.choice(people, 3000, p=appeal / appeal.sum()),
            "timestamp": 1.5e9 + DAY * 50 * (period + rng.random(3000)),
        }))  # fmt: skip
    return read_interactions(pl.concat(frames).filter(pl.col("source") != pl.col("target")))


@pytest.mark.parametrize("moves", [False, True])
def test_what_stays_is_stable_and_what_moves_is_not(moves):
    from datetime import timedelta

    def scored(graph):
        return {name: score(graph, name) for name in ("engagement", "random")}

    found = stability(made(moves), build_graph, scored, horizon=timedelta(days=49.9), draws=1, folds=10)
    by = {(row["method"], row["between"]): row for row in found.iter_rows(named=True)}
    assert by["engagement", HALVES]["low"] > 0.7
    assert by["engagement", ADJACENT]["periods"] == 3
    assert (by["engagement", ADJACENT]["value"] > 0.7) == (not moves)
    assert abs(by["random", ADJACENT]["value"]) < 0.25
    assert by["engagement", HALVES]["people"] == 100


def test_a_log_without_timestamps_or_too_short_says_so():
    from datetime import timedelta

    log = read_interactions(pl.DataFrame({"source": [1, 2], "target": [2, 1]}))
    with pytest.raises(DataError, match="need timestamps"):
        stability(log, build_graph, lambda graph: {})
    with pytest.raises(DataError, match="shorter than one period"):
        stability(made(False), build_graph, lambda graph: {}, horizon=timedelta(days=900))
