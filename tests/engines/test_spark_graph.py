"""The graph of a log on Spark equals the one of this process."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions
from influence_graph.engines import spark_graph
from influence_graph.engines.spark_pagerank import walk
from influence_graph.errors import ConfigError, DataError
from influence_graph.methods import get_method


def check_equal(here: Any, there: Any) -> None:
    """Counts are equal, sums but for their order."""
    brought = there.to_local()
    assert there.n == here.n
    assert there.n_edges == here.adjacency.nnz
    assert brought.ids.equals(here.ids)
    assert dict(there.report) == dict(here.report)
    assert there.notes == here.notes
    assert there.weighting == here.weighting
    assert list(brought.layers) == sorted(here.layers)
    for name, layer in [*here.layers.items(), (None, here.adjacency)]:
        other = brought.adjacency if name is None else brought.layers[name]
        assert np.array_equal(other.indptr, layer.indptr)
        assert np.array_equal(other.indices, layer.indices)
        np.testing.assert_allclose(other.data, layer.data, rtol=1e-12)
        if name is not None:
            assert there.layers[name].edges == layer.nnz
    assert brought.nodes.columns == here.nodes.columns
    for column in here.nodes.columns:
        mine, theirs = here.nodes[column], brought.nodes[column]
        if mine.dtype == pl.Float64:
            np.testing.assert_allclose(theirs.to_numpy(), mine.to_numpy(), rtol=1e-12, err_msg=column)
        else:
            assert theirs.to_list() == mine.to_list(), column


def test_a_graph_with_decay_and_saturation_equals_the_one_of_this_process(graphs: tuple[Any, Any]) -> None:
    here, there = graphs
    assert {kind for kind, _ in here.layers} == {"follow", "like", "mention", "quote", "reply", "retweet"}
    check_equal(here, there)
    # What they came from is planned once: a query begins with what is kept, of edges with those above 0.
    for frame, steps in ((there.log.frame, 0), (there.layer_edges, 0), (there.edges, 2), (there.nodes, 0)):
        plan = frame._jdf.queryExecution().analyzed()
        for _ in range(steps):
            plan = plan.children().head()
        assert plan.nodeName().startswith("InMemoryRelation")


def test_a_graph_at_an_earlier_time_equals_the_one_of_this_process(logs: tuple[Any, Any]) -> None:
    how: dict[str, Any] = {"as_of": "2023-11-24", "saturation": 2.0, "kinds": {"like": 0.0}, "other": 1.5}
    here, there = (build_graph(log, **how) for log in logs)
    assert here.report["later than as_of"] > 100
    check_equal(here, there)


def test_states_of_one_moment_follow_the_order_of_rows(to_spark: Any) -> None:
    rows = pl.DataFrame(
        {
            "source": [1, 1, 2, 2, 3],
            "target": [9, 9, 9, 9, 9],
            "kind": ["follow", "unfollow", "unfollow", "follow", "like"],
            "timestamp": ["2024-01-01"] * 5,
        }
    )
    here = build_graph(read_interactions(rows), kinds={"follow": 1, "like": 1})
    log = read_interactions(to_spark(rows), engine="spark")
    there = build_graph(log, kinds={"follow": 1, "like": 1})
    check_equal(here, there)
    assert here.adjacency.nnz == 2
    with pytest.raises(DataError, match="weighs 0") as found:
        build_graph(log, kinds={"follow": 0, "like": 0})
    with pytest.raises(DataError) as expected:
        build_graph(read_interactions(rows), kinds={"follow": 0, "like": 0})
    assert str(found.value) == str(expected.value)


def test_what_can_not_be_built_is_refused_before_anything_runs(logs: tuple[Any, Any]) -> None:
    with pytest.raises(ConfigError, match="half_life"):
        build_graph(logs[1], half_life=30)
    with pytest.raises(ConfigError, match="without a weight: 'follow'"):
        build_graph(logs[1], kinds={"retweet": 1, "reply": 1, "like": 1, "mention": 1, "quote": 1})
    with pytest.raises(DataError, match="No row is left"):
        build_graph(logs[1], as_of="1999-01-01")


def test_a_hub_has_its_edges_in_all_places(to_spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One source with a tenth of all edges: they are not with the others', and the shares are the same."""
    others = [(source, (source * 7 + step) % 90) for source in range(1, 90) for step in (1, 2, 3)]
    edges = pl.DataFrame([*others, *((0, v) for v in range(1, 31))], ["source", "target"], orient="row")
    edges = edges.filter(pl.col("source") != pl.col("target"))
    here = build_graph(read_interactions(edges))
    parameters = get_method("pagerank").resolve({"damping": 0.3, "tol": 1e-2})
    monkeypatch.setattr(spark_graph, "HUB_EDGES", 20)
    there = build_graph(
        read_interactions(to_spark(edges.sample(fraction=1, shuffle=True, seed=1)), engine="spark")
    )
    monkeypatch.setattr(spark_graph, "partitions", lambda session: 12)
    shares = there.shares
    assert shares.hubs is not None
    assert shares.hubs.select("source").distinct().collect() == [(0,)]
    assert shares.hubs.count() == 30
    assert shares.light.count() == here.adjacency.nnz - 30
    found = walk(there, parameters).state.toArrow().to_pydict()
    x = np.array(found["x"])[np.argsort(found["id"])]
    raw = get_method("pagerank").function(here, **parameters)
    assert np.abs(x - raw.values).sum() <= 2 * 1e-2 / 0.7


def test_an_iteration_moves_no_edges(spark: Any, logs: tuple[Any, Any]) -> None:
    """Its plan shuffles the parts of targets once: edges and states are where they are needed.

    Also with plans that adapt while they run, which a session has unless told otherwise.
    """
    from pyspark.sql import functions as F

    from influence_graph.engines.spark_pagerank import flows
    from influence_graph.engines.spark_session import kept

    spark.conf.set("spark.sql.adaptive.enabled", "true")
    try:
        graph = build_graph(logs[1], other=1.0)
        people = graph.nodes.select("id").withColumn("x", F.lit(1.0)).repartition(2, "id")
        state = kept(people.sortWithinPartitions("id"))
        moved = state.hint("merge").join(flows(state, graph.shares), "id", "left")
        assert spark.conf.get("spark.sql.adaptive.enabled") == "true"
        plan = moved._jdf.queryExecution().executedPlan().toString()
    finally:
        spark.conf.set("spark.sql.adaptive.enabled", "false")
    assert plan.count("Exchange ") == 1, plan
