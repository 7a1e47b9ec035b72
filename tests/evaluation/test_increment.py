"""Increments: one is found where it was planted, none where there is none, and effects are ratios of sums."""

import numpy as np
import polars as pl
import pytest

from influence_graph import load_dataset
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation.increment import ALL, Observations, increment_effects, increments, observe
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.prediction import Design


def drawn(seed, weight, n=400):
    rng = np.random.default_rng(seed)
    known, hidden = rng.standard_normal((n, 2)), rng.standard_normal(n)
    future = rng.poisson(np.exp(0.5 + 0.5 * known[:, 0] + weight * hidden)).astype(float)
    return Observations(np.arange(n), known, {"a": hidden, "b": rng.standard_normal(n)}, future)


def test_a_planted_increment_is_found_and_noise_is_not():
    folds = np.arange(400) % 20
    null = [increments([drawn(seed, 0.0)], folds).with_columns(draw=pl.lit(seed)) for seed in range(6)]
    own = increments([drawn(9, 0.4)], folds).with_columns(draw=pl.lit(-1))
    found = increment_effects(pl.concat([own, *null], how="vertical_relaxed"), data="x")
    row = {one["contrast"]: one for one in found.to_dicts()}
    assert row["counts + a - counts"]["low"] > 0.05
    assert row["counts + b - counts"]["high"] < 0.05
    against = row["counts + a - counts, against rewired"]
    assert against["low"] > 0.05
    assert against["value"] == pytest.approx(
        row["counts + a - counts"]["value"] - row["counts + a - counts, rewired"]["value"]
    )
    assert row["counts + a - counts, smallest found"]["value"] < against["value"]
    sums = own.filter(method="a").select(pl.col("counts", "both", "mean").sum()).row(0)
    assert row["counts + a - counts"]["value"] == pytest.approx((sums[0] - sums[1]) / sums[2])
    assert f"counts + {ALL} - counts" in row


def test_observations_are_of_those_active_and_hold_their_counts():
    arrays = LogArrays.of(load_dataset("synthetic", people=150, days=30, mean_degree=8.0, rng=2))
    origins = rolling_origins(arrays.time, origins=2)
    design = Design(
        origins.moments[0], origins.horizon, None, {"pagerank": ("pagerank", {})}, {"layers": False}
    )
    seen = observe(arrays, arrays, design)
    rows = arrays.within(design.origin - design.horizon, design.origin)
    assert seen.person.tolist() == sorted(set(arrays.source[rows].tolist()))
    assert np.isfinite(seen.counts).all()
    assert (seen.graph["pagerank"] >= 0).all()
    with pytest.raises(DataError, match="nothing to explain"):
        observe(arrays, arrays, Design(int(arrays.time.max()), 10, None, {}))
    assert increments([seen], folds_of(arrays.people, 5, np.random.default_rng(1))).height == 5
