"""What a graph is made of: people, edges by kind and network, weights, and what follows from them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError, nearest
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.graph.weighting import Weighting
from influence_graph.interactions.log import Interactions
from influence_graph.linalg.csr import as_canonical, read_only

if TYPE_CHECKING:
    from influence_graph.linalg.degree_order import TraversalOrder


@dataclass(frozen=True, eq=False)
class GraphRecord:
    """The data of a graph, described for :class:`influence_graph.InfluenceGraph`, which is what users see.

    The functions that convert, store, reweight and extend graphs take and return records, so that they do
    not need the class that has them as methods. All arrays are read-only and of one type; those that are
    given to the constructor are converted where they are not (see :mod:`influence_graph.linalg.csr`).
    """

    ids: pl.Series
    layers: Mapping[tuple[str, str], csr_array]
    adjacency: csr_array
    nodes: pl.DataFrame
    weighting: Weighting
    report: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    log: Interactions | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.layers, DerivedLayers):
            layers = {name: as_canonical(layer) for name, layer in self.layers.items()}
            object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "adjacency", as_canonical(self.adjacency))

    def __reduce__(self) -> tuple[Any, ...]:
        # Made again by the constructor: unpickled and copied arrays can be written to.
        return partial(type(self), **{item.name: getattr(self, item.name) for item in fields(self)}), ()

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
        return as_canonical(self.adjacency.T.tocsr())

    @cached_property
    def traversal(self) -> TraversalOrder:
        """The edges once more, in the order in which rank methods sweep them fastest."""
        from influence_graph.linalg.degree_order import traversal_order

        return traversal_order(self.adjacency, self.in_edges)

    @cached_property
    def of_networks(self) -> dict[str, tuple[Any, IntArray]]:
        """Graphs of single networks and the positions of their people, as far as they were asked for."""
        return {}

    @cached_property
    def out_strength(self) -> FloatArray:
        """Sum of each row of ``adjacency``: how much a person acted on others."""
        return _row_sums(self.adjacency)

    @cached_property
    def in_strength(self) -> FloatArray:
        """Sum of each column of ``adjacency``: how much others acted on a person."""
        return _row_sums(self.in_edges)

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of people, edges, names of layers, the table of people and the weighting.

        What each person gave and received by kind is in that table, so layers need not be made for it.
        """
        digest = hashlib.sha256(repr((self.n, str(self.ids.dtype), self.weighting)).encode())
        digest.update(repr(sorted(self.layers)).encode())
        for part in (self.adjacency.indptr, self.adjacency.indices):
            digest.update(np.ascontiguousarray(part, dtype=np.int64).data)
        digest.update(np.ascontiguousarray(self.adjacency.data, dtype=np.float64).data)
        digest.update(repr(self.nodes.schema).encode())
        digest.update("\0".join(map(str, self.ids.to_list())).encode())
        for column in self.nodes.drop("id").iter_columns():
            numbers = column.to_physical()
            known = numbers.fill_null(np.iinfo(np.int64).min) if numbers.null_count() else numbers
            digest.update(np.ascontiguousarray(known.to_numpy()).data)
        return digest.hexdigest()

    def positions(self, ids: Iterable[Any]) -> IntArray:
        """Return the positions of these people in ``ids``.

        Where ids are integers, text that is a whole number stands for it: keys of TOML and JSON are text.

        Raises
        ------
        DataError
            If one is not in the graph; the message names those most alike.
        """
        kind = str if self.ids.dtype == pl.String else int
        listed, alien = self._listed(ids, kind)
        wanted = pl.Series("id", [] if alien else listed, dtype=self.ids.dtype)
        found = self.ids.search_sorted(wanted).to_numpy().astype(np.int64)
        inside = np.minimum(found, self.n - 1)
        missing = self.ids.gather(inside) != wanted if self.n else wanted.is_not_null()
        if alien or missing.any():
            person = alien[0] if alien else listed[int(missing.arg_max() or 0)]
            # Comparing with everyone takes seconds; who is spelt alike mostly stands near in order.
            near = int(found[missing.arg_max() or 0]) if not alien else 0
            alike = self.ids.slice(max(near - 1_000, 0), 2_000).to_list()
            raise DataError(
                f"{person!r} is not among the {self.n:,} people of this graph, whose ids are "
                f"{'text' if kind is str else 'integers'}. {nearest(person, alike)}"
            )
        return found

    def _listed(self, ids: Iterable[Any], kind: type) -> tuple[Any, list[Any]]:
        """Return the ids, whole numbers in text as numbers, and those that can't be ids of this graph."""
        if isinstance(ids, pl.Series) and ids.dtype == self.ids.dtype and not ids.null_count():
            return ids, []
        listed = [_whole(person) if kind is int else person for person in ids]
        known = (kind, np.integer)
        return listed, [one for one in listed if isinstance(one, bool) or not isinstance(one, known)]


def _whole(person: Any) -> Any:
    """Return text that is a whole number of 64 bits as an integer, and anything else as it is."""
    if not isinstance(person, str) or not re.fullmatch(r"0|-?[1-9]\d{0,18}", person):
        return person
    return int(person) if -(2**63) <= int(person) < 2**63 else person


def _row_sums(matrix: csr_array) -> FloatArray:
    sums: FloatArray = read_only(np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel())
    return sums
