"""The cell that scores everybody: its tables, and the scores read back from them."""

import numpy as np

from influence_graph import build_graph, compare, load_dataset, score
from influence_graph.experiment.scoring_cells import scores_of


def test_the_tables_are_those_of_the_functions(unbroken):
    graph = build_graph(load_dataset("synthetic", people=120, days=10, mean_degree=5))
    scores = {"engagement": score(graph, "engagement"), "pagerank(damping=0.5)": score(graph, damping=0.5)}
    expected = compare(scores, k=10, resamples=0).table["value"]
    table = unbroken.tables["agreement"]
    found = table.filter(a="engagement", b="pagerank(damping=0.5)")
    assert found["value"].to_list() == expected.to_list()
    assert found["people"].unique().to_list() == [120]
    assert ((found["low"] <= found["high"]) & found["low"].is_finite()).all()
    people = unbroken.tables["scores"].filter(method="pagerank(damping=0.5)")
    assert people["raw"].to_list() == scores["pagerank(damping=0.5)"].raw.tolist()
    assert table.height == 6 * 4
    assert unbroken.tables["methods"]["name"].to_list() == ["engagement", "random", "pagerank", "pagerank"]


def test_scores_are_read_back_as_they_were(unbroken):
    graph = build_graph(load_dataset("synthetic", people=120, days=10, mean_degree=5))
    expected = score(graph, "pagerank", damping=0.5)
    mine = {
        name: unbroken.tables[name].filter(method="pagerank(damping=0.5)") for name in ("scores", "methods")
    }
    found = scores_of(mine)
    assert np.array_equal(found.raw, expected.raw)
    assert np.array_equal(found.score, expected.score)
    assert np.array_equal(found.rank, expected.rank)
    assert dict(found.parameters) == dict(expected.parameters)
    assert found.method == "pagerank"


def test_how_much_was_scored_is_in_the_table(unbroken):
    log = load_dataset("synthetic", people=120, days=10, mean_degree=5)
    graph = build_graph(log)
    row = unbroken.tables["methods"].row(0, named=True)
    assert (row["rows"], row["people"], row["edges"]) == (log.report.kept, graph.n, graph.adjacency.nnz)
    assert (row["data"], row["method"], row["scale"]) == ("synthetic", "engagement", "log")
