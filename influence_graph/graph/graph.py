"""The weighted directed graph of who acted on whom."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError, nearest
from influence_graph.interactions.log import Interactions

if TYPE_CHECKING:
    from influence_graph.linalg.degree_order import TraversalOrder


@dataclass(frozen=True)
class Weighting:
    """How interactions became edge weights.

    Attributes
    ----------
    kinds : mapping of str to float
        Weight of each kind that the graph knows; 0 leaves a kind out of ``adjacency``.
    other : float or None
        Weight of kinds of event that ``kinds`` does not name; None: they are an error.
    half_life : float or None
        Seconds after which an event counts half; None: no decay.
    as_of : datetime or None
        The moment the graph describes; None where the log has no timestamps.
    saturation : "log", float or None
        What caps the contribution of one pair.
    """

    kinds: Mapping[str, float]
    other: float | None = None
    half_life: float | None = None
    as_of: datetime | None = None
    saturation: str | float | None = None

    def __str__(self) -> str:
        words = [", ".join(f"{kind} {weight:g}" for kind, weight in sorted(self.kinds.items()))]
        if self.half_life is not None:
            words.append(f"half-life {self.half_life / 86_400:g} d")
        if self.as_of is not None:
            words.append(f"as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC")
        if self.saturation is not None:
            words.append(f"saturation {self.saturation}")
        return " · ".join(words)


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
        of weights; of follows, those that hold), ``reactors`` (people with an edge to this one), and
        where the log has timestamps ``first_seen``, ``last_seen`` (as source or target of any row) and
        ``last_reaction`` (last event received).
    weighting : Weighting
        How interactions became edge weights.
    report : mapping of str to int
        Rows left out while building and why; pairs whose weight underflowed. Empty: nothing was.
    notes : tuple of str
        What a careful reader should know about the weights by kind.
    log : Interactions or None
        The rows it was built from, without those left out, if at hand.
    """

    ids: pl.Series
    layers: Mapping[tuple[str, str], csr_array]
    adjacency: csr_array
    nodes: pl.DataFrame
    weighting: Weighting
    report: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
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
    def traversal(self) -> TraversalOrder:
        """The edges once more, in the order in which rank methods sweep them fastest."""
        from influence_graph.linalg.degree_order import traversal_order

        return traversal_order(self.adjacency, self.in_edges)

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
        """Hexadecimal SHA-256 of people, edges, layers, the table of people and the weighting."""
        digest = hashlib.sha256(repr((self.n, str(self.ids.dtype), self.weighting)).encode())
        digest.update(repr(sorted(self.layers)).encode())
        for matrix in (self.adjacency, *(self.layers[name] for name in sorted(self.layers))):
            for part in (matrix.indptr, matrix.indices):
                digest.update(np.ascontiguousarray(part, dtype=np.int64).data)
            digest.update(np.ascontiguousarray(matrix.data, dtype=np.float64).data)
        digest.update(repr(self.nodes.schema).encode())
        digest.update("\0".join(map(str, self.ids.to_list())).encode())
        for column in self.nodes.drop("id").iter_columns():
            numbers = column.to_physical()
            known = numbers.fill_null(np.iinfo(np.int64).min) if numbers.null_count() else numbers
            digest.update(np.ascontiguousarray(known.to_numpy()).data)
        return digest.hexdigest()

    def positions(self, ids: Iterable[Any]) -> IntArray:
        """Return the positions of these people in ``ids``.

        Raises
        ------
        DataError
            If one is not in the graph; the message names those most alike.
        """
        listed = list(ids)
        kind = str if self.ids.dtype == pl.String else int
        alien = [
            person
            for person in listed
            if isinstance(person, bool) or not isinstance(person, (kind, np.integer))
        ]
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

    def reweight(
        self,
        *,
        kinds: Mapping[str, float] | None = None,
        other: float | None = None,
        saturation: str | float | None = None,
    ) -> InfluenceGraph:
        """Return the graph with other weights by kind, made from the layers: no second pass over the log.

        The parameters mean what they mean to ``build_graph``, and the result is the graph that it
        builds with them from the same log, to the bit; ``half_life`` and ``as_of`` stay as they are.

        Raises
        ------
        DataError
            If the graph was built with ``layers=False``, or no edge is left.
        ConfigError
            If a parameter is out of range, or a kind of the graph has no weight.

        Notes
        -----
        Time O(e) for e entries over all layers that count, and O(n).

        Examples
        --------
        >>> import polars as pl
        >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
        >>> graph.reweight(kinds={"edge": 3}, saturation=2).in_strength.tolist()
        [4.0, 0.0, 0.0]
        """
        from influence_graph.graph.adjacency import reweighted

        return reweighted(self, kinds, other, saturation)

    def update(self, log: Any) -> InfluenceGraph:
        """Return the graph with more rows: the one that ``build_graph`` makes of all of them.

        ``as_of`` moves to the last timestamp where that is later. What is there decays up to then, and
        saturation comes after the sum. New people are put in order among the others. Rows may also be
        late. Weights differ from those of a new build by rounding, under 10⁻¹² relative; only weights
        below 10⁻³⁰⁰, which a float holds with fewer digits, may differ by more.

        Parameters
        ----------
        log : Interactions, or whatever ``read_interactions`` accepts
            The new rows. Rows that the graph has are counted again.

        Raises
        ------
        DataError
            If the graph was built with ``layers=False``; if only one of the two has timestamps; if ids are
            integers in one and text in the other; or if a follow or unfollow is older than ``as_of`` and
            the graph, being loaded from a folder, does not have the rows that say what came after it.
        ConfigError
            If a kind of the new rows has no weight.

        Notes
        -----
        Time O(m + e + n) for m new rows and e entries over all layers. A late follow or unfollow also reads
        the follows of ``graph.log``. The time of states is not stored: it is taken from there.

        Examples
        --------
        >>> import polars as pl
        >>> from influence_graph import build_graph
        >>> rows = {"source": ["b"], "target": ["a"], "timestamp": ["2024-01-01"]}
        >>> graph = build_graph(pl.DataFrame(rows), half_life="1d")
        >>> later = pl.DataFrame({"source": ["c"], "target": ["a"], "timestamp": ["2024-01-03"]})
        >>> graph.update(later).to_edges().rows()
        [('b', 'a', 0.25), ('c', 'a', 1.0)]
        """
        from influence_graph.graph.update import updated

        return updated(self, log)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the graph, without the rows of its log, to a folder.

        The format is described in :mod:`influence_graph.graph.storage`. The folder appears whole or
        not at all. A graph saved there before is replaced; a folder that holds anything else is an error.

        Raises
        ------
        DataError
            If the folder can't be written, or is in use for something else.
        """
        from influence_graph.graph.storage import save_graph

        save_graph(self, folder)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, verify: bool | None = None) -> InfluenceGraph:
        """Open a saved graph by memory map.

        Parameters
        ----------
        folder : path
            Where ``save`` wrote it.
        verify : bool or None
            Whether to compare checksums, which reads every byte. None: where that takes well under a
            second (256 MB). Sizes and structure are always checked.

        Raises
        ------
        DataError
            If the folder is missing, foreign, damaged, or written by a newer version.
        """
        from influence_graph.graph.storage import load_graph

        return load_graph(folder, verify=verify)

    @classmethod
    def from_scipy(cls, matrix: Any, ids: Iterable[Any] | None = None) -> InfluenceGraph:
        """Return the graph of a square matrix whose entry [u, v] says how much u acted on v.

        Parameters
        ----------
        matrix : sparse or dense array, shape (n, n)
            Finite and not negative. Entries on the diagonal are left out and counted.
        ids : iterable of int or str, optional
            The people, in the order of the rows; they are sorted. None: 0 … n − 1.

        Raises
        ------
        DataError
            If the matrix is not square or a weight is negative or not finite, or ids are mixed,
            repeated or too few.

        Examples
        --------
        >>> InfluenceGraph.from_scipy([[0, 2], [0, 0]], ["b", "a"]).to_edges().rows()
        [('b', 'a', 2.0)]
        """
        from influence_graph.graph.convert import from_scipy

        return from_scipy(matrix, ids)

    @classmethod
    def from_edges(cls, edges: Any, ids: Iterable[Any] | None = None) -> InfluenceGraph:
        """Return the graph of a frame with the columns source, target and, optionally, weight.

        Parameters
        ----------
        edges : frame
            A polars or pandas frame, or any object with the Arrow PyCapsule interface. Weights of
            the same pair are added up.
        ids : iterable of int or str, optional
            Everyone, with those who have no edge. None: those whom the edges name.

        Raises
        ------
        DataError
            As :meth:`from_scipy`, or if a column is missing.

        Examples
        --------
        >>> import polars as pl
        >>> edges = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "weight": [1, 2]})
        >>> InfluenceGraph.from_edges(edges)
        <InfluenceGraph: 3 people, 2 edges>
          layers    edge on default: 2
          weights   edge 1
        """
        from influence_graph.graph.convert import from_edges

        return from_edges(edges, ids)

    @classmethod
    def from_networkx(cls, graph: Any, *, weight: str = "weight") -> InfluenceGraph:
        """Return the graph of a networkx DiGraph; an edge without the attribute weighs 1.

        Raises
        ------
        DataError
            If the graph is undirected, its nodes are not all integers or all text, or as :meth:`from_scipy`.
        """
        from influence_graph.graph.convert import from_networkx

        return from_networkx(graph, weight)

    @classmethod
    def from_igraph(cls, graph: Any, *, weight: str = "weight", name: str = "name") -> InfluenceGraph:
        """Return the graph of a directed igraph Graph; ids are the vertices' names, or else their numbers.

        Raises
        ------
        DataError
            As :meth:`from_networkx`.
        """
        from influence_graph.graph.convert import from_igraph

        return from_igraph(graph, weight, name)

    def to_scipy(self) -> csr_array:
        """Return a copy of ``adjacency``, free to be changed."""
        return self.adjacency.copy()

    def to_edges(self) -> pl.DataFrame:
        """Return one row an edge, sorted: ``source``, ``target``, ``weight``."""
        from influence_graph.graph.convert import to_edges

        return to_edges(self)

    def to_networkx(self) -> Any:
        """Return a networkx DiGraph of all people, with the edge attribute ``weight``."""
        from influence_graph.graph.convert import to_networkx

        return to_networkx(self)

    def to_igraph(self) -> Any:
        """Return a directed igraph Graph with the attributes ``name`` and ``weight``."""
        from influence_graph.graph.convert import to_igraph

        return to_igraph(self)

    def __repr__(self) -> str:
        from influence_graph.graph.repr import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from influence_graph.graph.repr import as_html

        return as_html(self)
