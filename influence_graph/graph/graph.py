"""The weighted directed graph of who acted on whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import DataError, nearest
from influence_graph.interactions.log import Interactions

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Weighting:
    """How interactions became edge weights.

    Attributes
    ----------
    kinds : mapping of str to float
        Weight of each kind that the graph knows; 0 leaves a kind out of ``adjacency``.
    half_life : float or None
        Seconds after which an event counts half; None: no decay.
    as_of : datetime or None
        The moment the graph describes; None where the log has no timestamps.
    saturation : "log", float or None
        What caps the contribution of one pair.
    """

    kinds: Mapping[str, float]
    half_life: float | None = None
    as_of: datetime | None = None
    saturation: str | float | None = None


@dataclass(frozen=True, eq=False)
class InfluenceGraph:
    """Who acted on whom, how much: an immutable weighted directed graph.

    An edge ``u → v`` means that u acted on v: attention flows from u to v. If b and c retweet a,
    ``adjacency[b, a] = adjacency[c, a] = 1`` and a is the most influential of the three.

    Attributes
    ----------
    ids : polars.Series
        The n people, sorted and unique, Int64 or String. Every array of length n is aligned with it.
    layers : mapping of (kind, network) to scipy.sparse.csr_array
        Float64 n×n, one a kind and network: Σ weight·2^(−age/half_life), before weights by kind and
        saturation. Empty when the graph was built with ``layers=False``.
    adjacency : scipy.sparse.csr_array
        Float64 n×n in canonical form (sorted indices, no duplicates, no stored zeros):
        Σ kinds[k]·layer, then saturation.
    nodes : polars.DataFrame
        One row a person: ``id``, ``posts``, ``given_<kind>`` and ``received_<kind>`` (undecayed sums
        of weights), ``reactors`` (people with an edge to this one), and where the log has
        timestamps ``first_seen``, ``last_seen``, ``last_reaction``.
    weighting : Weighting
        How interactions became edge weights.
    report : mapping of str to int
        Rows left out while building and why; pairs whose weight underflowed.
    log : Interactions or None
        The rows it was built from, if at hand.
    """

    ids: pl.Series
    layers: Mapping[tuple[str, str], csr_array]
    adjacency: csr_array
    nodes: pl.DataFrame
    weighting: Weighting
    report: Mapping[str, int] = field(default_factory=dict)
    log: Interactions | None = None

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.ids)

    @property
    def kinds(self) -> list[str]:
        """Kinds that have a layer, sorted."""
        return sorted({kind for kind, _ in self.layers})

    @property
    def networks(self) -> list[str]:
        """Networks that have a layer, sorted."""
        return sorted({network for _, network in self.layers})

    @cached_property
    def in_edges(self) -> csr_array:
        """The transpose in CSR: row v lists who acted on v, sorted."""
        transposed = self.adjacency.T.tocsr()
        transposed.sort_indices()
        return transposed

    @cached_property
    def out_strength(self) -> FloatArray:
        """Sum of each row of ``adjacency``: how much a person acted on others."""
        return np.asarray(self.adjacency.sum(axis=1), dtype=np.float64).ravel()

    @cached_property
    def in_strength(self) -> FloatArray:
        """Sum of each column of ``adjacency``: how much others acted on a person."""
        return np.asarray(self.in_edges.sum(axis=1), dtype=np.float64).ravel()

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of ids, edges, layers' names and the weighting."""
        digest = hashlib.sha256(repr((self.n, str(self.ids.dtype), self.weighting)).encode())
        digest.update(repr(sorted(self.layers)).encode())
        matrix = self.adjacency
        digest.update(np.ascontiguousarray(matrix.indptr, dtype=np.int64).data)
        digest.update(np.ascontiguousarray(matrix.indices, dtype=np.int64).data)
        digest.update(np.ascontiguousarray(matrix.data, dtype=np.float64).data)
        digest.update("\0".join(map(str, self.ids.to_list())).encode())
        return digest.hexdigest()

    def positions(self, ids: Iterable[Any]) -> IntArray:
        """Return the positions of these people in ``ids``.

        Raises
        ------
        DataError
            If one is not in the graph; the message names those most alike.
        """
        wanted = pl.Series("id", list(ids), dtype=self.ids.dtype, strict=False)
        found = self.ids.search_sorted(wanted).to_numpy().astype(np.int64)
        inside = np.minimum(found, max(self.n - 1, 0))
        missing = (self.ids.gather(inside) != wanted).fill_null(True) if self.n else wanted.is_not_null()
        if missing.any():
            person = list(ids)[int(missing.arg_max() or 0)]
            raise DataError(
                f"{person!r} is not among the {self.n:,} people of this graph. "
                f"{nearest(person, self.ids.to_list())}"
            )
        return found
