"""From a config to a plan: its logs, graphs and methods, every sweep expanded."""

from __future__ import annotations

import glob
import hashlib
import inspect
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.datasets import dataset_names, dataset_options, get_dataset, is_local, load_dataset
from influence_graph.datasets.fetch import VARIABLE
from influence_graph.errors import ConfigError, SchemaError, nearest
from influence_graph.experiment.config import ConfigSource, DataConfig
from influence_graph.experiment.sweeps import labelled, sweep, takes_lists
from influence_graph.graph.build import build_graph
from influence_graph.interactions.log import Interactions
from influence_graph.interactions.read import read_interactions
from influence_graph.methods.declaration import get_method
from influence_graph.methods.parameters import resolve_parameters

#: Fingerprints of the logs that are read once for several plans; None: every plan reads its logs.
_known: ContextVar[dict[str, str] | None] = ContextVar("known", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Within the block, take a log that was read as it was: for plans of experiments on the same logs."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


@dataclass(frozen=True)
class Source:
    """The origin of a log. Two sources are equal if their data is.

    Attributes
    ----------
    fingerprint : str
        Of the log.
    label : str
        Its name in tables and figures.
    dataset, log : str or None
        Name of a data set, or a path.
    options : mapping
        Options of the data set or of the reader.
    people : str or None
        Path of a CSV with a column ``person`` and what is known of each.
    people_fingerprint : str
        Hexadecimal SHA-256 of that file; ``""`` without one.
    """

    fingerprint: str
    label: str = field(compare=False)
    dataset: str | None = field(default=None, compare=False)
    log: str | None = field(default=None, compare=False)
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)
    people: str | None = field(default=None, compare=False)
    people_fingerprint: str = ""

    def load(self) -> Interactions:
        """Return the log."""
        if self.dataset:
            return load_dataset(self.dataset, **self.options)
        try:
            return read_interactions(self.log, **self.options)
        except (SchemaError, ConfigError) as error:
            if "=" not in str(error):  # it names no option of the reader
                raise
            convert = f"influence-graph convert {shlex.quote(str(self.log))} NEW.parquet"
            raise type(error)(
                f"{error} An experiment takes such an option as a key of [[data]] in its config. Or write "
                f"the log anew with it: {convert}"
            ) from error

    def read(self) -> Source:
        """Return the same source with the fingerprints of its data."""
        digest = "" if self.people is None else hashlib.sha256(Path(self.people).read_bytes()).hexdigest()
        if self.people is not None:
            self.people_frame()
        known, key = _known.get(), repr((self.dataset, self.log, sorted(self.options.items())))
        known = {} if known is None else known
        if key not in known:
            known[key] = self.load().fingerprint
        return replace(self, fingerprint=known[key], people_fingerprint=digest)

    def people_frame(self) -> pl.DataFrame:
        """Return what is known of people: ``person``, as text, and the other columns of the CSV.

        Raises
        ------
        ConfigError
            If the config names no such file, or the file has no column ``person`` or one person twice.
        """
        if self.people is None:
            raise ConfigError(f'{self.label!r} has no file of people. Add the key people = "people.csv".')
        frame = pl.read_csv(self.people, schema_overrides={"person": pl.String})
        if "person" not in frame.columns:
            raise ConfigError(
                f"{self.people} has the columns {', '.join(frame.columns)}, but no 'person'. Rename the one "
                "that holds the ids of people."
            )
        twice = frame.filter(pl.col("person").is_duplicated())
        if twice.height:
            raise ConfigError(
                f"{self.people}: the person {twice['person'][0]!r} has {twice.height} rows; one is expected."
            )
        return frame


@dataclass(frozen=True)
class GraphSetting:
    """All parameters of ``build_graph``, and a label that is unique in the sweep."""

    label: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class MethodSetting:
    """A method with all its parameters, and a label that is unique in the plan."""

    label: str
    name: str
    version: int
    parameters: Mapping[str, Any]
    scale: str


@dataclass(frozen=True)
class Plan:
    """The input of a template.

    Attributes
    ----------
    sources : sequence of Source
        The logs.
    graphs : mapping of str to sequence of GraphSetting
        By the label of the source.
    methods : sequence of MethodSetting
        In the order of the config.
    seed : int
        The seed of the config.
    skipped : sequence of str
        Optional data that is not available, with the reason.
    seen : sequence of str
        Labels of the logs that had been looked at when the criteria were set.
    """

    sources: Sequence[Source]
    graphs: Mapping[str, Sequence[GraphSetting]]
    methods: Sequence[MethodSetting]
    seed: int
    skipped: Sequence[str] = ()
    seen: Sequence[str] = ()


def make_plan(source: ConfigSource) -> Plan:
    """Validate the data, graphs and methods of a config, and expand every sweep.

    Raises
    ------
    ConfigError
        If a data set, method or parameter is unknown or out of range, or two things have one label.
    DownloadError, SchemaError, OSError
        If a log that is not optional can't be downloaded or read.
    """
    methods = [setting for index in range(len(source.config.methods)) for setting in _methods(source, index)]
    _check_labels(source, "methods", [setting.label for setting in methods])
    sources: list[Source] = []
    graphs: dict[str, list[GraphSetting]] = {}
    skipped: list[str] = []
    seen: list[str] = []
    # All parameters first: an error in the last table is found before the first log is read.
    settings = [_graph_settings(source, index) for index in range(len(source.config.data))]
    found = [_sources(source, index) for index in range(len(source.config.data))]
    _check_labels(source, "data", [one.label for many in found for one in many])
    for index, data in enumerate(source.config.data):
        for one in found[index]:
            if data.optional and (reason := _not_at_hand(one)):
                skipped.append(f"{one.label}: left out, {reason}")
                continue
            with source.blaming("data", index):
                known = one.read()
            sources.append(known)
            graphs[known.label] = settings[index]
            seen += [known.label] if data.seen else []
    return Plan(sources, graphs, methods, source.config.seed, skipped, seen)


def _methods(source: ConfigSource, index: int) -> Iterator[MethodSetting]:
    given = source.config.methods[index]
    extra = given.model_extra or {}
    with source.blaming("methods", index, "name"):
        entry = get_method(given.name)
    blamed = next(iter(extra), "name")
    with source.blaming("methods", index, blamed):
        expanded = list(sweep(extra, takes_lists(entry.function)))
    for table, swept in expanded:
        with source.blaming("methods", index, _at_fault(table, entry.resolve) or "name"):
            parameters = entry.resolve(table)
        yield MethodSetting(
            labelled(given.label or given.name, swept), given.name, entry.version, parameters, given.scale
        )


def _at_fault(table: Mapping[str, Any], resolve: Callable[[Mapping[str, Any]], Any]) -> str | None:
    """Return the key that the error about a table names, if it is invalid."""
    try:
        resolve(table)
    except ConfigError as error:
        return next((key for key in table if repr(key) in str(error)), None)
    return None


def _graph_settings(source: ConfigSource, index: int) -> list[GraphSetting]:
    from influence_graph.graph.weighting import check_saturation, half_life_seconds, parse_moment

    own = source.config.data[index].graph
    merged = {**source.config.graph, **own}
    made: list[GraphSetting] = []

    def resolve(table: Mapping[str, Any]) -> dict[str, Any]:
        resolved = resolve_parameters("graph", build_graph, table)
        for name, check in (
            ("saturation", check_saturation),
            ("half_life", half_life_seconds),
            ("as_of", parse_moment),
        ):
            try:
                check(resolved[name])
            except ConfigError as error:
                raise ConfigError(f"{name!r}: {error}") from error
        return resolved

    for table, swept in sweep(merged, takes_lists(build_graph)):
        # TOML has no null; a sweep may include "no decay" or "no cap".
        table = {name: None if value == "none" else value for name, value in table.items()}
        key = _at_fault(table, resolve)
        way = ("data", index, "graph") if key in own else ("graph",)
        with source.blaming(*way, *([key] if key else [])):
            made.append(GraphSetting(labelled("", swept).strip("()"), resolve(table)))
    return made


def _sources(source: ConfigSource, index: int) -> list[Source]:
    """Return the sources of one data table; their fingerprints are placeholders until the data is read."""
    data = source.config.data[index]
    extra = data.model_extra or {}
    if data.dataset is not None:
        with source.blaming("data", index, "dataset"):
            if get_dataset(data.dataset).holds != "log":
                raise ConfigError(
                    f"The data set {data.dataset!r} holds no log. {nearest('', dataset_names('log'))}"
                )
        function = dataset_options(data.dataset)
    else:
        function = read_interactions
    known = [
        name for name, one in inspect.signature(function).parameters.items() if one.kind is one.KEYWORD_ONLY
    ]
    if "people" not in known:  # an option of some data sets
        known.append("people")
        table, extra = extra.get("people"), {key: value for key, value in extra.items() if key != "people"}
        if table is not None and not isinstance(table, str):
            with source.blaming("data", index, "people"):
                raise ConfigError(f"'people' is {table!r}, but it should be the path of a CSV.")
    else:
        table = None
    for key in extra:
        if key not in known:
            with source.blaming("data", index, key):
                raise ConfigError(
                    f"there is no key {key!r} here. {nearest(key, [*known, *DataConfig.model_fields])}"
                )
    # A data set has options of its own; `identities` is a path only where the reader takes it.
    path = partial(_path, source, index, optional=data.optional)
    log, people = path("log", data.log), path("people", table)
    if data.log is not None and isinstance(extra.get("identities"), str):
        extra = {**extra, "identities": path("identities", extra["identities"])}
    name = data.label or data.dataset or Path(log or "").name.split(".")[0]
    return [
        Source(f"?{index}.{number}", labelled(name, swept), data.dataset, log, table, people)
        for number, (table, swept) in enumerate(sweep(extra, takes_lists(function)))
    ]


def _path(source: ConfigSource, index: int, key: str, given: str | None, *, optional: bool) -> str | None:
    """Return a path of [[data]], relative to the config, with ``$INFLUENCE_GRAPH_DATA`` expanded."""
    if given is None:
        return None
    first, _, rest = given.partition("/")
    if not first.startswith("$"):
        return str(source.folder / given)
    if first != f"${VARIABLE}":
        with source.blaming("data", index, key):
            raise ConfigError(f"{first!r} is not known; the one variable that is expanded is ${VARIABLE}.")
    home = os.environ.get(VARIABLE)
    if home:
        return str(Path(home) / rest)
    if not optional:
        with source.blaming("data", index, key):
            raise ConfigError(
                f"the environment variable {VARIABLE} is not set. Set it to the folder of the data, or add "
                "optional = true."
            )
    return given


def _not_at_hand(source: Source) -> str | None:
    """Return why optional data is not available locally, or None; nothing is downloaded."""
    if source.dataset is None:
        if (source.log or "").startswith("$"):
            return f"the environment variable {VARIABLE} is not set"
        named = [source.log, source.people, source.options.get("identities")]
        missing = [path for path in named if isinstance(path, str) and not glob.glob(path)]
        return f"there is no {missing[0]}" if missing else None
    if is_local(source.dataset):
        return None
    return (
        f"its files are neither in the folder that {VARIABLE} names nor downloaded "
        f"(influence-graph datasets fetch {source.dataset})"
    )


def _check_labels(source: ConfigSource, key: str, labels: Sequence[str]) -> None:
    twice = next((label for number, label in enumerate(labels) if label in labels[:number]), None)
    if twice is not None:
        raise ConfigError(f'{source.name}: two of {key} are called {twice!r}. Give one a label = "…".')
