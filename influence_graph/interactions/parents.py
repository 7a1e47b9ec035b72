"""The target of a row that only names its parent: the author of that item in the same log."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from influence_graph.interactions.log import POST

#: Columns that :func:`with_targets` adds: rows that can't be used, and rows that became posts.
UNKNOWN, FELL_BACK = "_unknown", "_fell_back"
_AUTHOR, _ANYWHERE = "_author", "_author_anywhere"
#: Kinds that create no post of their own: without a target nothing is left of them.
NO_POST = ("retweet", "like")


def authors_of(frames: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """Return ``network``, ``item``, ``_author``: who created each item; the first row that names it.

    ``_author_anywhere`` is who created the item on whatever network, where that is one person.
    """
    items = [
        frame.filter(pl.col("item").is_not_null()).select("network", "item", "source") for frame in frames
    ]
    every = pl.concat(items, how="vertical").rename({"source": _AUTHOR}).collect(engine="streaming")
    keys = ["item"] if every["network"].n_unique() == 1 else ["network", "item"]
    found = every.unique(keys, keep="first", maintain_order=True)
    alone = pl.col(_AUTHOR)
    if found["network"].n_unique() > 1:
        alone = pl.when(pl.col(_AUTHOR).n_unique().over("item") == 1).then(_AUTHOR)
    return found.with_columns(alone.alias(_ANYWHERE))


def with_targets(
    frame: pl.LazyFrame, authors: pl.DataFrame, *, posts: Sequence[str] = (POST,)
) -> pl.LazyFrame:
    """Fill in targets of rows that have a parent and none.

    Where the author is not known the row becomes a post of its own item, without parent; a retweet or
    like, or a row without item, is marked ``_unknown``.

    Parameters
    ----------
    frame : polars.LazyFrame
        Columns ``source``, ``target``, ``kind``, ``network``, ``item``, ``parent``.
    authors : polars.DataFrame
        As :func:`authors_of` returns it.
    posts : sequence of str
        Kinds that have no target.
    """
    kind = pl.col("kind").cast(pl.String)
    lacks = pl.col("target").is_null() & pl.col("parent").is_not_null() & ~kind.is_in(posts)
    here = authors.lazy().select("network", "item", _AUTHOR)
    alone = authors.lazy().select("item", _ANYWHERE).drop_nulls()
    # The join moves the keys alone; it keeps their order and their number.
    keys = frame.select("network", "parent")
    if authors["network"].n_unique() > 1:
        alone = alone.unique("item")
        here = here.rename({"item": "parent"})
        keys = keys.join(here, on=["network", "parent"], how="left", maintain_order="left")
    else:
        keys = keys.with_columns(pl.lit(None, authors.schema[_AUTHOR]).alias(_AUTHOR))
    keys = keys.join(alone, left_on="parent", right_on="item", how="left", maintain_order="left")
    author = pl.coalesce(_AUTHOR, _ANYWHERE).alias(_AUTHOR)
    frame = pl.concat([frame, keys.select(author)], how="horizontal")
    author = pl.col(_AUTHOR)
    lost = lacks & author.is_null()
    no_post = kind.is_in(NO_POST) | pl.col("item").is_null()
    return (
        frame.with_columns(
            pl.when(lacks).then(author).otherwise("target").alias("target"),
            (lost & no_post).alias(UNKNOWN),
            (lost & ~no_post).alias(FELL_BACK),
        )
        .with_columns(
            pl.when(FELL_BACK).then(pl.lit(POST)).otherwise(kind).alias("kind"),
            pl.when(~pl.col(FELL_BACK)).then("parent").alias("parent"),
        )
        .drop(_AUTHOR)
    )
