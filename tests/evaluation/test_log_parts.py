"""Methods on parts of a log, against graphs that are built from the rows of the part."""

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions, score
from influence_graph.evaluation.log_parts import LogParts

METHODS = ("pagerank", "reactors", "engagement", "activity")


@pytest.fixture(scope="module")
def log():
    rng = np.random.default_rng(0)
    rows = pl.DataFrame(
        {
            "source": rng.integers(0, 60, 500),
            "target": (60 * rng.random(500) ** 2).astype(int),
            "kind": "reply",
            "timestamp": 1.5e9 + 86_400.0 * rng.integers(0, 9, 500),
        }
    ).filter(pl.col("source") != pl.col("target"))
    return read_interactions(rows)


def test_parts_have_the_values_of_a_graph_of_their_rows(log):
    graph = build_graph(log)
    parts = LogParts(graph, [score(graph, name) for name in METHODS])
    rng = np.random.default_rng(1)
    kept = rng.random(graph.n) < 0.7
    for part in parts.deal(2, rng):
        found = parts.values(part, kept=kept, seed=np.random.SeedSequence(1))
        ids = graph.ids.to_numpy()
        inside = part.chosen[parts.episodes.rows] & kept[np.searchsorted(ids, log.frame.collect()["source"])]
        rows = log.frame.collect().filter(pl.Series(inside))
        # Everybody is in the log by a post, which makes no edge; it counts as activity.
        posts = pl.DataFrame({"source": ids, "kind": "post", "timestamp": log.span[1]})
        posts = posts.with_columns(pl.col("timestamp").cast(rows.schema["timestamp"]))
        all_rows = pl.concat([rows.select(*posts.columns, "target"), posts], how="diagonal")
        expected = build_graph(read_interactions(all_rows), kinds={"reply": 1})
        for number, name in enumerate(METHODS):
            other = score(expected, name)
            np.testing.assert_allclose(found.raw[number], other.raw - (name == "activity"), atol=1e-9)
            if name != "activity":
                np.testing.assert_allclose(found.natural[number], other.natural, atol=1e-6)
        assert found.reacted.tolist() == (expected.in_strength > 0).tolist()
        assert parts.reacted(part, kept=kept).tolist() == found.reacted.tolist()


def test_a_deal_puts_each_episode_in_one_part(log):
    graph = build_graph(log)
    parts = LogParts(graph, [score(graph, "reactors")])
    dealt = parts.deal(3, np.random.default_rng(2))
    assert (sum(part.chosen.astype(int) for part in dealt) == 1).all()
    np.testing.assert_allclose(sum(part.weight for part in dealt), graph.adjacency.data)


def test_a_method_that_fails_on_a_part_is_noted_and_has_no_values(log):
    graph = build_graph(log)
    parts = LogParts(graph, [score(graph, "reactors"), score(graph, "pagerank")])
    parts._methods[1][1]["max_iterations"] = 1
    found = parts.values(parts.deal(2, np.random.default_rng(1))[0], seed=np.random.SeedSequence(1))
    assert np.isfinite(found.raw[0]).all()
    assert np.isnan(found.raw[1]).all()
    assert [number for number, _ in parts.failures] == [1]
    assert "max_iterations" in parts.failures[0][1]


def test_a_rule_that_learns_from_the_log_learns_from_that_of_the_part(log):
    graph, how = build_graph(log), {"probability": "temporal_reachability"}
    parts = LogParts(graph, [score(graph, "viral_centrality", **how), score(graph, "viral_centrality")])
    for part in parts.deal(2, np.random.default_rng(3)):
        found = parts.values(part, seed=np.random.SeedSequence(1))
        rows = log.frame.collect().filter(pl.Series(part.chosen[parts.episodes.rows]))
        expected = build_graph(read_interactions(rows))
        there = graph.positions(expected.ids)
        for number, parameters in enumerate((how, {})):
            other = score(expected, "viral_centrality", **parameters)
            np.testing.assert_allclose(found.raw[number][there], other.raw, atol=1e-9)
    assert parts.failures == []
