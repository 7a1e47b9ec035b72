"""A history is what scoring each moment anew gives, and sees nothing that came later."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import optimize, stats

from influence_graph import (
    ConfigError,
    DataError,
    build_graph,
    load_dataset,
    read_interactions,
    score,
    score_history,
)
from influence_graph.scoring.intervals import bootstrap_intervals

SETTINGS = [
    {},
    {"kinds": {"follow": 0.5}, "other": 1.0, "half_life": "2d"},
    {"half_life": "36h", "saturation": "log"},
    {"kinds": {"retweet": 2, "reply": 1}, "other": 0, "saturation": 1.5},
]


def test_worked_example():
    rows = pl.DataFrame(
        {
            "source": ["b", "c", "d"],
            "target": ["a", "a", "b"],
            "timestamp": ["2024-01-01", "2024-01-02", "2024-01-03"],
        }
    )
    history = score_history(rows, "engagement", every="1d", people=["b", "a", "c"])
    told = history.frame.select(pl.col("time").dt.day(), "id", "raw", "rank").rows()
    assert told == [
        (1, "b", 0.0, 2.0), (1, "a", 1.0, 1.0),
        (2, "b", 0.0, 2.5), (2, "a", 2.0, 1.0), (2, "c", 0.0, 2.5),
        (3, "b", 1.0, 2.0), (3, "a", 2.0, 1.0), (3, "c", 0.0, 3.5),
    ]  # fmt: skip
    assert history.drift["people"].to_list() == [2, 3, 4]
    assert history.drift["top"].to_list() == [1.0, 2.0, 2.0]
    assert history.drift["top_score"].to_list() == [100.0] * 3
    assert history.frame.filter(id="b")["score"].round(1).to_list() == [1.0, 1.0, 63.5]
    last = score_history(rows, "engagement", every="1d", people=["a"], reference="last")
    assert last.drift["top_score"].round(1).to_list() == [63.5, 100.0, 100.0]
    assert history.frame.filter(id="a")["own"].to_list() == [100.0] * 3


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("method", ["pagerank", "engagement", "reactors", "engagement_rate", "followers"])
def test_every_moment_is_what_building_and_scoring_anew_gives(log, method, settings):
    people = load_dataset("synthetic", people=100, days=8, rng=5).frame.select("source").unique().collect()
    everyone = people["source"].sort().to_list()
    history = score_history(log, method, every="1d", people=everyone, reference="last", **settings)
    assert history.drift.height >= 8
    for moment in history.drift.iter_rows(named=True):
        graph = build_graph(log, as_of=moment["time"], **settings)
        truth = score(graph, method, reference=history.reference)
        assert moment["people"] == graph.n
        assert moment["edges"] == graph.adjacency.nnz
        told = history.frame.filter(time=moment["time"])
        at = graph.positions(told["id"])
        np.testing.assert_allclose(told["raw"], truth.raw[at], rtol=1e-7, atol=1e-15)
        np.testing.assert_allclose(told["score"], truth.score[at], rtol=1e-7)
        # Ties are those of the values, whatever the iteration left of them.
        assert told["rank"].to_list() == truth.rank[at].tolist()
        assert told["percentile"].to_list() == truth.percentile[at].tolist()


@pytest.mark.parametrize(
    "options", [{"dangling": "self"}, {"personalization": {"p0001": 1.0, "p0007": 2.0}}, {"damping": 0.0}]
)
def test_pagerank_whatever_its_parameters(options):
    log = load_dataset("synthetic", people=40, days=5, rng=2)
    log = log.between(datetime(2024, 1, 1), None)
    everyone = build_graph(log).ids.to_list()
    options = {**options}
    if "personalization" in options:
        first = build_graph(log, as_of=score_history(log, every="1d").drift["time"][1]).ids
        options |= {"personalization": {first[0]: 1.0, first[1]: 2.0}, "dangling": "personalization"}
    history = score_history(log, every="1d", people=everyone, **options)
    for time in history.drift["time"]:
        graph = build_graph(log, as_of=time)
        told = history.frame.filter(time=time)
        truth = score(graph, **options).raw[graph.positions(told["id"])]
        np.testing.assert_allclose(told["raw"], truth, rtol=1e-7)


@pytest.mark.parametrize("scale", ["log", "quantile"])
@pytest.mark.parametrize(
    "method", ["pagerank", "engagement", "leaderrank", "expected_spread", "engagement_rate"]
)
def test_what_comes_later_changes_no_bit_of_what_came_before(log, method, scale):
    """By default; the future has new people, new pairs, a new kind and a larger top."""
    cut = datetime(2024, 1, 6, tzinfo=UTC)
    past = log.between(None, cut)
    people = build_graph(log, as_of="2024-01-02").ids[:20].to_list()
    crowd = pl.DataFrame(
        {"source": [f"a{i:03}" for i in range(300)], "target": people[0], "kind": "applause"}
    )
    later = pl.concat(
        [
            past.frame.collect(),
            crowd.with_columns(
                timestamp=pl.lit(cut + timedelta(days=1)), network=pl.lit("elsewhere"), weight=1.0
            ),
        ],
        how="diagonal_relaxed",
    )
    settings = {"every": "2d", "people": people, "half_life": "2d", "scale": scale, "rng": 1}
    before, after = (score_history(rows, method, **settings) for rows in (past, read_interactions(later)))
    assert before.frozen == "so far"
    assert before.drift.height >= 2
    assert after.drift.height > before.drift.height
    known = after.frame.filter(pl.col("time") <= before.frame["time"].max())
    assert known.equals(before.frame)
    assert after.drift.head(before.drift.height).equals(before.drift)
    assert after.drift["top"][-1] > before.drift["top"].max()


def test_so_far_is_the_largest_value_up_to_then():
    rows = pl.DataFrame(
        {
            "source": ["b", "c", "d", "e"],
            "target": ["a", "a", "a", "a"],
            "timestamp": ["2024-01-01", "2024-01-01", "2024-01-03", "2024-01-04"],
        }
    )
    history = score_history(rows, "engagement", half_life="1d", people=["a"])
    # 2, then 1, then ½ + 1, then ¾ + 1: the first time is the top of all.
    assert history.drift["top"].to_list() == [2.0, 1.0, 1.5, 1.75]
    np.testing.assert_allclose(history.frame["score"], 1 + 99 * np.log1p(history.frame["raw"]) / np.log(3))
    assert history.reference.top == 2.0


def test_times_do_not_compare_without_a_unit(log):
    with pytest.raises(ConfigError, match=r"hits has no natural unit.*denser part.*reference='own'"):
        score_history(log, "hits", every="4d")
    assert score_history(log, "hits", every="4d", reference="own").frame["score"].max() == 100.0


def test_scales(log):
    last = score_history(log, "engagement", scale="quantile", reference="last")
    assert last.frozen == "last"
    assert last.frame["id"].n_unique() == 10
    assert last.frame.filter(pl.col("time") == pl.col("time").max())["rank"].max() <= 10.5
    own = score_history(log, "engagement", reference="own")
    assert own.frame["score"].to_list() == own.frame["own"].to_list()
    assert own.drift["top_score"].to_list() == [100.0] * own.drift.height
    first = score_history(log, "engagement", reference="first")
    assert first.drift["above_reference"][0] == 0
    assert first.drift["above_reference"][-1] > 0
    given = score_history(log, "engagement", reference=score(build_graph(log), "engagement"))
    assert given.frozen == "given"
    assert given.drift["above_reference"].sum() == 0
    told = json.loads(given.to_json())
    assert len(told["history"]) == given.frame.height
    assert "scale frozen: given" in str(given)


def test_steps_align_to_the_clock(log):
    hourly = score_history(log, "reactors", every="6h", people=[])
    times = hourly.drift["time"]
    assert set(times.dt.hour()) == {0, 6, 12, 18}
    assert times.is_sorted()
    assert times[-1] >= log.span[1]
    assert score_history(log, "reactors", every="6h", people=[]).drift.equals(hourly.drift)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"every": "soon"}, ConfigError, "every is 'soon'"),
        ({"every": "1s"}, ConfigError, "Take a longer step"),
        ({"reference": "lats"}, ConfigError, "Did you mean 'last'"),
        ({"people": ["nobody"]}, DataError, "not among the"),
        ({"kinds": {"retweet": 1}}, ConfigError, "without a weight"),
        ({"kinds": {}, "other": 0}, DataError, "makes no edge"),
        ({"dampng": 0.5}, ConfigError, "Did you mean 'damping'"),
    ],
)
def test_bad_questions(log, options, error, message):
    with pytest.raises(error, match=message):
        score_history(log, **options)


def test_a_reference_of_another_method_is_refused(log):
    with pytest.raises(ConfigError, match="do not compare"):
        score_history(log, "reactors", reference=score(build_graph(log), "engagement"))


def test_a_log_without_times_has_no_history():
    with pytest.raises(DataError, match="no timestamps"):
        score_history(pl.DataFrame({"source": ["b"], "target": ["a"]}))


def test_a_half_life_needs_all_times():
    rows = pl.DataFrame(
        {
            "source": ["b", "c"],
            "target": ["a", "a"],
            "kind": ["follow", "like"],
            "timestamp": [None, "2024-01-01"],
        }
    )
    assert (
        score_history(rows, "engagement", people=["a"], kinds={"follow": 1, "like": 1}, half_life="1d").frame[
            "raw"
        ][0]
        == 2.0
    )


def test_higgs_by_day(data_folder):
    log = load_dataset("higgs")
    history = score_history(log, every="1d", half_life="12h")
    for time in history.drift["time"][[1, 4]]:
        graph = build_graph(log, as_of=time, half_life="12h")
        told = history.frame.filter(time=time)
        truth = score(graph).raw[graph.positions(told["id"])]
        np.testing.assert_allclose(told["raw"], truth, rtol=1e-7)


@pytest.mark.parametrize("method", ["pagerank", "engagement", "reactors", "multinetwork", "leaderrank"])
def test_bands_at_the_end_are_the_intervals_of_the_score(log, method):
    whole = build_graph(log)
    people = whole.ids[:4].to_list()
    # Without weights of networks each time has its own, and values may fall below an earlier top.
    even = {"networks": dict.fromkeys(whole.networks, 1.0)} if method == "multinetwork" else {}
    history = score_history(log, method, every="7d", people=people, uncertainty="bootstrap", rng=3, **even)
    frame = history.frame
    assert (frame["low"] <= frame["score"] + 1e-9).all()
    assert (frame["score"] <= frame["high"] + 1e-9).all()
    plain = score_history(log, method, every="7d", people=people, rng=3, **even)
    assert plain.frame.equals(frame.select(plain.frame.columns))
    time = history.drift["time"][-1]
    graph, seed = build_graph(log, as_of=time), int(np.random.default_rng(3).integers(2**63))
    truth = bootstrap_intervals(graph, score(graph, method, **even), seed=np.random.SeedSequence(seed)).frame
    both = frame.filter(time=time).join(truth, on="id")
    for end in ("raw_low", "raw_high", "low", "high"):
        np.testing.assert_allclose(both[end], both[f"{end}_right"], rtol=1e-3)


def test_no_bands_where_a_method_has_no_interval(log):
    with pytest.raises(ConfigError, match="activity has no interval by bootstrap"):
        score_history(log, "activity", uncertainty="bootstrap")
    with pytest.raises(ConfigError, match="a history has intervals by 'bootstrap' only"):
        score_history(log, "pagerank", uncertainty="own")


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_bands_have_the_confidence_level_asked_for(confidence):
    """Twenty reactors: a replicate of a count of k is Poisson(k) + Gamma(1/2)."""
    count = np.arange(80)
    poisson = stats.poisson(20).pmf(count)

    def quantile(p):
        return optimize.brentq(lambda x: poisson @ stats.gamma(0.5).cdf(x - count) - p, 0.0, 79.0)

    rows = pl.DataFrame(
        {"source": [f"r{i}" for i in range(20)], "target": ["a"] * 20, "timestamp": ["2024-01-01"] * 20}
    )
    history = score_history(
        rows, "reactors", people=["a"], uncertainty="bootstrap", replicates=4_000, confidence=confidence
    )
    last = history.frame.row(-1, named=True)
    tail = (1 - confidence) / 2
    exact = [quantile(tail), quantile(1 - tail)]
    np.testing.assert_allclose([last["raw_low"], last["raw_high"]], exact, rtol=0.03)
    # 0.1 and 0.025 swapped.
    other = [quantile(0.125 - tail), quantile(0.875 + tail)]
    assert not np.allclose([last["raw_low"], last["raw_high"]], other, rtol=0.03)


def test_above_reference_counts_those_above_its_top_and_not_those_at_it():
    """The first top is 1 reactor; later a has 2, b has 1."""
    rows = pl.DataFrame(
        {
            "source": ["b", "c", "a"],
            "target": ["a", "a", "b"],
            "timestamp": ["2024-01-01", "2024-01-02", "2024-01-02"],
        }
    )
    history = score_history(rows, "reactors", reference="first")
    assert history.drift["above_reference"].to_list() == [0, 1]
