"""Credible reach by hand, against plain Python, and at its limits."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph import DataError, build_graph, credible_reach, reactors, read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)


def log_of(rows):
    """A log of (source, target, kind, day)."""
    frame = pl.DataFrame(rows, ["source", "target", "kind", "day"], orient="row")
    times = [START + timedelta(days=day) for day in frame["day"]]
    return read_interactions(frame.drop("day").with_columns(timestamp=pl.Series(times)))


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    ends = rng.integers(0, 30, (600, 2)) // rng.integers(1, 4, (600, 2))
    days = np.sort(rng.integers(0, 90, 600)).tolist()
    return [
        (f"p{u}", f"p{v}", "like", day) for (u, v), day in zip(ends.tolist(), days, strict=True) if u != v
    ]


@pytest.mark.parametrize("half_life", [None, 20.0])
def test_against_plain_python(rows, half_life):
    first, last = {}, {}
    for u, v, _, day in rows:
        first.setdefault(u, day)
        last[u, v] = day
    graph = build_graph(log_of(rows), half_life=half_life and f"{half_life:g}d")
    end = max(row[3] for row in rows)
    for at, person in enumerate(graph.ids):
        trusted = unknown = 0.0
        for (u, v), day in last.items():
            if v == person:
                weight = 1.0 if half_life is None else 2 ** ((day - end) / half_life)
                credit = 1 - math.exp(-(day - first[u]) / 30)
                trusted, unknown = trusted + weight * credit, unknown + weight * (1 - credit)
        expected = trusted + min(unknown, 2 + 0.5 * trusted)
        found = credible_reach(graph, floor=2.0, slope=0.5).values[at]
        assert found == pytest.approx(expected, rel=1e-12)


def test_limits_are_the_count_of_reactors_and_the_capped_count(rows):
    graph = build_graph(log_of(rows))
    count = reactors(graph).values
    np.testing.assert_allclose(credible_reach(graph, floor=1e9).values, count, rtol=1e-12)
    capped = credible_reach(graph, tenure="none", floor=4.0, slope=0.0).values
    np.testing.assert_array_equal(capped, np.minimum(count, 4.0))


def test_one_account_counts_at_most_once_however_loud():
    quiet = [(f"f{i}", "a", "like", 5) for i in range(3)]
    loud = quiet + [("f0", "a", "like", 5)] * 50
    one, other = (credible_reach(build_graph(log_of(rows))).values[0] for rows in (quiet, loud))
    assert one == other == 3.0


def test_seeds_and_audits():
    rows = [(f"f{i}", "a", "like", 1) for i in range(40)] + [("s", "f0", "like", 0), ("s", "f1", "like", 0)]
    graph = build_graph(log_of(rows))
    at = graph.positions(["a"])
    # Nobody has a record: 40 fresh accounts count 10; with two vouched for, 2 + min(38, 10 + 6).
    assert credible_reach(graph).values[at] == pytest.approx(10.0)
    assert credible_reach(graph, seeds=("s",)).values[at] == pytest.approx(18.0)
    fake = {f"f{i}": False for i in range(5)}
    real = dict.fromkeys(fake, True)
    found = [credible_reach(graph, floor=100.0, audited=one).values[at][0] for one in (fake, real)]
    assert found == pytest.approx([40 * 10 / 9 * 9 / 15, 40 * 10 / 9 * 14 / 15])


def test_permuted_ages_move_credit_but_make_none(rows):
    graph = build_graph(log_of(rows))
    plain, dealt = (credible_reach(graph, floor=0.0, slope=0.0, permutation=one) for one in (None, 1))
    assert plain.values.sum() == pytest.approx(dealt.values.sum())
    assert not np.allclose(plain.values, dealt.values)


def test_without_timestamps_it_says_what_to_name():
    log = read_interactions(pl.DataFrame({"source": ["b"], "target": ["a"], "kind": ["like"]}))
    with pytest.raises(DataError, match="timestamp"):
        credible_reach(build_graph(log))


def test_rows_after_the_moment_and_kinds_without_weight_are_left_out():
    rows = [("b", "a", "like", 0), ("c", "a", "reply", 3), ("d", "a", "like", 9), ("e", "a", "like", 5)]
    log = log_of(rows)
    graph = build_graph(log, kinds={"like": 1.0, "reply": 0.0}, as_of=START + timedelta(days=6))
    assert graph.ids.to_list() == ["a", "b", "c", "e"]
    assert credible_reach(graph).values.tolist() == [2.0, 0.0, 0.0, 0.0]


def test_an_audit_bounds_what_sybils_bring():
    # A tenth is audited and found to be fake: below 10/p however many there are.
    for count in (100, 1000):
        rows = [(f"f{i}", "a", "like", 1) for i in range(count)]
        audited = {f"f{i}": False for i in range(0, count, 10)}
        value = credible_reach(build_graph(log_of(rows)), floor=1e9, audited=audited).values[0]
        assert value == pytest.approx(10 * count / (10 + count / 10))
        assert value < 100.0
