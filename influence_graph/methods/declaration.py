"""What a method is and declares.

A method is a plain function of a graph and keyword-only parameters that gives one float64 a person:

>>> from typing import Annotated
>>> from annotated_types import Ge
>>> import numpy as np
>>> @method("shifted_strength", version=1)
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

All that the package does differently for one method and another is declared here. Nothing depends on a
method's name or on the module it is defined in.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeAlias

from influence_graph.bootstrap import PrepareReplicates
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods.decomposition import Decomposition
from influence_graph.methods.moment import OverTime
from influence_graph.methods.needs import Need, check_needs, checked_needs
from influence_graph.methods.parameters import resolve_parameters
from influence_graph.methods.raw import Raw
from influence_graph.registry import Registry

P = ParamSpec("P")
Function: TypeAlias = Callable[Concatenate[InfluenceGraph, P], Raw]

#: Names of parameters that belong to ``score`` itself. Three names have a meaning if a method declares them:
#: ``rng`` (``score`` hands it a generator; users never give it as a parameter), ``confidence`` (that of
#: ``score``, for a method whose result has an interval of its own) and ``initial`` (None, or where an
#: iteration starts: ``score_history`` gives the values of the moment before).
RESERVED = frozenset({"scale", "reference", "uncertainty", "replicates", "ranks", "people", "rng"})
#: From the parameters of a method to what it reads because of them.
NeedsWith: TypeAlias = Callable[[Mapping[str, Any]], Iterable[Need]]


def _no_more(parameters: Mapping[str, Any]) -> Iterable[Need]:
    return ()


@dataclass(frozen=True)
class Method:
    """A registered method: its function and what it declares.

    Attributes
    ----------
    name : str
        What configs, the command line and ``score`` call it.
    function : callable
        ``function(graph, **parameters)``, validated on call.
    version : int
        Raised when the method's numbers change, so that cached results are not mistaken for new ones.
    summary : str
        First line of the docstring.
    needs : frozenset of str
        What the method reads besides ids, edges and weighting. Empty: a graph of edges is enough.
    reads_edges : bool
        Whether the values depend on the edges or on the rows behind them. If not, there is nothing to
        attribute to kinds and networks.
    replicates : callable or None
        A fast form for intervals: ``replicates(episodes, parameters)`` prepares the computation of natural
        values from the edge weights of a bootstrap replicate. None: the method is run on the graph of each
        replicate. See :mod:`influence_graph.bootstrap`.
    decomposition : Decomposition or None
        How raw values fall into parts; None: they do not.
    over_time : callable or None
        The incremental form, for histories: from the parameters to a function that is called with one
        :class:`~influence_graph.methods.moment.Moment` after another and returns the values of those
        present, or to None. None: the method is run on the graph of each moment.
    accuracy : frozenset of str
        Parameters that change only how accurately values are computed: a scale frozen with others holds.
    from_graph : mapping of str to callable
        Parameters that None leaves to the graph: ``f(graph)`` is their value. A frozen scale holds it.
    needs_with : callable
        From the parameters to what the method reads besides ``needs`` because of them.
    decayed : tuple of str and mapping, or None
        For a method that a graph's decay does not change: name and parameters of one that counts the same
        with the decay. The price of an attack at equal decay is asked of it.
    """

    name: str
    function: Callable[..., Raw]
    version: int
    summary: str
    needs: frozenset[Need] = frozenset()
    reads_edges: bool = True
    replicates: PrepareReplicates | None = None
    decomposition: Decomposition | None = None
    over_time: OverTime | None = None
    accuracy: frozenset[str] = frozenset()
    from_graph: Mapping[str, Callable[[InfluenceGraph], Any]] = field(default_factory=dict)
    needs_with: NeedsWith = _no_more
    decayed: tuple[str, Mapping[str, Any]] | None = None

    def needed(self, parameters: Mapping[str, Any]) -> frozenset[Need]:
        """Return what the method reads besides ids, edges and weighting, with these parameters."""
        return self.needs | checked_needs(self.name, self.needs_with(parameters))

    @property
    def samples(self) -> bool:
        """Whether the method draws random numbers."""
        return self.takes("rng")

    def takes(self, parameter: str) -> bool:
        """Whether the method declares a parameter of this name."""
        return parameter in _parameters(self.function)

    def resolve(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters, defaults included, checked and converted.

        Raises
        ------
        ConfigError
            If a parameter is unknown, of the wrong type or out of range.
        """
        return resolve_parameters(self.name, inspect.unwrap(self.function), parameters)

    def settle(
        self, parameters: Mapping[str, Any], *, frozen: Mapping[str, Any], graph: InfluenceGraph | None
    ) -> dict[str, Any]:
        """Return the parameters with those left to the graph: as they were frozen, or as they are on it."""
        settled = dict(parameters)
        for name, value in self.from_graph.items():
            if settled[name] is None:
                settled[name] = frozen.get(name)
            if settled[name] is None and graph is not None:
                check_needs(self.name, graph, self.needs)
                settled[name] = value(graph)
        return settled


@functools.cache
def _parameters(function: Callable[..., Raw]) -> frozenset[str]:
    """Return the names of a function's parameters."""
    return frozenset(inspect.signature(function).parameters)


_METHODS = Registry[Method]("influence_graph.methods", "method")


def method(
    name: str,
    *,
    version: int,
    needs: Iterable[Need] = (),
    reads_edges: bool = True,
    replicates: PrepareReplicates | None = None,
    decomposition: Decomposition | None = None,
    over_time: OverTime | None = None,
    accuracy: Iterable[str] = (),
    from_graph: Mapping[str, Callable[[InfluenceGraph], Any]] | None = None,
    needs_with: NeedsWith = _no_more,
    decayed: tuple[str, Mapping[str, Any]] | None = None,
) -> Callable[[Function[P]], Function[P]]:
    """Register a function as the method of this name, and validate its input on every call.

    Parameters
    ----------
    name : str
        What configs, the command line and ``score`` call it.
    version : int
        To be raised when the numbers change.
    needs : iterable of str
        What the method reads besides ids, edges and weighting: "nodes" (the table of people), "posts",
        "timestamps", "layers", "follows", "events" (the rows of the log), "items", "topics". Where a graph
        lacks it, the error says what to add. A method that declares none gets no more than the edges in a
        history, which is what makes it fast there.
    reads_edges : bool
        False for a method whose values no edge and no reaction changes.
    replicates, decomposition, over_time : optional
        How values vary between bootstrap replicates, how they fall into parts, and how they follow time;
        see :class:`Method`.
    accuracy : iterable of str
        Parameters that change only how accurately values are computed, such as ``tol``.
    from_graph : mapping of str to callable, optional
        What parameters that are None by default are on a graph, so that a reference can freeze them.
    needs_with : callable, optional
        From the parameters to needs that only some of their values have.
    decayed : tuple of str and mapping, optional
        Name and parameters of the method that counts the same with the graph's decay; see :class:`Method`.

    Raises
    ------
    ConfigError
        If another method has this name, a need is unknown, or a parameter has a name that belongs to
        ``score``.
    """

    def register(function: Function[P]) -> Function[P]:
        declared = set(list(inspect.signature(function).parameters)[1:])
        if declared & (RESERVED - {"rng"}):
            raise ConfigError(
                f"The parameter names {sorted(RESERVED)} belong to score(); {name} can't use them."
            )
        required = checked_needs(name, needs)

        @functools.wraps(function)
        def checked(graph: InfluenceGraph, *args: P.args, **kwargs: P.kwargs) -> Raw:
            rng = {"rng": kwargs.pop("rng")} if "rng" in declared and "rng" in kwargs else {}
            parameters = resolve_parameters(name, function, kwargs)
            check_needs(name, graph, required)
            return function(graph, *args, **parameters, **rng)  # type: ignore[arg-type]

        summary = (function.__doc__ or "").strip().split("\n")[0]
        entry = Method(
            name, checked, version, summary, required, reads_edges, replicates, decomposition, over_time,
            frozenset(accuracy), from_graph or {}, needs_with, decayed,
        )  # fmt: skip
        _METHODS.add(name, entry, function)
        return checked  # type: ignore[return-value]

    return register


def get_method(name: str) -> Method:
    """Return the method of this name.

    Raises
    ------
    ConfigError
        If no method is called so; the message names the nearest.
    """
    return _METHODS.get(name)


def method_names() -> list[str]:
    """Return the names of all methods, this package's and those of installed packages, sorted."""
    return _METHODS.names()
