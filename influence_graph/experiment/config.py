"""The config of an experiment: its keys, and errors that name the file, the line and the nearest key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from influence_graph.errors import ConfigError, InfluenceGraphError, nearest
from influence_graph.evaluation.verdicts import Bounds, Criterion
from influence_graph.experiment.overrides import Overrides
from influence_graph.experiment.toml_lines import Location, line_of


class DataConfig(BaseModel):
    """One log: a registered data set, or a file with the options of ``read_interactions``.

    Keys that are not named here are options of the data set or of the reader, apart from ``people`` of a
    file: a CSV with a column ``person`` and what is known of each.
    """

    model_config = ConfigDict(extra="allow")

    dataset: str | None = Field(None, description="Name of a registered data set.")
    log: str | None = Field(
        None, description="File, folder or glob; relative to the config; $INFLUENCE_GRAPH_DATA is expanded."
    )
    seen: bool = Field(False, description="Whether it had been looked at when the criteria were set.")
    label: str | None = Field(None, description="Its name in tables and figures.")
    optional: bool = Field(False, description="Skip it, with a note, if it is not available locally.")
    graph: dict[str, Any] = Field(
        default_factory=dict, description="Keys that replace those of [graph] for this log."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> DataConfig:
        if (self.dataset is None) == (self.log is None):
            raise ValueError("data takes exactly one of the keys 'dataset' and 'log'")
        return self


class MethodConfig(BaseModel):
    """One method. Keys that are not named here are its parameters."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(description="Name of a registered method.")
    label: str | None = Field(None, description="Its name in tables and figures.")
    scale: str = Field("log", description="How raw values become scores.")


class Config(BaseModel):
    """The content of a config file. A list in place of a single value is a sweep."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    template: str
    title: str = ""
    claims: list[Annotated[int, Field(ge=1)]] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0)] = 0
    data: list[DataConfig] = Field(default_factory=list)
    graph: dict[str, Any] = Field(default_factory=dict)
    methods: list[MethodConfig] = Field(default_factory=list)
    criteria: list[Criterion] = Field(default_factory=list)
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("data", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, Mapping) else value


class ConfigSource:
    """A config and its origin.

    Attributes
    ----------
    config : Config
        The validated content.
    given : dict
        The content before validation, with the overrides and the methods of another file in it.
    name : str
        Its name in messages: the path, or ``config``.
    folder : Path
        Relative paths of logs start here.
    overrides : Overrides
        What was given besides the config.
    """

    config: Config

    def __init__(
        self,
        given: Mapping[str, Any],
        name: str,
        folder: Path,
        text: str | None = None,
        overrides: Overrides | None = None,
    ) -> None:
        self.given, self.name, self.folder, self._text = dict(given), name, folder, text
        self.overrides = overrides or Overrides()
        self._methods: tuple[str, str] | None = None
        if isinstance(self.given.get("methods"), str):
            self._read_methods(self.given["methods"])
        self.overrides.apply(self.given)
        try:
            self.config = Config.model_validate(self.given)
        except ValidationError as error:
            self._raise(error)

    def _read_methods(self, name: str) -> None:
        """Put the tables of a file of methods in place of its name."""
        path = self.folder / name
        with self.blaming("methods"):
            given, text = _read_toml(path, "file of methods")
            if set(given) != {"methods"}:
                raise ConfigError(f"{path} should hold tables [[methods]] and nothing else.")
        self.given["methods"] = given["methods"]
        self._methods = str(path), text

    def at(self, location: Location) -> str:
        """Return the place of a key: file and line, or its dotted path."""
        if typed := self.overrides.place(location):
            return f"{self.name}, {typed}"
        name, text = self.name, self._text
        if location and location[0] == "methods" and self._methods is not None:
            name, text = self._methods
        line = line_of(text, location) if text is not None else None
        if line is not None:
            return f"{name}, line {line}"
        return f"{self.name}, {_dotted(location)}" if location else self.name

    @contextmanager
    def blaming(self, *location: str | int) -> Iterator[None]:
        """Prefix errors of this package raised within the block with the place of a key."""
        try:
            yield
        except InfluenceGraphError as error:
            raise type(error)(f"{self.at(location)}: {error}") from error

    def _raise(self, error: ValidationError) -> NoReturn:
        first = error.errors()[0]
        location = first["loc"]
        where, key = self.at(location), location[-1] if location else ""
        kind, found = first["type"], first["input"]
        if kind in ("extra_forbidden", "unexpected_keyword_argument"):
            keys = _keys_at(location[:-1])
            message = f"there is no key {key!r} here. {nearest(key, keys)}"
        elif kind == "missing":
            # A misspelt key shows up as a missing one: name the unknown key.
            keys = _keys_at(location[:-1])
            around = self._value(location[:-1])
            unknown = [name for name in around if name not in keys] if isinstance(around, Mapping) else []
            message = f"the key {key!r} is missing."
            for name in unknown:
                if nearest(name, [key]).startswith("Did"):
                    where = self.at((*location[:-1], name))
                    message = f"there is no key {name!r} here. Did you mean {key!r}?"
        elif kind == "value_error":
            message = f"{first['ctx']['error']}."
        elif kind == "string_pattern_mismatch":
            message = f"{key!r} is {found!r}, but it names a folder: letters, digits, '_', '-' and '.' only."
        else:
            message = f"{key!r} is {found!r}, but {first['msg'].replace('Input should', 'it should')}."
        raise ConfigError(f"{where}: {message}") from None

    def _value(self, location: Location) -> Any:
        value: Any = self.given
        for part in location:
            if isinstance(value, Mapping) and isinstance(part, int):
                continue  # a single table in place of a list of tables
            value = value[part]
        return value


def read_config(
    config: str | os.PathLike[str] | Mapping[str, Any], overrides: Overrides | None = None
) -> ConfigSource:
    """Read and validate the config of an experiment.

    Parameters
    ----------
    config : path or mapping
        A TOML file, or its content.
    overrides : Overrides, optional
        What replaces keys of the config.

    Returns
    -------
    ConfigSource
        The validated config, and the places of its keys.

    Raises
    ------
    ConfigError
        If the file is missing or not valid TOML, or a key is unknown, missing or of the wrong type. The
        message names the file, the line and the nearest key.

    Examples
    --------
    >>> read_config({"name": "a", "template": "agreement", "sede": 1})
    Traceback (most recent call last):
        ...
    influence_graph.errors.ConfigError: config, key sede: there is no key 'sede' here. Did you mean 'seed'?
    """
    if isinstance(config, Mapping):
        return ConfigSource(config, "config", Path.cwd(), overrides=overrides)
    path = Path(config)
    given, text = _read_toml(path, "config")
    return ConfigSource(given, str(path), path.parent, text, overrides)


def holds_methods_only(path: str | os.PathLike[str]) -> bool:
    """Whether a TOML file is one that configs name as ``methods = "…"``: no experiment of its own."""
    return set(_read_toml(Path(path), "config")[0]) == {"methods"}


def _read_toml(path: Path, what: str) -> tuple[dict[str, Any], str]:
    """Return the content of a TOML file and its text."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        near = [str(other) for other in sorted(path.parent.glob("*.toml"))] if path.parent.is_dir() else []
        hint = nearest(path, near) if near else "There is no .toml file in its folder."
        raise ConfigError(f"There is no {what} {str(path)!r}. {hint}") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder. Name the configs in it: {path}/*.toml.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text (byte {error.start}); a config is a TOML file."
        ) from None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def _keys_at(location: Location) -> Sequence[str]:
    names = [part for part in location if isinstance(part, str)]
    models: Mapping[str, type[BaseModel]] = {"data": DataConfig, "methods": MethodConfig}
    if names and names[0] == "criteria":
        return [field.name for field in fields(Criterion if len(names) == 1 else Bounds)]
    return list((models[names[0]] if names and names[0] in models else Config).model_fields)


def _dotted(location: Location) -> str:
    way = ""
    for part in location:
        way += f"[{part}]" if isinstance(part, int) else f"{'.' if way else ''}{part}"
    return f"key {way}"
