"""Comparing methods over the same people."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph import ConfigError, DataError, InfluenceGraph, compare, score


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    edges = pl.DataFrame(
        {"source": rng.integers(0, 300, 3000), "target": (300 * rng.random(3000) ** 3).astype(int)}
    ).filter(pl.col("source") != pl.col("target"))
    graph = InfluenceGraph.from_edges(edges.unique().sort("source", "target"))
    return {name: score(graph, name, rng=1) for name in ("pagerank", "reactors", "random")}


def test_values_lie_in_their_intervals_and_related_methods_agree_more(scores):
    table = compare(scores, k=20).table
    assert table.height == 3 * 4
    assert (
        table.filter(pl.col("measure").is_in(["kendall_tau_b", "spearman"]))
        .select((pl.col("low") <= pl.col("value")) & (pl.col("value") <= pl.col("high")))
        .to_series()
        .all()
    )
    tau = dict(
        table.filter(measure="kendall_tau_b").select(pl.concat_str("a", "b", separator="~"), "value").rows()
    )
    assert tau["pagerank~reactors"] > 0.5
    assert abs(tau["pagerank~random"]) < 0.1


def test_interval_covers_at_its_level():
    # Two independent rankings: tau is 0 in the population, whatever the sample.
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(120):
        edges = pl.DataFrame({"source": rng.permutation(60), "target": rng.integers(60, 90, 60)})
        graph = InfluenceGraph.from_edges(edges)
        pair = {"x": score(graph, "random", rng=rng), "y": score(graph, "random", rng=rng)}
        row = compare(pair, k=5, resamples=60, rng=rng).table.row(0, named=True)
        covered += row["low"] <= 0 <= row["high"]
    assert 0.88 <= covered / 120 <= 0.99


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_intervals_are_the_percentiles_of_scipys_statistics_on_resampled_people(scores, confidence):
    pair = {name: scores[name] for name in ("pagerank", "random")}
    table = compare(pair, resamples=60, confidence=confidence, rng=3).table
    n = len(scores["random"].raw)
    drawn = {"kendall_tau_b": [], "spearman": []}
    for seed in np.random.SeedSequence(int(np.random.default_rng(3).integers(2**63))).spawn(60):
        people = np.random.default_rng(seed).integers(0, n, n)
        a, b = (one.raw[people] for one in pair.values())
        drawn["kendall_tau_b"].append(stats.kendalltau(a, b).statistic)
        drawn["spearman"].append(stats.spearmanr(a, b).statistic)
    for measure, values in drawn.items():
        row = table.row(by_predicate=pl.col("measure") == measure, named=True)
        expected = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
        np.testing.assert_allclose([row["low"], row["high"]], expected, atol=1e-12)


def test_same_seed_same_bytes_other_seed_other_intervals(scores):
    one, same, other = (compare(scores, resamples=20, rng=seed).table for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one["low"].equals(other["low"])
    assert one["value"].equals(other["value"])


def test_a_ranking_without_ties_agrees_with_itself_in_every_draw():
    people = pl.DataFrame({"source": range(1, 301), "target": [0] * 300})
    alike = score(InfluenceGraph.from_edges(people), "random", rng=1)
    table = compare({"x": alike, "y": alike}, k=20, resamples=30).table
    for column in ("value", "low", "high"):
        assert table[column].to_numpy() == pytest.approx(np.ones(4))


def test_movers_are_those_furthest_apart(scores):
    movers = compare(scores, resamples=0, movers=5).movers.filter(a="pagerank", b="random")
    gap = scores["random"].percentile - scores["pagerank"].percentile
    assert movers["change"].abs().to_list() == pytest.approx(sorted(np.abs(gap), reverse=True)[:5])
    # The sign: above 0 where the second method ranks a person higher.
    at = dict(zip(scores["random"].ids, range(len(gap)), strict=True))
    assert movers["change"].to_list() == pytest.approx([gap[at[person]] for person in movers["id"]])


def test_shows_itself(scores):
    shown = compare(scores, resamples=5)
    assert "kendall_tau_b" in repr(shown)
    assert "<table" in shown._repr_html_()


def test_hostile_input(scores):
    with pytest.raises(DataError, match="at least two"):
        compare({"pagerank": scores["pagerank"]})
    other = score(InfluenceGraph.from_edges(pl.DataFrame({"source": [-1], "target": [-2]})), "reactors")
    with pytest.raises(DataError, match="No person is in all of these scores"):
        compare({"pagerank": scores["pagerank"], "other": other})
    with pytest.raises(ConfigError, match="k is 0"):
        compare(scores, k=0)
    with pytest.raises(ConfigError, match="movers is -1"):
        compare(scores, movers=-1)
    with pytest.raises(DataError, match="mapping of names to Scores"):
        compare(list(scores.values()))
    with pytest.raises(ConfigError, match="k is '3'"):
        compare(scores, k="3")
    with pytest.raises(ConfigError, match=r"k is 1\.5"):
        compare(scores, k=1.5)


def test_a_constant_ranking_has_no_correlation_and_no_warning():
    ring = InfluenceGraph.from_edges(pl.DataFrame({"source": [1, 2], "target": [2, 1]}))
    scores = {name: score(ring, name) for name in ("reactors", "engagement")}
    table = compare(scores, k=100, resamples=5).table
    correlations = table.filter(pl.col("measure").is_in(["kendall_tau_b", "spearman"]))
    assert correlations.select(pl.col("value", "low", "high").is_nan().all()).row(0) == (True, True, True)
    assert table.filter(measure="top_k_overlap").select("value", "low", "high").row(0) == (1.0, 1.0, 1.0)


def test_scores_of_different_graphs_are_compared_over_the_people_in_both():
    rng = np.random.default_rng(1)
    frames = [
        pl.DataFrame({"source": rng.integers(0, 50, 300), "target": rng.integers(first, first + 40, 300)})
        for first in (0, 20)
    ]
    graphs = [
        InfluenceGraph.from_edges(frame.filter(pl.col("source") != pl.col("target"))) for frame in frames
    ]
    a, b = (score(graph, "reactors") for graph in graphs)
    found = compare({"30d": a, "90d": b}, k=5, resamples=0)
    both = sorted(set(a.ids) & set(b.ids))
    x, y = (dict(zip(one.ids, one.raw, strict=True)) for one in (a, b))
    expected = stats.kendalltau([x[i] for i in both], [y[i] for i in both]).statistic
    assert found.figure("30d", "90d", "kendall_tau_b")["value"] == pytest.approx(expected, abs=1e-12)
    assert found.people == len(both)
    assert found.missing == {"30d": len(a.ids) - len(both), "90d": len(b.ids) - len(both)}
    assert sum(found.missing.values()) > 0
    assert set(found.movers["id"]) <= set(both)
    assert "not compared" in repr(found)


def test_the_table_carries_k_and_level(scores):
    table = compare(scores, k=7, resamples=5, confidence=0.8).table
    assert table.filter(pl.col("k").is_not_null())["measure"].unique().to_list() == ["top_k_overlap"]
    assert table["k"].drop_nulls().unique().to_list() == [7]
    assert table["level"].unique().to_list() == [0.8]
    assert compare(scores, resamples=0).table["level"].null_count() == table.height


def test_scores_of_another_graph_are_refused_with_a_graph(scores):
    other = InfluenceGraph.from_edges(pl.DataFrame({"source": [1], "target": [2]}))
    with pytest.raises(DataError, match="is not a score of this graph"):
        compare(scores, graph=other)
    with pytest.raises(ConfigError, match="deals is 0"):
        compare({"a": score(other, "reactors"), "b": score(other, "engagement")}, graph=other, deals=0)


@pytest.mark.parametrize(("people", "k"), [(5, 1), (450, 45), (2_000, 100)])
def test_the_top_is_a_tenth_of_few_people(people, k):
    ring = pl.DataFrame({"source": range(people), "target": [*range(1, people), 0]})
    scores = {name: score(InfluenceGraph.from_edges(ring), name) for name in ("reactors", "engagement")}
    assert compare(scores, resamples=0).table["k"].drop_nulls().unique().to_list() == [k]
