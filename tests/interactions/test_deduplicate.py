"""Acts recorded twice."""

from datetime import datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from influence_graph.interactions.read import read_interactions

KINDS = ["retweet", "quote", "reply", "mention", "like"]


def brute_force(rows, kinds):
    """Return the rows that stay, by comparing each with each."""

    def repeats(row, other):
        return (
            row["kind"] in kinds
            and other["kind"] in kinds
            and kinds.index(other["kind"]) < kinds.index(row["kind"])
            and all(row[key] == other[key] for key in ("source", "target", "network", "timestamp"))
        )

    return [row for row in rows if not any(repeats(row, other) for other in rows)]


@given(st.data())
def test_equals_brute_force(data):
    n = data.draw(st.integers(1, 25))

    def column(values):
        return data.draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    rows = pl.DataFrame(
        {
            "source": column([1, 2]),
            "target": column([3, 4]),
            "kind": column(KINDS),
            "network": column(["x", "m"]),
            "timestamp": column([datetime(2012, 7, 1), datetime(2012, 7, 2)]),
        }
    )
    kinds = data.draw(st.permutations(KINDS).map(lambda order: order[:3]))
    log = read_interactions(rows, one_act=kinds)
    plain = read_interactions(rows).frame.collect()
    wanted = pl.DataFrame(brute_force(plain.to_dicts(), kinds), schema=plain.schema)
    assert_frame_equal(log.frame.collect(), wanted)
    assert log.report.left_out["rows"].sum() == n - wanted.height


def test_is_counted_before_self_interactions():
    rows = pl.DataFrame(
        {
            "source": [1, 1, 2],
            "target": [1, 1, 1],
            "kind": ["reply", "mention", "reply"],
            "timestamp": ["2012-07-01"] * 3,
        }
    )
    report = read_interactions(rows, one_act=("reply", "mention")).report
    assert dict(report.left_out.select("reason", "rows").iter_rows()) == {
        "recorded twice: a mention that is there as another kind": 1,
        "self-interaction": 1,
    }


def test_kinds_most_of_whose_rows_coincide_are_noted():
    times = [datetime(2012, 7, day) for day in (1, 2, 3, 4)]
    mentions = pl.DataFrame({"source": 1, "target": 2, "kind": "mention", "timestamp": times})
    replies = mentions[:3].with_columns(kind=pl.lit("reply"))
    report = read_interactions(pl.concat([mentions, replies])).report
    assert [note[:40] for note in report.notes] == [
        "3 of 4 'mention' rows are there as 'repl",
        "3 of 3 'reply' rows are there as 'mentio",
    ]
    assert "one_act=('reply', 'mention')" in report.notes[1]
    half = read_interactions(pl.concat([mentions, replies[:2].with_columns(source=pl.lit(9, pl.Int32))]))
    assert not half.report.notes


def test_kinds_that_the_log_lacks_are_noted():
    rows = pl.DataFrame({"source": [1], "target": [2], "kind": ["RT"], "timestamp": ["2012-07-01"]})
    report = read_interactions(rows, one_act=("reply", "mention"), kind_names={"XX": "like"}).report
    assert "one_act: the log has fewer than two of the kinds reply, mention" in report.notes
    assert "kind_names: no row is of kind 'XX'" in report.notes


CROSS_POSTED = pl.DataFrame(
    [
        ("ann", "bea", "reply", "x", "1", 1.0),
        ("ann", "bea", "reply", "y", "1", 1.0),
        ("ann", "bea", "reply", "z", "1", 4.0),
        ("ann", "bea", "reply", "x", "2", 1.0),
        ("ann", "bea", "reply", "x", "2", 1.0),  # twice on one network
        ("ann", "cem", "reply", "y", "1", 1.0),  # somebody else
        ("ann", "bea", "like", "y", "1", 1.0),  # another kind
        ("ann", None, "post", "x", "3", 1.0),
        ("ann", None, "post", "y", "3", 1.0),
        ("ann", "bea", "reply", "x", None, 1.0),
        ("ann", "bea", "reply", "y", None, 1.0),
    ],
    schema=["source", "target", "kind", "network", "item", "weight"],
    orient="row",
)


class TestCrossPosts:
    def test_each_of_m_copies_weighs_one_mth(self):
        log = read_interactions(CROSS_POSTED)
        third = 1 / 3
        assert log.frame.collect()["weight"].to_list() == [third, third, 4 / 3, 1, 1, 1, 1, 0.5, 0.5, 1, 1]
        (note,) = [note for note in log.report.notes if "copies" in note]
        assert note.startswith("5 rows are copies of 2 interactions on several networks")

    def test_each_and_first(self):
        assert read_interactions(CROSS_POSTED, cross_posts="each").frame.collect()["weight"].sum() == 14
        first = read_interactions(CROSS_POSTED, cross_posts="first")
        assert first.frame.collect()["network"].to_list() == list("xxxyyxxy")
        assert first.report.left_out.rows() == [("the frame", "a copy on another network", 3)]

    def test_only_where_there_are_items_and_several_networks(self):
        for frame in (CROSS_POSTED.drop("item"), CROSS_POSTED.drop("network")):
            log = read_interactions(frame)
            assert log.frame.collect()["weight"].sum() == 14
            assert not [note for note in log.report.notes if "copies" in note]

    def test_accounts_that_are_one_person(self):
        rows = CROSS_POSTED[:2].with_columns(source=pl.Series(["ann", "a."]))
        people = pl.DataFrame({
            "network": ["x", "y", "x", "y"], "account": ["ann", "a.", "bea", "bea"],
            "person": ["Ann", "Ann", "Bea", "Bea"],
        })  # fmt: skip
        assert read_interactions(rows).frame.collect()["weight"].to_list() == [1, 1]
        joined = read_interactions(rows, identities=people)
        assert joined.frame.collect()["weight"].to_list() == [0.5, 0.5]

    def test_files_of_one_network_each(self, tmp_path):
        for network in "xy":
            (tmp_path / f"network={network}").mkdir()
            rows = CROSS_POSTED[:1].drop("network")
            rows.write_parquet(tmp_path / f"network={network}" / "log.parquet")
        assert read_interactions(tmp_path).frame.collect()["weight"].to_list() == [0.5, 0.5]
