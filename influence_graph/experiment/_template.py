"""The registry of templates: what kind of experiment a config can ask for, and the cells it is made of.

A template is a plain function of a plan and keyword-only options that gives the cells to compute. It is
registered as a method is, by a decorator and the entry-point group ``influence_graph.templates``:

>>> @template("counting", version=1)
... def counting(plan: Plan, *, people: int = 10) -> list[Cell]:
...     '''Count.'''
...     return []
>>> get_template("counting").resolve({"people": 20})
{'people': 20}
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Concatenate, TypeAlias

import polars as pl

from influence_graph.errors import ConfigError, nearest
from influence_graph.experiment.plan import Plan, Source
from influence_graph.methods import resolve_parameters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUP = "influence_graph.templates"
#: Raised when the layout of cached cells changes, so that old ones are not mistaken for new ones.
SCHEMA_VERSION = 1

Tables: TypeAlias = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Cell:
    """One piece of work: a pure function of its parameters, its seed and the cells it needs.

    Attributes
    ----------
    task : callable
        ``task(rng=…, needs=…, logs=…, **parameters)``, which returns tables by name. A function at the top
        of a module: other processes import it by name. ``rng`` is a generator of its own, ``needs`` the
        list of the tables of the needed cells, ``logs`` the :class:`~.log_cache.LogCache` of the process.
    version : int
        Of the task; raised when its numbers change.
    parameters : mapping
        All that decides the result: plain values, tables of them, and sources.
    label : str
        What messages call it.
    needs : sequence of Cell
        What has to be computed before.
    seed : int
        The seed of the config.
    """

    task: Callable[..., Tables]
    version: int
    parameters: Mapping[str, Any]
    label: str
    needs: Sequence[Cell] = ()
    seed: int = 0

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of all that decides the result."""
        return digest(
            {
                "schema": SCHEMA_VERSION,
                "task": f"{self.task.__module__}:{self.task.__qualname__}",
                "version": self.version,
                "parameters": self.parameters,
                "needs": [cell.fingerprint for cell in self.needs],
                "seed": self.seed,
            }
        )


@dataclass(frozen=True)
class Template:
    """A registered kind of experiment.

    Attributes
    ----------
    name : str
        What configs call it. The table of this name is the answer of the experiment.
    cells : callable
        ``cells(plan, **options)`` to the cells to compute.
    version : int
        Raised when the same config means other cells.
    figures : callable
        ``figures(tables, **options)`` to figures by name.
    summary : callable
        ``summary(tables)`` to the frame to print when the run is done.
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
        """Return all options, defaults included, checked and converted.

        Raises
        ------
        ConfigError
            If an option is unknown, of the wrong type or out of range.
        """
        return resolve_parameters(self.name, self.cells, options)


def no_figures(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw nothing."""
    return {}


_registered: dict[str, Template] = {}
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
        What configs call it.
    version : int
        To be raised when the same config means other cells.
    figures : callable, optional
        ``figures(tables, **options)`` to figures by name.
    summary : callable, optional
        ``summary(tables)`` to the frame that is printed. Default: the table with the template's name.
    """

    def register(cells: _Cells) -> _Cells:
        purpose = (cells.__doc__ or "").strip().split("\n")[0]
        known = _registered.get(name)
        home = f"{cells.__module__}.{cells.__qualname__}"
        if known and f"{known.cells.__module__}.{known.cells.__qualname__}" != home:
            raise ConfigError(f"Two templates are called {name!r}, the second is {home}. Rename one.")
        shown = summary or (lambda tables: tables[name])
        _registered[name] = Template(name, cells, version, figures, shown, purpose)
        return cells

    return register


def get_template(name: str) -> Template:
    """Return the template of this name.

    Raises
    ------
    ConfigError
        If no template is called so; the message names the nearest.
    """
    if name not in _registered:
        announced = _announced()
        if name not in announced:
            raise ConfigError(f"There is no template {name!r}. {nearest(name, template_names())}")
        announced[name].load()
    return _registered[name]


def template_names() -> list[str]:
    """Return the names of all templates, this package's and those of installed packages, sorted."""
    return sorted({*_registered, *_announced()})


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
    """Return what stands for a value in JSON; a source is its label and its data's fingerprint."""
    if isinstance(value, Source):
        return {"label": value.label, "fingerprint": value.fingerprint}
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
        f"A parameter of a cell is {value!r}; cells take plain values: numbers, text, lists, tables."
    )


@functools.cache
def _announced() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
