import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from propagation.exact import exact_spread, small_graph

from influence_graph import score
from influence_graph.errors import ConfigError, DataError
from influence_graph.propagation._expected_spread import expected_spread
from influence_graph.propagation.cascades import simulate
from influence_graph.propagation.models import IndependentCascade, LinearThreshold

# Twelve edges, eight people with spreads of their own, one of them alone: not symmetric in any way.
PAIRS = [(1, 0), (2, 0), (3, 0), (2, 1), (4, 1), (4, 2), (5, 3), (5, 4), (6, 4), (6, 5), (7, 6), (0, 6)]
CHANCES = np.array([0.9, 0.5, 0.3, 0.7, 0.2, 0.6, 0.4, 0.8, 0.1, 0.5, 0.3, 0.25])


def test_a_star_a_path_and_a_cycle_have_their_closed_forms():
    p, n = 0.4, 6
    star = small_graph([(i, 0) for i in range(1, n)])
    path = small_graph([(i + 1, i) for i in range(n - 1)])
    cycle = small_graph([((i + 1) % n, i) for i in range(n)])
    geometric = [(1 - p**k) / (1 - p) for k in range(n + 1)]
    for graph, truth in (
        (star, [1 + (n - 1) * p] + [1.0] * (n - 1)),
        (path, [geometric[n - i] for i in range(n)]),
        (cycle, [geometric[n]] * n),
    ):
        assert exact_spread(graph, model=IndependentCascade(p)) == pytest.approx(truth)
        result = expected_spread(graph, probability=p, samples=400_000, rng=2)
        assert result.values == pytest.approx(truth, rel=0.01)


def test_influence_runs_against_the_edges():
    # b and c attend to a: a reaches both, they reach nobody.
    graph = small_graph([("b", "a"), ("c", "a")])
    assert expected_spread(graph, samples=5000, rng=0).values == pytest.approx([3.0, 1.0, 1.0], abs=0.1)


@st.composite
def graphs(draw):
    n = draw(st.integers(2, 6))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    edges = draw(st.lists(pairs, min_size=1, max_size=10, unique=True))
    p = draw(
        st.lists(st.sampled_from([0.0, 0.05, 0.3, 0.5, 0.9, 1.0]), min_size=len(edges), max_size=len(edges))
    )
    return small_graph(edges), np.array(p)


@given(graphs())
def test_independent_cascade_equals_going_through_every_world(drawn):
    graph, p = drawn
    truth = exact_spread(graph, model=IndependentCascade(p))
    result = expected_spread(graph, probability=p, samples=20_000, confidence=1 - 1e-7, rng=1)
    assert ((result.low <= truth + 1e-9) & (truth <= result.high + 1e-9)).all()


@given(graphs())
def test_linear_threshold_equals_going_through_every_world(drawn):
    graph, p = drawn
    rows = np.repeat(np.arange(graph.n), np.diff(graph.adjacency.indptr))
    w = p / np.maximum(np.bincount(rows, weights=p, minlength=graph.n), 1.0)[rows]
    truth = exact_spread(graph, model=LinearThreshold(w))
    result = expected_spread(
        graph, model="linear_threshold", probability=w, samples=20_000, confidence=1 - 1e-7, rng=1
    )
    assert ((result.low <= truth + 1e-9) & (truth <= result.high + 1e-9)).all()


@pytest.mark.parametrize("confidence", [0.80, 0.95])
@pytest.mark.parametrize("how", [{"samples": 600}, {"precision": 0.2}])
def test_intervals_hold_at_their_level_for_every_spread_also_when_samples_are_chosen(how, confidence):
    graph = small_graph(PAIRS)
    truth = exact_spread(graph, model=IndependentCascade(CHANCES))
    held = np.zeros(graph.n)
    repeats = 2000
    for seed in range(repeats):
        result = expected_spread(graph, probability=CHANCES, confidence=confidence, rng=seed, **how)
        held += (result.low <= truth + 1e-9) & (truth <= result.high + 1e-9)
    moving = truth > 1 + 1e-9
    # Eight people, eight spreads: each a decile of its own.
    # Counts are whole numbers, so a level is met within a few hundredths only.
    assert np.abs(held[moving] / repeats - confidence).max() < 0.2 * (1 - confidence) + 0.01, held / repeats
    assert (held[~moving] == repeats).all()


def test_the_mean_spread_is_the_mean_size_of_a_reverse_reachable_set():
    graph = small_graph(PAIRS)
    result = expected_spread(graph, probability=CHANCES, samples=100_000, rng=4)
    assert result.values.mean() == pytest.approx(result.diagnostics["mean_set_size"], rel=0.005)


@pytest.mark.parametrize("pairs", [[("b", "a")], [("b", "a"), ("c", "a")]])
def test_a_person_who_reaches_everybody_has_spread_n_for_every_seed_and_nobody_has_more(pairs):
    graph = small_graph(pairs)
    for seed in range(200):
        scores = score(graph, "expected_spread", uncertainty="own", samples=64, rng=seed)
        own = scores.intervals
        assert scores.raw[0] == own.raw_high[0] == graph.n
        assert ((own.raw_low <= scores.raw) & (scores.raw <= own.raw_high)).all()
        assert ((own.low <= scores.score) & (scores.score <= own.high)).all()
        assert own.raw_low.min() >= 1


def test_no_estimate_is_above_n_or_outside_its_interval_and_estimates_are_unbiased():
    graph = small_graph(PAIRS)
    p = np.full(len(PAIRS), 0.95)
    truth = exact_spread(graph, model=IndependentCascade(p))
    drawn = [expected_spread(graph, probability=p, samples=40, rng=seed) for seed in range(1000)]
    values = np.array([result.values for result in drawn])
    assert all(((r.low <= r.values) & (r.values <= r.high)).all() for r in drawn)
    assert values.max() <= graph.n
    assert np.abs(values.mean(axis=0) - truth).max() < 4.5 * (values.std(axis=0) / np.sqrt(1000)).max()


def test_samples_that_all_start_at_a_person_say_nothing_of_them():
    # One sample: whoever is its root has no trial, hence no estimate but 1 and an interval of [1, n].
    graph = small_graph([("b", "a"), ("c", "a")])
    result = expected_spread(graph, samples=1, rng=3)
    for value, low, high in zip(result.values, result.low, result.high, strict=True):
        assert 1 <= low <= value <= high <= 3


def test_relabelling_people_permutes_the_spreads():
    turned = small_graph([(7 - u, 7 - v) for u, v in PAIRS])
    straight = expected_spread(small_graph(PAIRS), probability=0.4, samples=200_000, rng=1).values
    assert expected_spread(turned, probability=0.4, samples=200_000, rng=2).values[::-1] == pytest.approx(
        straight, rel=0.03
    )


def test_it_says_what_stopped_it():
    graph = small_graph(PAIRS)
    wanted = expected_spread(graph, probability=0.4, precision=0.05, rng=1)
    assert wanted.diagnostics["stopped"] == "precision"
    assert wanted.diagnostics["halfwidth"] == pytest.approx(0.05, rel=0.15)
    tight = expected_spread(graph, probability=0.4, precision=1e-4, max_samples=5000, rng=1)
    assert tight.diagnostics["stopped"] == "budget"
    assert tight.diagnostics["samples"] + tight.diagnostics["pilot_samples"] == 5000
    top = expected_spread(graph, probability=0.4, precision=0.05, top=0.25, rng=1)
    assert top.diagnostics["samples"] < wanted.diagnostics["samples"] * 2


def test_nobody_seen_gets_an_honest_interval():
    # Ten in 1,000 samples would be seen; with chance 1e-6 nobody is, and 1 is not the upper end.
    graph = small_graph([("b", "a")])
    result = expected_spread(graph, probability=1e-6, samples=1000, rng=1)
    assert result.values.tolist() == [1.0, 1.0]
    assert result.low.tolist() == [1.0, 1.0]
    assert result.high[0] > 1.005
    assert result.high[1] == 1.0  # nobody attends to b: certain


@pytest.mark.parametrize("probability", ["weighted_cascade", 0.3, "trivalency"])
def test_one_thread_and_two_give_the_same_bits(probability):
    n = 3000
    rng = np.random.default_rng(0)
    pairs = {(int(u), int(v)) for u, v in rng.integers(0, n, (12_000, 2)) if u != v}
    graph = small_graph(sorted(pairs))
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, min(2, before)):
            numba.set_num_threads(threads)
            results.append(expected_spread(graph, probability=probability, precision=0.3, rng=5))
    finally:
        numba.set_num_threads(before)
    first, second = results
    assert np.array_equal(first.values, second.values)
    assert first.diagnostics == second.diagnostics


def test_it_is_a_method_like_any_other():
    graph = small_graph(PAIRS)
    scores = score(graph, "expected_spread", probability=0.4, precision=0.1, rng=3)
    assert scores.frame["score"].max() == 100
    assert scores.frame.sort("raw", descending=True)["id"][0] == 0
    assert np.array_equal(
        scores.raw, score(graph, "expected_spread", probability=0.4, precision=0.1, rng=3).raw
    )


def test_graphs_without_edges_or_people_need_no_sample():
    empty = small_graph([])
    assert len(expected_spread(empty, rng=0).values) == 0
    lonely = small_graph([], ids=[0])
    assert expected_spread(lonely, rng=0).values.tolist() == [1.0]


def test_parameters_out_of_range_are_named():
    graph = small_graph(PAIRS)
    for wrong in ({"precision": 0}, {"top": 1.5}, {"model": "sir"}, {"confidence": 1.0}, {"max_samples": 10}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            expected_spread(graph, **wrong)
    with pytest.raises(DataError, match=r"in \[0, 1\]"):
        expected_spread(graph, probability=1.5)


def test_the_spread_of_everybody_within_its_intervals_of_long_simulation(nethept):
    result = expected_spread(nethept, rng=1)
    people = np.random.default_rng(0).choice(nethept.n, 200, replace=False)
    truth = np.array([simulate(nethept, [int(nethept.ids[int(u)])], runs=3000, rng=3).spread for u in people])
    # The simulation itself errs by some 2 %.
    assert np.abs(result.values[people] / truth - 1).mean() < 0.085
    assert ((result.low[people] <= truth * 1.03) & (truth * 0.97 <= result.high[people])).mean() > 0.93
