"""The count of rows read, kept and left out, file by file."""

import polars as pl

from influence_graph.interactions.sources import Part
from influence_graph.interactions.tally import Tally
from influence_graph.interactions.text import Unread


def part(name, **more):
    return Part(name, pl.LazyFrame(), text=False, held=True, **more)


def test_rows_are_counted_by_file_and_reason():
    tally = Tally([part("a", notes=("look",)), part("b", unread=(Unread("not a JSON object", 2),))])
    tally.add(0, 5)
    tally.add(1, 3)
    tally.leave_out(1, "self-interaction", 1)
    tally.leave_out(0, "self-interaction", 2)
    tally.leave_out(0, "self-interaction", 1)
    report = tally.report()
    assert report.files.rows() == [("a", 5, 2), ("b", 5, 2)]
    assert report.left_out.rows() == [
        ("a", "self-interaction", 3),
        ("b", "not a JSON object", 2),
        ("b", "self-interaction", 1),
    ]
    assert (report.read, report.kept, report.notes) == (10, 4, ("look",))
    assert (tally.name, Tally([part("a")]).name) == ("a and 1 more", "a")


def test_the_first_example_of_a_reason_is_kept_with_its_file_where_there_are_several():
    several, one = (
        Tally([part("a"), part("b", unread=(Unread("no object", 2, "line 3"),))]),
        Tally([part("a")]),
    )
    for tally in (several, one):
        tally.leave_out(0, "self-interaction", 1)
        tally.leave_out(0, "self-interaction", 1, "row 5")
        tally.leave_out(0, "self-interaction", 1, "row 9")
    assert several.report().examples == {"no object": "b, line 3", "self-interaction": "a, row 5"}
    assert one.report().examples == {"self-interaction": "row 5"}


def test_what_is_not_kept_is_left_out():
    tally = Tally([part("a"), part("b")], sampled="1 %")
    tally.add(0, 5)
    tally.add(1, 4)
    tally.leave_out(0, "self-interaction", 1)
    tally.keep({0: 3, 1: 4}, "a copy")
    assert tally.report().left_out.rows() == [("a", "self-interaction", 1), ("a", "a copy", 1)]
    assert tally.report().sampled == "1 %"
