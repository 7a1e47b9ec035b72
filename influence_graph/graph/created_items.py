"""What a person posts: distinct items created where a network has items, rows of kind ``post`` elsewhere."""

from __future__ import annotations

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.interactions.log import CREATE_NO_ITEM, POST, Interactions


def created_items(log: Interactions, people: pl.Series) -> tuple[FloatArray, FloatArray] | None:
    """Return the posts of each person, and the interactions given that are posts too.

    A reply or a quote creates an item as a post does; a retweet or a like creates none, whatever its row
    says. An item that several rows name, as a reply that mentions three people, is one post.

    Parameters
    ----------
    log : Interactions
        The rows that count.
    people : polars.Series
        Sorted ids, n of them.

    Returns
    -------
    tuple of ndarray of float64, shape (n,), or None
        Number of posts, and weight of the interactions with a target that created one of them. None if no
        network of the log has items.

    Notes
    -----
    O(rows), in one pass over the rows of networks that have items and one over those of others.

    Examples
    --------
    >>> from influence_graph.interactions.read import read_interactions
    >>> rows = pl.DataFrame(
    ...     {"source": ["b", "b", "c"], "target": ["a", "c", "a"], "item": ["1", "1", "2"]}
    ... ).with_columns(kind=pl.Series(["reply", "reply", "retweet"]))
    >>> posts, given = created_items(read_interactions(rows), pl.Series(["a", "b", "c"]))
    >>> posts.tolist(), given.tolist()
    ([0.0, 1.0, 0.0], [0.0, 2.0, 0.0])
    """
    if "item" not in log.columns:
        return None
    with_items = log.frame.filter(pl.col("item").is_not_null()).select(pl.col("network").unique())
    networks = with_items.collect(engine="streaming").to_series().to_list()
    if not networks:
        return None
    here = pl.col("network").is_in(networks) & pl.col("item").is_not_null()
    creates = here & ~pl.col("kind").is_in(sorted(CREATE_NO_ITEM))
    # A post without an item is one post a row, as on networks without items.
    without = ~here & (pl.col("kind") == POST)
    rows = log.frame.filter(without).select("source", pl.col("weight").alias("posts"))
    items = (
        log.frame.filter(creates)
        .group_by("source")
        .agg(
            pl.col("item").n_unique().cast(pl.Float64).alias("posts"),
            pl.col("weight").filter(pl.col("target").is_not_null()).sum().alias("given"),
        )
    )
    counts = items.collect(engine="streaming").sort("source")
    own = rows.collect(engine="streaming").sort("source", maintain_order=True)
    posts, given = np.zeros(len(people)), np.zeros(len(people))
    at = people.search_sorted(counts["source"]).to_numpy()
    posts[at], given[at] = counts["posts"].to_numpy(), counts["given"].to_numpy()
    np.add.at(posts, people.search_sorted(own["source"]).to_numpy(), own["posts"].to_numpy())
    return posts, given
