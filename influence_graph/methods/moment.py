"""One moment of a log: what a method that follows time gets, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from scipy.sparse import csr_array

from influence_graph.arrays import BoolArray
from influence_graph.methods.raw import Raw


@dataclass(frozen=True, eq=False)
class Moment:
    """The edges at one moment, among all N people whom the log ever names.

    Attributes
    ----------
    time : datetime
        When, in UTC.
    present : ndarray of bool, shape (N,)
        Who has been named by a row so far.
    edges : csr_array, shape (N, N)
        Saturated weights. Its pattern is that of the whole log, the same at every moment: pairs without an
        interaction so far are stored zeros.
    """

    time: datetime
    present: BoolArray
    edges: csr_array


#: From a moment to the result for those who are present, in the order of the ids. It is called with one
#: moment after another, in order of time, and may keep what it needs of the moment before.
Step: TypeAlias = Callable[[Moment], Raw]
#: What a method declares with ``over_time=``: from its parameters to a step; None where these parameters
#: have no incremental form, and the method is run on the graph of each moment.
OverTime: TypeAlias = Callable[[Mapping[str, Any]], Step | None]
