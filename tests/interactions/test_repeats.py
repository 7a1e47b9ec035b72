"""Rows that agree with another, against brute force."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.interactions import fast_path
from influence_graph.interactions.repeats import SAMPLE, act_hashes, compared_rows, count_rows, may_repeat

ALWAYS = np.iinfo(np.int64).min


@pytest.mark.parametrize("rows", [0, 1, 2, 500, 20_000])
def test_all_that_repeat_are_found_and_few_others(rows):
    rng = np.random.default_rng(rows)
    values = rng.integers(0, 2**64, rows, dtype=np.uint64)
    values[rows // 2 : rows // 2 + rows // 50] = values[: rows // 50]
    counts = Counter(values.tolist())
    repeats = np.array([counts[value] > 1 for value in values.tolist()], dtype=bool)
    found = may_repeat(values)
    assert found[repeats].all()
    assert np.count_nonzero(found & ~repeats) <= 0.1 * rows


def acts(rows=2_000):
    rng = np.random.default_rng(5)
    source, target = (rng.integers(-2, 6, rows).astype(np.int32) for _ in range(2))
    time = rng.integers(-(10**9), 10**9, rows)
    time[rng.integers(0, rows, 30)] = ALWAYS
    return source, target, time


@pytest.mark.parametrize("sample", [False, True])
def test_rows_compared_have_another_as_target_and_a_sampled_second(sample):
    source, target, time = acts()
    expected = [
        row
        for row, (u, v, when) in enumerate(zip(source.tolist(), target.tolist(), time.tolist(), strict=True))
        if v >= 0 and u != v and (not sample or (when != ALWAYS and (when // 10**6) % SAMPLE == 0))
    ]
    assert expected
    assert compared_rows(source, target, time, sample, ALWAYS).tolist() == expected


def test_hashes_are_equal_where_people_and_time_are():
    source, target, time = acts()
    source, target, time = (np.tile(column, 2) for column in (np.abs(source), np.abs(target), time % 7))
    hashes = act_hashes(source, target, time).tolist()
    keys = list(zip(source.tolist(), target.tolist(), time.tolist(), strict=True))
    assert len(set(hashes)) == len(set(keys)) == len(set(zip(hashes, keys, strict=True)))


def test_counts_by_label():
    source, target, time = acts()
    label = np.random.default_rng(6).integers(0, 3, len(source)).astype(np.int32)
    counts = np.zeros((4, 5), dtype=np.int64)
    count_rows(source, target, label, time, counts, ALWAYS)
    columns = [np.ones(len(source)), time == ALWAYS, source == target, target < 0, source < 0]
    expected = np.column_stack([np.bincount(label, column, minlength=4) for column in columns])
    assert counts.tolist() == expected.tolist()
    count_rows(source, target, label, time[:0], counts, ALWAYS)
    assert counts[:, 1].tolist() == expected[:, 1].tolist()


def test_a_sample_has_no_self_interactions_as_row_by_row(tmp_path, monkeypatch):
    # In the sampled second 61 are nine acts of each kind, eight of them the same; and people with themselves.
    kinds = ["mention"] * 9 + ["reply"] * 9 + ["mention"] * 30
    source, target = [*range(9), *range(8), 50, *[7] * 30], [*[99] * 18, *[7] * 30]
    rows = pl.DataFrame({"source": source, "target": target, "kind": kinds})
    rows = rows.with_columns(timestamp=pl.lit(61_000_000).cast(pl.Datetime("us", "UTC")))
    rows.write_parquet(tmp_path / "log.parquet")
    monkeypatch.setattr(fast_path, "ROWS_COMPARED", 10)
    notes = read_interactions(tmp_path / "log.parquet").report.notes
    assert [note.split(" rows are")[0] for note in notes] == [
        "89% of sampled 'mention'",
        "89% of sampled 'reply'",
    ]
