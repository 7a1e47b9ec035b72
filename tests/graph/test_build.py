"""What build_graph makes of a log, held against a hand example and a plain dictionary."""

import itertools
import math
import os
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.build import build_graph
from influence_graph.interactions.log import is_event
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def act(source, target, kind="retweet", **more):
    return {"source": source, "target": target, "kind": kind, "weight": 1.0} | more


def edges(graph):
    return {(u, v): weight for u, v, weight in graph.to_edges().iter_rows()}


def higgs(data_folder):
    return read_interactions(
        data_folder / "higgs" / "higgs-activity_time.txt.gz",
        format="edgelist",
        columns=["source", "target", "timestamp", "kind"],
        kind_names={"RT": "retweet", "MT": "mention", "RE": "reply"},
    )


# -- a worked example ---------------------------------------------------------------------------


def test_worked_example(log_of):
    log = log_of(
        act("b", "a", timestamp=day(0)),
        act("c", "a", timestamp=day(2)),
        act("c", "a", timestamp=day(4), weight=3.0),
        act("a", "c", "reply", timestamp=day(2)),
        act("d", None, "post", timestamp=day(1), weight=2.0),
        act("d", "a", "follow", timestamp=day(0)),
    )
    graph = build_graph(log, kinds={"retweet": 1, "reply": 0.5, "follow": 0.25}, half_life="2d")
    assert graph.ids.to_list() == ["a", "b", "c", "d"]
    # b: two half-lives ago. c: one half-life ago, and 3 now. a: one half-life ago, weighing 0.5. d: no decay.
    assert edges(graph) == {("a", "c"): 0.25, ("b", "a"): 0.25, ("c", "a"): 3.5, ("d", "a"): 0.25}
    assert graph.weighting.as_of == day(4)
    nodes = graph.nodes
    assert nodes["id"].to_list() == ["a", "b", "c", "d"]
    assert nodes["posts"].to_list() == [0, 0, 0, 2]
    assert nodes["received_retweet"].to_list() == [5, 0, 0, 0]
    assert nodes["given_retweet"].to_list() == [0, 1, 4, 0]
    assert nodes["received_reply"].to_list() == [0, 0, 1, 0]
    assert nodes["received_follow"].to_list() == [1, 0, 0, 0]
    assert nodes["reactors"].to_list() == [3, 0, 1, 0]
    assert nodes["first_seen"].to_list() == [day(0), day(0), day(2), day(0)]
    assert nodes["last_seen"].to_list() == [day(4), day(0), day(4), day(1)]
    # A follow is no event, so a's last reaction is c's retweet.
    assert nodes["last_reaction"].to_list() == [day(4), None, day(2), None]


def test_edges_point_from_who_acts_to_whom_they_act_on(log_of):
    graph = build_graph(log_of(act("b", "a"), act("c", "a")))
    assert graph.adjacency.toarray().tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert graph.in_strength.tolist() == [2, 0, 0]
    assert graph.in_edges.toarray().tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 0]]


# -- against a plain dictionary -----------------------------------------------------------------

PEOPLE = ["a", "b", "c", "d", "é"]
KINDS = ["retweet", "reply", "distrust", "follow", "unfollow", "post"]


@st.composite
def rows_of_logs(draw):
    kind = draw(st.sampled_from(KINDS))
    source, target = draw(st.permutations(PEOPLE))[:2]
    return {
        "source": source,
        "target": None if kind == "post" else target,
        "kind": kind,
        "network": draw(st.sampled_from(["x", "y"])),
        "timestamp": day(draw(st.integers(0, 20)) / 4),
        "weight": draw(st.floats(0.1, 10)),
    }


logs = st.lists(rows_of_logs(), min_size=1, max_size=40)


def by_dictionary(rows, kinds, half_life, as_of):
    """The definition, row by row: layers, edges, and the table of people."""
    kept = [row for row in rows if row["timestamp"] <= as_of]
    layers = defaultdict(lambda: defaultdict(float))
    nodes = defaultdict(lambda: defaultdict(float))
    state = {}
    for row in sorted(kept, key=lambda row: row["timestamp"]):
        pair, age = (row["source"], row["target"]), as_of - row["timestamp"]
        if row["kind"] == "post":
            nodes[row["source"]]["posts"] += row["weight"]
        elif row["kind"] in ("follow", "unfollow"):
            state[pair, row["network"]] = row
        else:
            decay = 1.0 if half_life is None else 2.0 ** -(age / half_life)
            layers[row["kind"], row["network"]][pair] += row["weight"] * decay
            nodes[row["source"]][f"given_{row['kind']}"] += row["weight"]
            nodes[row["target"]][f"received_{row['kind']}"] += row["weight"]
            if is_event(row["kind"]):
                nodes[row["target"]]["last_reaction"] = row["timestamp"]
        for person in filter(None, (row["source"], row["target"])):
            nodes[person].setdefault("first_seen", row["timestamp"])
            nodes[person]["last_seen"] = row["timestamp"]
    for (pair, network), row in state.items():
        if row["kind"] == "follow":
            layers["follow", network][pair] = row["weight"]
            nodes[pair[0]]["given_follow"] += row["weight"]
            nodes[pair[1]]["received_follow"] += row["weight"]
    total = defaultdict(float)
    for (kind, _), layer in layers.items():
        for pair, weight in layer.items():
            if kinds[kind]:
                total[pair] += kinds[kind] * weight
    return layers, total, nodes


@given(
    rows=logs,
    half_life=st.sampled_from([None, timedelta(days=1), timedelta(hours=7)]),
    as_of=st.sampled_from([None, 2.5, 9]),
    follow=st.sampled_from([0, 0.5]),
    saturation=st.sampled_from([None, "log", 1.5]),
)
def test_it_equals_the_definition(log_of, rows, half_life, as_of, follow, saturation):
    kinds = {"retweet": 1, "reply": 0.25, "distrust": 0, "follow": follow}
    moment = max(row["timestamp"] for row in rows) if as_of is None else day(as_of)
    layers, total, nodes = by_dictionary(rows, kinds, half_life, moment)
    options = {
        "kinds": kinds,
        "half_life": half_life,
        "as_of": None if as_of is None else moment,
        "saturation": saturation,
    }
    if not total:
        with pytest.raises(DataError, match=r"no edge|No row is left"):
            build_graph(log_of(*rows), **options)
        return
    graph = build_graph(log_of(*rows), **options)

    cap = {None: lambda w: w, "log": math.log1p, 1.5: lambda w: min(w, 1.5)}[saturation]
    assert edges(graph) == pytest.approx({pair: cap(weight) for pair, weight in total.items()}, rel=1e-12)
    assert graph.ids.to_list() == sorted(nodes)
    assert {name for name, layer in graph.layers.items() if layer.nnz} == set(layers)
    for name, layer in layers.items():
        dense = graph.layers[name].toarray()
        for (i, u), (j, v) in itertools.product(enumerate(graph.ids), repeat=2):
            assert dense[i, j] == pytest.approx(layer.get((u, v), 0.0), rel=1e-12)
    for row in graph.nodes.iter_rows(named=True):
        person = row.pop("id")
        known = nodes[person]
        assert row.pop("reactors") == sum(1 for _, v in total if v == person)
        for moment_name in ("first_seen", "last_seen", "last_reaction"):
            assert row.pop(moment_name) == known.get(moment_name)
        assert row == pytest.approx({name: known.get(name, 0.0) for name in row}, rel=1e-12)
    later = sum(row["timestamp"] > moment for row in rows)
    assert graph.report.get("later than as_of", 0) == later
    assert graph.log.frame.collect().height == len(rows) - later


@given(rows=logs, seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(log_of, rows, seed):
    # Times apart, so that pair and time say in which order to add, and which state is the last.
    rows = [row | {"timestamp": day(place)} for place, row in enumerate(rows)]
    if not any(is_event(row["kind"]) for row in rows):
        rows.append(act("a", "b", network="x", timestamp=day(99)))
    shuffled = seed.sample(rows, len(rows))
    one, other = (build_graph(log_of(*order), half_life="3d") for order in (rows, shuffled))
    assert one.fingerprint == other.fingerprint
    assert {name: layer.data.tobytes() for name, layer in one.layers.items()} == {
        name: layer.data.tobytes() for name, layer in other.layers.items()
    }
    assert one.nodes.equals(other.nodes)


@given(rows=logs)
def test_without_layers_the_edges_have_the_same_bits(log_of, rows):
    rows = [*rows, act("a", "b", network="x", timestamp=day(1))]
    whole, bare = (build_graph(log_of(*rows), half_life="1d", layers=layers) for layers in (True, False))
    assert bare.layers == {}
    assert (bare.adjacency != whole.adjacency).nnz == 0
    assert bare.nodes.equals(whole.nodes)


@given(rows=logs)
def test_the_matrices_are_canonical_and_small(log_of, rows):
    graph = build_graph(log_of(*rows, act("a", "b", timestamp=day(1), network="y")))
    for matrix in (graph.adjacency, *graph.layers.values()):
        # A new array finds out for itself what the builder only says of its own.
        fresh = csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
        assert fresh.has_canonical_format
        assert (matrix.data > 0).all()
        assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
        assert matrix.data.dtype == np.float64


# -- follows, posts, self-interactions ----------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "weight"),
    [
        ([("follow", 0)], 1.0),
        ([("follow", 0), ("unfollow", 1)], None),
        ([("unfollow", 1), ("follow", 0)], None),
        ([("follow", 0), ("unfollow", 1), ("follow", 2)], 3.0),
        ([("follow", 1), ("unfollow", 1)], None),
        ([("unfollow", 1), ("follow", 1)], 2.0),
        ([("follow", 0), ("follow", 3)], 2.0),
        ([("follow", 0), ("unfollow", 8)], 1.0),
    ],
)
def test_a_follow_holds_until_unfollowed(log_of, states, weight):
    rows = [
        act("b", "a", kind, timestamp=day(number), weight=place + 1.0)
        for place, (kind, number) in enumerate(states)
    ]
    rows.append(act("c", "a", timestamp=day(5)))
    graph = build_graph(log_of(*rows), kinds={"follow": 1, "retweet": 1}, half_life="1h", as_of=day(5))
    assert edges(graph).get(("b", "a")) == weight


def test_an_unfollow_on_one_network_leaves_the_other(log_of):
    log = log_of(
        act("b", "a", "follow", network="x", timestamp=day(0)),
        act("b", "a", "follow", network="y", timestamp=day(0)),
        act("b", "a", "unfollow", network="x", timestamp=day(1)),
    )
    graph = build_graph(log, kinds={"follow": 1})
    assert edges(graph) == {("b", "a"): 1.0}
    assert graph.layers["follow", "x"].nnz == 0
    assert graph.layers["follow", "y"].nnz == 1


def test_without_timestamps_a_follow_holds(log_of):
    graph = build_graph(log_of(act("b", "a", "follow")), kinds={"follow": 1})
    assert edges(graph) == {("b", "a"): 1.0}
    assert graph.weighting.as_of is None
    assert "last_seen" not in graph.nodes.columns


def test_integer_ids(log_of):
    graph = build_graph(log_of(act(20, 3), act(-1, 3)))
    assert graph.ids.dtype == pl.Int64
    assert edges(graph) == {(-1, 3): 1.0, (20, 3): 1.0}
    assert graph.positions([3, 20]).tolist() == [1, 2]


# -- weights by kind ----------------------------------------------------------------------------


def test_by_default_events_count_and_the_graph_says_so(log_of):
    log = log_of(act("b", "a"), act("c", "a", "follow"), act("d", "a", "distrust"), act("a", None, "post"))
    graph = build_graph(log)
    assert edges(graph) == {("b", "a"): 1.0}
    assert graph.notes == (
        "not named in kinds, so weighed by default: 'retweet': 1; 'distrust', 'follow', 'post': 0",
    )


def test_other_weighs_the_events_that_are_not_named(log_of):
    log = log_of(act("b", "a"), act("c", "a", "like"), act("d", "a", "follow"))
    graph = build_graph(log, kinds={"retweet": 2}, other=0.5)
    assert edges(graph) == {("b", "a"): 2.0, ("c", "a"): 0.5}
    assert "'like': 0.5; 'follow': 0" in graph.notes[0]


def test_kinds_that_the_log_lacks_are_noted(log_of):
    graph = build_graph(log_of(act("b", "a")), kinds={"retweet": 1, "reply": 0.5, "retweets": 2})
    assert graph.notes == (
        "kinds names 'reply', which the log does not have.",
        "kinds names 'retweets', which the log does not have. Did you mean 'retweet'?",
    )
    assert graph.weighting.kinds == {"reply": 0.5, "retweet": 1.0, "retweets": 2.0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": {"retwet": 1}}, "without a weight: 'like', 'retweet'.*Did you mean 'retweet'"),
        ({"kinds": {"retweet": 1}}, "without a weight: 'like'"),
        ({"kinds": {"retweet": -1, "like": 1}}, r"kinds\['retweet'\] is -1, .* 0 or more"),
        ({"kinds": {"retweet": float("nan"), "like": 1}}, "finite"),
        ({"kinds": {"retweet": "1", "like": 1}}, r"kinds\['retweet'\] is '1'"),
        ({"kinds": {"retweet": True, "like": 1}}, "finite number"),
        ({"kinds": ["retweet"]}, "mapping"),
        ({"kinds": {"retweet": 1, "like": 1, "post": 1}}, "acts on nobody"),
        ({"kinds": {"retweet": 1, "like": 1, "unfollow": 1}}, "ends a follow"),
        ({"kinds": {"retweet": 1}, "other": -0.5}, "other is -0.5"),
        ({"half_life": "30 parsecs"}, "'30 parsecs'.*'30d'"),
        ({"half_life": "0d"}, "above 0"),
        ({"half_life": 30}, "a number and a unit"),
        ({"half_life": True}, "half_life is True"),
        ({"as_of": "yesterday"}, "as_of is 'yesterday'.*ISO 8601"),
        ({"as_of": 3}, "as_of is 3"),
        ({"saturation": 0}, "saturation is 0"),
        ({"saturation": "sqrt"}, "saturation is 'sqrt'"),
        ({"saturation": float("nan")}, "saturation is nan"),
    ],
)
def test_parameters_out_of_range(log_of, options, message):
    log = log_of(act("b", "a", timestamp=day(0)), act("c", "a", "like", timestamp=day(1)))
    with pytest.raises(ConfigError, match=message):
        build_graph(log, **options)


def test_one_row():
    graph = build_graph(pl.DataFrame({"source": ["b"], "target": ["a"]}), layers=False)
    assert graph.to_edges().rows() == [("b", "a", 1.0)]
    with pytest.raises(DataError, match="nobody in it acts on anybody else"):
        build_graph(
            pl.DataFrame(
                {"source": ["b"], "target": [None], "kind": ["post"]}, schema_overrides={"target": pl.String}
            )
        )


# -- logs that make no graph --------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"half_life": "1d"}, {"as_of": "2024-01-01"}])
def test_time_needs_timestamps(log_of, options):
    with pytest.raises(DataError, match=f"{next(iter(options))} was given, but the log has no timestamps"):
        build_graph(log_of(act("b", "a")), **options)


def test_only_follows_says_what_to_give(log_of):
    with pytest.raises(DataError, match=r"'follow' weighs 0.*kinds=\{'follow': 1\}"):
        build_graph(log_of(act("b", "a", "follow")))


def test_only_posts(log_of):
    with pytest.raises(DataError, match="nobody in it acts on anybody else"):
        build_graph(log_of(act("b", None, "post")))


def test_every_follow_ended(log_of):
    log = log_of(act("b", "a", "follow", timestamp=day(0)), act("b", "a", "unfollow", timestamp=day(1)))
    with pytest.raises(DataError, match="ended by an unfollow"):
        build_graph(log, kinds={"follow": 1})


def test_weights_that_underflow_make_no_edge_and_are_counted(log_of):
    log = log_of(act("b", "a", timestamp=day(0)), act("c", "a", timestamp=day(9)))
    graph = build_graph(log, half_life="1s")
    assert edges(graph) == {("c", "a"): 1.0}
    assert graph.report == {"pairs whose weight underflowed": 1}
    assert graph.layers["retweet", "default"].nnz == 1
    with pytest.raises(DataError, match="underflows"):
        build_graph(log, half_life="1s", as_of=day(99))


def test_weights_that_overflow(log_of):
    with pytest.raises(DataError, match="too large for a 64-bit float"):
        build_graph(log_of(act("b", "a", weight=1e308), act("b", "a", weight=1e308)))


# -- the same bits, real data -------------------------------------------------------------------

PRINTS_THE_GRAPH = """
import hashlib
import numpy as np, polars as pl
from influence_graph.graph.build import build_graph
rng = np.random.default_rng(7)
m = 60_000
source, target = rng.integers(0, 300, m), rng.integers(300, 320, m)
rows = pl.DataFrame({
    "source": source, "target": target, "kind": rng.choice(["like", "reply", "post"], m),
    "network": rng.choice(["x", "y"], m), "weight": rng.lognormal(size=m),
    "timestamp": rng.integers(1.7e9, 1.8e9, m),
}).with_columns(target=pl.when(pl.col("kind") != "post").then("target"))
graph = build_graph(rows, kinds={"like": 0.3, "reply": 0.7}, half_life="30d", saturation="log")
digest = hashlib.sha256(graph.fingerprint.encode())
for name, layer in sorted(graph.layers.items()):
    digest.update(repr(name).encode() + layer.data.tobytes() + layer.indices.tobytes())
print(digest.hexdigest())
"""


def test_the_bits_do_not_depend_on_threads():
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PRINTS_THE_GRAPH],
            env=os.environ | {"POLARS_MAX_THREADS": threads, "NUMBA_NUM_THREADS": threads},
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    prints = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert len(prints[0].strip()) == 64
    assert prints[0] == prints[1]


@pytest.fixture(scope="module")
def higgs_log(data_folder):
    return higgs(data_folder)


def test_higgs_equals_its_aggregated_networks(data_folder, higgs_log):
    graph = build_graph(higgs_log)
    for kind in ("retweet", "mention", "reply"):
        # The published networks keep self-loops; a graph of influence leaves them out.
        published = read_interactions(
            data_folder / "higgs" / f"higgs-{kind}_network.edgelist.gz",
            columns=["source", "target", "weight"],
        )
        expected = build_graph(published).to_edges()
        assert graph.reweight(kinds={kind: 1}, other=0).to_edges().equals(expected)


def test_higgs_builds_quickly(higgs_log):
    build_graph(higgs_log, half_life="1d")
    times = []
    for _ in range(3):
        start = time.perf_counter()
        build_graph(higgs_log, half_life="1d")
        times.append(time.perf_counter() - start)
    assert min(times) < 1.5
