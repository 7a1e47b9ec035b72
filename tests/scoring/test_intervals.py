"""Confidence intervals of scores."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph import ConfigError, InfluenceGraph, Raw, build_graph, method, score
from influence_graph.methods import get_method
from influence_graph.scoring import intervals
from influence_graph.scoring.intervals import CONTENDERS, _quantiles, interval_levels, raw_intervals


def star(reactors):
    """Return a graph where person 0 has this number of reactors and person 1 none."""
    ids = [f"r{i:04d}" for i in range(reactors)]
    edges = pl.DataFrame({"source": ids, "target": ["a"] * reactors})
    return InfluenceGraph.from_edges(edges, ids=["a", "b", *ids])


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(1)
    who = rng.zipf(1.5, size=4_000) % 300
    edges = pl.DataFrame({"source": rng.integers(300, size=4_000), "target": who}).filter(
        pl.col("source") != pl.col("target")
    )
    return InfluenceGraph.from_edges(edges, ids=range(300))


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_levels_leave_half_of_the_rest_on_each_side(confidence):
    low, high = interval_levels(confidence)
    np.testing.assert_allclose(stats.norm.ppf([low, high]), stats.norm.interval(confidence))


@pytest.mark.parametrize("confidence", [0.80, 0.95])
@pytest.mark.parametrize("count", [1, 2, 20, 200])
def test_a_count_gets_the_quantiles_of_gamma_k_and_a_half(count, confidence):
    got = score(
        star(count), "reactors", uncertainty="bootstrap", replicates=4_000, confidence=confidence, rng=1
    ).frame
    low, high = got["raw_low"][0], got["raw_high"][0]
    exact = stats.gamma(count + 0.5).interval(confidence)
    np.testing.assert_allclose([low, high], exact, rtol=0.15 if count < 3 else 0.04)


def test_nobody_yet_gets_an_upper_end_and_zero_below():
    got = score(star(50), "reactors", uncertainty="bootstrap", replicates=4_000, rng=1).frame.row(
        1, named=True
    )
    assert got["raw"] == got["raw_low"] == 0
    assert got["raw_high"] == pytest.approx(stats.gamma(0.5).ppf(0.975), rel=0.1)
    assert got["low"] == 1 < got["high"]


def test_columns_only_when_asked(graph):
    assert score(graph, "reactors").frame.width == 5
    frame = score(graph, "reactors", uncertainty="bootstrap", rng=1).frame
    assert frame.columns[5:] == ["raw_low", "raw_high", "low", "high", "rank_low", "rank_high"]
    assert frame["rank_low"].null_count() == 200


@pytest.mark.parametrize("name", ["engagement", "reactors", "pagerank", "multinetwork"])
@pytest.mark.parametrize("scale", ["log", "quantile", "linear"])
def test_intervals_hold_the_value_and_stay_on_the_scale(graph, name, scale):
    frame = score(graph, name, scale=scale, uncertainty="bootstrap", rng=1).frame
    for column, inside in (("raw", ("raw_low", "raw_high")), ("score", ("low", "high"))):
        assert (frame[inside[0]] <= frame[column] + 1e-9).all()
        assert (frame[column] <= frame[inside[1]] + 1e-9).all()
    assert frame["low"].min() >= 1
    assert frame["high"].max() <= 100
    ranked = frame.drop_nulls("rank_low")
    assert (ranked["rank_low"] <= ranked["rank_high"]).all()
    assert ranked["rank_low"].min() == 1


def test_the_same_seed_gives_the_same_intervals(graph):
    one, two, other = (
        score(graph, "pagerank", uncertainty="bootstrap", rng=seed).intervals for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.raw_low, two.raw_low)
    assert not np.array_equal(one.raw_low, other.raw_low)


def test_more_confidence_is_wider(graph):
    narrow, wide = (
        score(graph, "reactors", uncertainty="bootstrap", confidence=level, rng=1).intervals
        for level in (0.5, 0.95)
    )
    assert (wide.raw_high >= narrow.raw_high).all()
    assert (wide.raw_low <= narrow.raw_low).all()


def test_one_loud_actor_is_one_reactor_and_uncertain_engagement():
    edges = pl.DataFrame({"source": ["x"], "target": ["a"], "weight": [100.0]})
    many = pl.DataFrame(
        {"source": [f"y{i}" for i in range(100)], "target": ["b"] * 100, "weight": [1.0] * 100}
    )
    graph = InfluenceGraph.from_edges(pl.concat([edges, many]))
    got = score(graph, "engagement", uncertainty="bootstrap", replicates=400, rng=1).intervals
    loud, liked = (got.raw_high[i] / got.raw_low[i] for i in (0, 1))
    assert loud > 20 > 2 > liked


def test_coverage_of_counts_on_known_rates():
    rates = np.array([0.3, 1, 3, 10, 40, 200])
    rng, inside = np.random.default_rng(2), []
    for number in range(80):
        counts = rng.poisson(rates)
        target = np.repeat(np.arange(len(rates)), counts)
        edges = pl.DataFrame({"source": 100 + np.arange(len(target)), "target": target})
        graph = InfluenceGraph.from_edges(edges, ids=[*range(6), *(100 + np.arange(len(target)))])
        got = score(graph, "reactors", uncertainty="bootstrap", rng=number).intervals
        inside.append((got.raw_low[:6] <= rates) & (rates <= got.raw_high[:6]))
    covered = np.mean(inside, axis=0)
    # Standard error of 80 draws at 95 %: 2.4 %.
    assert (covered > 0.87).all(), covered
    assert 0.92 < np.mean(inside) < 0.99


def test_rank_ranges_of_people_far_apart_and_alike():
    sizes = {"far": 400, "one": 50, "two": 50}
    rows = [(f"{name}{i}", name) for name, size in sizes.items() for i in range(size)]
    graph = InfluenceGraph.from_edges(pl.DataFrame(rows, schema=["source", "target"], orient="row"))
    got = score(graph, "reactors", uncertainty="bootstrap", rng=1).frame.filter(
        pl.col("id").is_in(list(sizes))
    )
    assert got.select("id", "rank_low", "rank_high").rows() == [("far", 1, 1), ("one", 2, 3), ("two", 2, 3)]
    assert graph.n < CONTENDERS


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_quantiles_are_those_of_numpy_on_the_logarithm(confidence):
    values = np.random.default_rng(1).lognormal(size=(7, 60)).astype(np.float32)
    logs = np.log(values.astype(np.float64))
    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    expected = np.exp(np.quantile(logs, levels, axis=1, method="weibull"))
    np.testing.assert_allclose(_quantiles(values, confidence), expected)


def plain_rank_intervals(values, confidence):
    """Return the interval of each rank by the formula; ``values`` has shape (n, b)."""
    logs, (n, b) = np.log1p(values), values.shape
    apart = logs[:, None, :] - logs[None, :, :]  # [j, k]: by how much j is above k
    mean, spread = apart.mean(axis=2), apart.std(axis=2, ddof=1)
    pairs = ~np.eye(n, dtype=bool)
    studentised = np.abs(apart - mean[:, :, None])[pairs] / spread[pairs][:, None]
    critical = sorted(studentised.max(axis=0))[int(np.ceil(confidence * (b - 1)))]
    surely_above = (mean > critical * spread) & pairs
    return 1 + surely_above.sum(axis=0), n - surely_above.sum(axis=1)


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_rank_intervals_by_the_formula(confidence):
    rng = np.random.default_rng(3)
    edges = pl.DataFrame({"source": 100 + rng.integers(60, size=300), "target": rng.zipf(1.6, 300) % 9})
    graph = InfluenceGraph.from_edges(edges)
    got = score(graph, "reactors", uncertainty="bootstrap", replicates=40, confidence=confidence, rng=1)
    seed = np.random.default_rng(1).bit_generator.seed_seq.spawn(1)[0]
    values, _, _ = raw_intervals(
        graph, get_method("reactors"), got.raw, {}, replicates=40, confidence=confidence, seed=seed
    )
    best, worst = plain_rank_intervals(values.astype(float), confidence)
    assert got.intervals.rank_low.tolist() == best.tolist()
    assert got.intervals.rank_high.tolist() == worst.tolist()
    assert len({*best}) > 1
    assert len({*worst}) > 1


def test_people_beyond_the_contenders_count_unless_surely_below(monkeypatch):
    monkeypatch.setattr(intervals, "TOP", 2)
    monkeypatch.setattr(intervals, "CONTENDERS", 2)
    sizes = {"a": 60, "b": 50, "c": 49, "d": 48, "e": 1}
    rows = [(f"{name}{i}", name) for name, size in sizes.items() for i in range(size)]
    graph = InfluenceGraph.from_edges(pl.DataFrame(rows, schema=["source", "target"], orient="row"))
    got = score(graph, "reactors", uncertainty="bootstrap", rng=1).intervals
    at = dict(zip(graph.ids, range(graph.n), strict=True))
    # c and d, beyond the two contenders, may be above b; e is not, nor are the reactors.
    assert got.raw_high[at["d"]] > got.raw_low[at["b"]] > got.raw_high[at["e"]]
    assert got.rank_high[at["b"]] == 4


def test_quantiles_of_a_row_that_is_zero():
    low, high = _quantiles(np.zeros((1, 30), dtype=np.float32), 0.95)
    assert low[0] == high[0] == 0


def test_errors(graph):
    with pytest.raises(ConfigError, match="random has no valid interval by bootstrap"):
        score(graph, "random", uncertainty="bootstrap")
    with pytest.raises(ConfigError, match="uncertainty is 'jackknife'"):
        score(graph, "reactors", uncertainty="jackknife")
    with pytest.raises(ConfigError, match="replicates is 3, but it should be an integer, 20 or more"):
        score(graph, "reactors", uncertainty="bootstrap", replicates=3)
    with pytest.raises(ConfigError, match="confidence is 95"):
        score(graph, "reactors", uncertainty="bootstrap", confidence=95)
    with pytest.raises(ConfigError, match="reactors does not sample"):
        score(graph, "reactors", uncertainty="own")
    with pytest.raises(ConfigError, match="uses 'reciprocity', which has no valid interval"):
        score(graph, "multinetwork", weights={"*": {"reciprocity": 1}}, uncertainty="bootstrap")


def test_a_methods_own_interval(graph):
    @method("estimated_strength", version=1)
    def estimated_strength(graph, *, confidence: float = 0.5):
        """In-strength, give or take."""
        return Raw(graph.in_strength, graph.in_strength * (1 - confidence), graph.in_strength + 1)

    for confidence in (0.80, 0.95):
        got = score(graph, "estimated_strength", uncertainty="own", confidence=confidence).intervals
        np.testing.assert_allclose(got.raw_low, graph.in_strength * (1 - confidence))
        assert got.confidence == confidence
    assert np.isnan(got.rank_low).all()


def test_multinetwork_draws_an_actor_once_for_all_networks():
    rows = pl.DataFrame(
        {"source": ["x"] * 2, "target": ["a"] * 2, "network": ["m", "v"], "kind": ["like"] * 2}
    )
    graph = build_graph(rows)
    both = score(
        graph, "multinetwork", weights={"*": {"reactors": 1}}, uncertainty="bootstrap", rng=1, replicates=400
    )
    one = score(
        graph,
        "multinetwork",
        weights={"*": {"reactors": 1}},
        networks={"m": 1, "v": 0},
        uncertainty="bootstrap",
        rng=1,
        replicates=400,
    )
    # With the same weight on both, the mean of two alike is no surer than one, but for the unseen.
    np.testing.assert_allclose(both.intervals.raw_high[0], one.intervals.raw_high[0], rtol=1e-6)
