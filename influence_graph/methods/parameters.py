"""Parameters of a function, validated against its signature."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from influence_graph.errors import ConfigError, nearest
from influence_graph.limits import check_limits


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
        if first["type"] in ("tuple_type", "list_type") and isinstance(first["input"], str | int):
            # One word where a list is expected, as in --param seeds=ann.
            return resolve_parameters(name, function, {**parameters, str(first["loc"][0]): [first["input"]]})
        where = first["loc"][0]
        entry = _entry(parameters.get(str(where)), first["loc"][1:])
        if first["type"] == "missing":
            raise ConfigError(f"{name} needs the parameter {where!r}; it has no default.") from None
        raise ConfigError(
            f"{name}: parameter {where!r} {entry}is {first['input']!r}, but {_expected(first['msg'])}."
        ) from None
    resolved = {key: getattr(checked, key) for key in type(checked).model_fields}
    try:
        check_limits(resolved)
    except ConfigError as error:
        raise ConfigError(f"{name}: parameter {error}") from None
    return resolved


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
