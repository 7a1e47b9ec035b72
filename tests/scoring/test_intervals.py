"""Confidence intervals of scores."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.optimize import brentq

from influence_graph import ConfigError, DataError, InfluenceGraph, Raw, build_graph, method, score
from influence_graph.bootstrap import draw_replicate, replicated_logs
from influence_graph.episodes import episodes_of
from influence_graph.methods import get_method
from influence_graph.scoring.intervals import _quantiles, interval_levels, raw_intervals, replicates_of


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
def test_a_count_gets_the_quantiles_of_a_poisson_variable_and_the_unseen(count, confidence):
    got = score(
        star(count), "reactors", uncertainty="bootstrap", replicates=4_000, confidence=confidence, rng=1
    ).frame
    seen = np.arange(6 * count + 20)

    def law(x):
        return (stats.poisson(count).pmf(seen) * stats.gamma(0.5).cdf(x - seen)).sum()

    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    exact = [brentq(lambda x, level=level: law(x) - level, 0, seen[-1]) for level in levels]
    np.testing.assert_allclose(
        [got["raw_low"][0], got["raw_high"][0]], exact, rtol=0.1 if count < 3 else 0.04, atol=0.02
    )


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
    for ranks in ("marginal", "simultaneous"):
        got = score(graph, "reactors", uncertainty="bootstrap", rng=1, people=list(sizes), ranks=ranks).frame
        named = got.filter(pl.col("id").is_in(list(sizes)))
        assert named.select("id", "rank_low", "rank_high").rows() == [
            ("far", 1, 1), ("one", 2, 3), ("two", 2, 3)
        ]  # fmt: skip
        assert got["rank_low"].null_count() == graph.n - 3


def test_people_named_have_the_sets_that_they_have_among_the_top(graph):
    top = score(graph, "pagerank", uncertainty="bootstrap", rng=1).frame.drop_nulls("rank_low")
    some = top["id"].to_list()[3:60:7]
    named = score(graph, "pagerank", uncertainty="bootstrap", rng=1, people=some).frame.drop_nulls("rank_low")
    assert named.equals(top.filter(pl.col("id").is_in(some)))


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_quantiles_are_order_statistics(confidence):
    values = np.random.default_rng(1).lognormal(size=(7, 60)).astype(np.float32)
    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    expected = np.quantile(values.astype(float), levels, axis=1, method="weibull")
    np.testing.assert_allclose(_quantiles(values, confidence), expected)


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_the_interval_of_a_value_is_made_of_its_replicates(graph, confidence):
    episodes, entry = episodes_of(graph), get_method("pagerank")
    raw = entry.function(graph)
    seed = np.random.SeedSequence(4)
    how = {"replicates": 60, "confidence": confidence, "seed": seed}
    low, high = raw_intervals(graph, entry, raw, entry.resolve({}), **how)
    logs = replicated_logs(
        replicates_of(entry, entry.resolve({}), episodes), episodes, raw.natural, count=60,
        seed=np.random.SeedSequence(4),
    )  # fmt: skip
    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    ends = np.expm1(np.quantile(logs.astype(float), levels, axis=1, method="weibull"))
    reacted = np.bincount(graph.adjacency.indices, minlength=graph.n) > 0
    np.testing.assert_allclose(
        raw.unit.of(low)[reacted], np.minimum(ends[0], raw.natural)[reacted], rtol=1e-5, atol=1e-9
    )
    np.testing.assert_allclose(
        raw.unit.of(high)[reacted], np.maximum(ends[1], raw.natural)[reacted], rtol=1e-5, atol=1e-9
    )


def test_a_method_that_declares_nothing_is_run_on_replicate_graphs(graph):
    @method("two_steps", version=1)
    def two_steps(graph):
        """Reactions to those who react."""
        return Raw(graph.in_edges @ graph.in_strength)

    got = score(graph, "two_steps", uncertainty="bootstrap", replicates=60, rng=1)
    episodes = episodes_of(graph)
    seed = np.random.default_rng(1).bit_generator.seed_seq.spawn(1)[0]
    values = np.array(
        [
            (lambda part: part.in_edges @ part.in_strength)(
                episodes.replicate(draw_replicate(episodes.count, child).multiplicity, edges_only=True)
            )
            for child in seed.spawn(60)
        ]
    ).T
    logs = np.log1p(values)
    many = np.bincount(graph.adjacency.indices, minlength=graph.n) > 2
    logs[many] += np.log1p(got.raw[many])[:, None] - np.median(logs[many], axis=1)[:, None]
    low, high = np.expm1(np.quantile(np.maximum(logs, 0), [0.025, 0.975], axis=1, method="weibull"))
    np.testing.assert_allclose(got.intervals.raw_low, np.minimum(low, got.raw), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(got.intervals.raw_high, np.maximum(high, got.raw), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["growth", "h_index", "engagement_rate"])
def test_methods_of_the_log_have_intervals_too(name):
    rng = np.random.default_rng(1)
    rows = pl.DataFrame(
        {
            "source": rng.integers(12, size=200),
            "target": rng.integers(12, size=200),
            "kind": "reply",
            "timestamp": 1.6e9 + 86_400.0 * rng.integers(60, size=200),
        }
    ).filter(pl.col("source") != pl.col("target"))
    posts = pl.DataFrame({"source": range(12), "kind": "post", "timestamp": 1.6e9})
    graph = build_graph(pl.concat([rows, posts.cast({"source": pl.Int64})], how="diagonal"))
    got = score(graph, name, uncertainty="bootstrap", replicates=20, rng=1)
    assert (got.intervals.raw_low < got.intervals.raw_high).any()
    assert ((got.intervals.raw_low <= got.raw) & (got.raw <= got.intervals.raw_high)).all()


def test_quantiles_of_a_row_that_is_zero():
    low, high = _quantiles(np.zeros((1, 30), dtype=np.float32), 0.95)
    assert low[0] == high[0] == 0


def test_errors(graph):
    with pytest.raises(ConfigError, match="random has no interval by bootstrap"):
        score(graph, "random", uncertainty="bootstrap")
    with pytest.raises(ConfigError, match=r"ranks is 'marginl'. Did you mean 'marginal'"):
        score(graph, "reactors", uncertainty="bootstrap", ranks="marginl")
    with pytest.raises(DataError, match="is not among the 300 people"):
        score(graph, "reactors", uncertainty="bootstrap", people=[10_000])
    with pytest.raises(ConfigError, match="uncertainty is 'jackknife'"):
        score(graph, "reactors", uncertainty="jackknife")
    with pytest.raises(ConfigError, match="replicates is 3, but it should be an integer, 20 or more"):
        score(graph, "reactors", uncertainty="bootstrap", replicates=3)
    with pytest.raises(ConfigError, match="confidence is 95"):
        score(graph, "reactors", uncertainty="bootstrap", confidence=95)
    with pytest.raises(ConfigError, match="reactors does not sample"):
        score(graph, "reactors", uncertainty="own")


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


def bursty_logs(seed, days):
    """Return a truth and a function that draws logs: 40 people, each with four favourites of known rates."""
    rng = np.random.default_rng(seed)
    rates = np.zeros((40, 40))
    popularity = rng.pareto(1.3, 40) + 0.1
    for source in range(40):
        target = rng.choice(np.delete(np.arange(40), source), size=4, replace=False)
        rates[source, target] = days * popularity[target] / popularity.mean() * rng.dirichlet(np.ones(4))

    def draw(stream):
        count = stream.poisson(rates)
        source, target = (np.repeat(end, count[count > 0]) for end in np.nonzero(count))
        rows = pl.DataFrame({"source": source, "target": target}).with_columns(
            weight=1.0 + stream.negative_binomial(0.5, 0.4, len(source)),
            timestamp=1.6e9 + 86_400.0 * (np.arange(len(source)) - np.searchsorted(source, source)),
            kind=pl.lit("reply"),
        )
        posts = pl.DataFrame({"source": np.arange(40), "weight": 1.0, "timestamp": 1.6e9, "kind": "post"})
        return build_graph(pl.concat([rows, posts], how="diagonal"), kinds={"reply": 1})

    return draw


@pytest.mark.parametrize("name", ["engagement", "reactors", "pagerank"])
def test_coverage_on_logs_of_known_rates(name):
    """Values and ranks hold the mean over other logs: the assertion of benchmarks/intervals.py, in small."""
    draw, stream = bursty_logs(3, 6.0), np.random.default_rng(4)
    entry = get_method(name)
    truth = np.mean([entry.function(draw(stream)).natural for _ in range(60)], axis=0)
    first, last = (stats.rankdata(-np.round(truth, 9), how) for how in ("min", "max"))
    ranks, values = [], []
    for number in range(16):
        graph = draw(stream)
        raw = entry.function(graph)
        got = score(graph, name, uncertainty="bootstrap", rng=number, people=list(range(40))).intervals
        low, high = raw.unit.of(got.raw_low), raw.unit.of(got.raw_high)
        top = np.argsort(-raw.values)[:10]
        ranks.append(((got.rank_low <= first) & (last <= got.rank_high))[top].mean())
        values.append(((low * (1 - 1e-6) <= truth) & (truth <= high * (1 + 1e-6))).mean())
    assert np.mean(ranks) >= 0.93
    assert 0.91 <= np.mean(values) <= 0.995


def test_a_method_that_reads_the_log_because_of_a_parameter_gets_it():
    from influence_graph.datasets.synthetic import make_log

    graph = build_graph(make_log(people=60, days=10, mean_degree=4, rng=1).interactions)
    how = {"probability": "temporal_reachability", "uncertainty": "bootstrap", "replicates": 20, "rng": 1}
    found = score(graph, "viral_centrality", **how).frame
    assert (found["low"] < found["high"]).any()
    assert get_method("viral_centrality").needed({"probability": "temporal_reachability"}) == {"events"}
    assert get_method("viral_centrality").needed({"probability": "share"}) == frozenset()
    assert get_method("expected_spread").needed({"probability": np.ones(3)}) == frozenset()
