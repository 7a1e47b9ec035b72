"""Whether a frozen scale holds for a result: same method, version and parameters, and a comparable unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from influence_graph.errors import ConfigError
from influence_graph.methods import Method, Raw
from influence_graph.scoring._scale import Reference


def freeze(entry: Method, parameters: Mapping[str, Any], raw: Raw, ids: pl.Series) -> Reference:
    """Return the scale of a result, with all that a later result has to agree with.

    Parameters
    ----------
    entry : Method
        The method that made it.
    parameters : mapping
        All its parameters.
    raw : Raw
        Its result for n people.
    ids : polars.Series
        The n people. Kept only where the unit is not comparable, as the scale then holds for them alone.
    """
    people = None if raw.unit.comparable else ids
    return Reference(np.sort(raw.natural), entry.name, dict(parameters), version=entry.version, people=people)


def check_reference(reference: Reference, entry: Method, parameters: Mapping[str, Any]) -> None:
    """Raise a ConfigError if a frozen scale is of another method, version or parameters that matter.

    Parameters that change only the accuracy (``Method.accuracy``) may differ. A scale that names no method
    was made by hand, and holds for all.
    """
    name = entry.name
    if not reference.method:
        return
    if reference.method != name:
        raise ConfigError(
            f"The reference scale was made by {reference.method!r}, and this score is by {name!r}. "
            "Points of different methods do not compare; make the reference with the same method."
        )
    if reference.version != entry.version:
        made = (
            "does not say its version" if reference.version is None else f"is of version {reference.version}"
        )
        raise ConfigError(
            f"The reference scale {made} of {name}, and this is version {entry.version}, whose numbers may "
            f"differ. Make it again: reference=score(graph, {name!r})."
        )
    for key in sorted((set(parameters) | set(reference.parameters)) - entry.accuracy):
        before, now = reference.parameters.get(key), parameters.get(key)
        if not _equal(before, now):
            raise ConfigError(
                f"The reference scale was made by {name} with {key}={before!r}, and here {key} is {now!r}, "
                f"which changes what the values mean. Give both the same {key}."
            )


def check_population(reference: Reference, entry: Method, raw: Raw, ids: pl.Series) -> None:
    """Raise a ConfigError if a scale frozen on other people is used with a unit that is not comparable."""
    if raw.unit.comparable or not reference.method:
        return
    if reference.people is None or not reference.people.equals(ids):
        raise ConfigError(
            f"{entry.name} has no natural unit with these parameters, so a reference over other people is "
            f"refused: {raw.unit.reason}. Compare percentiles or ranks, or take a method whose unit "
            "compares, such as 'pagerank'."
        )


def _equal(before: Any, now: Any) -> bool:
    if isinstance(before, np.ndarray) or isinstance(now, np.ndarray):
        return bool(np.array_equal(before, now))
    # Results that were stored have lists for tuples.
    plain = [list(value) if isinstance(value, tuple) else value for value in (before, now)]
    return bool(plain[0] == plain[1])
