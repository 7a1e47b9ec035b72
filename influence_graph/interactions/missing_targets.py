"""Fills in the targets that a file leaves to the parents of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from influence_graph.interactions.log import POST
from influence_graph.interactions.parents import NO_POST, authors_of, with_targets
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import Columns, Part

_USED = ("source", "target", "kind", "network", "item", "parent")
_NEW = "_new_"


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
        opens &= ~pl.col("kind").is_in(NO_POST)
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
