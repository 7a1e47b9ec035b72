import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from propagation.exact import exact_spread, small_graph

from influence_graph.errors import ConfigError, DataError
from influence_graph.propagation.cascades import simulate
from influence_graph.propagation.models import SIR, IndependentCascade, LinearThreshold

PAIRS = [(1, 0), (2, 0), (3, 0), (2, 1), (4, 1), (4, 2), (5, 3), (5, 4), (6, 4), (6, 5), (7, 6), (0, 6)]
CHANCES = np.array([0.9, 0.5, 0.3, 0.7, 0.2, 0.6, 0.4, 0.8, 0.1, 0.5, 0.3, 0.25])


def test_a_path_is_walked_step_by_step():
    p = 0.5
    path = small_graph([(i + 1, i) for i in range(4)])
    run = simulate(path, [0], model=IndependentCascade(p), runs=40_000, rng=1)
    assert run.by_step == pytest.approx([p**i for i in range(5)], abs=0.01)
    assert run.activation == pytest.approx([p**i for i in range(5)], abs=0.01)
    assert run.spread == pytest.approx(run.by_step.sum()) == pytest.approx(run.sizes.mean())
    assert run.low < 1.9375 < run.high


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_intervals_hold_at_their_level(confidence):
    graph = small_graph(PAIRS)
    truth = exact_spread(graph, model=IndependentCascade(CHANCES))[0]
    held = 0
    for seed in range(2000):
        run = simulate(
            graph, [0], model=IndependentCascade(CHANCES), runs=200, confidence=confidence, rng=seed
        )
        held += run.low <= truth <= run.high
    assert abs(held / 2000 - confidence) < 0.02


def test_the_interval_is_normal_and_95_percent_unless_asked_otherwise():
    graph = small_graph(PAIRS)
    run = simulate(graph, [0], model=IndependentCascade(CHANCES), runs=1000, rng=1)
    error = run.sizes.std(ddof=1) / np.sqrt(1000)
    assert [run.low, run.high] == pytest.approx(
        [run.spread - 1.959964 * error, run.spread + 1.959964 * error]
    )
    with pytest.raises(ConfigError, match="confidence is 95"):
        simulate(graph, [0], confidence=95)


@pytest.mark.parametrize(
    "model", [IndependentCascade(CHANCES), IndependentCascade(1.0), LinearThreshold("share")]
)
def test_every_seed_reaches_what_going_through_every_world_says(model):
    graph = small_graph(PAIRS)
    truth = exact_spread(graph, model=model)
    for seed in graph.ids:
        run = simulate(graph, [seed], model=model, runs=20_000, rng=3)
        half = (run.high - run.low) / 2 / 1.96
        assert abs(run.spread - truth[seed]) < 4.5 * half + 1e-9


@given(st.lists(st.sampled_from([0.0, 0.05, 0.5, 0.97, 1.0]), min_size=12, max_size=12), st.integers(0, 7))
def test_any_mix_of_probabilities(chances, seed):
    graph = small_graph(PAIRS)
    model = IndependentCascade(np.array(chances))
    truth = exact_spread(graph, model=model)[seed]
    run = simulate(graph, [seed], model=model, runs=2000, rng=0)
    assert abs(run.spread - truth) < 5 * 7 / np.sqrt(12 * 2000) * 2 + 1e-9


def test_sir_recovering_at_once_is_independent_cascade_and_slower_recovery_infects_more():
    graph = small_graph(PAIRS)
    cascade = simulate(graph, [0], model=IndependentCascade(0.3), runs=40_000, rng=1)
    at_once = simulate(graph, [0], model=SIR(0.3, recovery=1.0), runs=40_000, rng=2)
    assert at_once.spread == pytest.approx(cascade.spread, rel=0.02)
    # One edge, tried each step until recovery: 1 − (1 − p)·r/(1 − (1 − p)(1 − r)).
    edge, p, r = small_graph([("b", "a")]), 0.2, 0.25
    truth = 1 - (1 - p) * r / (1 - (1 - p) * (1 - r))
    run = simulate(edge, ["a"], model=SIR(p, recovery=r), runs=100_000, rng=3)
    assert run.activation[1] == pytest.approx(truth, abs=0.006)
    assert run.by_step[1] == pytest.approx(p, abs=0.005)


def test_one_thread_and_two_give_the_same_bits():
    rng = np.random.default_rng(0)
    graph = small_graph(sorted({(int(u), int(v)) for u, v in rng.integers(0, 300, (1500, 2)) if u != v}))
    before = numba.get_num_threads()
    runs = []
    try:
        for threads in (1, min(2, before)):
            numba.set_num_threads(threads)
            runs.append(simulate(graph, graph.ids[:5].to_list(), runs=500, rng=7))
    finally:
        numba.set_num_threads(before)
    assert np.array_equal(runs[0].sizes, runs[1].sizes)
    assert np.array_equal(runs[0].activation, runs[1].activation)
    assert np.array_equal(runs[0].by_step, runs[1].by_step)


def test_seeds_that_are_not_people_of_the_graph_are_errors():
    graph = small_graph([("bob", "ann"), ("cy", "ann")])
    with pytest.raises(
        DataError, match=r"'anm' is not among the 3 people of this graph.* Did you mean 'ann'"
    ):
        simulate(graph, ["anm"])
    with pytest.raises(DataError, match="'ann' is named twice"):
        simulate(graph, ["ann", "bob", "ann"])
    with pytest.raises(DataError, match="no seed"):
        simulate(graph, [])
    with pytest.raises(DataError, match=r"Write \['ann'\]"):
        simulate(graph, "ann")
    with pytest.raises(ConfigError, match="runs is 0"):
        simulate(graph, ["ann"], runs=0)
    with pytest.raises(ConfigError, match="Did you mean 'sir'"):
        simulate(graph, ["ann"], model="sri")
