"""The object that holds a log."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from influence_graph.errors import ConfigError, SchemaError
from influence_graph.graph.build import build_graph
from influence_graph.interactions import encoded_log
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.log import is_event
from influence_graph.interactions.read import read_interactions
from influence_graph.interactions.timestamps import microseconds
from influence_graph.networks.per_network import network_graph

ROWS = pl.DataFrame(
    {
        "source": [1, 2, 3, 4],
        "target": [2, 2, 1, 1],
        "kind": ["like", "like", "like", "follow"],
        "timestamp": [datetime(2012, 7, 1), datetime(2012, 7, 2), datetime(2012, 7, 3), None],
    }
)
LOG = read_interactions(ROWS)


def test_span_kinds_and_columns():
    assert LOG.span == (datetime(2012, 7, 1, tzinfo=UTC), datetime(2012, 7, 3, tzinfo=UTC))
    assert LOG.kinds == {"like": 2, "follow": 1}
    assert LOG.columns == {"source", "target", "kind", "network", "timestamp", "weight"}
    assert read_interactions(ROWS.drop("timestamp")).span is None


def test_events_are_reactions():
    assert [kind for kind in ("like", "post", "follow", "unfollow", "distrust") if is_event(kind)] == ["like"]


class TestBetween:
    def test_from_start_until_before_end(self):
        part = LOG.between(datetime(2012, 7, 1), datetime(2012, 7, 3))
        assert part.frame.collect()["source"].to_list() == [1, 4]

    def test_its_report_counts_its_own_rows(self):
        part = LOG.between(datetime(2012, 7, 2))
        assert (part.report.read, part.report.kept) == (4, 2)
        assert part.report.left_out["reason"].to_list() == [
            "self-interaction",
            "outside 2012-07-02 00:00:00+00:00 to the end",
        ]
        assert part.report.left_out["rows"].to_list() == [1, 1]
        assert "2 of 4 rows kept" in str(part.report)
        assert repr(part).startswith("<Interactions: 2 rows, follow 1, like 1")
        assert str(LOG.between().report) == str(LOG.report)

    def test_parts_have_fingerprints_of_their_own(self):
        zone = timezone(timedelta(hours=2))
        first, same, other = (
            LOG.between(start).fingerprint
            for start in (datetime(2012, 7, 2), datetime(2012, 7, 2, 2, tzinfo=zone), datetime(2012, 7, 4))
        )
        assert first == same
        assert len({first, other, LOG.fingerprint}) == 3

    def test_errors(self):
        with pytest.raises(SchemaError, match="has no timestamps"):
            read_interactions(ROWS.drop("timestamp")).between(datetime(2012, 7, 2))
        with pytest.raises(ConfigError, match="Expected start before end"):
            LOG.between(datetime(2012, 7, 2), datetime(2012, 7, 1))


def decoded(rows):
    """The rows of an encoded log as tuples, row by row."""
    people, labels = rows.people.to_list(), rows.labels
    return [
        (people[u], people[v] if v >= 0 else None, *labels[label], None if t == ALWAYS else t, float(weight))
        for batch in rows.batches
        for u, v, label, t, weight in zip(
            batch.source, batch.target, batch.label, batch.times(), batch.weight, strict=True
        )
    ]


def row_by_row(frame):
    """The rows of a frame as tuples, in the form of :func:`decoded`."""
    time = pl.col("timestamp").dt.epoch("us")
    return frame.select("source", "target", "kind", "network", time, "weight").collect().rows()


@pytest.fixture(params=["encoded first", "encoded after"])
def log(request, monkeypatch):
    """A log of several batches, with posts, follows without a time, and a self-interaction left out."""
    monkeypatch.setattr(encoded_log, "BATCH", 7)
    rng = np.random.default_rng(5)
    m, start = 60, datetime(2024, 1, 1)
    kind = rng.choice(["like", "reply", "follow", "post"], m)
    days = rng.integers(0, 6, m)
    found = read_interactions(
        pl.DataFrame(
            {
                "source": [*rng.integers(0, 9, m).tolist(), 3],
                "target": [
                    *(None if k == "post" else v for k, v in zip(kind, rng.integers(9, 15, m), strict=True)),
                    3,
                ],
                "kind": [*kind, "like"],
                "network": [*rng.choice(["x", "y"], m), "x"],
                "timestamp": [
                    *(
                        None if k == "follow" else start + timedelta(days=int(d))
                        for k, d in zip(kind, days, strict=True)
                    ),
                    start,
                ],
                "weight": [*rng.choice([1.0, 0.3], m), 1.0],
                "item": [*map(str, range(m)), "last"],
            },
            schema_overrides={"target": pl.Int64, "timestamp": pl.Datetime("us")},
        )
    )
    if request.param == "encoded after":
        found._rows = None
    return found


class TestWhere:
    @pytest.mark.parametrize(
        "condition",
        [
            pl.col("timestamp") < datetime(2024, 1, 3, tzinfo=UTC),  # null, so left out, for follows
            pl.col("kind").is_in(["like", "post"]) & (pl.col("network") == "x"),
            pl.col("source") != 4,
            pl.col("weight") < 1,
            pl.col("item").str.ends_with("7"),  # a column that is not among the encoded ones
            pl.col("weight") > pl.col("weight").mean().over("source"),  # not row by row
            pl.lit(True),
            pl.lit(False),
        ],
        ids=["time", "kind and network", "source", "weight", "item", "window", "all", "none"],
    )
    def test_frame_rows_report_and_fingerprint_go_together(self, log, condition):
        part = log.where(condition, reason="not wanted")
        wanted = log.frame.collect().filter(condition)
        assert_frame_equal(part.frame.collect(), wanted)
        assert decoded(part.rows) == row_by_row(wanted.lazy())
        assert part.rows.people.to_list() == sorted({*wanted["source"], *wanted["target"].drop_nulls()})
        report = part.report
        assert (report.read, report.kept) == (61, wanted.height)
        gone = {"self-interaction": 1, "not wanted": 60 - wanted.height}
        assert dict(report.left_out.select("reason", "rows").iter_rows()) == {
            reason: rows for reason, rows in gone.items() if rows
        }
        assert (part.fingerprint == log.fingerprint) == (wanted.height == 60)

    def test_a_part_of_a_part(self, log):
        likes = log.where(pl.col("kind") == "like", reason="no like")
        both = likes.where(pl.col("network") == "x", reason="not on x")
        at_once = log.where((pl.col("kind") == "like") & (pl.col("network") == "x"), reason="neither")
        assert decoded(both.rows) == decoded(at_once.rows) == row_by_row(both.frame)
        reasons = dict(both.report.left_out.select("reason", "rows").iter_rows())
        assert sum(reasons.values()) + both.report.kept == both.report.read == 61
        assert list(reasons) == ["self-interaction", "no like", "not on x"]
        assert repr(both) == repr(at_once)

    def test_equal_rows_have_equal_fingerprints_and_other_rows_others(self, log):
        one = log.where(pl.col("weight") < 1, reason="heavy").fingerprint
        same = log.where(~(pl.col("weight") >= 1), reason="of another reason").fingerprint
        other = log.where(pl.col("weight") >= 1, reason="light").fingerprint
        assert one == same
        assert len({one, other, log.fingerprint}) == 3

    @pytest.mark.parametrize("end", [datetime(2024, 1, 3), datetime(2024, 1, 3, 0, 0, 0, 1)])
    def test_between_ends_before_its_end_in_frame_and_encoded_rows_alike(self, log, end):
        start, moment = datetime(2024, 1, 2), end.replace(tzinfo=UTC)
        part = log.between(start, end)
        inside = [
            row
            for row in row_by_row(log.frame)
            if row[4] is None or microseconds(start.replace(tzinfo=UTC)) <= row[4] < microseconds(moment)
        ]
        assert decoded(part.rows) == row_by_row(part.frame) == inside
        on_the_end = sum(row[4] == microseconds(datetime(2024, 1, 3, tzinfo=UTC)) for row in inside)
        assert (on_the_end > 0) == (end.microsecond == 1)


class TestConcat:
    def test_rows_and_counts_of_both(self, log):
        early, late = log.between(end=datetime(2024, 1, 3)), log.between(datetime(2024, 1, 3))
        late = late.where(pl.col("kind") != "follow", reason="a follow")
        both = early.concat(late)
        assert row_by_row(both.frame) == row_by_row(early.frame) + row_by_row(late.frame)
        assert decoded(both.rows) == row_by_row(both.frame)
        assert both.report.kept == log.report.kept == sum(both.kinds.values())
        assert both.fingerprint != late.concat(early).fingerprint

    def test_ids_of_two_types(self):
        text = read_interactions(ROWS.with_columns(pl.col("source", "target").cast(pl.String)), ids="text")
        with pytest.raises(SchemaError, match="Ids are of type Int64 in one log and String in the other"):
            LOG.concat(text)


def test_a_graph_has_a_log_of_the_rows_it_counts(log):
    graph = build_graph(log, as_of=datetime(2024, 1, 3))
    rows = graph.log.frame.collect()
    assert graph.log.report.kept == rows.height < log.report.kept
    assert repr(graph.log).startswith(f"<Interactions: {rows.height} rows")
    assert f"{log.report.kept - rows.height} left out: later than as_of" in str(graph.log.report)
    assert decoded(graph.log.rows) == row_by_row(graph.log.frame)


def test_the_log_of_one_network_counts_its_own_rows(log):
    part, _ = network_graph(build_graph(log), "y")
    rows = part.log.frame.collect()
    assert set(rows["network"]) == {"y"}
    assert part.log.report.kept == rows.height < log.report.kept
    assert repr(part.log).startswith(f"<Interactions: {rows.height} rows")
    assert f"{log.report.kept - rows.height} left out: not on the network 'y'" in str(part.log.report)


def test_it_shows_itself():
    assert repr(LOG) == "<Interactions: 3 rows, like 2, follow 1, 2012-07-01 to 2012-07-03>"
    assert "1 left out: self-interaction" in str(LOG)
    page = LOG._repr_html_()
    assert "<table" in page
    assert "3 of 4 rows kept" in page
    assert "&lt;Interactions" in page
    many = ROWS[:1].drop("kind").join(pl.DataFrame({"kind": list("abcdef")}), how="cross")
    assert "d 1, …" in repr(read_interactions(many))
