"""From the name of a data set to its log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.datasets.fetch import fetch_dataset, version_of
from influence_graph.datasets.registry import dataset_names, get_dataset
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.interactions.log import Interactions
from influence_graph.interactions.read import read_interactions
from influence_graph.methods import resolve_parameters

if TYPE_CHECKING:
    from influence_graph.datasets.synthetic import SyntheticLog

KEYWORD = Parameter.KEYWORD_ONLY
#: A reply or a retweet of Higgs is there again as a mention: the same people, the same second.
ONE_ACT = ("retweet", "reply", "mention")


def load_dataset(name: str, **options: Any) -> Interactions:
    """Return the log of a data set.

    Parameters
    ----------
    name : str
        A name from ``dataset_names("log")``.
    **options
        ``synthetic`` takes those of :func:`~influence_graph.datasets.synthetic.make_log`; ``higgs``
        takes ``one_act`` (kinds under which one act is recorded more than once, of which the first is kept;
        None keeps all rows); ``higgs-edges`` takes ``kinds`` (which of retweet, reply, mention; default all);
        ``congress`` takes ``names`` (whether ids are user names, the default, or node numbers).

    Returns
    -------
    Interactions
        The log, its report saying what was left out.

    Raises
    ------
    ConfigError
        If the name or an option is unknown (the message names the nearest), or an option is of the wrong
        type or out of range.
    DataError
        If the data set holds no log.
    DownloadError
        If its files can't be had or are not what their checksums say.

    Examples
    --------
    >>> load_dataset("synthetic", people=300, days=7).has_timestamps
    True
    """
    function = dataset_options(name)
    known = [option.name for option in signature(function).parameters.values() if option.kind is KEYWORD]
    for option in options:
        if option not in known:
            hint = nearest(option, known) if known else "It has none."
            raise ConfigError(f"The data set {name!r} has no option {option!r}. {hint}")
    seed = options.get("rng")
    if isinstance(seed, str | float):
        raise ConfigError(f"{name}: rng is {seed!r}, but it should be a whole number, the seed.")
    given = {option: value for option, value in options.items() if option != "rng"}
    checked = resolve_parameters(name, function, given)
    options |= {option: checked[option] for option in given}
    if name == "synthetic":
        made: SyntheticLog = function(**options)
        return made.interactions
    log: Interactions = function(fetch_dataset(name), **options)
    return log


def dataset_options(name: str) -> Callable[..., Any]:
    """Return the function whose keyword-only parameters are the options of a data set.

    Parameters
    ----------
    name : str
        A name from ``dataset_names("log")``.

    Returns
    -------
    callable
        Its signature tells the options of ``load_dataset(name, …)``, their types and defaults.

    Raises
    ------
    ConfigError
        If no data set has this name.
    DataError
        If the data set holds no log.

    Examples
    --------
    >>> signature(dataset_options("higgs")).parameters["one_act"].default
    ('retweet', 'reply', 'mention')
    """
    if get_dataset(name).holds != "log":
        raise DataError(f"The data set {name!r} holds pairs, no log. Use load_pairs({name!r}).")
    if name == "synthetic":
        from influence_graph.datasets.synthetic import make_log

        return make_log
    return _READERS[name]


def load_pairs(name: str = "peerindex") -> pl.DataFrame:
    """Return pairs of people, their features, and which of the two was judged the more influential.

    Parameters
    ----------
    name : str, optional
        A name from ``dataset_names("pairs")``.

    Returns
    -------
    polars.DataFrame
        ``choice`` (1: A is the more influential, 0: B), then per person ``a_…`` and ``b_…``: eight counts
        or rates of activity and three features of the network, float64.

    Raises
    ------
    ConfigError
        If no data set has this name.
    DataError
        If the data set holds no pairs.
    DownloadError
        If its file can't be had or is not what its checksum says.
    """
    if get_dataset(name).holds != "pairs":
        known = ", ".join(dataset_names("pairs"))
        raise DataError(
            f"The data set {name!r} holds a log, no pairs. Use load_dataset({name!r}); pairs: {known}."
        )
    pairs = pl.read_csv(fetch_dataset(name)[0], infer_schema_length=None).rename(str.lower)
    return pairs.with_columns(pl.all().exclude("choice").cast(pl.Float64), pl.col("choice").cast(pl.Int8))


def _higgs(files: list[Path], *, one_act: Sequence[str] | None = ONE_ACT) -> Interactions:
    return read_interactions(
        files[0],
        columns=["source", "target", "timestamp", "kind"],
        kind_names={"RT": "retweet", "MT": "mention", "RE": "reply"},
        network="twitter",
        time_unit="s",
        one_act=one_act,
    )


def _higgs_edges(files: list[Path], *, kinds: Sequence[str] = ONE_ACT) -> Interactions:
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


def _congress(files: list[Path], *, names: bool = True) -> Interactions:
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


def _collegemsg(files: list[Path]) -> Interactions:
    columns = ["source", "target", "timestamp"]
    return read_interactions(files[0], columns=columns, kind="message", network="campus", time_unit="s")


def _bitcoin_otc(files: list[Path]) -> Interactions:
    version = version_of(files[0], get_dataset("bitcoin-otc").files[0])
    return read_interactions(
        files[0],
        columns=["source", "target", "weight", "timestamp"],
        header=version == "with a header line",
        kind="trust",
        network="bitcoin-otc",
        time_unit="s",
        signed=True,
    )


def _nethept(files: list[Path]) -> Interactions:
    once = _numbers(files[0], ["source", "target"], skip=1)
    both = pl.concat([once, once.select(source="target", target="source")])
    return read_interactions(both, kind="coauthor", network="arxiv")


def _numbers(path: Path, columns: list[str], *, skip: int = 0) -> pl.DataFrame:
    return pl.read_csv(path, separator=" ", has_header=False, skip_rows=skip, new_columns=columns)


_READERS: Mapping[str, Callable[..., Interactions]] = {
    "higgs": _higgs,
    "higgs-edges": _higgs_edges,
    "congress": _congress,
    "collegemsg": _collegemsg,
    "bitcoin-otc": _bitcoin_otc,
    "nethept": _nethept,
}
