"""graph.update held against a graph that is built anew from all rows."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph.errors import ConfigError, DataError
from influence_graph.graph import InfluenceGraph
from influence_graph.graph.build import build_graph
from influence_graph.graph.update import together
from influence_graph.interactions.log import STATES
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS = {"retweet": 1, "reply": 0.5, "follow": 0.25, "distrust": 0}


def act(source, target, kind="retweet", day=0.0, **more):
    return {
        "source": source,
        "target": target,
        "kind": kind,
        "timestamp": START + timedelta(days=day),
        "weight": 1.0,
    } | more


def assert_alike(one, other):
    """Equal people, tables and entries; weights to 1e-12."""
    assert one.ids.equals(other.ids)
    assert one.weighting == other.weighting
    assert one.layers.keys() == other.layers.keys()
    for mine, theirs in (
        (one.adjacency, other.adjacency),
        *((one.layers[name], other.layers[name]) for name in one.layers),
    ):
        assert np.array_equal(mine.indptr, theirs.indptr)
        assert np.array_equal(mine.indices, theirs.indices)
        assert mine.indices.dtype == theirs.indices.dtype
        np.testing.assert_allclose(mine.data, theirs.data, rtol=1e-12, atol=0)
    assert one.nodes.schema == other.nodes.schema
    for column in one.nodes.columns:
        if one.nodes[column].dtype == pl.Float64:
            np.testing.assert_allclose(one.nodes[column], other.nodes[column], rtol=1e-12, atol=0)
        else:
            assert one.nodes[column].equals(other.nodes[column]), column


def test_worked_example(log_of):
    # A retweet two half-lives old, then one that is new; the follow does not decay until it ends.
    graph = build_graph(
        log_of(act("c", "a"), act("d", "a", "follow")), kinds=KINDS, half_life="1d", saturation="log"
    )
    grown = graph.update(log_of(act("b", "a", day=2), act("d", "a", "unfollow", day=1)))
    assert grown.ids.to_list() == ["a", "b", "c", "d"]
    expected = {("b", "a"): np.log1p(1.0), ("c", "a"): np.log1p(0.25)}
    assert {(u, v): w for u, v, w in grown.to_edges().iter_rows()} == expected
    assert graph.ids.to_list() == ["a", "c", "d"]
    assert graph.adjacency.nnz == 2


@st.composite
def rows_of_logs(draw, states=True):
    kinds = [*KINDS, "unfollow", "post"]
    kind = draw(st.sampled_from(kinds if states else [kind for kind in kinds if kind not in STATES]))
    source, target = draw(st.permutations("abcdef"))[:2]
    return act(
        source,
        None if kind == "post" else target,
        kind,
        draw(st.integers(0, 30)) / 4,
        weight=draw(st.floats(0.1, 10)),
        network=draw(st.sampled_from(["x", "y"])),
    )


logs = st.lists(rows_of_logs(), min_size=1, max_size=25)
logs_of_events = st.lists(rows_of_logs(states=False), min_size=1, max_size=25)


@settings(max_examples=60)
@given(
    first=logs,
    then=st.lists(logs, min_size=1, max_size=3),
    half_life=st.sampled_from([None, "1d"]),
    saturation=st.sampled_from([None, "log", 1.5]),
)
def test_it_equals_a_rebuild_whatever_the_order_of_times(log_of, first, then, half_life, saturation):
    options = {"kinds": KINDS, "half_life": half_life, "saturation": saturation}
    # Every kind is there from the start, and some edge always holds.
    first = [act("g", "a", kind, 1, network="x") for kind in (*KINDS, "post")][:4] + first
    graph = build_graph(log_of(*first), **options)
    rows = first
    for more in then:
        graph = graph.update(log_of(*more))
        rows = rows + more
    assert_alike(graph, build_graph(log_of(*rows), **options))
    assert graph.log.frame.collect().height == len(rows)


@settings(max_examples=40)
@given(
    first=logs_of_events,
    then=st.lists(logs_of_events, min_size=1, max_size=3),
    half_life=st.sampled_from([None, "1d", "1min"]),
)
def test_events_need_no_layers(log_of, first, then, half_life):
    options = {"kinds": KINDS, "half_life": half_life}
    first = [act("g", "a", "reply", 9, network="x"), *first]
    graph = build_graph(log_of(*first), **options)
    asked = build_graph(log_of(*first), **options)
    assert list(asked.layers.values())
    rows = first
    for more in then:
        graph, asked = graph.update(log_of(*more)), asked.update(log_of(*more))
        rows = rows + more
        assert not graph.layers.made
    # Whether layers were asked for changes no bit.
    assert graph.fingerprint == asked.fingerprint
    assert_alike(graph, build_graph(log_of(*rows), **options))


def test_without_timestamps(log_of):
    def timeless(*rows):
        return log_of(*({k: v for k, v in row.items() if k != "timestamp"} for row in rows))

    first = [act(2, 1), act(3, 1, "follow", weight=2.0)]
    more = [act(2, 1, "reply"), act(3, 1, "follow", weight=4.0), act(9, 0)]
    graph = build_graph(timeless(*first), kinds=KINDS, other=1).update(timeless(*more))
    assert_alike(graph, build_graph(timeless(*first, *more), kinds=KINDS, other=1))


def test_a_loaded_graph_takes_states_that_are_not_late(log_of, tmp_path):
    first = [act("b", "a", "follow", 0), act("c", "a", day=3)]
    build_graph(log_of(*first), kinds=KINDS).save(tmp_path / "graph")
    loaded = InfluenceGraph.load(tmp_path / "graph")
    more = act("b", "a", "unfollow", 3)
    assert_alike(loaded.update(log_of(more)), build_graph(log_of(*first, more), kinds=KINDS))
    with pytest.raises(
        DataError, match=r"1 follows or unfollows are older than .*2024-01-04.*Build the graph anew"
    ):
        loaded.update(log_of(act("b", "a", "unfollow", 1)))


def test_what_can_not_be_added(log_of):
    log = log_of(act("b", "a"))
    with pytest.raises(DataError, match=r"no layers.*layers=True"):
        build_graph(log, layers=False).update(log)
    with pytest.raises(DataError, match="Ids are text in the graph and integers in the new rows"):
        build_graph(log).update(log_of(act(2, 1)))
    with pytest.raises(ConfigError, match="without a weight: 'like'"):
        build_graph(log, kinds={"retweet": 1}).update(log_of(act("b", "a", "like")))
    timeless = log_of({"source": "b", "target": "a"})
    with pytest.raises(DataError, match="new rows have no timestamps"):
        build_graph(log).update(timeless)
    with pytest.raises(DataError, match="and the graph has none"):
        build_graph(timeless).update(log)


def test_rows_may_be_anything_that_is_read(log_of):
    graph = build_graph(log_of(act("b", "a", "interaction")))
    grown = graph.update(pl.DataFrame({"source": ["c"], "target": ["a"], "timestamp": [START]}))
    assert grown.in_strength.tolist() == [2, 0, 0]


def test_higgs_day_by_day(data_folder):
    log = read_interactions(
        data_folder / "higgs" / "higgs-activity_time.txt.gz",
        format="edgelist",
        columns=["source", "target", "timestamp", "kind"],
        kind_names={"RT": "retweet", "MT": "mention", "RE": "reply"},
    )
    options = {"half_life": "1d", "kinds": {"retweet": 1, "mention": 0.5, "reply": 0.25}}
    start, end = log.span
    cuts = [start + timedelta(days=day) for day in range(8)]
    graph = build_graph(log.between(end=cuts[1]), **options)
    for day, after in itertools.pairwise(cuts[1:]):
        graph = graph.update(log.between(day, after))
    assert cuts[-1] > end
    assert_alike(graph, build_graph(log, **options))


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("new", [[], [0], [3], [9], [2, 3, 4], [3, 5, 7], [0, 1, 9]])
def test_the_ids_of_both_are_sorted_and_each_is_at_its_place(new, text):
    known, more = (pl.Series("id", people, dtype=pl.Int64) for people in ([3, 5, 7], new))
    if text:
        known, more = known.cast(pl.String), more.cast(pl.String)
    ids, places, new_places = together(known, more)
    assert ids.to_list() == sorted({*known, *more})
    assert ids.gather(places).equals(known)
    assert ids.gather(new_places).equals(more)
