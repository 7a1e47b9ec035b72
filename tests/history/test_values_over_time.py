"""Every method gets the fastest way that its declaration allows, whoever wrote it."""

import numpy as np
import pytest

import influence_graph
from influence_graph import (
    ConfigError,
    Raw,
    build_graph,
    get_method,
    method,
    method_names,
    score,
    score_history,
)
from influence_graph.baselines import in_strength_over_time
from influence_graph.history import values_over_time


@method("third_party_silence", version=1)
def third_party_silence(graph) -> Raw:
    """In-strength over one plus out-strength."""
    return Raw(graph.in_strength / (1 + graph.out_strength))


@method("third_party_strength", version=1, over_time=in_strength_over_time)
def third_party_strength(graph) -> Raw:
    """In-strength."""
    raise AssertionError("the incremental form was declared, and is not used")


@method("third_party_posts", version=1)
def third_party_posts(graph) -> Raw:
    """Posts, an undeclared read."""
    return Raw(graph.nodes["posts"].cast(float).to_numpy())


@pytest.fixture
def built(monkeypatch):
    """Return the list of moments for which a graph was built from the log."""
    moments = []

    def spy(*args, **kwargs):
        moments.append(kwargs["as_of"])
        return build_graph(*args, **kwargs)

    monkeypatch.setattr(values_over_time, "build_graph", spy)
    return moments


def test_no_graph_is_built_for_a_third_partys_method_that_reads_edges_only(log, built):
    history = score_history(log, "third_party_silence", every="2d", half_life="2d")
    assert built == []
    time = history.drift["time"][-1]
    graph = build_graph(log, as_of=time, half_life="2d")
    told = history.frame.filter(time=time)
    truth = score(graph, "third_party_silence").raw[graph.positions(told["id"])]
    np.testing.assert_allclose(told["raw"], truth, rtol=1e-9)


def test_the_incremental_form_of_a_third_partys_method_is_used(log, built):
    mine = score_history(log, "third_party_strength", every="2d")
    theirs = score_history(log, "engagement", every="2d")
    assert built == []
    assert mine.frame.equals(theirs.frame)


def test_a_graph_is_built_for_each_time_if_a_need_is_declared(log, built):
    history = score_history(log, "posts", every="4d")
    assert len(built) >= history.drift.height


def test_an_undeclared_read_says_which_need_to_declare(log):
    with pytest.raises(ConfigError, match=r"third_party_posts reads graph.nodes .* needs={'nodes'}"):
        score_history(log, "third_party_posts", every="4d")


SEEDED = {"trustrank", "truetop", "hitting_time", "katz"}


def edges_only():
    return [
        name
        for name in sorted(set(method_names()) & set(influence_graph.__all__))
        if not get_method(name).needs and get_method(name).over_time is None and name not in SEEDED
    ]


@pytest.mark.parametrize("name", edges_only())
def test_methods_without_needs_read_edges_only(log, built, name):
    """Each is run, so an undeclared read fails here, and agrees with the score of the built graph."""
    history = score_history(log, name, every="30d", rng=1, reference="own")
    assert built == []
    graph = build_graph(log, as_of=history.drift["time"][-1])
    told = history.frame.filter(time=history.drift["time"][-1])
    seed = int(np.random.default_rng(1).integers(2**63))
    truth = score(graph, name, rng=seed).raw[graph.positions(told["id"])]
    np.testing.assert_allclose(told["raw"], truth, rtol=1e-7, atol=1e-12)
