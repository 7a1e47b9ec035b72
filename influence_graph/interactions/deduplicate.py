"""Interactions recorded several times: as a reply and as a mention, or on several networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from influence_graph.interactions.repeats import SAMPLE, may_repeat

#: What two records of one act agree in.
SAME_ACT = ("source", "target", "network", "timestamp")
#: What the copies of one interaction on several networks agree in.
SAME_POST = ("source", "target", "kind", "item")
#: Above this share of a kind's rows that coincide with another kind's, the reader says so.
_SUSPICIOUS = 0.5
#: In a log with more rows than this, acts recorded twice are looked for in a sample of its seconds.
ROWS_COMPARED = 1_000_000


def recorded_twice(kinds: Sequence[str]) -> pl.Expr:
    """Whether a row repeats, as a later one of these kinds, an act that is there as an earlier one.

    Examples
    --------
    >>> log = pl.DataFrame(
    ...     {
    ...         "source": [1, 1, 1],
    ...         "target": [2, 2, 3],
    ...         "network": "x",
    ...         "timestamp": 0,
    ...         "kind": ["mention", "reply", "mention"],
    ...     }
    ... )
    >>> log.select(recorded_twice(["reply", "mention"])).to_series().to_list()
    [True, False, False]
    """
    place = pl.col("kind").replace_strict(
        list(kinds), list(range(len(kinds))), default=None, return_dtype=pl.UInt32
    )
    first = place.min().over(SAME_ACT)
    return ((place > first) & pl.col("target").is_not_null()).fill_null(False)


def in_sample() -> pl.Expr:
    """Whether a row is one of those by which a long log is judged: all that happened in one second of 61."""
    return pl.col("timestamp").dt.epoch("s") % SAMPLE == 0


def coincidences(log: pl.LazyFrame, *, sample: bool) -> list[str]:
    """Return a note for each kind most of whose rows coincide with another kind's.

    Parameters
    ----------
    log : polars.LazyFrame
        Columns of ``SAME_ACT`` and ``kind``.
    sample : bool
        Whether these are the rows of a sample.
    """
    rows = log.select(*SAME_ACT, "kind").filter(pl.col("target").is_not_null()).collect()
    alike = _alike(rows, SAME_ACT)
    if alike.is_empty():
        return []
    totals = dict(rows.group_by("kind").agg(pl.len()).iter_rows())
    return coincidence_notes(alike, totals, sample=sample)


def may_coincide(alike: Mapping[str, int], totals: Mapping[str, int]) -> bool:
    """Whether most rows of a kind may coincide with others; ``alike`` has at most so many of each kind.

    Examples
    --------
    >>> may_coincide({"mention": 6}, {"mention": 10, "reply": 9})
    True
    """
    return any(count > _SUSPICIOUS * totals[kind] for kind, count in alike.items())


def coincidence_notes(alike: pl.DataFrame, totals: Mapping[str, int], *, sample: bool) -> list[str]:
    """Return the notes of :func:`coincidences`.

    Parameters
    ----------
    alike : polars.DataFrame
        Rows with a target among which are all those that agree with another in ``SAME_ACT``; and ``kind``.
        People and networks may be numbers.
    totals : mapping of str to int
        Rows with a target of each kind.
    sample : bool
        Whether these are of a sample.
    """
    if not may_coincide(dict(alike.group_by("kind").agg(pl.len()).iter_rows()), totals):
        return []
    acts = alike.group_by(*SAME_ACT, "kind").agg(pl.len().alias("rows"))
    several = acts.filter(acts.select(SAME_ACT).is_duplicated())
    pairs = (
        several.join(several, on=SAME_ACT, suffix="_other")
        .filter(pl.col("kind") != pl.col("kind_other"))
        .group_by("kind", "kind_other")
        .agg(pl.col("rows").sum())
    )
    return notes_of_pairs(pairs, totals, sample=sample)


def notes_of_pairs(pairs: pl.DataFrame, totals: Mapping[str, int], *, sample: bool) -> list[str]:
    """Return the notes of :func:`coincidences`.

    Parameters
    ----------
    pairs : polars.DataFrame
        ``kind``, ``kind_other``, and the ``rows`` of the one that agree with a row of the other.
    totals : mapping of str to int
        Rows with a target of each kind.
    sample : bool
        Whether these are of a sample.
    """
    notes = []
    ordered = pairs.sort("kind", "rows", "kind_other", descending=[False, True, False])
    for kind, other, rows in ordered.iter_rows():
        if rows > _SUSPICIOUS * totals[kind]:
            share = f"{rows:,} of {totals[kind]:,}" if not sample else f"{rows / totals[kind]:.0%} of sampled"
            notes.append(
                f"{share} {kind!r} rows are there as {other!r} too (same people, same time): "
                f"one act may be recorded under two kinds. one_act=({kind!r}, {other!r}) keeps the first"
            )
    return notes


def _alike(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return rows among which are all those that agree with another in these columns, and few others."""
    hashes = rows.select(pl.sum_horizontal(pl.col(name).hash(seed) for seed, name in enumerate(columns)))
    return rows.filter(may_repeat(hashes.to_series().rechunk().to_numpy()))


def cross_posts(log: pl.LazyFrame) -> pl.DataFrame | None:
    """Return the interactions that several networks have: ``source``, ``target``, ``kind``, ``item``, rows.

    Parameters
    ----------
    log : polars.LazyFrame
        With ``network`` and perhaps ``item``.

    Returns
    -------
    polars.DataFrame or None
        One row an interaction, with its number of rows in ``copies``; None where there is none. Rows without
        an item are never compared.

    Examples
    --------
    >>> rows = pl.LazyFrame({"network": ["x", "y"]}).with_columns(
    ...     source=pl.lit("b"), target=pl.lit("a"), kind=pl.lit("reply"), item=pl.lit("1")
    ... )
    >>> cross_posts(rows)["copies"].to_list()
    [2.0]
    """
    if "item" not in log.collect_schema().names():
        return None
    networks = log.select(pl.col("network").unique()).collect(engine="streaming").height
    if networks < 2:
        return None
    items = log.filter(pl.col("item").is_not_null()).select(*SAME_POST, "network")
    counts = pl.len().cast(pl.Float64).alias("copies"), pl.col("network").n_unique().alias("networks")
    found = _alike(items.collect(), SAME_POST).group_by(*SAME_POST).agg(*counts)
    several = found.filter(pl.col("networks") > 1).drop("networks")
    return None if several.is_empty() else several


def merge_cross_posts(log: pl.LazyFrame, several: pl.DataFrame, how: str) -> pl.LazyFrame:
    """Return the log with each interaction of several networks counted once.

    Parameters
    ----------
    log : polars.LazyFrame
        The rows.
    several : polars.DataFrame
        Of :func:`cross_posts`.
    how : {"split", "first"}
        "split": each of the m rows of an interaction weighs 1/m of what it did; "first": the first row stays.
    """
    copies = log.join(several.lazy(), on=list(SAME_POST), how="left", nulls_equal=True, maintain_order="left")
    if how == "split":
        return copies.with_columns(pl.col("weight") / pl.col("copies").fill_null(1.0)).drop("copies")
    first = pl.int_range(pl.len()).over(SAME_POST) == 0
    return copies.filter(pl.col("copies").is_null() | first).drop("copies")
