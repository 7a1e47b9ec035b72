"""Weighing the layers of a graph anew, held against building it anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.build import build_graph


def log_rows():
    people = st.sampled_from("abcd")
    row = st.fixed_dictionaries(
        {
            "source": people,
            "target": people,
            "kind": st.sampled_from(["like", "reply", "follow"]),
            "network": st.sampled_from("xy"),
            "timestamp": st.integers(1_700_000_000, 1_700_100_000),
            "weight": st.floats(0.01, 100),
        }
    )
    sure = {"source": "a", "target": "b", "network": "x", "timestamp": 1_700_000_000, "weight": 1.0}
    every = [sure | {"kind": kind} for kind in ("like", "reply", "follow")]
    return st.lists(row.filter(lambda row: row["source"] != row["target"]), max_size=30).map(
        lambda r: r + every
    )


weights = st.fixed_dictionaries(
    {
        "like": st.just(1) | st.floats(0.01, 5),
        "reply": st.sampled_from([0, 0.5]),
        "follow": st.sampled_from([0, 2]),
    }
)


@given(rows=log_rows(), kinds=st.none() | weights, saturation=st.sampled_from([None, "log", 2.0]))
def test_it_equals_a_graph_built_with_these_weights(log_of, rows, kinds, saturation):
    log = log_of(*rows)
    built = build_graph(log, kinds=kinds, saturation=saturation, half_life="6h")
    again = build_graph(log, kinds={"like": 3, "reply": 3, "follow": 3}, half_life="6h", saturation=0.5)
    again = again.reweight(kinds=kinds, saturation=saturation)
    assert again.fingerprint == built.fingerprint
    assert again.nodes.equals(built.nodes)
    assert again.weighting == built.weighting
    assert again.notes == built.notes
    assert again.log is log


def two_kinds(log_of, **options):
    return build_graph(
        log_of(
            {"source": "b", "target": "a", "kind": "like"},
            {"source": "c", "target": "a", "kind": "reply"},
            {"source": "c", "target": None, "kind": "post"},
        ),
        **options,
    )


def test_the_graph_it_came_from_stays(log_of):
    graph = two_kinds(log_of)
    before = graph.adjacency.toarray().tolist()
    graph.reweight(kinds={"like": 5, "reply": 0}, saturation="log")
    assert graph.adjacency.toarray().tolist() == before


def test_one_layer_alone_survives_saturation(log_of):
    graph = two_kinds(log_of, kinds={"like": 1, "reply": 0}, saturation=0.5)
    assert graph.adjacency.data.tolist() == [0.5]
    assert graph.layers["like", "default"].data.tolist() == [1.0]


def test_what_it_refuses(log_of):
    graph = two_kinds(log_of)
    with pytest.raises(ConfigError, match="without a weight: 'reply'"):
        graph.reweight(kinds={"like": 1})
    with pytest.raises(DataError, match=r"'like' weighs 0, 'reply' weighs 0. To count them"):
        graph.reweight(kinds={"like": 0}, other=0)
    with pytest.raises(DataError, match="layers=False"):
        two_kinds(log_of, layers=False).reweight(kinds={"like": 1, "reply": 1})


def test_a_kind_weight_so_small_that_a_pair_underflows(log_of):
    graph = two_kinds(log_of).reweight(kinds={"like": 5e-324, "reply": 1})
    assert graph.adjacency.nnz == 2
    with pytest.raises(DataError, match="underflows"):
        build_graph(
            log_of({"source": "b", "target": "a", "kind": "like", "weight": 1e-300}), kinds={"like": 1e-300}
        )
