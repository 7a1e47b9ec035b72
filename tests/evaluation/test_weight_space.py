"""Orders, ranks and membership over a space of weights, against linear programs and against every weight."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog
from scipy.stats import rankdata

from influence_graph import build_graph
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._weight_space import (
    Region,
    _candidates,
    finite_space,
    parts_received,
    sure_counts,
    weight_space,
)


@pytest.fixture(scope="module")
def values():
    return np.random.default_rng(1).integers(0, 6, size=(40, 3)).astype(float)


@pytest.mark.parametrize("factor", [1.5, 4.0, np.inf])
def test_sure_orders_are_those_of_linear_programs(values, factor):
    region = Region(np.array([1.0, 2.0, 0.5]), factor)
    above, below = sure_counts(values, region)
    # The interior: weights of at least a tiny amount that add up to one.
    limits = list(zip(*region.bounds, strict=True)) if np.isfinite(factor) else [(1e-6, None)] * 3
    total = {} if np.isfinite(factor) else {"A_eq": np.ones((1, 3)), "b_eq": [1.0]}
    for i in range(0, 40, 7):
        sure = 0
        for j in range(40):
            least = linprog(values[j] - values[i], bounds=limits, **total).fun
            sure += least > 1e-9
        assert above[i] == sure
    # Who is surely above i has i surely below.
    assert above.sum() == below.sum()


@pytest.mark.parametrize("factor", [4.0, np.inf])
def test_bounds_hold_what_any_weights_give(values, factor):
    region = Region(np.ones(3), factor)
    space = weight_space(values, region, k=8, draws=50, rng=np.random.default_rng(2))
    rng = np.random.default_rng(3)
    spread = min(factor, 1e4)
    for _ in range(300):
        weights = np.exp(rng.uniform(-np.log(spread), np.log(spread), 3))
        ranks = rankdata(-np.round(values @ weights / weights.max(), 12), method="average")
        assert (space.lowest <= ranks[space.top]).all()
        assert (ranks[space.top] <= space.highest).all()
        inside = np.flatnonzero(rankdata(-np.round(values @ weights, 9), method="min") <= 8)
        assert set(space.top[space.certain]) <= set(inside)
        assert set(np.flatnonzero(rankdata(-values @ weights, method="max") <= 8)) <= set(space.possible)
    assert set(space.seen) <= set(space.possible)
    assert (space.seen_lowest >= space.lowest).all()
    assert (space.seen_highest <= space.highest).all()


@pytest.mark.parametrize("factor", [1.5, 4.0, np.inf])
def test_candidates_leave_nobody_out(factor):
    values = np.random.default_rng(4).pareto(1.0, size=(3000, 3)).round(1)
    region = Region(np.ones(3), factor)
    above, _ = sure_counts(values, region)
    candidates = _candidates(values, region, 20)
    assert len(candidates) < 1500
    assert set(np.flatnonzero(above < 20)) <= set(candidates)
    space = weight_space(values, region, k=20, draws=5, rng=np.random.default_rng(1))
    assert space.possible.tolist() == np.flatnonzero(above < 20).tolist()


def test_one_part_leaves_no_choice():
    space = weight_space(
        np.arange(10.0)[:, None], Region(np.ones(1), 4.0), k=3, draws=5, rng=np.random.default_rng(1)
    )
    assert space.certain.all()
    assert space.possible.tolist() == [7, 8, 9]
    assert space.lowest.tolist() == space.highest.tolist() == [1, 2, 3]
    assert (space.sure_pairs == 1).all()


def test_equal_people_are_a_sure_pair():
    values = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    space = weight_space(values, Region(np.ones(2), np.inf), k=3, draws=3, rng=np.random.default_rng(1))
    assert space.sure_pairs.tolist() == [0.5, 0.5, 0.0]


def test_a_wider_band_makes_fewer_names_certain(values):
    certain, possible = [], []
    for factor in (1.0, 1.5, 4.0, 50.0, np.inf):
        space = weight_space(values, Region(np.ones(3), factor), k=8, draws=3, rng=np.random.default_rng(1))
        certain.append(int(space.certain.sum()))
        possible.append(len(space.possible))
    assert certain == sorted(certain, reverse=True)
    assert possible == sorted(possible)
    assert possible[0] < possible[-1]


def test_a_sweep_of_settings_by_hand():
    values = np.array([[4.0, 3.0, 2.0, 1.0], [4.0, 3.0, 1.0, 2.0], [4.0, 1.0, 3.0, 2.0]])
    space = finite_space(values, k=2)
    assert space.top.tolist() == [0, 1]
    assert space.certain.tolist() == [True, False]
    assert space.possible.tolist() == [0, 1, 2]
    assert space.lowest.tolist() == [1, 2]
    assert space.highest.tolist() == [1, 4]
    assert space.sure_pairs.tolist() == [1.0, 1 / 3]


def test_what_is_received_adds_up_to_the_score():
    rows = {
        "source": ["b", "c", "c", "a"],
        "target": ["a", "a", "b", "b"],
        "kind": ["like", "reply", "reply", "post"],
        "network": ["x", "x", "y", "y"],
    }
    frame = pl.DataFrame(rows).with_columns(
        target=pl.when(pl.col("kind") == "post").then(None).otherwise("target")
    )
    graph = build_graph(frame, kinds={"like": 2, "reply": 3})
    names, kinds = parts_received(graph, "kind")
    assert names == ["like", "reply"]
    assert (kinds @ [2, 3]).tolist() == graph.in_strength.tolist()
    names, networks = parts_received(graph, "network")
    assert names == ["x", "y"]
    assert networks.sum(axis=1).tolist() == graph.in_strength.tolist()


def test_errors_say_what_is_wrong():
    with pytest.raises(ConfigError, match="above 0"):
        Region(np.array([1.0, 0.0]), 4.0)
    with pytest.raises(ConfigError, match="factor"):
        Region(np.ones(2), 0.5)
    with pytest.raises(DataError, match="nothing to weigh"):
        weight_space(np.empty((0, 2)), Region(np.ones(2), 4.0), k=3, draws=1, rng=np.random.default_rng(1))
