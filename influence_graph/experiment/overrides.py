"""What is given besides a config: another log, single values, a tenth of the draws, one more method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from influence_graph.errors import ConfigError
from influence_graph.experiment.toml_lines import Location

#: Keys of [[data]] whose relative paths start where the command was typed, not at the config.
_PATHS = ("log", "identities", "people")
#: Tables of which there are several: no single value of them can be set.
_LISTS = ("methods", "criteria", "claims")
#: Options that are fewer if quick: by which they are divided, and how many are left at least.
_FEWER = {
    "draws": (10, 1),
    "resamples": (10, 20),
    "folds": (8, 5),
    "origins": (4, 3),
    "origins_if_large": (3, 1),
}


@dataclass(frozen=True)
class Overrides:
    """What replaces keys of a config.

    Attributes
    ----------
    values : mapping of str to value
        By dotted key. Those that begin with ``data.`` are the keys of one log, which replaces all
        ``[[data]]``; any other names one single value, such as ``seed`` or ``options.horizon``.
    quick : bool
        Whether the template has a tenth of its ``draws`` and ``resamples``, an eighth of its ``folds`` and a
        quarter of its ``origins``.
    methods : sequence of str
        Names of methods that are added to those of the config.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = False
    methods: Sequence[str] = ()

    def apply(self, given: dict[str, Any]) -> None:
        """Change the content of a config.

        Raises
        ------
        ConfigError
            If a key is not dotted as the config is nested, names a list of tables, or a value is a list or a
            table.

        Examples
        --------
        >>> given = {"data": [{"dataset": "higgs"}, {"dataset": "collegemsg"}], "seed": 1}
        >>> Overrides({"data.dataset": "synthetic", "seed": 2}).apply(given)
        >>> given
        {'data': [{'dataset': 'synthetic'}], 'seed': 2}
        """
        log = {key[5:]: value for key, value in self.values.items() if key.startswith("data.")}
        if log:
            given["data"] = [_one_log(log)]
        for key, value in self.values.items():
            if not key.startswith("data."):
                _set(given, key, value)
        if self.methods:
            listed = list(given.get("methods", []))
            names = [one.get("label") or one.get("name") for one in listed]
            given["methods"] = [*listed, *({"name": name} for name in self.methods if name not in names)]

    def draws(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a template with fewer draws, folds and origins, if quick."""
        fewer = dict(options)
        for name, (part, least) in _FEWER.items():
            given = options.get(name)
            if self.quick and isinstance(given, int) and given > least:
                fewer[name] = max(least, given // part)
        return fewer

    def in_full(self, options: Mapping[str, Any]) -> bool:
        """Return whether a template with these options runs in full although it should be quick."""
        return self.quick and not any(isinstance(options.get(name), int) for name in _FEWER)

    def place(self, location: Location) -> str | None:
        """Return how a key was given, or None if by the config."""
        names = [part for part in location if isinstance(part, str)]
        dotted = ".".join(names)
        if names and any(key == dotted or (key.startswith("data.") and names[0] == "data")
                         for key in self.values):  # fmt: skip
            return f"--set {dotted}"
        return None


def log_in_folder(folder: Path) -> dict[str, Any]:
    """Return the values that name the log of a folder: ``interactions.*``, with identities and people.

    Raises
    ------
    ConfigError
        If there is no file of this name, or several.
    """
    found = [path for path in sorted(folder.glob("interactions.*")) if not path.name.endswith("~")]
    if len(found) != 1:
        what = "no file" if not found else f"{len(found)} files"
        raise ConfigError(f"{folder} holds {what} interactions.*; one is expected, such as interactions.csv.")
    values: dict[str, Any] = {"data.log": str(found[0]), "data.label": folder.resolve().name}
    for name in ("identities", "people"):
        if (folder / f"{name}.csv").is_file():
            values[f"data.{name}"] = str(folder / f"{name}.csv")
    return values


def _one_log(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table [[data]] of one log."""
    log = dict(keys)
    for name in _PATHS:
        if isinstance(log.get(name), str) and not log[name].startswith("$"):
            log[name] = str(Path(log[name]).absolute())
    if "label" not in log and isinstance(log.get("log"), str):
        path = Path(log["log"])
        stem = path.name.split(".")[0]
        log["label"] = path.parent.name if stem == "interactions" and path.parent.name else stem
    return log


def _set(given: dict[str, Any], key: str, value: Any) -> None:
    *tables, name = key.split(".")
    if not all((*tables, name)) or key == "data" or (tables or [name])[0] in _LISTS:
        raise ConfigError(
            f"--set {key}: it names one value of the config, such as seed or options.draws, or a key of "
            "the log: data.log, data.identities, data.people."
        )
    if isinstance(value, list | Mapping):
        raise ConfigError(f"--set {key}: {value!r} is not a single value. Change the config instead.")
    table = given
    for part in tables:
        inner = table.get(part, {})
        if not isinstance(inner, Mapping):
            raise ConfigError(f"--set {key}: {part!r} is a single value, not a table.")
        table[part] = dict(inner)
        table = table[part]
    table[name] = value
