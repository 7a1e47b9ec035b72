"""Means over origins, contrasts and what decay adds, against a loop."""

import numpy as np
import polars as pl
import pytest

from influence_graph.evaluation._jackknife import jackknife
from influence_graph.evaluation.prediction import MEASURED
from influence_graph.evaluation.prediction_effects import (
    NO_DECAY,
    effects_of,
    origin_values,
    prediction_effects,
    stability,
)

DECAYED = "half-life 1 horizon"


@pytest.fixture(scope="module")
def measured():
    rng = np.random.default_rng(1)
    rows = [
        {"origin": origin, "graph": graph, "fold": fold, "pairs": pairs, "network": network, "method": method,
         "truth": "reactors", "among": among, "measure": "C", "value": float(rng.random()), "people": 50}
        for origin in (10, 20, 30)
        for graph in (NO_DECAY, DECAYED)
        for fold, pairs, network in (
            (-1, -1, ""), (0, -1, ""), (1, -1, ""), (2, -1, ""), (-1, 0, ""), (-1, 1, ""), (-1, -1, "x")
        )
        for method in ("reactors", "pagerank", "last seen")
        for among in ("active", "everybody")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={"origin": pl.Int64, "graph": pl.String, **MEASURED})


def pick(measured, method, graph, fold, among="active", pairs=-1):
    here = measured.filter(method=method, graph=graph, fold=fold, pairs=pairs, among=among, network="")
    return here.sort("origin")["value"].to_numpy()


def test_contrasts_are_means_with_a_jackknife_over_folds(measured):
    found = prediction_effects(measured, data="a")
    difference = [
        (
            pick(measured, "pagerank", DECAYED, fold, pairs=pairs)
            - pick(measured, "reactors", DECAYED, fold, pairs=pairs)
        ).mean()
        for fold, pairs in ((-1, -1), (0, -1), (1, -1), (2, -1), (-1, 0), (-1, 1))
    ]
    expected = jackknife(difference[0], difference[1:4], pairs_left_out=difference[4:])
    row = found.filter(contrast="pagerank - reactors", graph=DECAYED, among="active").row(0, named=True)
    assert (row["value"], row["low"]) == pytest.approx((float(expected.value), float(expected.low)))
    assert row["origins"] == 3
    assert row["margin"] > row["high"] - row["value"]
    row = found.filter(contrast="pagerank, decayed - not", among="active").row(0, named=True)
    still = pick(measured, "pagerank", NO_DECAY, -1)
    assert row["value"] == pytest.approx((pick(measured, "pagerank", DECAYED, -1) - still).mean())
    assert set(found.filter(contrast="pagerank - last seen")["among"]) == {"everybody"}
    assert effects_of(found).columns[:3] == ["data", "graph", "contrast"]


def test_an_origin_where_a_fold_has_no_value_is_left_out_of_all(measured):
    holed = measured.with_columns(
        value=pl.when((pl.col("origin") == 20) & (pl.col("fold") == 1)).then(None).otherwise("value")
    )
    row = prediction_effects(holed, data="a").filter(contrast="pagerank", graph=NO_DECAY, among="active")
    assert row["origins"].to_list() == [2]
    assert row["value"][0] == pytest.approx(pick(measured, "pagerank", NO_DECAY, -1)[[0, 2]].mean())


def test_two_methods_that_are_always_equal_differ_by_0_for_sure(measured):
    copied = measured.filter(method="reactors").with_columns(method=pl.lit("twin"))
    row = prediction_effects(pl.concat([measured, copied]), data="a").filter(contrast="twin - reactors")
    assert set(row["low"]) == set(row["high"]) == {0.0}


def test_without_folds_there_is_a_value_and_no_interval(measured):
    row = prediction_effects(measured.filter(pl.col("fold") == -1, pl.col("pairs") == -1), data="a").row(
        0, named=True
    )
    assert row["value"] is not None
    assert row["low"] is None


def test_stability_by_network_and_block(measured):
    found = stability(measured, data="a", blocks=3)
    hidden = found.filter(
        by="network left out", contrast="pagerank - reactors", graph=DECAYED, among="active"
    )
    rows = measured.filter(network="x", graph=DECAYED, among="active")
    means = {method: rows.filter(method=method)["value"].mean() for method in ("pagerank", "reactors")}
    assert hidden["value"].to_list() == pytest.approx([means["pagerank"] - means["reactors"]])
    blocks = found.filter(by="block of time", contrast="pagerank - reactors", graph=DECAYED, among="active")
    assert blocks["part"].to_list() == ["1 of 3", "2 of 3", "3 of 3"]
    assert origin_values(measured, ("origin", "graph")).height == 36
