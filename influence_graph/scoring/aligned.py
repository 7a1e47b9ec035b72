"""Values of people from elsewhere, put in the order of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError


def aligned_values(graph: Any, values: Any, name: str) -> FloatArray:
    """Return one float64 a person in the order of ``graph.ids``, from a mapping, a frame or an array.

    Raises
    ------
    DataError
        As :meth:`Scores.from_values`.
    """
    if not hasattr(graph, "ids"):
        raise DataError(
            f"from_values takes the InfluenceGraph whose people the values are of, and this is a "
            f"{type(graph).__name__}: Scores.from_values(graph, values)."
        )
    if isinstance(values, Mapping):
        people, numbers = list(values), list(values.values())
    elif hasattr(values, "columns") and not isinstance(values, np.ndarray):
        frame = values if isinstance(values, pl.DataFrame) else pl.DataFrame(values)
        others = [column for column in frame.columns if column != "id"]
        if "id" not in frame.columns or len(others) != 1:
            raise DataError(
                f"The frame of {name} has the columns {frame.columns}; expected 'id' and one column of "
                "numbers. Select them: frame.select('id', 'value')."
            )
        people, numbers = frame["id"].to_list(), frame[others[0]].to_list()
    else:
        people, numbers = graph.ids.to_list(), values
    try:
        raw = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name}: these are no numbers ({error}). Give a mapping of id to number, a frame with 'id' and "
            f"one more column, or an array of {graph.n:,} numbers in the order of graph.ids."
        ) from None
    if raw.shape != (len(people),):
        raise DataError(
            f"{name} has shape {raw.shape}, and the graph {graph.n:,} people. Give one number a person, in "
            "the order of graph.ids, or a mapping of id to number."
        )
    if len(set(people)) != len(people):
        raise DataError(f"{name} names a person more than once; give each one value.")
    places = graph.positions(people)
    if len(people) != graph.n:
        have = np.zeros(graph.n, dtype=bool)
        have[places] = True
        without = graph.ids[int(np.argmin(have))]
        raise DataError(
            f"{name} has no value for {graph.n - len(people):,} people, such as {without!r}. "
            "Give everybody one, 0 for those without."
        )
    wrong = np.flatnonzero(~(np.isfinite(raw) & (raw >= 0.0)))
    if len(wrong):
        raise DataError(
            f"{name} gives {people[int(wrong[0])]!r} the value {raw[wrong[0]]}, but values should be finite "
            "and not negative. Shift or clip them first."
        )
    aligned = np.empty(graph.n)
    aligned[places] = raw
    return aligned
