"""The weighted directed graph of who acted on whom."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import DataError
from influence_graph.graph import convert, selection
from influence_graph.graph.adjacency import reweighted
from influence_graph.graph.record import GraphRecord
from influence_graph.graph.repr import as_html, as_text
from influence_graph.graph.storage import load_graph, save_graph


@dataclass(frozen=True, eq=False)
class InfluenceGraph(GraphRecord):
    """Who acted on whom, how much: an immutable weighted directed graph.

    An edge ``u → v`` means that u acted on v: attention flows from u to v. If b and c retweet a,
    ``adjacency[b, a] = adjacency[c, a] = 1`` and a is the most influential of the three.

    Attributes
    ----------
    ids : polars.Series
        The n people, sorted and unique, Int64 or String. Every array of length n is aligned with it.
    layers : mapping of (kind, network) to scipy.sparse.csr_array
        Float64 n×n, one a kind and network: Σ weight·2^(−age/half_life), before weights by kind and
        saturation. Empty when the graph was built with ``layers=False``. They are made when one is first
        asked for, from the rows of the log as numbers; names and how many there are cost nothing.
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
        Time O(e) for e entries over all layers that count, and O(n). The first call also makes the layers, in
        one pass over the rows as numbers.

        Examples
        --------
        >>> import polars as pl
        >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
        >>> graph.reweight(kinds={"edge": 3}, saturation=2).in_strength.tolist()
        [4.0, 0.0, 0.0]
        """
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
        Time O(m + e + n) for m new rows and e edges; e entries over all layers where there are follows or a
        saturation, or the graph was loaded. A late follow or unfollow also reads the follows of
        ``graph.log``. The time of states is not stored: it is taken from there.

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
        # Not at the top: the builder's kernels have signatures, so that importing them compiles them.
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
        save_graph(self, folder)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, verify: bool = True) -> InfluenceGraph:
        """Open a saved graph by memory map.

        Parameters
        ----------
        folder : path
            Where ``save`` wrote it.
        verify : bool
            Whether to compare checksums, which reads every byte once, some GB a second. Sizes and
            structure are always checked.

        Raises
        ------
        DataError
            If the folder is missing, foreign, damaged, or written by a newer version.
        """
        return load_graph(cls, folder, verify=verify)

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
        return convert.from_scipy(cls, matrix, ids)

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
        return convert.from_edges(cls, edges, ids)

    @classmethod
    def from_networkx(
        cls, graph: Any, *, weight: str = "weight", attributes: Iterable[str] = ()
    ) -> InfluenceGraph:
        """Return the graph of a networkx DiGraph; an edge without the attribute weighs 1.

        Parameters
        ----------
        graph : networkx.DiGraph
            Edges point from who acts to who is acted on.
        weight : str
            Edge attribute.
        attributes : iterable of str
            Attributes of nodes that become columns of ``nodes``; null where a node has none.

        Raises
        ------
        DataError
            If the graph is undirected, its nodes are not all integers or all text, or as :meth:`from_scipy`.
        """
        return convert.from_networkx(cls, graph, weight, tuple(attributes))

    @classmethod
    def from_igraph(
        cls, graph: Any, *, weight: str = "weight", name: str = "name", attributes: Iterable[str] = ()
    ) -> InfluenceGraph:
        """Return the graph of a directed igraph Graph; ids are the vertices' names, or else their numbers.

        Parameters
        ----------
        graph : igraph.Graph
            Edges point from who acts to who is acted on.
        weight, name : str
            Edge attribute, and vertex attribute of the ids.
        attributes : iterable of str
            Attributes of vertices that become columns of ``nodes``.

        Raises
        ------
        DataError
            As :meth:`from_networkx`.
        """
        return convert.from_igraph(cls, graph, weight, name, tuple(attributes))

    def __len__(self) -> int:
        return self.n

    def __contains__(self, person: object) -> bool:
        try:
            self.positions([person])
        except DataError:
            return False
        return True

    @property
    def n_edges(self) -> int:
        """Number of pairs (u, v) where u acted on v."""
        return int(self.adjacency.nnz)

    def neighbors(self, person: Any) -> pl.DataFrame:
        """Return whom a person acts on: ``id``, ``weight``, largest weight first.

        Raises
        ------
        DataError
            If the person is not in the graph; the message names those most alike.

        Examples
        --------
        >>> import polars as pl
        >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
        >>> graph.neighbors("b").rows(), graph.predecessors("a")["id"].to_list()
        ([('a', 1.0)], ['b', 'c'])
        """
        return selection.row_of(self, person, incoming=False)

    def predecessors(self, person: Any) -> pl.DataFrame:
        """Return who acts on a person: ``id``, ``weight``, largest weight first.

        Raises
        ------
        DataError
            If the person is not in the graph; the message names those most alike.
        """
        return selection.row_of(self, person, incoming=True)

    def subgraph(self, people: Iterable[Any]) -> InfluenceGraph:
        """Return the graph of these people and the edges among them, without the rows of the log.

        The columns of ``nodes`` keep what they counted in the whole graph, but for ``reactors``; a note
        says so.

        Raises
        ------
        DataError
            If one is not in the graph.

        Notes
        -----
        Time and memory O(e) for e entries of the layers in the rows of these people.
        """
        return selection.subgraph(self, people)

    def ego(self, person: Any, radius: int = 1) -> InfluenceGraph:
        """Return the graph of everybody within so many edges of a person, in either direction.

        Raises
        ------
        DataError
            If the person is not in the graph.
        ConfigError
            If ``radius`` is below 1.

        Examples
        --------
        >>> import polars as pl
        >>> edges = pl.DataFrame({"source": ["b", "c", "d"], "target": ["a", "b", "c"]})
        >>> InfluenceGraph.from_edges(edges).ego("a", radius=2).ids.to_list()
        ['a', 'b', 'c']
        """
        return selection.ego(self, person, radius)

    def with_nodes(self, frame: Any) -> InfluenceGraph:
        """Return the graph with more columns in ``nodes``: communities, groups, values from elsewhere.

        Parameters
        ----------
        frame : frame
            ``id`` and the new columns; people who are not in it get nulls.

        Raises
        ------
        DataError
            If there is no ``id``, somebody is not in the graph or named twice, or a column exists already.

        Examples
        --------
        >>> import polars as pl
        >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
        >>> communities = graph.to_igraph().as_undirected().community_multilevel()
        >>> named = pl.DataFrame({"id": graph.ids, "community": communities.membership})
        >>> graph.with_nodes(named).nodes["community"].to_list()
        [0, 0, 0]
        """
        return selection.with_nodes(self, frame)

    def edges(self) -> pl.DataFrame:
        """Return one row an edge, sorted: ``source``, ``target``, ``weight``; as :meth:`to_edges`."""
        return self.to_edges()

    def to_scipy(self) -> csr_array:
        """Return a copy of ``adjacency``, free to be changed."""
        return self.adjacency.copy()

    def to_edges(self) -> pl.DataFrame:
        """Return one row an edge, sorted: ``source``, ``target``, ``weight``."""
        return convert.to_edges(self)

    def to_networkx(self, nodes: Any = None) -> Any:
        """Return a networkx DiGraph of all people, with the edge attribute ``weight``.

        Parameters
        ----------
        nodes : frame, optional
            ``id`` and columns that become attributes of nodes, such as ``graph.nodes`` or ``scores.frame``.
            Nulls are left out.
        """
        return convert.to_networkx(self, nodes)

    def to_igraph(self, nodes: Any = None) -> Any:
        """Return a directed igraph Graph with the attributes ``name`` and ``weight``.

        Parameters
        ----------
        nodes : frame, optional
            ``id`` and columns that become attributes of vertices, such as ``scores.frame``.
        """
        return convert.to_igraph(self, nodes)

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
