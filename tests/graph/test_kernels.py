"""The kernels of the builder, each beside a plain version written as its definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph.graph import kernels
from influence_graph.graph.kernels import (
    EdgeArrays,
    KeyLayout,
    LayerTable,
    Runs,
    SortedRows,
    SortMemory,
)
from influence_graph.interactions.dictionary import ABSENT
from influence_graph.interactions.encoded_log import ALWAYS

NEVER = np.iinfo(np.int64).max
LAYOUT = KeyLayout(first=3, target_bits=5, layer_bits=2)
seeds = st.integers(0, 10_000)


def int32(values):
    return np.asarray(values, dtype=np.int32)


def with_absent(rng, size, people):
    """Targets of which a few are absent."""
    return int32(np.where(rng.random(size) < 0.2, ABSENT, rng.integers(0, people, size)))


def draw_rows(rng, people=6, layers=4):
    """Sources, targets and layers of a few rows, so that runs are long."""
    size = rng.integers(0, 60)
    source = int32(LAYOUT.first + rng.integers(0, people, size))
    return source, int32(rng.integers(0, people, size)), int32(rng.integers(0, layers, size))


def sum_runs_by_formula(source, target, layer, ends, values, layers, separate):
    """Return edges, pairs that count, runs, and what each (kind, source) gave, from rows in order of time."""
    edges, counted, runs, given_by = [], set(), [], {}
    merged = {}
    keys = np.stack([source, target, layer], axis=1).astype(np.int64)
    for u, v, code in np.unique(keys, axis=0).tolist():
        mine = np.flatnonzero((keys == (u, v, code)).all(axis=1))
        if layers.is_state[code]:
            if ends.size and ends[mine[-1]]:
                continue
            left = values[mine[-1]]
        else:
            # Unlike sum, accumulate adds from left to right.
            left = np.add.accumulate(values[mine], axis=0)[-1]
        whole, decayed = left[0], left[-1]
        runs.append((v, code, whole))
        kind = int(layers.kind[code])
        given_by[kind, u] = given_by.get((kind, u), 0.0) + whole
        merged.setdefault((u, v), 0.0)
        if layers.weight[code] > 0:
            counted.add((u, v))
            merged[u, v] += layers.weight[code] * decayed
        if separate:
            edges.append((u, v, decayed, code))
    if not separate:
        edges = [(u, v, total, None) for (u, v), total in merged.items() if total != 0]
    return edges, counted, runs, given_by


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("decay", [False, True])
@pytest.mark.parametrize("states", [False, True])
@settings(max_examples=20)
@given(seed=seeds)
def test_runs_are_added_up_from_left_to_right(separate, decay, states, seed):
    rng = np.random.default_rng(seed)
    source, target, layer = draw_rows(rng)
    size, n = source.size, LAYOUT.first + 6
    layers = LayerTable(
        np.array([False, states, False, False]), np.array([0.3, 0.7, 0.0, 1.1]), np.array([0, 1, 2, 0])
    )
    ends = rng.random(size) < 0.3 if states else np.empty(0, dtype=bool)
    weight = rng.lognormal(sigma=9, size=size)
    # A decayed weight of 0 has underflowed: the pair counts, and has no edge.
    left = weight * rng.choice([0.0, 0.25, 1.0], size)
    values = np.stack([weight, left], axis=1) if decay else weight[:, None].copy()

    key = ((source - LAYOUT.first) << LAYOUT.target_bits | target) << LAYOUT.layer_bits | layer
    order = np.argsort(key, kind="stable").astype(np.int32)
    rows = SortedRows(key[order].astype(np.uint64), order, ends, values)
    edges = EdgeArrays(np.empty(size, np.int32), np.empty(size), np.empty(size, np.int32))
    lengths, given_by = np.zeros(n, dtype=np.int64), np.zeros((3, n))
    runs = Runs(key.astype(np.uint64), np.empty(size))
    count, pairs, ran = kernels.sum_runs(rows, layers, LAYOUT, separate, edges, runs, lengths, given_by)

    expected, counted, expected_runs, gave = sum_runs_by_formula(
        source, target, layer, ends, values, layers, separate
    )
    assert count == len(expected)
    assert edges.target[:count].tolist() == [v for _, v, _, _ in expected]
    assert edges.weight[:count].tolist() == [weight for _, _, weight, _ in expected]
    if separate:
        assert edges.layer[:count].tolist() == [code for _, _, _, code in expected]
    assert lengths.tolist() == [sum(u == person for u, _, _, _ in expected) for person in range(n)]
    assert pairs == len(counted)
    packed = runs.keys[:ran].astype(np.int64)
    mask = (1 << LAYOUT.target_bits) - 1
    columns = packed >> LAYOUT.layer_bits & mask, packed & ((1 << LAYOUT.layer_bits) - 1), runs.weight[:ran]
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected_runs
    assert {(k, u): given_by[k, u] for k, u in zip(*np.nonzero(given_by), strict=True)} == gave


@given(seed=seeds, low=st.integers(0, 50), width=st.integers(0, 13), spare=st.integers(0, 9))
def test_radix_sort_is_the_stable_sort(seed, low, width, spare):
    # Keys that differ in a few bits only, anywhere in the word, so that digits are skipped and keys repeat.
    rng = np.random.default_rng(seed)
    shared = np.uint64(rng.integers(2**62))
    drawn = rng.integers(0, 1 << width, rng.integers(0, 80)).astype(np.uint64)
    keys = drawn << np.uint64(low) ^ shared
    found, order = kernels.radix_sort(keys, SortMemory.of(keys.size + spare))
    expected = np.argsort(keys, kind="stable")
    assert order.tolist() == expected.tolist()
    assert found.tolist() == keys[expected].tolist()


@given(
    counts=st.lists(st.integers(0, 9), min_size=1, max_size=40),
    most=st.integers(1, 12),
    widest=st.integers(1, 9),
)
def test_blocks_are_as_large_as_allowed(counts, most, widest):
    block = kernels.assign_blocks(np.array(counts), most, widest)
    assert block[0] == 0
    assert set(np.diff(block).tolist()) <= {0, 1}
    groups = [[counts[i] for i in np.flatnonzero(block == number)] for number in range(block[-1] + 1)]
    for group in groups:
        assert len(group) <= widest
        assert sum(group) <= most or np.count_nonzero(group) == 1
    for group, (first, *_) in itertools.pairwise(groups):
        # The first of the next block did not fit.
        assert len(group) == widest or (sum(group) > 0 and sum(group) + first > most)


@given(seed=seeds)
def test_rows_of_blocks_are_those_that_have_a_target(seed):
    rng = np.random.default_rng(seed)
    size = rng.integers(0, 50)
    source, target = int32(rng.integers(0, 9, size)), with_absent(rng, size, 9)
    block = int32(np.sort(rng.integers(0, 4, 9)))
    has_target = target != ABSENT
    expected = np.bincount(block[source[has_target]], minlength=4)
    assert kernels.rows_per_block(source, target, block, 4).tolist() == expected.tolist()
    rows = kernels.rows_of_sources(source, target, 2, 6)
    assert rows.tolist() == np.flatnonzero(has_target & (source >= 2) & (source < 6)).tolist()


@pytest.mark.parametrize("decay", [False, True])
@given(seed=seeds)
def test_rows_are_appended_to_their_blocks_with_a_key_that_says_all(decay, seed):
    rng = np.random.default_rng(seed)
    source, target, layer = draw_rows(rng)
    weight, left = rng.random(source.size), rng.random(source.size if decay else 0)
    # Two people a block; the first block of the group is number 7, and a row is there already in each.
    block = int32(np.arange(LAYOUT.first + 6) + 11) // 2
    number = block[source] - 7
    sizes = 1 + np.bincount(number, minlength=3)
    starts = np.cumsum(sizes) - sizes
    heads = starts + 1
    keys = np.zeros(sizes.sum(), dtype=np.uint64)
    values = np.full((keys.size, 1 + decay), np.nan)
    places = np.empty(source.size, dtype=np.int64)
    kernels.scatter_rows(source, target, layer, weight, left, block, heads, 7, LAYOUT, keys, values, places)
    assert heads.tolist() == (starts + sizes).tolist()
    for code in range(3):
        assert places[number == code].tolist() == list(range(starts[code] + 1, starts[code] + sizes[code]))
    found = keys[places].astype(np.int64)
    assert (found & 3).tolist() == layer.tolist()
    assert (found >> 2 & 31).tolist() == target.tolist()
    assert (found >> 7).tolist() == (source - LAYOUT.first).tolist()
    assert values[places, 0].tolist() == weight.tolist()
    if decay:
        assert values[places, 1].tolist() == left.tolist()
    assert np.isnan(values[starts]).all()


@given(seed=seeds, timed=st.booleans())
def test_activity_is_that_of_the_rows_that_name_a_person(seed, timed):
    rng = np.random.default_rng(seed)
    size, n = int(rng.integers(0, 40)), 7
    source, target = int32(rng.integers(0, n, size)), with_absent(rng, size, n)
    label, event, decays = int32(rng.integers(0, 3, size)), np.array([1, 0, 0]) > 0, np.array([1, 1, 0]) > 0
    time = (
        np.where(rng.random(size) < 0.2, ALWAYS, rng.integers(-99, 99, size)) if timed else np.empty(0, int)
    )
    table = np.tile(np.array([NEVER, ALWAYS, ALWAYS, 0]), (n, 1))
    untimed = kernels.record_activity(source, target, label, time, event, decays, table, ALWAYS)

    has_target = target != ABSENT
    known = time != ALWAYS if timed else np.zeros(size, dtype=bool)
    lacks = ~known & timed
    assert untimed == (lacks & has_target & decays[label]).sum()
    for person in range(n):
        named = known & ((source == person) | (target == person))
        reacted = known & (target == person) & event[label]
        assert table[person].tolist() == [
            min(time[named[: time.size]], default=NEVER),
            max(time[named[: time.size]], default=ALWAYS),
            max(time[reacted[: time.size]], default=ALWAYS),
            (has_target & (source == person)).sum(),
        ]


@settings(max_examples=20)
@given(seed=seeds)
def test_what_is_received_is_added_in_the_order_of_the_runs(seed):
    rng = np.random.default_rng(seed)
    source, target, layer = draw_rows(rng)
    weight, kind = rng.lognormal(sigma=9, size=target.size), np.array([1, 0, 2, 1])
    received = rng.random((6, 3))
    expected = received.copy()
    np.add.at(expected, (target, kind[layer]), weight)
    key = ((source - LAYOUT.first) << LAYOUT.target_bits | target) << LAYOUT.layer_bits | layer
    kernels.add_received(Runs(key.astype(np.uint64), weight), LAYOUT, kind, received)
    assert received.tolist() == expected.tolist()
