"""The target of a row that only names its parent: the author of that item in the same log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from influence_graph.interactions.log import POST

if TYPE_CHECKING:
    from influence_graph.interactions.inspect_columns import Rules
    from influence_graph.interactions.sources import Columns, Part

#: Columns that :func:`with_targets` adds: rows that can't be used, and rows that became posts.
UNKNOWN, FELL_BACK = "_unknown", "_fell_back"
_USED = ("source", "target", "kind", "network", "item", "parent")
_NEW = "_new_"
_AUTHOR, _ANYWHERE = "_author", "_author_anywhere"
#: Kinds that create no post of their own: without a target nothing is left of them.
_NO_POST = ("retweet", "like")


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
    no_post = kind.is_in(_NO_POST) | pl.col("item").is_null()
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


def completed(parts: Sequence[Part], rules: Rules) -> list[Part]:
    """Return the parts with targets that the parents of rows tell, where there are items and parents.

    A caller's ``network`` holds instead of the name that an adapter gives to its platform.
    """
    kind, network, kind_names = rules.kind, rules.network, rules.kind_names
    parts = [part if network is None else _renamed(part, network) for part in parts]
    labels = [_labels(part, rules.columns) for part in parts]
    wanting = [_wants(part, names, kind, kind_names) for part, names in zip(parts, labels, strict=True)]
    if not any(wanting):
        return parts
    plain = [
        _canonical(part, names, kind, network)
        for part, names in zip(parts, labels, strict=True)
        if "item" in names and "source" in names
    ]
    authors = authors_of(plain)
    return [
        _filled(part, names, authors, kind, network, kind_names) if wants else part
        for part, names, wants in zip(parts, labels, wanting, strict=True)
    ]


def _renamed(part: Part, network: str) -> Part:
    if part.adapter is None or "network" not in part.names or part.adapter == "mbox":
        return part
    names = [name for name in part.names if name != "network"]
    return replace(part, frame=part.frame.drop("network"), names=names)


def _labels(part: Part, columns: Columns | None) -> dict[str, str]:
    """Return log's name → file's name of the columns that the file has."""
    if columns is not None and not isinstance(columns, Mapping) and not part.text:
        given = {here: there for here, there in zip(columns, part.names, strict=False) if here is not None}
    else:
        given = dict(columns) if isinstance(columns, Mapping) else {}
    taken = set(given.values())
    names = {name: given.get(name, name) for name in _USED if name in given or name not in taken}
    return {name: there for name, there in names.items() if there in part.names}


def _wants(part: Part, names: Mapping[str, str], kind: str | None, kind_names: Mapping[str, str]) -> bool:
    """Whether a row has a parent, no target, and a kind that reacts; or no row has a target."""
    if not {"source", "item", "parent"} <= set(names) or part.adapter is not None:
        return False
    if "target" not in names:
        return True
    frame = _canonical(part, names, kind, None)
    reacts = ~pl.col("kind").cast(pl.String).is_in(_posts(kind_names))
    lacks = pl.col("target").is_null() & pl.col("parent").is_not_null() & reacts
    return bool(frame.select(lacks.any()).collect(engine="streaming").item())


def _posts(kind_names: Mapping[str, str]) -> list[str]:
    return [POST, *(old for old, new in kind_names.items() if new == POST)]


def _canonical(part: Part, names: Mapping[str, str], kind: str | None, network: str | None) -> pl.LazyFrame:
    """Return the columns that tell an author, missing values as null, items as text."""
    schema = part.frame.collect_schema()
    words = {
        "kind": part.constants.get("kind") or kind or "interaction",
        "network": part.constants.get("network") or network or "default",
    }
    picks = []
    for name in _USED:
        there = names.get(name)
        if there is None:
            lacking = schema[names["source"]] if name == "target" else pl.String()
            picks.append(pl.lit(words.get(name), lacking).alias(name))
            continue
        value = pl.col(there)
        if name not in ("source", "target"):
            value = value.cast(pl.String)
        if name not in ("source", "target") or schema[there] == pl.String:
            value = pl.when(value.cast(pl.String).str.strip_chars() != "").then(value)
        elif name == "target" and schema[there] == pl.Null:
            value = value.cast(schema[names["source"]])
        picks.append((value.fill_null(words[name]) if name in words else value).alias(name))
    return part.frame.select(picks)


def _filled(
    part: Part,
    names: Mapping[str, str],
    authors: pl.DataFrame,
    kind: str | None,
    network: str | None,
    kind_names: Mapping[str, str],
) -> Part:
    found = with_targets(_canonical(part, names, kind, network), authors, posts=_posts(kind_names))
    if "target" not in names:
        # A file without targets: a row that has no parent either is a post, where its kind can be one.
        opens = pl.all_horizontal(pl.col("target", "parent").is_null()) & pl.col("item").is_not_null()
        opens &= ~pl.col("kind").is_in(_NO_POST)
        found = found.with_columns(pl.when(opens).then(pl.lit(POST)).otherwise("kind").alias("kind"))
    changed = found.select(pl.col(name).alias(f"{_NEW}{name}") for name in ("target", "kind", "parent"))
    there = {name: names.get(name, name) for name in ("target", "kind", "parent")}
    both = pl.concat([part.frame, changed], how="horizontal")
    frame = both.with_columns(pl.col(f"{_NEW}{name}").alias(label) for name, label in there.items())
    frame = frame.drop(f"{_NEW}{name}" for name in there)
    added = [label for label in there.values() if label not in part.names]
    if part.text:
        frame = frame.with_columns(pl.col(label).fill_null("") for label in there.values())
    frame = frame.collect().lazy() if part.held else frame
    return replace(part, frame=frame, names=[*part.names, *added])
