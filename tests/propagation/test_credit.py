from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, load_dataset, read_interactions, score
from influence_graph.errors import DataError
from influence_graph.propagation.action_log import actions_of, exposures, window_microseconds
from influence_graph.propagation.credit import credit_distribution, temporal_reachability

START = datetime(2024, 1, 1)


def graph_of(performances, follows):
    """Follows, and a log of who performed which action when, all actions named by a shared item."""
    rows = [(a, b, "follow", START - timedelta(days=1), None) for a, b in follows]
    rows += [(who, None, "post", START + timedelta(seconds=s), item) for who, s, item in performances]
    schema = {
        "source": pl.String,
        "target": pl.String,
        "kind": pl.String,
        "timestamp": pl.Datetime,
        "item": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return build_graph(read_interactions(frame), kinds={"follow": 1}, other=0)


def plain(graph, window=None):
    """Γ by its recursion, person by person (Goyal et al. 2011)."""
    actions = actions_of(graph, "test")
    seen = exposures(graph, actions, window_microseconds(window))
    performed = np.bincount(actions.person, minlength=graph.n)
    kappa = np.zeros((graph.n, graph.n))
    totals = []
    for a in range(len(actions.first) - 1):
        rows = range(actions.first[a], actions.first[a + 1])
        credit = {}
        for r in rows:
            sources = seen.parent[seen.child == r]
            credit[r] = np.zeros(graph.n)
            for w in sources:
                credit[r] += credit[w] / len(sources)
            credit[r][actions.person[r]] = 1.0
            kappa[:, actions.person[r]] += credit[r] / performed[actions.person[r]]
        first = [actions.person[r] for r in rows if not (seen.child == r).any()]
        totals.append((sum(sum(credit[r][first]) for r in rows), len(rows)))
    return kappa, totals


def test_credit_by_hand():
    # v starts, w follows v, u follows both: u gives half to each, w passes its half on to v.
    graph = graph_of([("v", 0, "x"), ("w", 1, "x"), ("u", 2, "x")], [("w", "v"), ("u", "v"), ("u", "w")])
    result = credit_distribution(graph)
    assert dict(zip(graph.ids, result.values, strict=True)) == pytest.approx({"u": 1.0, "v": 3.0, "w": 1.5})
    assert result.diagnostics == {"actions": 1, "performances": 3, "initiators": 1, "without_action": 0}


def test_it_equals_the_recursion_and_initiators_together_get_the_whole_cascade():
    rng = np.random.default_rng(1)
    follows = sorted({(f"{u}", f"{v}") for u, v in rng.integers(0, 12, (50, 2)) if u != v})
    acts = [
        (f"{p}", int(rng.integers(0, 30)), f"item{i}") for i in range(15) for p in rng.permutation(12)[:7]
    ]
    graph = graph_of(acts, follows)
    for window in (None, "8s"):
        kappa, totals = plain(graph, window)
        assert credit_distribution(graph, window=window).values == pytest.approx(
            np.maximum(kappa.sum(axis=1), 1)
        )
        for total, size in totals:
            assert total == pytest.approx(size)


def test_who_performed_nothing_spreads_to_nobody():
    graph = graph_of([("v", 0, "x"), ("u", 1, "x")], [("u", "v"), ("u", "idle")])
    result = credit_distribution(graph)
    assert result.diagnostics["without_action"] == 1
    assert result.values[graph.positions(["idle"])[0]] == 1.0


def acts(rows):
    return pl.DataFrame(
        [(u, v, "reply", START + timedelta(seconds=s)) for u, v, s in rows],
        schema={"source": pl.String, "target": pl.String, "kind": pl.String, "timestamp": pl.Datetime},
        orient="row",
    )


def test_temporal_reachability_goes_back_along_time_only():
    # b acts on a, then c on b: a is behind both. d acted on c before c acted: nothing behind it.
    graph = build_graph(read_interactions(acts([("b", "a", 10), ("c", "b", 20), ("d", "c", 5)])))
    result = temporal_reachability(graph)
    assert dict(zip(graph.ids, result.values, strict=True)) == {"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0}
    assert result.diagnostics == {"events": 3, "chained": 1, "longest": 2}
    short = temporal_reachability(graph, window="5s")
    assert short.values[graph.positions(["a"])[0]] == 2.0


def test_a_conversation_back_and_forth_counts_each_other_person_once():
    rows = [("a", "b", 2 * i) for i in range(10)] + [("b", "a", 2 * i + 1) for i in range(10)]
    graph = build_graph(read_interactions(acts(rows)))
    assert temporal_reachability(graph).values.tolist() == pytest.approx([2.0, 2.0])


def test_logs_without_items_are_told_what_to_use():
    graph = build_graph(read_interactions(acts([("b", "a", 10)])))
    with pytest.raises(DataError, match="which post each row reacted to"):
        credit_distribution(graph)
    assert score(graph, "temporal_reachability").frame.sort("raw")["id"].to_list() == ["b", "a"]


def test_higgs_has_no_items_and_gets_temporal_reachability(data_folder):
    graph = build_graph(load_dataset("higgs"))
    with pytest.raises(DataError, match="which post"):
        credit_distribution(graph)
    result = temporal_reachability(graph, window="1d")
    assert result.diagnostics["events"] > 500_000
    reactors = graph.nodes["reactors"].to_numpy()
    top = np.argsort(-result.values)[:100]
    assert len(set(top) & set(np.argsort(-reactors)[:100])) > 40
