"""What explanations tell against what is recomputed: by hand, by `explain`, and where it is exact."""

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, explain, load_dataset, read_interactions, score
from influence_graph.evaluation.told import OTHERS, Telling, chosen_people, told_against_recomputed


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=120, days=20, mean_degree=6, rng=1)


@pytest.fixture(scope="module")
def graph(log):
    return build_graph(log)


@pytest.fixture(scope="module")
def pagerank(graph):
    return Telling(graph, "pagerank", {}, count=10, rng=np.random.default_rng(1))


def test_half_of_the_people_are_the_highest(graph):
    scores = score(graph, "engagement")
    people = chosen_people(scores, 10, np.random.default_rng(1))
    assert len(people) == len(set(people)) == 10
    assert set(np.argsort(-scores.natural, kind="stable")[:5]) <= set(people)
    assert (scores.natural[people] > 0).all()


def test_for_counts_every_telling_by_decomposition_is_exact(log, graph):
    table, _ = told_against_recomputed(
        log, graph, "engagement", {}, count=10, most=4, rng=np.random.default_rng(1)
    )
    exact = table.filter(pl.col("telling") == "decomposition")
    assert set(exact["question"]) == {"one part", "largest reactor", "change"}
    np.testing.assert_allclose(exact["told"], exact["recomputed"], atol=1e-8)
    assert exact["recomputed"].max() > 5
    # Points are logarithms, so the parts of counts do not add up.
    rest = table.filter(pl.col("telling") != "decomposition")
    assert (rest["told"] - rest["recomputed"]).abs().max() > 1


def test_recomputed_parts_are_the_counterfactuals_of_explain(graph, pagerank):
    table = pagerank.of_parts("network")
    person = pagerank.ids[0]
    wanted = explain(graph, person, "pagerank", attribute_to="network")
    changes = wanted.counterfactuals.filter(pl.col("without") == "network")
    own = table.filter(pl.col("id") == person, pl.col("telling") == "Shapley").sort("part")
    np.testing.assert_allclose(own["recomputed"], -changes.sort("part")["change"], atol=1e-9)
    points = wanted.attribution.filter(pl.col("part") != "base").sort("part")
    np.testing.assert_allclose(own["told"], points["points"], atol=1e-9)


def test_shapley_values_and_the_base_add_up(pagerank):
    table = pagerank.of_parts("kind").filter(pl.col("telling") == "Shapley")
    sums = table.group_by("id", maintain_order=True).agg(pl.col("told").sum())
    np.testing.assert_allclose(sums["told"] + 1, pagerank.full.score[pagerank.people], atol=1e-9)


def test_two_parts_are_told_by_the_sum_of_each(pagerank):
    table = pagerank.of_parts("network")
    alone = {
        (row["id"], row["part"]): row["recomputed"]
        for row in table.filter(pl.col("telling") == "Shapley").iter_rows(named=True)
    }
    for row in table.filter(pl.col("question") == "two parts").iter_rows(named=True):
        first, second = row["part"].split(" and ")
        assert row["told"] == pytest.approx(alone[row["id"], first] + alone[row["id"], second])


def test_small_parts_are_one_together(graph, pagerank):
    parts = pagerank.parts("kind", 3)
    assert len(parts) == 3
    assert OTHERS in parts
    assert frozenset().union(*parts.values()) == frozenset().union(*pagerank.parts("kind", 9).values())
    largest = max(len(layers) for name, layers in parts.items() if name == OTHERS)
    assert largest > 1


def test_without_a_reactor_by_hand(log, graph, pagerank):
    table = pagerank.of_reactors()
    row = table.row(0, named=True)
    rest = log.frame.filter(
        (pl.col("source").cast(pl.String) != row["part"]) | (pl.col("kind") == "post")
    ).collect()
    built = build_graph(read_interactions(rest), as_of=graph.weighting.as_of)
    full = pagerank.full
    again = score(built, "pagerank", reference=full.reference)
    at = built.ids.cast(pl.String).to_list().index(row["id"])
    before = full.score[graph.ids.cast(pl.String).to_list().index(row["id"])]
    # The reactor stays as a person, which moves nobody's natural value.
    assert row["recomputed"] == pytest.approx(before - again.score[at], abs=0.05)
    assert row["told"] > 0


def test_the_change_without_a_network_by_hand(log, graph, pagerank):
    table = pagerank.of_change(log, "network", share=0.3)
    first, last = log.span
    then = last - (last - first) * 0.3
    network = table["part"][0]
    rest = log.frame.filter((pl.col("network") != network) | (pl.col("timestamp") <= then)).collect()
    built = build_graph(read_interactions(rest), as_of=graph.weighting.as_of)
    again = score(built, "pagerank", reference=pagerank.full.reference)
    there = {str(one): points for one, points in zip(built.ids, again.score, strict=True)}
    for row in table.filter(pl.col("part") == network).iter_rows(named=True):
        before = pagerank.full.score[graph.ids.cast(pl.String).to_list().index(row["id"])]
        assert row["recomputed"] == pytest.approx(before - there[row["id"]], abs=1e-6)


def test_logs_of_one_part_or_without_time_leave_questions_out():
    rows = pl.DataFrame({"source": ["b", "c", "a", "d"], "target": ["a", "a", "b", "a"]})
    log = read_interactions(rows)
    table, _ = told_against_recomputed(
        log, build_graph(log), "reactors", {}, count=4, rng=np.random.default_rng(1)
    )
    assert table["question"].unique().to_list() == ["largest reactor"]
    table, notes = told_against_recomputed(
        log, build_graph(log), "h_index", {}, count=4, rng=np.random.default_rng(1)
    )
    assert table.is_empty()
    assert "no decomposition" in notes[0]
