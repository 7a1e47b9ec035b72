import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from propagation.exact import exact_spread, small_graph

from influence_graph import build_graph, load_dataset, score
from influence_graph.errors import ConfigError
from influence_graph.propagation._expected_spread import expected_spread
from influence_graph.propagation._viral_centrality import viral_centrality
from influence_graph.propagation.models import IndependentCascade


def plain(graph, p, tol, seeds=None):
    """The iteration of Fink et al. (2023) over dense arrays, one seed after the other."""
    n = graph.n
    chance = np.zeros((n, n))  # [b, a]: a moves b
    rows = np.repeat(np.arange(n), np.diff(graph.adjacency.indptr))
    chance[rows, graph.adjacency.indices] = p
    values = []
    for seed in range(n) if seeds is None else seeds:
        inactive, latest = np.ones(n), np.zeros(n)
        inactive[seed], latest[seed] = 0.0, 1.0
        change = 1.0
        while change > tol:
            turned = (1 - np.prod(1 - chance * latest, axis=1)) * inactive
            left = inactive > 0
            change = (turned[left] / inactive[left]).max(initial=0.0)
            inactive, latest = inactive - turned, turned
        values.append((1 - inactive).sum())
    return np.array(values)


def test_it_is_exact_on_a_tree_that_runs_against_the_edges():
    tree = small_graph([("b", "a"), ("c", "a"), ("d", "b"), ("e", "b")])
    truth = exact_spread(tree, model=IndependentCascade(0.6))
    assert viral_centrality(tree, probability=0.6, tol=1e-12).values == pytest.approx(truth, abs=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda e: e[0] != e[1]),
        min_size=1,
        unique=True,
    ),
    st.sampled_from([1e-1, 1e-3, 1e-9]),
    st.integers(0, 10),
)
def test_it_equals_the_dense_iteration(edges, tol, seed):
    graph = small_graph(edges)
    p = np.random.default_rng(seed).choice([0.0, 0.1, 0.5, 0.8], len(edges))
    assert viral_centrality(graph, probability=p, tol=tol).values == pytest.approx(
        plain(graph, p, tol), abs=1e-12
    )


def test_people_without_followers_are_merged_only_where_nothing_tells_them_apart():
    rng = np.random.default_rng(2)
    # 60 people act on one another, 400 others on one or two of them: many of these alike.
    inner = {(u, v) for u, v in rng.integers(0, 60, (300, 2)).tolist() if u != v}
    outer = {(60 + i, int(v)) for i in range(400) for v in rng.integers(0, 60, 1 + i % 2)}
    graph = small_graph(sorted(inner | outer))
    p = rng.choice([0.2, 0.7, 1.0], graph.adjacency.nnz)
    seeds = range(0, graph.n, 9)
    values = viral_centrality(graph, probability=p, tol=1e-6).values
    assert values[seeds] == pytest.approx(plain(graph, p, 1e-6, seeds), rel=1e-12)
    assert values.max() > 300


def test_runs_that_go_together_end_as_if_each_went_alone():
    # More seeds than one block has; of two parts, one of them sparse, in which runs end early and late.
    rng = np.random.default_rng(6)
    dense = {(u, v) for u, v in rng.integers(0, 400, (1_600, 2)).tolist() if u != v}
    sparse = {(400 + u, 400 + v) for u, v in rng.integers(0, 300, (330, 2)).tolist() if u != v}
    graph = small_graph(sorted(dense | sparse))
    p = rng.choice([0.05, 0.3, 0.9], graph.adjacency.nnz)
    assert (np.bincount(graph.adjacency.indices, minlength=graph.n) > 0).sum() > 512
    seeds = range(0, graph.n, 41)
    values = viral_centrality(graph, probability=p, tol=1e-4).values
    assert values[seeds] == pytest.approx(plain(graph, p, 1e-4, seeds), rel=1e-12)
    assert values.max() > 100 > 3 > values.min()


def test_where_cycles_are_strong_it_is_too_high():
    cycle = small_graph([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("a", "c"), ("c", "a")])
    value = viral_centrality(cycle, probability=0.5, tol=1e-9).values
    assert (value > exact_spread(cycle, model=IndependentCascade(0.5)) + 0.01).all()


def test_congress_has_the_same_leaders_and_spread_as_the_authors_code(data_folder):
    graph = build_graph(load_dataset("congress"))
    result = viral_centrality(graph, probability="weight")
    order = np.argsort(-result.values)
    top = graph.ids.gather(order[:10]).to_list()
    # Party leaders lead; the values are what the authors' own program gives on their published network.
    assert top[:4] == ["SteveScalise", "SpeakerPelosi", "RepBobbyRush", "GOPLeader"]
    assert result.values[order[:4]] - 1 == pytest.approx([1.1459, 1.1125, 1.0073, 0.9799], abs=1e-4)
    names = json.loads((data_folder / "congress" / "congress_network_data.json").read_text())[0][
        "usernameList"
    ]
    assert set(top) <= set(names)
    # The approximation is good on this network, as they report: within sampling error of the cascade.
    spread = expected_spread(graph, probability="weight", precision=0.02, rng=1).values
    assert np.corrcoef(spread, result.values)[0, 1] > 0.99
    assert np.abs(result.values / spread - 1).mean() < 0.02


def test_it_is_a_method_like_any_other():
    graph = small_graph([("b", "a"), ("c", "a")])
    assert score(graph, "viral_centrality", probability=0.5).frame.sort("raw")["id"].to_list()[-1] == "a"
    with pytest.raises(ConfigError, match="tol"):
        viral_centrality(graph, tol=0.0)
