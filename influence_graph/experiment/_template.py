"""The registry of templates: the kinds of experiment a config can name, and the cells they compute.

A template is a plain function of a plan and keyword-only options that returns the cells to compute. It is
registered as a method is, by a decorator and the entry-point group ``influence_graph.templates``:

>>> @template("counting", version=1)
... def counting(plan: Plan, *, people: int = 10) -> list[Cell]:
...     '''Count.'''
...     return []
>>> get_template("counting").resolve({"people": 20})
{'people': 20}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, TypeAlias

import polars as pl

from influence_graph.experiment.plan import Plan, Source
from influence_graph.methods.parameters import resolve_parameters
from influence_graph.registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Increased when the layout of stored cells changes, so that cells of an older layout are not read.
SCHEMA_VERSION = 1

Tables: TypeAlias = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Cell:
    """A unit of computation: a pure function of its parameters, its seed and the cells it needs.

    Attributes
    ----------
    task : callable
        ``task(rng=…, needs=…, logs=…, **parameters)``, which returns tables by name. A function at the top
        of a module: other processes import it by name. ``rng`` is a generator of its own, ``needs`` the
        list of the tables of the needed cells, ``logs`` the :class:`~.log_cache.LogCache` of the process.
    version : int
        Of the task; increased when its tables change.
    parameters : mapping
        Everything else that determines the result: plain values, tables of them, and sources.
    label : str
        Its name in messages.
    needs : sequence of Cell
        Cells that are computed first.
    seed : int
        The seed of the config.
    drawn : int, optional
        The version whose random numbers are drawn, where a later one changed no number that depends on
        them. Default: ``version``.
    """

    task: Callable[..., Tables]
    version: int
    parameters: Mapping[str, Any]
    label: str
    needs: Sequence[Cell] = ()
    seed: int = 0
    drawn: int | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of everything that determines the result."""
        version = self.version if self.drawn is None else [self.version, self.drawn]
        return self._digest(version, [cell.fingerprint for cell in self.needs])

    @cached_property
    def stream(self) -> str:
        """The same of everything that determines its random numbers."""
        version = self.version if self.drawn is None else self.drawn
        return self._digest(version, [cell.stream for cell in self.needs])

    def _digest(self, version: int | list[int], needs: Sequence[str]) -> str:
        return digest(
            {
                "schema": SCHEMA_VERSION,
                "task": f"{self.task.__module__}:{self.task.__qualname__}",
                "version": version,
                "parameters": self.parameters,
                "needs": needs,
                "seed": self.seed,
            }
        )


@dataclass(frozen=True)
class Template:
    """A registered kind of experiment.

    Attributes
    ----------
    name : str
        Its name in configs. The table of this name is the main result of the experiment.
    cells : callable
        ``cells(plan, **options)``, which returns the cells to compute.
    version : int
        Increased when the same config leads to other cells.
    figures : callable
        ``figures(tables, **options)``, which returns figures by name.
    summary : callable
        ``summary(tables)``, which returns the frame that is printed at the end.
    purpose : str
        First line of the docstring.
    """

    name: str
    cells: Callable[..., Sequence[Cell]]
    version: int
    figures: Callable[..., Mapping[str, Figure]]
    summary: Callable[[Tables], pl.DataFrame]
    purpose: str = field(compare=False)

    def resolve(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return all options, defaults included, validated and converted.

        Raises
        ------
        ConfigError
            If an option is unknown, of the wrong type or out of range.
        """
        return resolve_parameters(self.name, self.cells, options)


def no_figures(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Return no figures."""
    return {}


_registry = Registry[Template]("influence_graph.templates", "template")
_Cells: TypeAlias = Callable[Concatenate[Plan, ...], Sequence[Cell]]


def template(
    name: str,
    *,
    version: int,
    figures: Callable[..., Mapping[str, Figure]] = no_figures,
    summary: Callable[[Tables], pl.DataFrame] | None = None,
) -> Callable[[_Cells], _Cells]:
    """Register a function as the template of this name.

    Parameters
    ----------
    name : str
        Its name in configs.
    version : int
        To be increased when the same config leads to other cells.
    figures : callable, optional
        ``figures(tables, **options)``, which returns figures by name.
    summary : callable, optional
        ``summary(tables)``, which returns the frame that is printed. Default: the table with the template's
        name.
    """

    def register(cells: _Cells) -> _Cells:
        purpose = (cells.__doc__ or "").strip().split("\n")[0]
        shown = summary or (lambda tables: tables[name])
        _registry.add(name, Template(name, cells, version, figures, shown, purpose), cells)
        return cells

    return register


def get_template(name: str) -> Template:
    """Return the template of this name.

    Raises
    ------
    ConfigError
        If there is no template of this name; the message suggests the nearest.
    """
    return _registry.get(name)


def template_names() -> list[str]:
    """Return the names of all templates, this package's and those of installed packages, sorted."""
    return _registry.names()


def digest(value: Any) -> str:
    """Return the hexadecimal SHA-256 of a plain value in canonical JSON.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=plain)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """Return the JSON form of a value; a source becomes its label and the fingerprint of its data."""
    if isinstance(value, Source):
        known = {"label": value.label, "fingerprint": value.fingerprint}
        return {**known, "people": value.people_fingerprint} if value.people is not None else known
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(
        f"A parameter of a cell is {value!r}; expected plain values: numbers, text, lists, tables."
    )
