"""How many numbers a person needs: planted ranks are found, in logs with few and many networks."""

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import DataError
from influence_graph.evaluation.one_number import (
    CONTROLLED,
    EACH,
    ONE,
    RAW,
    TWO,
    _covariances,
    numbers_needed,
)

from .test_transfer import DAY
from .test_transfer import made as log_of

NETWORKS = 4


def made(rank, people=150, seed=2):
    """Return a log of four networks whose appeal has this many dimensions: 1, 2, or one a network."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(people, rank))
    loading = {1: np.ones((1, 4)), 2: np.array([[1, 1, 0, 0], [0, 0, 1, 1]]), 4: np.eye(4)}[rank]
    appeal = np.exp(numbers @ loading)
    frames = []
    for network in range(NETWORKS):
        count = 9000
        target = rng.choice(people, count, p=appeal[:, network] / appeal[:, network].sum())
        frames.append(pl.DataFrame({
            "source": rng.integers(people, size=count), "target": target, "network": f"n{network}",
            "timestamp": 1.5e9 + DAY * 400 * rng.random(count),
        }))  # fmt: skip
    return read_interactions(pl.concat(frames).filter(pl.col("source") != pl.col("target")))


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_the_planted_number_of_numbers_is_found(rank):
    found = numbers_needed(made(rank), draws=2)
    by = {row["model"]: row for row in found.filter(controls=CONTROLLED).iter_rows(named=True)}
    assert by[EACH]["value"] > 0.4
    if rank == 1:
        assert by[ONE]["value"] > 0.5
        assert abs(by[TWO]["above_one"]) < 0.02
        assert abs(by[EACH]["above_one"]) < 0.02
    if rank == 2:
        assert by[TWO]["above_low"] > 0.2
        assert by[EACH]["value"] - by[TWO]["value"] < 0.02
    if rank == 4:
        assert by[TWO]["above_low"] > 0.05
        assert by[EACH]["value"] - by[TWO]["value"] > 0.2
    assert found["people"].unique().to_list() == [150]


def test_activity_that_is_taken_out_is_no_number():
    """Reactions in proportion to what a person does: one number wins unless activity is taken out."""
    rng = np.random.default_rng(4)
    people, rate = 120, np.random.default_rng(5).lognormal(0.0, 1.0, 120)
    p = rate / rate.sum()
    frames = [
        pl.DataFrame({
            "source": rng.choice(people, 9000, p=p), "target": rng.choice(people, 9000, p=p), "network": name,
            "timestamp": 1.5e9 + DAY * 400 * rng.random(9000),
        })
        for name in ("a", "b", "c")
    ]  # fmt: skip
    log = read_interactions(pl.concat(frames).filter(pl.col("source") != pl.col("target")))
    found = numbers_needed(log, draws=2)
    one = {row["controls"]: row["value"] for row in found.filter(model=ONE).iter_rows(named=True)}
    assert one[RAW] > 0.4
    assert one[CONTROLLED] < one[RAW] - 0.3


def test_covariances_are_those_that_halves_share():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(4000, 1)) @ np.array([[1.0, 0.5, 0.0]])
    first, second = truth + rng.normal(size=(2, 4000, 3))
    first[rng.random((4000, 3)) < 0.3] = np.nan
    second = np.where(np.isnan(first), np.nan, second)
    shared, noise = _covariances(first, second)
    assert shared == pytest.approx(np.outer([1, 0.5, 0], [1, 0.5, 0]), abs=0.08)
    assert noise == pytest.approx(np.ones(3), abs=0.1)


def test_the_same_seed_gives_the_same_numbers():
    log = log_of(0.5)
    assert numbers_needed(log, draws=1, rng=7).equals(numbers_needed(log, draws=1, rng=7))


def test_people_on_one_network_only_are_too_few():
    frame = made(1).frame.collect().with_columns(
        source=pl.format("{}-{}", "source", "network"), target=pl.format("{}-{}", "target", "network")
    )  # fmt: skip
    with pytest.raises(DataError, match="Fewer than two networks"):
        numbers_needed(read_interactions(frame))
