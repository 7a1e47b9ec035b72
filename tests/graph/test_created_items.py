"""What a person posts: distinct items where a network has items, rows of kind post elsewhere."""

import numpy as np
import polars as pl

from influence_graph import build_graph, read_interactions, score
from influence_graph.graph.created_items import created_items

ROWS = pl.DataFrame(
    [
        ("ann", "bea", "reply", "forum", "1", "0"),
        ("ann", "cem", "reply", "forum", "1", "0"),  # the same reply mentions two people
        ("ann", None, "post", "forum", "2", None),
        ("ann", "ann", "reply", "forum", "3", "2"),  # an answer to oneself
        ("bea", "ann", "retweet", "forum", "4", "2"),  # creates nothing
        ("bea", None, "post", "list", None, None),
        ("bea", None, "post", "list", None, None),
        ("cem", "ann", "reply", "list", None, None),
    ],
    schema=["source", "target", "kind", "network", "item", "parent"],
    orient="row",
)


def by_hand(log):
    posts = {}
    for source, kind, item in log.frame.select("source", "kind", "item").collect().iter_rows():
        own = posts.setdefault(source, [set(), 0])
        if item is not None and kind not in ("retweet", "like"):
            own[0].add(item)
        elif item is None and kind == "post":
            own[1] += 1
    return {source: len(items) + rows for source, (items, rows) in posts.items()}


def test_posts_are_distinct_items_and_rows_of_kind_post_where_there_are_none():
    log = read_interactions(ROWS)
    nodes = build_graph(log, kinds={"reply": 1, "retweet": 1}).nodes
    assert dict(nodes.select("id", "posts").iter_rows()) == {"ann": 3, "bea": 2, "cem": 0}
    assert {k: v for k, v in nodes.select("id", "posts").iter_rows() if v} == {
        k: v for k, v in by_hand(log).items() if v
    }


def test_an_answer_to_oneself_is_activity_and_no_edge():
    log = read_interactions(ROWS)
    assert log.report.left_out.is_empty()
    assert any("1 answer to oneself counts as a post" in note for note in log.report.notes)
    graph = build_graph(log, kinds={"reply": 1, "retweet": 1})
    assert graph.adjacency.diagonal().sum() == 0
    # ann: items 1, 2, 3; bea: a retweet and two posts; cem: a reply where there are no items.
    assert score(graph, "activity").raw.tolist() == [3, 3, 1]
    assert score(graph, "engagement_rate").raw.tolist() == [2 / 3, 1 / 2, 0]


def test_without_items_an_answer_to_oneself_is_left_out():
    log = read_interactions(ROWS.drop("item", "parent"))
    assert log.report.left_out["reason"].to_list() == ["self-interaction"]
    assert created_items(log, pl.Series(["ann"])) is None


def test_what_is_later_than_as_of_is_no_post_yet():
    rows = ROWS.with_columns(timestamp=pl.Series([f"2024-01-0{day}" for day in range(1, 9)]))
    graph = build_graph(read_interactions(rows), kinds={"reply": 1, "retweet": 1}, as_of="2024-01-03")
    assert np.allclose(graph.nodes["posts"].to_numpy(), [2, 0, 0])
