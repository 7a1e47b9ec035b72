"""What holds for every method: units that strangers do not move, ties, relabelling, order of rows, extremes.

One table gives every method its parameters. A method that is not in it fails here.
"""

import functools
import inspect
import re
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points

import numba
import numpy as np
import polars as pl
import pytest
from scipy.sparse import coo_array, csr_array

from influence_graph import (
    ConfigError,
    DataError,
    InfluenceGraph,
    InfluenceGraphError,
    build_graph,
    read_interactions,
    score,
)
from influence_graph.methods import describe, get_method

#: Parameters by method. "seeds" are people's names below.
PARAMETERS = {
    "activity": {},
    "audience_influence": {},
    "betweenness": {"pivots": 10_000},
    "closeness": {"pivots": 10_000},
    "collective_influence": {},
    "coreness": {"weighted": True, "degree": "all"},
    "credible_reach": {"tenure": "1h", "floor": 1.0},
    "credit_distribution": {},
    "eigenvector": {},
    "engagement": {},
    "engagement_rate": {},
    "expected_spread": {"samples": 50_000},
    "followers": {},
    "growth": {},
    "h_index": {},
    "hits": {},
    "hitting_time": {"walks": 200_000},
    "influence_passivity": {},
    "katz": {"alpha": 1e-5},
    "last_reaction": {},
    "leaderrank": {},
    "local_h_index": {},
    "multinetwork": {"networks": {"x": 3, "y": 1, "default": 1}},  # by default shares, which strangers change
    "pagerank": {},
    "posts": {},
    "random": {},
    "reactors": {},
    "received": {},
    "recency": {},
    "reciprocity": {},
    "salsa": {},
    "temporal_pagerank": {},
    "temporal_reachability": {},
    "truetop": {"seeds": ("p3",), "max_iterations": 3},
    "trustrank": {"seeds": ("p3",)},
    "twitterrank": {},
    "viral_centrality": {},
    "voterank": {},
}
#: Draws go by position, so values under other names differ within their intervals.
SAMPLED = {"hitting_time", "expected_spread"}
#: Ties go by id, or values have nothing to do with the graph.
NOT_EQUIVARIANT = {"random", "voterank"}
#: Rank methods in which the target of attention has the largest value.
ORIENTED = {
    "closeness": {},
    "collective_influence": {"distance": 1},
    "coreness": {},
    "eigenvector": {},
    "h_index": {},
    "hits": {},
    "hitting_time": {"walks": 20_000},
    "katz": {"alpha": 0.1},
    "leaderrank": {},
    "local_h_index": {},
    "pagerank": {},
    "salsa": {},
    "trustrank": {"seeds": (4,)},
    "truetop": {"seeds": (4,), "max_iterations": 1},
    "voterank": {},
}
#: As announced, without those that other tests register.
ANNOUNCED = sorted(
    entry.name
    for entry in entry_points(group="influence_graph.methods")
    if entry.value.startswith("influence_graph.")
)
#: More settings of parameters whose units differ from the default's.
SETTINGS = {
    "coreness all": {"degree": "all"},
    "hitting_time personalization": {"walks": 200_000, "personalization": {"p1": 1.0, "p3": 2.0}},
    "leaderrank alpha": {"alpha": 1.0},
    "pagerank self": {"dangling": "self"},
    "pagerank personalization": {"personalization": {"p1": 1.0, "p3": 2.0}, "dangling": "personalization"},
    "pagerank personalization self": {"personalization": {"p1": 1.0, "p3": 2.0}, "dangling": "self"},
    "salsa hub": {"role": "hub"},
    "temporal_pagerank transition": {"transition": 0.5},
    "twitterrank topic": {"topic": "art"},
}
#: Methods without a unit, and what strangers do to them. At most six.
EXEMPT = {
    "eigenvector": "everybody's value falls to 0: the heavy block has the largest eigenvalue",
    "hits": "everybody's value falls to 0: the heavy block has the largest eigenvalue of AᵀA",
    "influence_passivity": "the dominant vector is that of strangers who act on each other",
    "voterank": "the first elected has as many points as people are elected, strangers included",
}
#: Settings of parameters without a unit.
NO_UNIT = {
    "pagerank personalization uniform": {"personalization": {"p1": 1.0, "p3": 2.0}},
    "truetop rounds": {"seeds": ("p3",)},
}
every_method = pytest.mark.parametrize("name", ANNOUNCED)


@functools.cache
def rows_of(seed=3, people=25, events=260):
    """A log with events, posts, follows, topics, items and two networks; no two rows at one moment."""
    rng, start, rows = np.random.default_rng(seed), datetime(2024, 1, 1, tzinfo=UTC), []
    for j in range(2 * people):
        rows.append((f"p{j % people}", None, "post", "x", "art", f"post{j}", None, len(rows)))
    for i in range(events):
        u, v = rng.choice(people, 2, replace=False)
        kind = str(rng.choice(["retweet", "reply", "like", "follow"]))
        parent = None if kind == "follow" else f"post{v + people * rng.integers(0, 2)}"
        topic = str(rng.choice(["art", "law"]))
        rows.append((f"p{u}", f"p{v}", kind, "xy"[i % 2], topic, f"item{i}", parent, len(rows)))
    schema = ["source", "target", "kind", "network", "topic", "item", "parent", "at"]
    frame = pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)
    return frame.with_columns(
        timestamp=pl.Series([start + timedelta(minutes=at) for at in frame["at"]])
    ).drop("at")


def strangers_of(frame):
    """Four kinds of strangers, who act within the log's period: none has to do with anybody of the log."""
    acts = [(f"alone{i}", None, 1.0) for i in range(40)]
    for i in range(60):
        acts += [(f"left{i}", f"right{i}", 1.0), (f"right{i}", f"left{i}", 1.0)]
    acts += [(f"leaf{i}", "hub", 1.0) for i in range(50)]
    acts += [(f"dense{i}", f"dense{j}", 1000.0) for i in range(8) for j in range(8) if i != j]
    everybody = sorted({person for act in acts for person in act[:2] if person})
    times = frame["timestamp"].sort()
    rows = [(person, None, "post", f"by {person}", None, 1.0) for person in everybody]
    for number, (source, target, weight) in enumerate(acts):
        if target is not None:
            kind = ("retweet", "reply", "like", "follow")[number % 4 if weight == 1.0 else 0]
            parent = None if kind == "follow" else f"by {target}"
            rows.append((source, target, kind, f"{source} on {target}", parent, weight))
    places = [len(times) * number // len(rows) for number in range(len(rows))]
    schema = ["source", "target", "kind", "item", "parent", "weight"]
    new = pl.DataFrame(rows, schema, orient="row", infer_schema_length=None)
    new = new.with_columns(
        network=pl.Series(["xy"[number % 2] for number in range(len(rows))]),
        topic=pl.Series([("art", "law")[number % 2] for number in range(len(rows))]),
        timestamp=times.gather(places),
    )
    return pl.concat([frame.with_columns(weight=pl.lit(1.0)), new.select(*frame.columns, "weight")])


def natural_error(raw):
    """The resolution in natural units; for a method that samples, the width of its interval."""
    error = raw.unit.factor * np.broadcast_to(raw.resolution, raw.values.shape)
    if raw.low is not None:
        error = error + raw.unit.of(raw.high) - raw.unit.of(raw.low)
    return error + 1e-12 * (1.0 + raw.unit.factor * raw.values)


def moved_by_strangers(name, options):
    """By how much the natural values of a log's people differ with strangers, and the error of both."""
    entry = get_method(name)
    if entry.samples:
        options = {**options, "rng": 1}
    before, after = graph_as_of_the_end(), graph_with_strangers()
    assert after.n > 8 * before.n
    at = after.positions(before.ids)
    one, other = entry.function(before, **options), entry.function(after, **options)
    # Not yet tied, as a tie may be wider than one resolution.
    moved = np.abs(other.unit.of(other.values)[at] - one.unit.of(one.values))
    return moved, natural_error(one) + natural_error(other)[at], one


def graph_of(frame, **options):
    return build_graph(read_interactions(frame), **options)


# Graphs that are the same in the test of every method are built once.
@functools.cache
def usual_graph():
    return graph_of(rows_of())


@functools.cache
def shuffled_graph():
    return graph_of(rows_of().sample(fraction=1.0, shuffle=True, seed=4))


@functools.cache
def renamed_graph():
    """The new name of each person, and the graph with these names."""
    order = np.random.default_rng(0).permutation(25)
    names = {f"p{i}": f"q{order[i]:02}" for i in range(25)}
    return names, graph_of(rows_of().with_columns(pl.col("source", "target").replace(names)))


@functools.cache
def graph_as_of_the_end():
    return graph_of(rows_of(), as_of=rows_of()["timestamp"].max())


@functools.cache
def graph_with_strangers():
    return graph_of(strangers_of(rows_of()), as_of=rows_of()["timestamp"].max())


@functools.cache
def extreme_graph(weight):
    return graph_of(rows_of().with_columns(weight=pl.lit(weight)))


def result(name, graph, **more):
    entry = get_method(name)
    assert name in PARAMETERS, f"{name} is a new method: add its parameters to the table of this file"
    options = {**PARAMETERS[name], **more}
    if entry.samples:
        options["rng"] = 1
    found = entry.function(graph, **options)
    assert found.values.shape == (graph.n,)
    assert found.values.dtype == np.float64
    assert np.isfinite(found.values).all()
    assert (found.values >= 0).all()
    if found.low is not None:
        assert (found.low <= found.high).all()
    return found


def values_or_one_clear_error(name, graph, **more):
    """A method gives values, or says in words what it lacks."""
    try:
        result(name, graph, **more)
    except InfluenceGraphError as error:
        message = str(error)
        if len(message) < 20:
            pytest.fail(f"{name} says only {message!r}")


def test_the_table_names_only_methods_that_exist():
    assert set(PARAMETERS) == set(ANNOUNCED)


@pytest.mark.parametrize("name", ORIENTED)
def test_influence_runs_against_the_edges(name):
    # 1 acts on 2 and 3, who act on 0; 3 also on 2; 0 on 1: 0 gets most attention.
    dense = np.zeros((6, 6))
    for u, v in ((1, 2), (1, 3), (2, 0), (3, 0), (3, 2), (0, 1), (4, 0), (5, 0)):
        dense[u, v] = 1
    forward, backward = (
        get_method(name).function(InfluenceGraph.from_scipy(matrix), **ORIENTED[name]).values
        for matrix in (dense, dense.T)
    )
    assert forward[0] == forward.max()
    assert not np.allclose(forward, backward)


@every_method
def test_relabelling_permutes_the_values(name):
    one, (names, other) = usual_graph(), renamed_graph()
    more = (
        {"seeds": tuple(names[s] for s in PARAMETERS[name]["seeds"])} if "seeds" in PARAMETERS[name] else {}
    )
    at = other.positions([names[person] for person in one.ids])
    before, after = result(name, one), result(name, other, **more)
    if name in NOT_EQUIVARIANT:
        assert (before.values > 0).sum() == (after.values > 0).sum()
        return
    moved = np.abs(before.unit.of(before.values) - after.unit.of(after.values)[at])
    assert (moved <= natural_error(before) + natural_error(after)[at]).all()


@every_method
def test_the_order_of_rows_changes_no_bit(name):
    np.testing.assert_array_equal(result(name, shuffled_graph()).values, result(name, usual_graph()).values)


@every_method
def test_no_people_one_person_and_no_edges(name):
    for size in (0, 1, 4):
        graph = InfluenceGraph.from_scipy(csr_array((size, size)), ids=[f"p{i + 3}" for i in range(size)])
        values_or_one_clear_error(name, graph)


@every_method
@pytest.mark.parametrize("weight", [1e-300, 1e300])
def test_extreme_weights(name, weight):
    values_or_one_clear_error(name, extreme_graph(weight))


@pytest.fixture(scope="module")
def large():
    """A graph of several chunks, for methods that read edges only."""
    rng = np.random.default_rng(0)
    n, m = 20_000, 400_000
    ends = (n * rng.random((2, m)) ** 2).astype(int)
    matrix = coo_array((rng.random(m) + 0.01, ends), shape=(n, n))
    graph = InfluenceGraph.from_scipy(matrix, ids=[f"p{i}" for i in range(n)])
    assert len(graph.traversal.incoming.cuts) > 3
    return graph


@every_method
def test_the_same_bits_for_one_thread_and_two(large, name):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine gives numba one thread only")
    fewer = {
        "betweenness": {"pivots": 12},
        "closeness": {"pivots": 12},
        "collective_influence": {"distance": 1},
    }
    results, before = [], numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            # viral_centrality takes O(n · m).
            if get_method(name).needs or name == "viral_centrality":
                graph = graph_of(rows_of())
            else:
                graph = InfluenceGraph.from_scipy(large.adjacency, ids=large.ids.to_list())
            results.append(result(name, graph, **fewer.get(name, {})).values.tobytes())
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


def law(name, options, label, reason):
    """A strict expected failure where there is a reason."""
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)] if reason else []
    return pytest.param(name, options, id=label, marks=marks)


LAW = [
    *(law(name, PARAMETERS[name], name, EXEMPT.get(name)) for name in sorted(set(PARAMETERS) - {"random"})),
    *(law(label.split()[0], options, label, None) for label, options in SETTINGS.items()),
    *(law(label.split()[0], options, label, "no unit so") for label, options in NO_UNIT.items()),
]


@pytest.mark.parametrize(("name", "options"), LAW)
def test_strangers_move_nobodys_natural_value(name, options):
    moved, error, raw = moved_by_strangers(name, options)
    assert raw.natural.max() > 0
    worst = int(np.argmax(moved - error))
    assert moved[worst] <= error[worst]


def test_at_most_six_methods_are_exempt():
    assert set(EXEMPT) <= set(ANNOUNCED)
    assert len(EXEMPT) <= 6


@pytest.mark.parametrize(
    ("name", "options"),
    [(name, PARAMETERS[name]) for name in EXEMPT]
    + [(setting.split()[0], options) for setting, options in NO_UNIT.items()],
    ids=[*EXEMPT, *NO_UNIT],
)
def test_a_reference_over_another_population_is_refused_without_a_unit(name, options):
    graph, larger = usual_graph(), graph_with_strangers()
    scores = score(graph, name, **options)
    assert not scores.unit.comparable
    with pytest.raises(ConfigError, match=f"{name} has no natural unit with these parameters") as refused:
        score(larger, name, reference=scores, **options)
    assert scores.unit.reason in str(refused.value)
    # On the same people it holds.
    np.testing.assert_array_equal(score(graph, name, reference=scores, **options).score, scores.score)


@every_method
def test_a_method_says_its_unit_and_whether_it_compares(name):
    raw = get_method(name).function(usual_graph(), **PARAMETERS[name])
    assert describe(get_method(name)).unit == raw.unit.name
    assert raw.unit.comparable == (name not in {*EXEMPT, "random"})
    assert (raw.natural >= 0).all()
    assert np.isfinite(raw.natural).all()
    assert (np.asarray(raw.resolution) >= 0).all()


@functools.cache
def graph_of_copies():
    """Two copies of one log in one graph, and a star of whose leaves none differs from another."""
    frame = rows_of(people=12, events=100)
    ours = frame.select("source", "target").to_series(0).to_list()
    copy = frame.with_columns(
        pl.col("source", "target").str.replace("p", "q"),
        pl.col("item", "parent").str.replace("^", "copy of "),
    )
    moment = frame["timestamp"].max()
    star = [("post", None, f"a post of leaf {i}", None, f"leaf{i:02}") for i in range(30)]
    star += [("post", None, "a post of the hub", None, "hub")]
    star += [("reply", "hub", f"a reply {i}", "a post of the hub", f"leaf{i:02}") for i in range(30)]
    star += [("like", f"leaf{i:02}", f"a like {i}", f"a post of leaf {i}", "hub") for i in range(30)]
    leaves = pl.DataFrame(star, ["kind", "target", "item", "parent", "source"], orient="row").with_columns(
        timestamp=pl.lit(moment), topic=pl.lit("art"), network=pl.lit("x")
    )
    return ours, graph_of(pl.concat([frame, copy, leaves.select(frame.columns)]))


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - NOT_EQUIVARIANT - set(SAMPLED)))
def test_structurally_identical_people_tie(name):
    ours, graph = graph_of_copies()
    options = dict(PARAMETERS[name])
    if "seeds" in options:
        options["seeds"] = ("p3", "q3", "hub")
    scores = score(graph, name, **options)
    names = sorted(set(ours))
    one, other = graph.positions(names), graph.positions([person.replace("p", "q") for person in names])
    np.testing.assert_array_equal(scores.codes[one], scores.codes[other])
    np.testing.assert_array_equal(scores.rank[one], scores.rank[other])
    np.testing.assert_array_equal(scores.score[one], scores.score[other])
    if name == "temporal_pagerank":
        # The hub's walks go on to the first leaf it reacts to.
        return
    at = graph.positions([f"leaf{i:02}" for i in range(30)])
    assert len(set(scores.rank[at])) == 1


@every_method
def test_what_a_method_lacks_is_an_error_that_says_what_to_add(name):
    entry = get_method(name)
    bare = InfluenceGraph.from_scipy(csr_array(np.eye(4)[[1, 2, 3, 0]]), ids=[f"p{i}" for i in range(4)])
    if not entry.needs - {"nodes", "layers"}:
        assert result(name, bare).values.shape == (4,)
        return
    with pytest.raises(DataError, match=r"[Bb]uild|log|rows|column|read_interactions"):
        entry.function(bare, **PARAMETERS[name])


@every_method
def test_parameters_out_of_range_are_errors_that_name_them(name):
    entry = get_method(name)
    with pytest.raises(ConfigError, match=f"{name} has no parameter 'unheard_of'"):
        entry.resolve({**PARAMETERS[name], "unheard_of": 1})
    for parameter in set(inspect.signature(entry.function).parameters) - {"graph", "rng"}:
        with pytest.raises(ConfigError, match=f"{name}: parameter '{parameter}' .*but"):
            entry.resolve({**PARAMETERS[name], parameter: object()})


@every_method
def test_the_docstring_says_formula_and_use(name):
    about = describe(get_method(name))
    assert about.formulas
    assert about.use.endswith(".")
    # Every command of LaTeX has a form for the terminal.
    assert not re.search(r"[\\\x00-\x1f]|quad|frac|begin", about.formula)
