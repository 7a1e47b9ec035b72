"""What the caller of the reader says about all files, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from influence_graph.errors import ConfigError, nearest
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.id_spelling import FOLDS, MISSING
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.match_columns import check_columns
from influence_graph.interactions.sources import Columns
from influence_graph.interactions.timestamps import EXCEL, UNITS

OnError = Literal["raise", "skip"]


@dataclass(frozen=True)
class Rules:
    """What the caller of the reader said about all files."""

    columns: Mapping[str, str] | Sequence[str | None] | None = None
    kind: str | None = None
    network: str | None = None
    kind_names: Mapping[str, str] = field(default_factory=dict)
    time_unit: str | None = None
    ids: Literal["auto", "text"] = "auto"
    orientation: Literal["attention", "influence"] = "attention"
    signed: bool = False
    time_format: str | None = None
    missing: tuple[str, ...] = MISSING
    fold: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    cross_posts: Literal["split", "each", "first"] = "split"


def rules_of(options: Mapping[str, Any]) -> Rules:
    """Return what the caller said about all files, checked."""
    check_columns(options["columns"])
    _one_of("ids", options["ids"], ("auto", "text"))
    _one_of("orientation", options["orientation"], ("attention", "influence"))
    _one_of("accounts", options["accounts"], ("shared", "separate"))
    _one_of("on_error", options["on_error"], get_args(OnError))
    _one_of("time_unit", options["time_unit"], (None, *UNITS, EXCEL))
    _one_of("cross_posts", options["cross_posts"], ("split", "each", "first"))
    words = ("kind", "network", "comment", "time_format", "sampled", "salt")
    _check_words({name: options[name] for name in words}, options["kind_names"], options["one_act"])
    _check_characters({name: options[name] for name in ("separator", "quote")})
    fold, leave_out = _listed("fold", options["fold"]), _listed("leave_out", options["leave_out"])
    for one in fold:
        _one_of("fold", one, FOLDS)
    return Rules(
        options["columns"],
        options["kind"],
        options["network"],
        dict(options["kind_names"] or {}),
        options["time_unit"],
        options["ids"],
        options["orientation"],
        options["signed"],
        time_format=options["time_format"],
        missing=_listed("missing", options["missing"]),
        fold=fold,
        leave_out=leave_out,
        cross_posts=options["cross_posts"],
    )


def layout_of(options: Mapping[str, Any]) -> TextLayout:
    """Return how the lines of text files are laid out, as far as the caller said."""
    columns = options["columns"]
    named = dict(columns) if isinstance(columns, Mapping) else {}
    by_place = columns if columns is not None and not isinstance(columns, Mapping) else None
    wanted = frozenset(COLUMNS).difference(named) | frozenset(named.values())
    return TextLayout(
        options["separator"],
        options["header"],
        by_place,
        wanted,
        options["comment"],
        options["quote"],
        options["on_error"] == "skip",
        options["salt"] is not None,
    )


def _listed(name: str, words: str | Sequence[str]) -> tuple[str, ...]:
    """Return words given as a sequence, or in one string with commas between them."""
    if isinstance(words, str):
        return tuple(word.strip() for word in words.split(",") if word.strip())
    if not isinstance(words, Sequence) or not all(isinstance(word, str) for word in words):
        raise ConfigError(f"{name} is {words!r}. Expected a list of words.")
    return tuple(words)


def roles_of(columns: Columns | None) -> dict[str, str]:
    """Return the columns of a text file that may be typed, by their name in the file."""
    named = columns if isinstance(columns, Mapping) else {}
    return {named.get(name, name): name for name in ("source", "target", "weight", "timestamp")}


def _one_of(name: str, value: Any, known: Sequence[Any]) -> None:
    if value not in known:
        raise ConfigError(f"{name} is {value!r}. {nearest(value, known)}")


def _check_words(
    words: Mapping[str, Any], kind_names: Mapping[str, str] | None, one_act: Sequence[str] | None
) -> None:
    for name, word in words.items():
        if word is not None and (not isinstance(word, str) or not word.strip()):
            raise ConfigError(f"{name} is {word!r}. Expected a word.")
    renames = kind_names if isinstance(kind_names, Mapping) else {"": ""}
    if kind_names is not None and not all(isinstance(new, str) and new.strip() for new in renames.values()):
        raise ConfigError(f"kind_names is {kind_names!r}. Expected a mapping such as {{'RT': 'retweet'}}.")
    distinct = 0 if one_act is None or isinstance(one_act, str) else len(set(one_act))
    if one_act is not None and (distinct < 2 or distinct != len(one_act)):
        raise ConfigError(f"one_act is {one_act!r}. Expected two or more kinds, the one that stays first.")


def _check_characters(characters: Mapping[str, Any]) -> None:
    for name, one in characters.items():
        if one is not None and (not isinstance(one, str) or len(one.encode()) != 1):
            raise ConfigError(f"{name} is {one!r}. Expected one ASCII character.")
