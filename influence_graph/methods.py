"""The registry of influence methods: what a method is, what it needs, how its parameters are checked.

A method is a plain function of a graph and keyword-only parameters that gives one float64 a person:

>>> from typing import Annotated
>>> from annotated_types import Ge
>>> import numpy as np
>>> @method("shifted_strength", unit="count", version=1)
... def shifted_strength(graph: InfluenceGraph, *, shift: Annotated[float, Ge(0)] = 0.0) -> Raw:
...     '''In-strength plus a constant.'''
...     return Raw(graph.in_strength + shift)
>>> get_method("shifted_strength").resolve({"shift": 2})
{'shift': 2.0}
>>> get_method("shifted_strength").resolve({"shfit": 2})
Traceback (most recent call last):
    ...
influence_graph.errors.ConfigError: shifted_strength has no parameter 'shfit'. Did you mean 'shift'?

Decorating registers. An installed package announces its methods, as this one does, in its entry-point
group ``influence_graph.methods`` (``name = "module:function"``), and they are imported on first use.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Concatenate, Literal, ParamSpec, TypeAlias

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import FloatArray
from influence_graph.bootstrap import Resampled
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import InfluenceGraph

P = ParamSpec("P")
Unit: TypeAlias = Literal["count", "share", "spread"]
Need: TypeAlias = Literal["events", "layers", "follows", "posts", "timestamps", "topics", "items"]

GROUP = "influence_graph.methods"
#: Names of parameters that belong to ``score`` itself. A method that samples declares ``rng``, and
#: ``score`` hands it one; users never give it as a parameter. One whose result has an interval of its
#: own may declare ``confidence``, and gets that of ``score``.
RESERVED = frozenset({"scale", "reference", "uncertainty", "replicates", "rng"})


@dataclass(frozen=True, eq=False)
class Raw:
    """What a method returns: one value a person, and how it was reached.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        Aligned with ``graph.ids``; finite and not negative.
    low, high : ndarray of float64, shape (n,), or None
        An interval for each value, where the method has one of its own.
    diagnostics : mapping
        Plain numbers and words: iterations, residual, samples, people without a value.
    """

    values: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Let NumPy treat the result as its values."""
        return np.array(self.values, dtype=dtype, copy=copy)


@dataclass(frozen=True)
class Method:
    """A registered method: its function and what it declares.

    Attributes
    ----------
    name : str
        What configs, the command line and ``score`` call it.
    function : callable
        ``function(graph, **parameters)``, checked at its door.
    unit : {"count", "share", "spread"}
        In which natural unit 1 means something: one reaction; the average person (n·x); one person
        reached beyond oneself (σ − 1).
    version : int
        Raised when the method's numbers change, so that cached results are not mistaken for new ones.
    needs : frozenset of str
        What the graph must carry.
    summary : str
        First line of the docstring.
    resampled : callable or None
        ``resampled(graph, raw, parameters)`` prepares the method's replicates, for intervals; None: the
        method has no valid interval by bootstrap. See :mod:`influence_graph.bootstrap`.
    """

    name: str
    function: Callable[..., Raw]
    unit: Unit
    version: int
    needs: frozenset[Need]
    summary: str
    resampled: Resampled | None = None

    @property
    def samples(self) -> bool:
        """Whether the method draws random numbers."""
        return self.takes("rng")

    def takes(self, parameter: str) -> bool:
        """Whether the method declares a parameter of this name."""
        return parameter in inspect.signature(self.function).parameters

    def resolve(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters, defaults included, checked and converted.

        Raises
        ------
        ConfigError
            If a parameter is unknown, of the wrong type or out of range.
        """
        return resolve_parameters(self.name, inspect.unwrap(self.function), parameters)

    def natural(self, values: FloatArray) -> FloatArray:
        """Return raw values in the natural unit of the method."""
        if self.unit == "share":
            return values * len(values)
        if self.unit == "spread":
            return np.maximum(values - 1.0, 0.0)
        return values


_registered: dict[str, Method] = {}


def method(
    name: str, *, unit: Unit, version: int, needs: Iterable[Need] = (), resampled: Resampled | None = None
) -> Callable[[Callable[Concatenate[InfluenceGraph, P], Raw]], Callable[Concatenate[InfluenceGraph, P], Raw]]:
    """Register a function as the method of this name and check its input at every call.

    Parameters
    ----------
    name : str
        What configs, the command line and ``score`` call it.
    unit : {"count", "share", "spread"}
        The natural unit; see :class:`Method`.
    version : int
        To be raised when the numbers change.
    needs : iterable of str
        What the graph must carry: "events" (the rows at hand), "timestamps", "layers", "follows",
        "posts", "topics", "items".
    resampled : callable, optional
        How values vary with who happened to act; see :class:`Method`.
    """

    def register(
        function: Callable[Concatenate[InfluenceGraph, P], Raw],
    ) -> Callable[Concatenate[InfluenceGraph, P], Raw]:
        declared = set(list(inspect.signature(function).parameters)[1:])
        if declared & (RESERVED - {"rng"}):
            raise ConfigError(
                f"The parameter names {sorted(RESERVED)} belong to score(); {name} can't use them."
            )

        @functools.wraps(function)
        def checked(graph: InfluenceGraph, *args: P.args, **kwargs: P.kwargs) -> Raw:
            rng = {"rng": kwargs.pop("rng")} if "rng" in declared and "rng" in kwargs else {}
            parameters = resolve_parameters(name, function, kwargs)
            check_needs(name, graph, frozenset(needs))
            return function(graph, *args, **parameters, **rng)  # type: ignore[arg-type]

        summary = (function.__doc__ or "").strip().split("\n")[0]
        entry = Method(name, checked, unit, version, frozenset(needs), summary, resampled)
        known = _registered.get(name)
        if known and _home(known.function) != _home(function):
            raise ConfigError(
                f"Two methods are called {name!r}: {_home(known.function)} and {_home(function)}. Rename one."
            )
        _registered[name] = entry
        return checked  # type: ignore[return-value]

    return register


def get_method(name: str) -> Method:
    """Return the method of this name.

    Raises
    ------
    ConfigError
        If no method is called so; the message names the nearest.
    """
    if name not in _registered:
        announced = _announced()
        if name not in announced:
            raise ConfigError(f"There is no method {name!r}. {nearest(name, method_names())}")
        announced[name].load()
    return _registered[name]


def method_names() -> list[str]:
    """Return the names of all methods, this package's and those of installed packages, sorted."""
    return sorted({*_registered, *_announced()})


def check_needs(name: str, graph: InfluenceGraph, needs: frozenset[Need]) -> None:
    """Raise a DataError that says what to add where the graph lacks what a method needs."""
    for need in sorted(needs):
        has, remedy = _NEEDS[need]
        if not has(graph):
            raise DataError(f"{name} needs {remedy}")


def _has_column(graph: InfluenceGraph, column: str) -> bool:
    return graph.log is not None and column in graph.log.columns


_NEEDS: Mapping[Need, tuple[Callable[[InfluenceGraph], bool], str]] = {
    "events": (
        lambda graph: graph.log is not None,
        "the rows of the log, and this graph came without them. Build it with build_graph(log).",
    ),
    "timestamps": (
        lambda graph: _has_column(graph, "timestamp") or "last_seen" in graph.nodes.columns,
        "to know when things happened, and this log has no timestamps. "
        "Name the column that holds them: read_interactions(…, columns={'timestamp': …}).",
    ),
    "layers": (
        lambda graph: bool(graph.layers),
        "a graph with layers (kind × network). Build it with build_graph(log, layers=True).",
    ),
    "follows": (
        lambda graph: any(kind == "follow" for kind, _ in graph.layers),
        "who follows whom, and this graph does not tell. Add rows of kind 'follow' to the log, "
        "and keep its layers: build_graph(log, layers=True).",
    ),
    "posts": (
        lambda graph: "posts" in graph.nodes.columns and bool((graph.nodes["posts"] > 0).any()),
        "posts, and this log has none. Add a row of kind 'post' with an empty target for every post.",
    ),
    "topics": (
        lambda graph: _has_column(graph, "topic"),
        "topics, and this log has none. Name the column that holds them: "
        "read_interactions(…, columns={'topic': …}).",
    ),
    "items": (
        lambda graph: _has_column(graph, "item") or _has_column(graph, "parent"),
        "to know which post each row reacted to. Name the columns 'item' and 'parent' in columns=.",
    ),
}


def _home(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@functools.cache
def _announced() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def resolve_parameters(
    name: str, function: Callable[..., Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all parameters of a function, defaults included, checked and converted.

    The first is left out where it can be given by position: a graph, a plan, files.

    Raises
    ------
    ConfigError
        If a parameter is unknown, of the wrong type or out of range; ``name`` says of what.
    """
    from pydantic import ValidationError

    model = _model(function)
    unknown = [key for key in parameters if key not in model.model_fields]
    if unknown:
        if not model.model_fields:
            raise ConfigError(f"{name} has no parameter {unknown[0]!r}; it has none.")
        raise ConfigError(
            f"{name} has no parameter {unknown[0]!r}. {nearest(unknown[0], model.model_fields)}"
        )
    try:
        checked = model(**parameters)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"][0]
        entry = _entry(parameters.get(str(where)), first["loc"][1:])
        if first["type"] == "missing":
            raise ConfigError(f"{name} needs the parameter {where!r}; it has no default.") from None
        raise ConfigError(
            f"{name}: parameter {where!r} {entry}is {first['input']!r}, but {_expected(first['msg'])}."
        ) from None
    return {key: getattr(checked, key) for key in type(checked).model_fields}


def _entry(value: Any, path: Sequence[int | str]) -> str:
    """Return which entry of a mapping is meant; other steps of the path are of types, not of the value."""
    keys = ""
    for key in path:
        if isinstance(value, Mapping) and key in value:
            keys, value = f"{keys}[{key!r}]", value[key]
    return f"at {keys} " if keys else ""


def _expected(message: str) -> str:
    return message.replace("Input should be", "it should be").rstrip(".")


@functools.cache
def _model(function: Callable[..., Any]) -> Any:
    """Return the pydantic model of a function's parameters."""
    from pydantic import ConfigDict, create_model

    hints = typing.get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.name == "rng" or (position == 0 and parameter.kind is not parameter.KEYWORD_ONLY):
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints.get(parameter.name, Any), default)
    return create_model(
        f"{function.__name__}_parameters",
        __config__=ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False),
        **fields,
    )
