"""Replicates: laws of the draws, sums and counts by the formula, what is unseen."""

import numba
import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph import InfluenceGraph, build_graph
from influence_graph.bootstrap import (
    FEW,
    Draw,
    Replicates,
    chance_to_act,
    draw_replicate,
    random_targets,
    replicated,
    replicated_logs,
    resampled_counts,
    resampled_sums,
    worth_of_a_reaction,
)
from influence_graph.episodes import episodes_of
from influence_graph.methods import get_method


def star(reactors, episodes=1):
    """Return a graph in which each of the reactors reacts to person 0 on this number of days."""
    rows = pl.DataFrame({"source": np.repeat(np.arange(1, reactors + 1), episodes)})
    days = 1.6e9 + 86_400.0 * np.tile(np.arange(episodes), reactors)
    return build_graph(rows.with_columns(target=pl.lit(0), timestamp=pl.Series(days)))


def draws(count, number, seed=1):
    return [draw_replicate(count, child) for child in np.random.SeedSequence(seed).spawn(number)]


def test_episodes_count_by_poisson_one():
    times = np.concatenate([draw.multiplicity for draw in draws(2_000, 20)])
    expected = stats.poisson(1).pmf(np.arange(6)) * len(times)
    found = np.bincount(times, minlength=6)[:6]
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 1e-3


def test_streams_of_a_replicate_differ_by_use_and_part():
    one, two = draws(3, 2)
    streams = [one.stream(), one.stream(1), two.stream(), one.of_part(0).stream(), one.of_part(1).stream()]
    assert len({stream.random() for stream in streams}) == 5
    np.testing.assert_array_equal(one.of_part(1).multiplicity, one.multiplicity)


def test_sums_and_counts_by_the_formula():
    rng = np.random.default_rng(3)
    rows = pl.DataFrame(
        {
            "source": rng.integers(8, size=80),
            "target": rng.integers(8, size=80),
            "weight": rng.integers(1, 5, 80).astype(float),
            "timestamp": 1.6e9 + 86_400.0 * rng.integers(3, size=80),
        }
    ).filter(pl.col("source") != pl.col("target"))
    graph = build_graph(rows)
    episodes = episodes_of(graph)
    number = {}
    for row, label in zip(graph.log.frame.collect().iter_rows(named=True), episodes.rows, strict=True):
        number.setdefault((row["source"], row["target"]), []).append((int(label), row["weight"]))
    for draw in draws(episodes.count, 5):
        sums, counts = np.zeros((2, graph.n))
        for (_, target), parts in number.items():
            k = {label for label, _ in parts}
            drawn = [draw.multiplicity[label] for label in k]
            sums[target] += sum(weight * draw.multiplicity[label] for label, weight in parts)
            counts[target] += drawn[0] if len(k) == 1 else any(drawn) / (1 - np.exp(-len(k)))
        np.testing.assert_allclose(resampled_sums(episodes).values(draw), sums, rtol=1e-12)
        np.testing.assert_allclose(resampled_counts(episodes).values(draw), counts, rtol=1e-12)


@pytest.mark.parametrize("days", [1, 2, 5])
def test_a_count_of_people_is_right_on_average(days):
    episodes = episodes_of(star(40, days))
    found = [resampled_counts(episodes).values(draw)[0] for draw in draws(episodes.count, 800)]
    assert np.mean(found) == pytest.approx(40, rel=0.02)
    present = 1 - np.exp(-days)
    variance = 40.0 if days == 1 else 40 * (1 - present) / present
    assert np.var(found) == pytest.approx(variance, rel=0.2)


def test_with_the_unseen_a_count_has_mean_and_variance_k_and_a_half():
    graph = star(3)
    episodes = episodes_of(graph)
    natural = graph.in_strength
    logs = replicated_logs(
        resampled_sums(episodes), episodes, natural, count=8_000, seed=np.random.SeedSequence(5)
    )
    values = np.expm1(logs.astype(float))
    assert values[0].mean() == pytest.approx(3.5, rel=0.03)
    assert values[0].var() == pytest.approx(3.5, rel=0.08)
    # Nobody reacted to the others: Gamma(½) times the worth of a reaction, which is 1.
    assert stats.kstest(values[1], "gamma", args=(0.5,)).pvalue > 1e-3


def test_a_thread_that_is_unseen_is_as_large_as_one_of_the_log():
    # Threads of 1, 1 and 6 reactions: sizes 3/8, 3/8 and 9/4 of the mean.
    threads = np.repeat([0, 1, 2], [1, 1, 6])
    rows = pl.DataFrame(
        {"source": np.arange(10, 18), "target": threads, "parent": threads.astype(str), "kind": ["reply"] * 8}
    )
    graph = build_graph(rows.with_columns(item=pl.col("source").cast(str)))
    episodes = episodes_of(graph)
    assert episodes.unit == "thread"
    still = Replicates(lambda draw: graph.in_strength)
    logs = replicated_logs(still, episodes, graph.in_strength, count=20_000, seed=np.random.SeedSequence(5))
    at = graph.positions([0, 2, 10])
    added = (np.expm1(logs[at].astype(float)) - graph.in_strength[at][:, None]) / np.array(
        [[1.0], [6.0], [8 / 3]]
    )
    # Each has one thread of its own worth, or that of everybody; Gamma(½) times a size.
    sizes = np.array([3 / 8, 3 / 8, 9 / 4])
    for of_one in added:
        assert of_one.mean() == pytest.approx(0.5, rel=0.05)
        assert of_one.var() == pytest.approx(0.75 * np.mean(sizes**2) - 0.25, rel=0.12)


def test_centred_replicates_have_the_median_of_the_log_unless_reactors_are_few():
    graph = star(FEW + 1)
    episodes = episodes_of(graph)
    natural = np.full(graph.n, 10.0)
    shrunk = Replicates(lambda draw: 5.0 + draw.stream().random(graph.n), caused=None, centred=True)
    logs = replicated_logs(shrunk, episodes, natural, count=101, seed=np.random.SeedSequence(1))
    assert np.median(logs[0]) == pytest.approx(np.log1p(10.0), rel=1e-6)
    assert np.median(logs[1]) == pytest.approx(np.log1p(5.5), rel=0.02)


def test_replicates_for_ranks_have_nothing_unseen_and_no_shift():
    rng = np.random.default_rng(3)
    edges = pl.DataFrame({"source": rng.integers(30, size=90), "target": rng.integers(30, size=90)})
    graph = InfluenceGraph.from_edges(edges.unique().sort("source", "target"))
    episodes, ranked = episodes_of(graph), np.array([2, 5, 6, 19])
    for name in ("engagement", "pagerank", "expected_spread"):
        entry = get_method(name)
        how = {"samples": 300_000, "probability": "share"} if name == "expected_spread" else {}
        natural = entry.function(graph, **how).natural if not entry.samples else np.ones(graph.n)
        prepared = entry.replicates(episodes, entry.resolve(how))
        logs, roots = replicated(
            prepared, episodes, natural, count=3, seed=np.random.SeedSequence(2), ranked=ranked
        )
        again = replicated_logs(prepared, episodes, natural, count=3, seed=np.random.SeedSequence(2))
        np.testing.assert_array_equal(logs, again)
        for seed, column in zip(np.random.SeedSequence(2).spawn(3), roots.T, strict=True):
            draw = draw_replicate(episodes.count, seed)
            part = episodes.replicate(draw.multiplicity, edges_only=True)
            stream = {"rng": 1} if entry.samples else {}
            wanted = entry.function(part, **how, **stream).natural[ranked]
            # Values of PageRank and spread are those that reactions cause.
            wanted = (wanted + 0.375 * natural.sum() / graph.adjacency.nnz) / natural.max()
            np.testing.assert_allclose(column**2, wanted, rtol=0.03, atol=2e-3)


def test_a_replicate_depends_neither_on_how_many_there_are_nor_on_threads():
    graph = star(30)
    episodes = episodes_of(graph)

    def run(count):
        natural, seed = graph.in_strength, np.random.SeedSequence(2)
        return replicated_logs(resampled_sums(episodes), episodes, natural, count=count, seed=seed)

    few, many, before = run(7), run(40), numba.get_num_threads()
    np.testing.assert_array_equal(few, many[:, :7])
    try:
        numba.set_num_threads(1)
        alone = run(40)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(many, alone)


def test_unseen_edges_go_to_people_by_reactors_and_a_half():
    indices = np.array([0, 0, 0, 1], dtype=np.int32)
    found = np.bincount(random_targets(indices, 3, 60_000, np.random.default_rng(1)), minlength=3) / 60_000
    np.testing.assert_allclose(found, np.array([3.5, 1.5, 0.5]) / 5.5, atol=0.01)
    nobody = random_targets(np.empty(0, dtype=np.int32), 3, 50, np.random.default_rng(1))
    assert set(nobody) == {0, 1, 2}


def test_worth_of_a_reaction_is_the_mean_of_the_person_or_of_all():
    worth = worth_of_a_reaction(np.array([6.0, 2.0, 0.0]), np.array([2, 2, 0]))
    np.testing.assert_allclose(worth, [3.0, 1.0, 2.0])
    np.testing.assert_array_equal(worth_of_a_reaction(np.zeros(2), np.zeros(2, dtype=int)), [0.0, 0.0])


@pytest.mark.parametrize(
    "name", ["engagement", "reactors", "followers", "received", "pagerank", "trustrank", "leaderrank",
             "expected_spread", "multinetwork"]
)  # fmt: skip
def test_methods_with_a_fast_form_declare_it(name):
    assert get_method(name).replicates is not None


def test_a_graph_without_its_log_has_one_episode_an_edge():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    draw = Draw(np.array([2, 1]), np.random.SeedSequence(1))
    assert resampled_sums(episodes_of(graph)).values(draw).tolist() == [3.0, 0.0, 0.0]


def test_the_number_of_people_who_act_in_another_log_and_not_in_this_one():
    rng = np.random.default_rng(1)
    rates = np.append(rng.pareto(1.1, 2_000), np.zeros(500))
    new, said = [], []
    for _ in range(40):
        this, other = rng.poisson(rates, (2, len(rates)))
        new.append(((this == 0) & (other > 0)).sum())
        said.append(chance_to_act(this) * (this == 0).sum())
    assert abs(np.mean(said) / np.mean(new) - 1) < 0.05
    assert chance_to_act(np.zeros(5)) == chance_to_act(np.empty(0)) == chance_to_act(np.full(5, 2.0)) == 0.0
    assert chance_to_act(np.array([1.0, 1.0, 0.0])) == 1.0
