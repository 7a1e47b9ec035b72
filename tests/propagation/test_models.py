import dataclasses

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from propagation.exact import small_graph

from influence_graph import build_graph
from influence_graph.errors import ConfigError, DataError
from influence_graph.propagation.learn import Learned, learn_probabilities
from influence_graph.propagation.models import (
    SIR,
    IndependentCascade,
    LinearThreshold,
    edge_probabilities,
    make_model,
)

# b attends to a and c; d attends to a. Entries of adjacency in order: [b, a], [b, c], [d, a].
GRAPH = small_graph([("b", "a"), ("b", "c"), ("d", "a")], [3.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("weighted_cascade", [0.5, 0.5, 1.0]),
        ("share", [0.75, 0.25, 1.0]),
        (0.1, [0.1, 0.1, 0.1]),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]),
    ],
)
def test_probabilities_belong_to_the_entry_of_the_follower(how, expected):
    how = np.array(how) if isinstance(how, list) else how
    assert edge_probabilities(GRAPH, IndependentCascade(how)).tolist() == pytest.approx(expected)


def test_edge_weights_serve_as_probabilities():
    graph = small_graph([("b", "a"), ("b", "c")], [0.25, 0.5])
    assert edge_probabilities(graph, IndependentCascade("weight")).tolist() == [0.25, 0.5]


def test_trivalency_gives_each_class_to_a_third_of_the_pairs_and_never_changes_its_mind():
    pairs = [(i, j) for i in range(60) for j in range(60) if i != j]
    graph = small_graph(pairs)
    p = edge_probabilities(graph, IndependentCascade("trivalency"))
    values, counts = np.unique(p, return_counts=True)
    assert values.tolist() == [0.001, 0.01, 0.1]
    assert np.abs(counts / len(p) - 1 / 3).max() < 0.03
    assert np.array_equal(p, edge_probabilities(graph, IndependentCascade("trivalency")))


@given(st.lists(st.floats(allow_nan=True), min_size=3, max_size=3))
def test_a_probability_is_in_the_unit_interval_or_an_error_names_the_pair(values):
    p = np.array(values)
    if ((p >= 0) & (p <= 1)).all():
        assert np.array_equal(edge_probabilities(GRAPH, IndependentCascade(p)), p)
    else:
        with pytest.raises(
            DataError, match=r"moves '[bd]' \(edge '[bd]' → '[ac]', entry \d\) is .* in \[0, 1\]"
        ):
            edge_probabilities(GRAPH, IndependentCascade(p))


def test_linear_threshold_weights_above_one_are_an_error_that_names_the_person():
    with pytest.raises(DataError, match=r"weights of 'b' sum to 1.2, but at most 1"):
        edge_probabilities(GRAPH, LinearThreshold(0.6))
    # Independent cascade has no such limit, and below 1 the rest is the chance to never turn.
    edge_probabilities(GRAPH, IndependentCascade(0.6))
    edge_probabilities(GRAPH, LinearThreshold(0.4))


def test_edge_weights_that_are_counts_are_no_probabilities():
    with pytest.raises(DataError, match=r"is 3.0, but it should be in \[0, 1\]"):
        edge_probabilities(GRAPH, IndependentCascade("weight"))


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'weighted_cascade'"):
        edge_probabilities(GRAPH, IndependentCascade("weighted_cascad"))
    with pytest.raises(ConfigError, match="Did you mean 'linear_threshold'"):
        make_model("linear_treshold")
    with pytest.raises(ConfigError, match=r"shape \(2,\), but the graph has 3 edges"):
        edge_probabilities(GRAPH, IndependentCascade(np.zeros(2)))
    with pytest.raises(ConfigError, match="recovery is 0"):
        SIR(0.1, recovery=0.0)


def test_learned_probabilities_of_another_version_are_refused_by_the_name_of_their_rule():
    log = build_graph(
        pl.DataFrame(
            {
                "source": ["a", "b", "b", "a"],
                "target": [None, None, "a", None],
                "kind": ["post", "post", "reply", "post"],
                "item": ["x", "x", "y", "z"],
                "timestamp": [1.6e9, 1.6e9 + 10, 1.6e9 + 20, 1.6e9 + 30],
            }
        ),
        kinds={"reply": 1},
    )
    learned = learn_probabilities(log)
    taken = edge_probabilities(log, IndependentCascade(probability=learned))
    np.testing.assert_array_equal(taken, learned.values)
    older = dataclasses.replace(learned, version=learned.version + 1)
    with pytest.raises(ConfigError, match=r"learned by version 2 of the rule 'em', and this is version 1"):
        edge_probabilities(log, IndependentCascade(probability=older))
    # As stored before rules had a version.
    unnamed = Learned(learned.values, learned.trials, learned.successes, learned.prior, "jaccard")
    with pytest.raises(ConfigError, match=r"a version that is not known of the rule 'jaccard'"):
        edge_probabilities(log, LinearThreshold(probability=unnamed))
