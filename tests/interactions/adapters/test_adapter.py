"""What an adapter is, shown by one of a format that nobody else has."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph.interactions.adapters.adapter import Adapter, has_all
from influence_graph.interactions.adapters.reading import read_adapted


def _read(path, rows):
    for line in path.read_text().split():
        source, target, item, time = line.split(">")
        rows.record += 1
        rows.add(source, target, "like", time or None, item=item or None)


def years(texts):
    """Return times of which only the year is written."""
    return texts.str.to_datetime("%Y-%m-%d", time_zone="UTC", time_unit="us")


@pytest.mark.parametrize(("records", "kept"), [(True, [2, 1]), (False, [2, 2])])
def test_the_same_items_are_one_record_or_parallel_edges(files, records, kept):
    adapter = Adapter("arrows", "arrows", lambda head, name: True, _read, records=records)
    paths = [files.write("a.x", "ann>bea>1> ann>bea>2>"), files.write("b.x", "ann>bea>2> cem>bea>3>")]
    found = read_adapted([(path, adapter) for path in paths])
    assert [one.frame.collect().height for one in found] == kept
    assert [sum(one.left_out.values()) for one in found] == [2 - rows for rows in kept]
    assert found[0].notes == (f"{paths[0]}: read as arrows",)


def test_network_and_times_are_as_the_adapter_says(files):
    path = files.write("a.x", "ann>bea>1>2019-01-01 cem>bea>2>2020-06-01")
    adapter = Adapter("arrows", "arrows", lambda head, name: True, _read, network="sky", parse_time=years)
    (found,) = read_adapted([(path, adapter)])
    assert found.frame.select(pl.col("network").cast(pl.String), "timestamp").collect().rows() == [
        ("sky", datetime(2019, 1, 1, tzinfo=UTC)),
        ("sky", datetime(2020, 6, 1, tzinfo=UTC)),
    ]
    plain = Adapter("arrows", "arrows", lambda head, name: True, _read)
    (found,) = read_adapted([(path, plain)])
    assert "network" not in found.frame.collect_schema().names()


@pytest.mark.parametrize(
    ("marks", "there"),
    [
        ((b'"id"', b'"text"'), True),
        ((b'"text"', b'"id"'), True),
        ((b'"id"', b'"x"'), False),
        ((b'"x"',), False),
    ],
)
def test_every_mark_must_be_there(marks, there):
    assert has_all(b'{"id": 1, "text": "x y"}', *marks) is there
