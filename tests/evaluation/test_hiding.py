"""Hiding parts of a log: what is left against graphs built by hand, and the statement made beforehand."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from influence_graph import build_graph, load_dataset, read_interactions, score
from influence_graph.errors import DataError
from influence_graph.evaluation.hiding import (
    Reactions,
    Statement,
    hidden_values,
    hidings,
    mean_interval,
    share_interval,
    top,
)


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=150, days=20, mean_degree=6, rng=1)


@pytest.fixture(scope="module")
def graph(log):
    return build_graph(log, half_life="5d")


@pytest.fixture(scope="module")
def reactions(log, graph):
    return Reactions(log, graph)


def hide(reactions, what, **options):
    given = {"shares": [0.5], "draws": 2, "rng": np.random.default_rng(1)} | options
    return list(hidings(reactions, what, **given))


def test_the_weight_of_rows_adds_up_to_the_graph(graph, reactions):
    np.testing.assert_allclose(reactions.received(), graph.in_strength, rtol=1e-9)
    assert reactions.share_hidden(np.zeros(reactions.frame.height, dtype=bool)) == 1.0


@pytest.mark.parametrize("what", ["network", "kind"])
def test_each_part_is_hidden_once_and_only_it(reactions, what):
    found = hide(reactions, what)
    assert [one.part for one in found] == sorted({*reactions.frame[what]} - {"post", "follow"})
    for one in found:
        assert (one.kept == (reactions.frame[what] != one.part).to_numpy()).all()


def test_rows_are_hidden_by_time(reactions):
    found = {(one.part, one.draw): one for one in hide(reactions, "rows", shares=[0.25])}
    times = reactions.frame["timestamp"]
    hidden = {key: times.filter(pl.Series(~one.kept)) for key, one in found.items()}
    for part in hidden.values():
        assert len(part) == pytest.approx(len(times) / 4, abs=1)
    assert hidden["oldest", 0].max() <= times.filter(pl.Series(found["oldest", 0].kept)).min()
    assert hidden["latest", 0].min() >= times.filter(pl.Series(found["latest", 0].kept)).max()
    assert (found["random", 0].kept != found["random", 1].kept).any()


def test_people_are_hidden_as_sources(graph, reactions):
    (one,) = [one for one in hide(reactions, "people", shares=[0.1]) if one.part == "most popular"]
    hidden = set(reactions.frame["source"].filter(pl.Series(~one.kept)))
    most = np.argsort(-graph.in_strength, kind="stable")[: round(0.1 * graph.n)]
    assert hidden <= set(graph.ids.gather(most))
    assert hidden
    (one,) = [one for one in hide(reactions, "people", shares=[0.1]) if one.part == "newest"]
    first = reactions.frame.group_by("source").agg(pl.col("timestamp").min())
    hidden = set(reactions.frame["source"].filter(pl.Series(~one.kept)))
    late = first.filter(pl.col("source").is_in(hidden))["timestamp"].min()
    early = first.filter(~pl.col("source").is_in(hidden))["timestamp"].max()
    assert late >= early


def test_what_is_recomputed_is_the_graph_of_the_other_rows(log, graph, reactions):
    hiding = hide(reactions, "network")[0]
    (values,) = hidden_values(log, graph, hiding.kept, [("pagerank", {})], 1)
    rest = log.frame.filter(pl.col("network") != hiding.part).collect()
    built = build_graph(read_interactions(rest), half_life="5d", as_of=graph.weighting.as_of)
    wanted = score(built, "pagerank").natural
    np.testing.assert_allclose(values[graph.positions(built.ids)], wanted, rtol=1e-9)
    assert values.sum() == pytest.approx(wanted.sum())
    (nothing,) = hidden_values(log, graph, np.zeros(len(hiding.kept), dtype=bool), [("pagerank", {})], 1)
    assert not nothing.any()


@pytest.mark.parametrize("what", ["network", "kind", "rows", "people"])
def test_for_counts_the_statement_is_exact(log, graph, reactions, what):
    statement = Statement(reactions, score(graph, "engagement"), 20, 1)
    for hiding in hide(reactions, what):
        (values,) = hidden_values(log, graph, hiding.kept, [("engagement", {})], 1)
        np.testing.assert_allclose(values, statement.stated(hiding.kept), atol=1e-9)
        moved = statement.against(values, hiding.kept)
        assert np.abs(moved.points - moved.stated_points).max() < 1e-6
        highest = np.lexsort((-statement.natural, -np.round(values, 9)))[:20]
        inside = {*highest[values[highest] > 0]}
        assert moved.survived.mean() == len(inside & {*statement.top}) / 20


def test_what_is_expected_of_a_random_share_is_what_random_rows_give(log):
    graph = build_graph(log)
    reactions = Reactions(log, graph)
    statement = Statement(reactions, score(graph, "engagement"), 20, 1)
    survived, expected = [], []
    for hiding in hide(reactions, "rows", draws=12):
        if hiding.part == "random":
            (values,) = hidden_values(log, graph, hiding.kept, [("engagement", {})], 1)
            survived.append(statement.against(values, hiding.kept).survived.mean())
            expected.append(statement.expected(reactions.share_hidden(hiding.kept)).mean())
    error = np.std(survived) / np.sqrt(12)
    assert np.mean(survived) == pytest.approx(np.mean(expected), abs=4 * error + 0.01)
    assert 0.3 < np.mean(survived) < 0.98


def test_nothing_hidden_changes_nothing(log, graph, reactions):
    statement = Statement(reactions, score(graph, "pagerank"), 20, 1)
    everything = np.ones(reactions.frame.height, dtype=bool)
    (values,) = hidden_values(log, graph, everything, [("pagerank", {})], 1)
    moved = statement.against(values, everything)
    assert moved.survived.all()
    assert moved.stated.all()
    assert moved.expected.tolist() == pytest.approx([1.0] * 20)
    assert moved.rank_change == 0.0
    assert moved.tau == pytest.approx(1.0)
    np.testing.assert_allclose(moved.points, moved.points_before)


def test_nobody_without_a_value_stays_at_the_top(graph, reactions):
    statement = Statement(reactions, score(graph, "engagement"), 10, seed=1)
    nothing = np.zeros(reactions.frame.height, dtype=bool)
    moved = statement.against(np.zeros(graph.n), nothing)
    assert not moved.survived.any()
    assert not moved.stated.any()
    assert moved.expected.max() == 0.0
    # One of the ten keeps a value: among ties at 0 nobody else is at the top.
    one = np.zeros(graph.n)
    one[statement.top[4]] = 1.0
    assert statement.against(one, ~nothing).survived.tolist() == [place == 4 for place in range(10)]


def test_ties_keep_who_was_higher():
    assert top(np.zeros(4), 2, np.array([1.0, 3.0, 2.0, 0.0])).tolist() == [1, 2]


def test_one_network_and_no_time_leave_little_to_hide():
    rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]})
    log = read_interactions(rows)
    reactions = Reactions(log, build_graph(log))
    assert hide(reactions, "network") == []
    assert {one.part for one in hide(reactions, "rows")} == {"random"}
    assert {one.part for one in hide(reactions, "people")} == {"random", "most popular"}


def test_a_method_without_values_is_an_error(reactions, graph):
    scores = score(graph, "engagement")
    object.__setattr__(scores, "raw", np.zeros(graph.n))
    scores.__dict__.pop("tied", None)
    with pytest.raises(DataError, match="Nobody has a value"):
        Statement(reactions, scores, 5, 1)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_are_those_of_the_formulas(level):
    from scipy.stats import binomtest

    values = np.random.default_rng(1).normal(size=50)
    mean, low, high = mean_interval(values, level)
    wanted = norm.interval(level, values.mean(), values.std(ddof=1) / np.sqrt(50))
    assert (mean, low, high) == pytest.approx((values.mean(), *wanted))
    found = binomtest(37, 100).proportion_ci(level, method="wilson")
    assert share_interval(0.37, 100, level) == pytest.approx((0.37, found.low, found.high))
