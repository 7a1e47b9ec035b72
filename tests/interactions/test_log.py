"""The object that holds a log."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from influence_graph.errors import ConfigError, SchemaError
from influence_graph.interactions.log import is_event
from influence_graph.interactions.read import read_interactions

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
        assert (part.report.read, part.report.kept) == (3, 2)
        assert part.report.left_out["rows"].to_list() == [1]
        assert "2 of 3 rows kept" in str(part.report)
        assert repr(part).startswith("<Interactions: 2 rows, follow 1, like 1")
        assert LOG.between().report.left_out.is_empty()

    def test_parts_have_fingerprints_of_their_own(self):
        zone = timezone(timedelta(hours=2))
        first, same, other = (
            LOG.between(start).fingerprint
            for start in (datetime(2012, 7, 2), datetime(2012, 7, 2, 2, tzinfo=zone), datetime(2012, 7, 3))
        )
        assert first == same
        assert len({first, other, LOG.fingerprint}) == 3

    def test_errors(self):
        with pytest.raises(SchemaError, match="has no timestamps"):
            read_interactions(ROWS.drop("timestamp")).between(datetime(2012, 7, 2))
        with pytest.raises(ConfigError, match="Expected start before end"):
            LOG.between(datetime(2012, 7, 2), datetime(2012, 7, 1))


def test_it_shows_itself():
    assert repr(LOG) == "<Interactions: 3 rows, like 2, follow 1, 2012-07-01 to 2012-07-03>"
    assert "1 left out: self-interaction" in str(LOG)
    page = LOG._repr_html_()
    assert "<table" in page
    assert "3 of 4 rows kept" in page
    assert "&lt;Interactions" in page
    many = ROWS[:1].drop("kind").join(pl.DataFrame({"kind": list("abcdef")}), how="cross")
    assert "d 1, …" in repr(read_interactions(many))
