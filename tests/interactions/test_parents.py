"""The author of a row's parent is its target."""

import polars as pl

from influence_graph.interactions.parents import FELL_BACK, UNKNOWN, authors_of, with_targets

ROWS = pl.DataFrame(
    [
        ("ann", None, "post", "x", "1", None),
        ("bea", None, "reply", "x", "2", "1"),
        ("cem", "eve", "reply", "x", "3", "1"),  # its own target stays
        ("dan", None, "reply", "y", "4", "1"),  # an item of another network, and of one person
        ("eve", None, "reply", "x", "5", "404"),  # nobody knows that item: a post of its own
        ("fay", None, "like", "x", None, "404"),  # and nothing is left of a like
        ("gus", None, "post", "x", "9", None),
        ("hal", None, "post", "y", "9", None),
        ("ida", None, "like", "z", None, "9"),  # of two people, on two other networks
    ],
    ["source", "target", "kind", "network", "item", "parent"],
    orient="row",
)


def test_the_first_row_that_names_an_item_is_its_authors():
    twice = pl.concat([ROWS, ROWS[:1].with_columns(source=pl.lit("zoe"))])
    found = authors_of([twice.lazy()]).sort("network", "item")
    assert found.rows() == [
        ("x", "1", "ann", "ann"),
        ("x", "2", "bea", "bea"),
        ("x", "3", "cem", "cem"),
        ("x", "5", "eve", "eve"),
        ("x", "9", "gus", None),
        ("y", "4", "dan", "dan"),
        ("y", "9", "hal", None),
    ]


def test_targets_and_what_is_left_of_rows_without_one():
    found = with_targets(ROWS.lazy(), authors_of([ROWS.lazy()])).collect()
    assert found["target"].to_list() == [None, "ann", "eve", "ann", None, None, None, None, None]
    assert found.filter(FELL_BACK).select("source", "kind", "parent").rows() == [("eve", "post", None)]
    assert found.filter(UNKNOWN)["source"].to_list() == ["fay", "ida"]
