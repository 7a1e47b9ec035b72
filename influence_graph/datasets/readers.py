"""One reader a data set: from its files, in the order of the registry, to what it holds.

The keyword-only parameters of a reader are the options of the data set; the registry names each reader.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from influence_graph.errors import ConfigError, nearest
from influence_graph.interactions.log import Interactions
from influence_graph.interactions.read import read_interactions

#: Kinds under which Higgs records one action, first the one to keep: each reply or retweet is also listed
#: as a mention by the same two people in the same second.
ONE_ACT = ("retweet", "reply", "mention")


def higgs(files: list[Path], *, one_act: Sequence[str] | None = ONE_ACT) -> Interactions:
    """Return the activity of Higgs with timestamps.

    Parameters
    ----------
    files : list of Path
        The activity file.
    one_act : sequence of str or None, optional
        Kinds under which one action is recorded more than once, of which the first is kept; None keeps all
        rows.
    """
    return read_interactions(
        files[0],
        columns=["source", "target", "timestamp", "kind"],
        kind_names={"RT": "retweet", "MT": "mention", "RE": "reply"},
        network="twitter",
        time_unit="s",
        one_act=one_act,
    )


def higgs_edges(files: list[Path], *, kinds: Sequence[str] = ONE_ACT) -> Interactions:
    """Return the activity of Higgs aggregated by pair of people, without timestamps.

    Parameters
    ----------
    files : list of Path
        Edge lists in the order of ``ONE_ACT``.
    kinds : sequence of str, optional
        Which of retweet, reply and mention to read.

    Raises
    ------
    ConfigError
        If ``kinds`` is empty or names another kind.
    """
    by_kind = dict(zip(ONE_ACT, files, strict=True))
    for kind in kinds:
        if kind not in by_kind:
            raise ConfigError(f"The data set 'higgs-edges' has no kind {kind!r}. {nearest(kind, by_kind)}")
    frames = [
        _numbers(by_kind[kind], ["source", "target", "weight"]).with_columns(pl.lit(kind).alias("kind"))
        for kind in dict.fromkeys(kinds)
    ]
    if not frames:
        raise ConfigError(f"kinds is empty. Name at least one of {', '.join(ONE_ACT)}.")
    return read_interactions(pl.concat(frames), network="twitter")


def congress(files: list[Path], *, names: bool = True) -> Interactions:
    """Return transmission probabilities between members of Congress, reversed to attention.

    Parameters
    ----------
    files : list of Path
        The edge list and the metadata.
    names : bool, optional
        Whether ids are user names (the default) or node numbers.
    """
    edges, members = files
    lines = pl.Series("line", edges.read_text().splitlines())
    frame = lines.to_frame().select(
        pl.col("line").str.extract(r"^(\d+) ", 1).cast(pl.Int64).alias("source"),
        pl.col("line").str.extract(r"^\d+ (\d+) ", 1).cast(pl.Int64).alias("target"),
        pl.col("line").str.extract(r"'weight': ([^}]+)\}", 1).cast(pl.Float64).alias("weight"),
    )
    if names:
        users = pl.Series(json.loads(members.read_text())[0]["usernameList"])
        frame = frame.with_columns(
            users.gather(frame["source"]).alias("source"), users.gather(frame["target"]).alias("target")
        )
    return read_interactions(frame, kind="passed_on", network="twitter", orientation="influence")


def collegemsg(files: list[Path]) -> Interactions:
    """Return private messages with timestamps."""
    columns = ["source", "target", "timestamp"]
    return read_interactions(files[0], columns=columns, kind="message", network="campus", time_unit="s")


def bitcoin_otc(files: list[Path]) -> Interactions:
    """Return signed ratings with timestamps; the file may have a header line or none."""
    first = pl.read_csv(files[0], has_header=False, n_rows=1)
    return read_interactions(
        files[0],
        columns=["source", "target", "weight", "timestamp"],
        header=first.schema["column_1"] == pl.String,
        kind="trust",
        network="bitcoin-otc",
        time_unit="s",
        signed=True,
    )


def nethept(files: list[Path]) -> Interactions:
    """Return co-authorships, each in both directions."""
    once = _numbers(files[0], ["source", "target"], skip=1)
    both = pl.concat([once, once.select(source="target", target="source")])
    return read_interactions(both, kind="coauthor", network="arxiv")


def _numbers(path: Path, columns: list[str], *, skip: int = 0) -> pl.DataFrame:
    return pl.read_csv(path, separator=" ", has_header=False, skip_rows=skip, new_columns=columns)


def peerindex(files: list[Path]) -> pl.DataFrame:
    """Return labelled pairs: ``choice``, then the features of both people as ``a_…`` and ``b_…``."""
    pairs = pl.read_csv(files[0], infer_schema_length=None).rename(str.lower)
    return pairs.with_columns(pl.all().exclude("choice").cast(pl.Float64), pl.col("choice").cast(pl.Int8))
