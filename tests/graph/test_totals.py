"""What a log adds up to up to a moment: which rows count, and what is said of those left out."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

import influence_graph.graph.totals as module
from influence_graph.errors import DataError
from influence_graph.graph.build import build_graph
from influence_graph.graph.totals import log_totals
from influence_graph.interactions.log import Interactions, ReadReport

START = datetime(2024, 1, 1, tzinfo=UTC)


def day(number):
    return START + timedelta(days=number)


def edges(graph):
    return {(u, v): weight for u, v, weight in graph.to_edges().iter_rows()}


def raw_log(**columns):
    """A log past the reader, for rows that the reader would leave out itself."""
    frame = pl.DataFrame(columns | {"network": ["x"] * len(columns["source"])})
    report = ReadReport(pl.DataFrame({"read": [frame.height], "kept": [frame.height]}), pl.DataFrame())
    return Interactions(frame.lazy(), report, lambda: "here")


def test_rows_without_a_time_among_rows_with_one():
    moments = pl.Series([None, day(1), day(5)], dtype=pl.Datetime("us", "UTC"))
    columns = {"source": ["b", "c", "d"], "target": ["a"] * 3, "weight": [1.0] * 3, "timestamp": moments}
    log = raw_log(kind=["like"] * 3, **columns)
    graph = build_graph(log, as_of=day(2))
    assert edges(graph) == {("b", "a"): 1.0, ("c", "a"): 1.0}
    assert graph.report == {"later than as_of": 1}
    assert graph.nodes["first_seen"].to_list() == [day(1), None, day(1)]
    with pytest.raises(DataError, match="1 row has no timestamp"):
        build_graph(log, half_life="1d")
    # A follow does not decay, so it needs no time.
    follows = raw_log(kind=["follow", "like", "like"], **columns)
    assert edges(build_graph(follows, kinds={"follow": 1, "like": 0}, half_life="1d")) == {("b", "a"): 1.0}


def test_self_interactions_are_left_out_and_counted():
    log = raw_log(source=["a", "b"], target=["a", "a"], kind=["like"] * 2, weight=[1.0, 1.0])
    graph = build_graph(log)
    assert edges(graph) == {("b", "a"): 1.0}
    assert graph.report == {"self-interactions": 1}
    assert graph.log.frame.collect().rows() == [("b", "a", "like", 1.0, "x")]
    assert graph.log.fingerprint != log.fingerprint


def test_nothing_up_to_as_of(three_days):
    with pytest.raises(DataError, match=r"as_of is 2023-01-01.*starts at 2024-01-01"):
        build_graph(three_days, as_of="2023-01-01")


def test_an_empty_log():
    with pytest.raises(DataError, match="no rows"):
        build_graph(raw_log(source=[], target=[], kind=[], weight=[]))


def test_times_of_every_size_are_kept():
    # Offsets from the first in 32 bits of microseconds, in 32 bits of seconds, and in 64 bits.
    for moments in (
        [0, 4_000_000_000],
        [0, 86_400_000_000_000],
        [0, 86_400_000_000_001],
        [-(10**15), 10**15 + 1],
    ):
        frame = pl.DataFrame(
            {
                "source": [2, 3],
                "target": [1, 1],
                "timestamp": pl.Series(moments).cast(pl.Datetime("us", "UTC")),
            }
        )
        graph = build_graph(frame, half_life="365d")
        assert graph.nodes["first_seen"].to_physical().to_list() == [moments[0], *moments]
        assert graph.adjacency.toarray()[1, 0] == np.exp2((moments[0] - moments[1]) / (365 * 86_400e6))


def test_weights_that_32_bits_do_not_hold():
    weights = [0.1, 1e300, 2**24 + 1.0, 5e-324]
    frame = pl.DataFrame({"source": [2, 3, 4, 5], "target": [1] * 4, "weight": weights})
    assert build_graph(frame).adjacency.data.tolist() == weights


def totals(log, **options):
    """The sums with every kind of weight 1."""
    given = {"half_life": None, "as_of": None, "separate": True} | options
    return log_totals(log, **given, resolve=lambda kinds: (dict.fromkeys(kinds, 1.0), None, ()))


@pytest.fixture
def three_days():
    moments = pl.Series([day(0), day(1), day(2)], dtype=pl.Datetime("us", "UTC"))
    return raw_log(
        source=["b", "c", "c"], target=["a"] * 3, kind=["like"] * 3, weight=[1.0] * 3, timestamp=moments
    )


@pytest.mark.parametrize(
    ("as_of", "not_before", "moment", "weight"),
    [
        (None, None, 2, {("b", "a"): 0.25, ("c", "a"): 1.5}),
        (None, 1, 2, {("b", "a"): 0.25, ("c", "a"): 1.5}),
        (None, 3, 3, {("b", "a"): 0.125, ("c", "a"): 0.75}),
        (1, None, 1, {("b", "a"): 0.5, ("c", "a"): 1.0}),
        (4, None, 4, {("b", "a"): 0.0625, ("c", "a"): 0.375}),
    ],
)
def test_events_decay_to_the_moment_that_is_described(three_days, as_of, not_before, moment, weight):
    found = totals(
        three_days,
        half_life=86_400.0,
        as_of=None if as_of is None else day(as_of),
        not_before=None if not_before is None else day(not_before),
    )
    assert found.moment == day(moment)
    assert found.later == (as_of == 1)
    layer = found.sums.layers["like", "x"].tocoo()
    people = found.rows.people.to_list()
    assert {(people[u], people[v]): w for u, v, w in zip(*layer.coords, layer.data, strict=True)} == weight


def test_weights_are_asked_for_the_kinds_of_the_rows_that_count(three_days):
    frame = three_days.frame.collect()
    late = frame[:1].with_columns(
        pl.lit("reply").alias("kind"), timestamp=pl.lit(day(9)).dt.cast_time_unit("us")
    )
    log = raw_log(**pl.concat([frame, late]).drop("network").to_dict(as_series=False))
    asked = []

    def resolve(kinds):
        asked.append(kinds)
        return dict.fromkeys(kinds, 1.0), None, ("noted",)

    for moment in (None, day(2)):
        found = log_totals(log, half_life=None, as_of=moment, separate=False, resolve=resolve)
        assert found.resolved[2] == ("noted",)
        assert found.sums.layers == {}
    assert asked == [{"like", "reply"}, {"like"}]


def test_more_layers_than_can_be_kept_are_refused_and_can_be_added_up(monkeypatch):
    monkeypatch.setattr(module, "MOST_LAYERS", 3)
    frame = pl.DataFrame({"source": ["b", "c", "d", "e"], "target": "a", "network": ["w", "x", "y", "z"]})
    with pytest.raises(DataError, match=r"4 pairs of kind and network.*at most 3 .*layers=False"):
        build_graph(frame)
    assert build_graph(frame, layers=False).in_strength.tolist() == [4, 0, 0, 0, 0]
    assert len(build_graph(frame[:3]).layers) == 3
    monkeypatch.setattr(module, "_MOST_COUNTS", 10)
    monkeypatch.setattr(module, "_FEW_KINDS", 2)
    with pytest.raises(DataError, match="4 kinds and 5 people, too many"):
        build_graph(frame.rename({"network": "kind"}), layers=False)
