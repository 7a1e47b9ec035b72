"""Read an interaction log from files or frames, and say what was left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import polars as pl

from influence_graph.engine import LOCAL, get_engine
from influence_graph.errors import ConfigError, SchemaError, counted
from influence_graph.interactions.deduplicate import (
    ROWS_COMPARED,
    coincidences,
    in_sample,
    merge_cross_posts,
    recorded_twice,
)
from influence_graph.interactions.deduplicate import (
    cross_posts as found_on_several_networks,
)
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.fingerprint import fingerprint_of
from influence_graph.interactions.id_spelling import MISSING, gone_notes, same_names, spelling_notes
from influence_graph.interactions.identities import as_people, check_distinct, read_identities, unseen
from influence_graph.interactions.inspect_columns import (
    Reading,
    shown_row,
    survey,
    type_of_ids,
)
from influence_graph.interactions.log import COLUMNS, CREATE_NO_ITEM, POST, Interactions
from influence_graph.interactions.missing_targets import completed
from influence_graph.interactions.pseudonyms import pseudonym, pseudonymous
from influence_graph.interactions.reader_options import OnError, Rules, layout_of, roles_of, rules_of
from influence_graph.interactions.sources import ROW, Columns, Part, collect, open_source
from influence_graph.interactions.tally import Tally
from influence_graph.interactions.time_span import time_span
from influence_graph.interactions.usable_rows import note_unused, usable_rows
from influence_graph.interactions.validate import FILE

if TYPE_CHECKING:
    from influence_graph.interactions.fast_path import ValidLog

#: Says where a row of a file is: of the file's place and the row's number.
Where: TypeAlias = Callable[[int, int], str]
#: Raised when the reader makes other rows of the same file, so that fingerprints differ.
_VERSION = 3
_SELF = "self-interaction"
_MERGED = "self-interaction once accounts are people"
_REASON = "_reason"


def read_interactions(
    source: Any,
    *,
    format: str | None = None,
    columns: Columns | None = None,
    kind: str | None = None,
    network: str | None = None,
    kind_names: Mapping[str, str] | None = None,
    time_unit: Literal["s", "ms", "us", "ns", "excel"] | None = None,
    time_format: str | None = None,
    separator: str | None = None,
    header: bool | None = None,
    comment: str | None = "auto",
    quote: str | None = '"',
    ids: Literal["auto", "text"] = "auto",
    missing: str | Sequence[str] = MISSING,
    fold: str | Sequence[str] = (),
    leave_out: str | Sequence[str] = (),
    orientation: Literal["attention", "influence"] = "attention",
    signed: bool = False,
    accounts: Literal["shared", "separate"] = "shared",
    identities: Any = None,
    one_act: Sequence[str] | None = None,
    cross_posts: Literal["split", "each", "first"] = "split",
    sampled: str | None = None,
    salt: str | None = None,
    on_error: OnError = "raise",
    engine: str = LOCAL,
) -> Interactions:
    """Read an interaction log.

    A row says that ``source`` interacted with ``target``: attention goes from source to target. Columns
    that are not part of a log are ignored; ``report.notes`` names them.

    Parameters
    ----------
    source : path, list of paths, folder, glob, "-" or frame
        Exports of platforms and graph files (see ``format``) are known by their first bytes, and so is what
        comes by standard input, "-". Other files end in .parquet, .csv, .tsv, .txt or .edgelist (fields
        with spaces between them), .ndjson, .jsonl or .json (lines or one array), and may be compressed
        (.gz, .zst, .bz2, .xz). A folder is read with all below it, sorted by name; folders called
        ``network=x``, ``kind=x`` or ``topic=x`` give the files in them that column. A frame is any object
        with the Arrow PyCapsule interface: polars, pandas, pyarrow, DuckDB. A LazyFrame is collected.
    format : {"parquet", "csv", "tsv", "edgelist", "ndjson"} or the name of an adapter, optional
        Where neither name nor content of a file tells. Adapters: "x-v2", "x-v1.1", "twarc-csv", "mastodon",
        "bluesky", "reddit", "stackexchange", "mbox", "graphml", "gexf", "gml", "pajek", "matrix-market",
        "konect", "snap", "network-repository", "gephi".
    columns : mapping or list, optional
        A mapping from the log's name to the file's, ``{"source": "from"}``; or, by position, the
        names of the columns of a file without header, None for one that is not wanted. Fields inside of
        fields of JSON have a path, ``{"source": "account.id"}``. With it no adapter is used.
    kind, network : str, optional
        The kind ("interaction") and network ("default") where there is no such column. A file of
        kind "post" needs no column of targets.
    kind_names : mapping of str to str, optional
        New names for kinds: ``{"RT": "retweet"}``.
    time_unit : {"s", "ms", "us", "ns", "excel"}, optional
        Unit of timestamps that are numbers; "excel": days since 1899-12-30. By default it is told from their
        size, and noted, and numbers before 1995 are refused.
    time_format : str, optional
        How timestamps that are text are written, as in strptime: ``"%m/%d/%Y %H:%M"``; without a zone they
        are UTC. By default ISO 8601, the forms of Twitter and of mail, and dates that begin with the year.
    separator : str, optional
        One character between fields; by default as the format has it.
    header : bool, optional
        Whether the first line names the columns. By default: no where ``columns`` is a list or the
        line is all numbers, else yes, for an edge list only if it holds a name that is looked for.
    comment : str or None, default "auto"
        Lines of text files that start with this are no rows. "auto": in edge lists those that start with
        ``#`` or ``%``, elsewhere those above the header that start with ``#``. None: every line is a row.
    quote : str or None, default '"'
        What stands around fields of text files that hold the separator; None: nothing does.
    ids : {"auto", "text"}
        "auto": integers stay integers, text that is all whole numbers becomes integers, and 985401.0 is
        985401. "text": every id is text as it stands, so that integers and text can mix.
    missing : str or sequence of str
        Words that stand for no value: by default those of pandas, R and SQL. Empty: every word is a value.
    fold : str or sequence of str
        Differences between ids that are text which don't count: "at" (an @ before them), "case", "space"
        (at their ends), "unicode" (compatibility forms, NFKC), "invisible" (format and control characters),
        "quotes" (quotation marks around them), "zeros" (a plus and zeros before a number). In one string
        they stand with commas between them.
    leave_out : str or sequence of str
        Ids whose rows are left out, and counted: ``"[deleted]"``.
    orientation : {"attention", "influence"}
        "influence" is for data recorded the way influence flows: source and target are swapped.
    signed : bool
        A weight below zero makes a row of kind ``distrust`` with the weight's size.
    accounts : {"shared", "separate"}
        Whether an id is one person on all networks, or a person a network (``network/account``, with
        ``/`` and ``%`` in each written ``%2F`` and ``%25``).
    identities : path or frame, optional
        Columns ``network``, ``account``, ``person``. A listed account becomes its person, one that
        is not listed stays a person of its own, ``network/account``.
    one_act : sequence of str, optional
        Kinds (as ``kind_names`` has them) under which one act may be recorded several times. Of rows
        with equal source, target, network and timestamp those of the first of these kinds stay.
    cross_posts : {"split", "each", "first"}
        What rows with equal source, target, kind and item on several networks count: "split", each of m rows
        1/m of its weight; "each", its weight; "first", the first row alone. Rows without an item all count.
    sampled : str, optional
        What the log is a sample by: ``"1 % of all tweets"``, ``"the keyword vaccine"``. It is kept in the
        report, since no interval covers what a sample lacks.
    salt : str, optional
        A secret: ids of people and items are replaced by their hash under it, the same on each reading.
    on_error : {"raise", "skip"}
        What to do with rows that can't be used: raise, naming the first; or leave out and count.

    engine : str
        Where the log is to live: "local", this process, or "spark", a cluster, for which ``source`` is a
        Spark DataFrame or a path that every worker sees. ``build_graph`` and ``score`` follow the log.

    A row that has a ``parent`` and no target reacts to the author of that item in the same log. Where the
    author is not known it becomes a post of its own item; a retweet or like can't be used then.

    Returns
    -------
    Interactions
        Rows in the order of the files. Rows are left out in this order, and counted: those that
        can't be used, acts recorded twice, self-interactions, and self-interactions that arise when
        accounts become people. An answer to oneself with an item becomes a row of kind ``post``: it is
        activity, and no reaction.

    Raises
    ------
    SchemaError
        If the data is not a log; the message names file, row (1 is the first row of data), column
        and value, what was expected and what to do.
    ConfigError
        If a parameter is unknown or out of range.

    Notes
    -----
    Linear in the rows. A log of more than about 2 GiB is not loaded: Parquet and uncompressed
    delimited text are scanned. A log whose columns have the types of a log already, and CSV in which they
    are plainly written (whole numbers or text, times such as 2012-07-04T08:00:00Z), is checked while its
    rows become the numbers that graphs are made of, so that :func:`build_graph` does not read it again; of
    more than 134 million rows the numbers are not kept. Other logs are checked row by row.

    Examples
    --------
    >>> rows = pl.DataFrame({"from": ["bea", "cem", "ann"], "to": ["ann", "ann", "ann"]})
    >>> log = read_interactions(rows, columns={"source": "from", "target": "to"}, kind="retweet")
    >>> print(log.report)
    2 of 3 rows kept
      1 left out: self-interaction
    """
    options = dict(locals())
    if options.pop("engine") != LOCAL:
        return _read_elsewhere(engine, options)  # type: ignore[no-any-return]
    rules, layout = rules_of(options), layout_of(options)
    secret = salt is not None
    people = None if identities is None else read_identities(identities, fold=rules.fold, secret=secret)
    separate = accounts == "separate" or people is not None
    changes = separate or one_act is not None or signed or kind_names or rules.fold or rules.leave_out or salt
    readings, found = _inspected(source, format, layout, rules, fast=not changes)
    parts = [reading.part for reading in readings]
    tally = Tally(parts, sampled=sampled)
    held = all(part.held for part in parts)
    where = partial(_where, readings, secret)
    if found is not None:
        log = _count_valid(found, readings, tally, where)
    else:
        log = usable_rows(readings, rules, tally, skip=layout.skip, separate=separate, secret=secret)
        log = _deduplicated(log, rules, tally, one_act, where, held=held)
        if separate:
            log = _people(log, people, tally, where, held=held)
        log = _cross_posts_once(log, rules, tally, held=held)
        if salt is not None:
            log = pseudonymous(log, salt).collect().lazy() if held else pseudonymous(log, salt)
        _note_people_and_times(log, tally)
    report = tally.report_of_some()
    frame = log.select(name for name in COLUMNS if name in log.collect_schema().names())
    mark = () if salt is None else (pseudonym(salt),)
    how = (_VERSION, rules, replace(layout, wanted=frozenset()), separate, tuple(one_act or ()), *mark)
    fingerprint = fingerprint_of(frame, parts, [] if people is None else [people], how)
    rows = None if found is None else found.rows
    return Interactions(frame, report, fingerprint, rows=rows, held=held)


def _where(readings: Sequence[Reading], secret: bool, file: int, row: int) -> str:
    return shown_row(readings[file], row, secret=secret)


def _read_elsewhere(engine: str, options: dict[str, Any]) -> Any:
    """Read by another engine, with the options that differ from the defaults."""
    read = get_engine(engine).read
    rules_of(options)  # says what is out of range
    defaults = inspect.signature(read_interactions).parameters
    source = options.pop("source")
    # A default is one object, or a word or a tuple equal to it; a frame is not compared.
    given = {
        name: value
        for name, value in options.items()
        if not (
            value is (usual := defaults[name].default) or (isinstance(value, str | tuple) and value == usual)
        )
    }
    known = inspect.signature(read).parameters
    for name in given:
        if name not in known:
            raise ConfigError(
                f"{name}= has no form on the engine {engine!r}, which takes {', '.join(list(known)[1:])}. "
                "Read the log here and write it in plain columns: influence-graph convert LOG log.parquet"
            )
    return read(source, **given)


def _inspected(
    source: Any, format: str | None, layout: TextLayout, rules: Rules, *, fast: bool
) -> tuple[list[Reading], ValidLog | None]:
    """Return the files with what their columns hold, and the log itself where every row is plainly valid.

    Files that were typed on trial and are not plainly valid are opened again as text; others are opened once.
    """
    typed = fast and rules.ids != "text" and not rules.time_format
    roles = roles_of(rules.columns) if typed else {}
    parts = completed(open_source(source, format=format, layout=replace(layout, roles=roles)), rules)
    readings = [survey(part, rules) for part in parts]
    if not fast:
        return readings, None
    from influence_graph.interactions.fast_path import encode_valid

    found = encode_valid(readings, rules, ids=type_of_ids(readings, rules))
    if found is None and any(part.typed for part in parts):
        again = [_as_text(part, format, layout) if part.typed else part for part in parts]
        readings = [survey(part, rules) for part in completed(again, rules)]
    return readings, found


def _as_text(part: Part, format: str | None, layout: TextLayout) -> Part:
    """Return a file with every column as text."""
    return open_source(part.name, format=format, layout=layout)[0]


def _count_valid(found: ValidLog, readings: Sequence[Reading], tally: Tally, where: Where) -> pl.LazyFrame:
    """Return a log in which every row is valid, and count its rows."""
    columns = found.counts.select(FILE, "rows", "selves")
    for file, rows, selves in columns.iter_rows():
        tally.add(file, rows)
        if selves:
            tally.leave_out(file, _SELF, selves, where(file, _first_self(readings[file])))
    note_unused(readings, tally)
    timed = "timestamp" in found.frame.collect_schema().names()
    _check_times(found.counts, tally, timed=timed)
    tally.span = found.span
    tally.notes += found.notes
    return found.frame


def _first_self(reading: Reading) -> int:
    """Return the first row of somebody with oneself."""
    selves = reading.raw.filter(pl.col("source") == pl.col("target")).select(ROW).head(1)
    return int(collect(reading.part, selves).item())


def _deduplicated(
    log: pl.LazyFrame,
    rules: Rules,
    tally: Tally,
    one_act: Sequence[str] | None,
    where: Where,
    *,
    held: bool,
) -> pl.LazyFrame:
    """Leave out events recorded twice, then self-interactions, and check the kinds."""
    timed = "timestamp" in log.collect_schema().names()
    if one_act is not None and not timed:
        raise SchemaError(
            "one_act compares timestamps, and the log has none. Name the column: columns={'timestamp': …}."
        )
    log = _own_answers_as_posts(log, tally)
    reason: pl.Expr = pl.when(pl.col("source") == pl.col("target")).then(pl.lit(_SELF))
    if rules.leave_out:
        ids = pl.Series(rules.leave_out).cast(log.collect_schema()["source"], strict=False).implode()
        named = pl.col("source").is_in(ids) | pl.col("target").is_in(ids).fill_null(False)
        reason = pl.when(named).then(pl.lit("names an id of leave_out")).otherwise(reason)
    if one_act is not None:
        twice = pl.format("recorded twice: a {} that is there as another kind", "kind")
        reason = pl.when(recorded_twice(one_act)).then(twice).otherwise(reason)
    log = log.with_columns(reason.alias(_REASON))
    if held:
        log = log.collect().lazy()
    counts = log.group_by(FILE, _REASON, "kind").agg(
        pl.len().alias("rows"),
        (pl.col("timestamp").is_null().sum() if timed else pl.len()).alias("untimed"),
        pl.col(ROW).min(),
    )
    found = counts.collect(engine="streaming").sort(FILE, _REASON, "kind")
    lost = found.drop_nulls(_REASON).group_by(FILE, _REASON, maintain_order=True)
    for file, why, rows, row in lost.agg(pl.col("rows").sum(), pl.col(ROW).min()).iter_rows():
        tally.leave_out(file, why, rows, where(file, row))
    _check_times(found, tally, timed=timed)
    kinds = set(found["kind"])
    absent = [old for old, new in rules.kind_names.items() if new not in kinds]
    tally.notes += [f"kind_names: no row is of kind {old!r}" for old in absent]
    if one_act is not None and len(kinds.intersection(one_act)) < 2:
        tally.notes.append(f"one_act: the log has fewer than two of the kinds {', '.join(one_act)}")
    log = log.filter(pl.col(_REASON).is_null()).drop(_REASON)
    if timed and len(kinds) > 1:
        all_rows = held or int(found["rows"].sum()) <= ROWS_COMPARED
        tally.notes += coincidences(log if all_rows else log.filter(in_sample()), sample=not all_rows)
    return log


def _own_answers_as_posts(log: pl.LazyFrame, tally: Tally) -> pl.LazyFrame:
    """Make each answer to oneself that created an item a post: it is activity, and no reaction."""
    if "item" not in log.collect_schema().names():
        return log
    own = (
        (pl.col("source") == pl.col("target"))
        & pl.col("item").is_not_null()
        & ~pl.col("kind").is_in([*sorted(CREATE_NO_ITEM), POST])
    ).fill_null(False)
    rows = int(log.select(own.sum()).collect(engine="streaming").item())
    if not rows:
        return log
    are = counted(rows, "answer to oneself counts", "answers to oneself count")
    tally.notes.append(f"{are} as a {POST}, not as a reaction")
    kind, target = pl.when(own).then(pl.lit(POST)), pl.when(~own).then(pl.col("target"))
    return log.with_columns(kind.otherwise(pl.col("kind")).alias("kind"), target)


def _cross_posts_once(log: pl.LazyFrame, rules: Rules, tally: Tally, *, held: bool) -> pl.LazyFrame:
    """Count interactions that several networks have as the caller said."""
    several = found_on_several_networks(log) if rules.cross_posts != "each" else None
    if several is None:
        return log
    rows = int(several["copies"].sum())
    are = f"{rows:,} rows are copies of {counted(len(several), 'interaction')} on several networks"
    if rules.cross_posts == "split":
        tally.notes.append(f"{are}: each of m copies weighs 1/m; cross_posts='each' counts them all")
    log = merge_cross_posts(log, several, rules.cross_posts)
    if rules.cross_posts == "first":
        kept = log.group_by(FILE).agg(pl.len()).collect(engine="streaming")
        tally.keep(dict(kept.iter_rows()), "a copy on another network")
    return log.collect().lazy() if held else log


def _note_people_and_times(log: pl.LazyFrame, tally: Tally) -> None:
    """Note ids that may be one person or many, first and last time, and times far outside."""
    schema = log.collect_schema()
    if "network" in schema.names():
        names = log.select(pl.col("network").cast(pl.String).unique().sort()).collect(engine="streaming")
        tally.notes += same_names(names.to_series().drop_nulls().to_list())
    if schema["source"] == pl.String:
        ends = [log.select(pl.col(end).unique().alias("id")) for end in ("source", "target")]
        people = pl.concat(pl.collect_all(ends, engine="streaming")).to_series().unique()
        tally.notes += spelling_notes(people) + gone_notes(people)
    if "timestamp" in schema.names():
        tally.span, notes = time_span(log)
        tally.notes += notes


def _check_times(found: pl.DataFrame, tally: Tally, *, timed: bool) -> None:
    """Raise where a row that needs a time has none: only a follow can do without."""
    name = "columns={'timestamp': …}"
    if not timed:
        if "unfollow" in found["kind"]:
            raise SchemaError(
                f"{tally.name}: there are rows of kind 'unfollow' and no timestamps, so nobody can say "
                f"what holds. Name the column that has them, {name}; or leave the unfollows out."
            )
        return
    lacking = found.filter((pl.col("untimed") > 0) & (pl.col("kind") != "follow"))
    if len(lacking):
        raise SchemaError(
            f"{tally.files[lacking[FILE][0]]}: there is no column 'timestamp', and other files have one. "
            f"Name it, {name}, or read these files apart: only rows of kind 'follow' can do without."
        )


def _people(
    log: pl.LazyFrame, people: pl.DataFrame | None, tally: Tally, where: Where, *, held: bool
) -> pl.LazyFrame:
    """Make accounts people, and leave out what the merge turns into self-interactions."""
    if people is not None:
        networks = log.select("network").unique().collect(engine="streaming")["network"].sort().to_list()
        check_distinct(people, networks)
        absent = unseen(log, people)
        if absent:
            tally.notes.append(
                f"identities: of {counted(len(people), 'listed account')} the log lacks {absent:,}"
            )
    log = as_people(log, people)
    if held:
        log = log.collect().lazy()
    merged = (pl.col("source") == pl.col("target")).fill_null(False)
    counts = log.filter(merged).group_by(FILE).agg(pl.len(), pl.col(ROW).min())
    for file, rows, row in counts.collect(engine="streaming").sort(FILE).iter_rows():
        tally.leave_out(file, _MERGED, rows, where(file, row))
    return log.filter(~merged)
