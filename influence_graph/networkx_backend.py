"""A NetworkX backend: NetworkX's own functions, computed on arrays.

After ``pip install influence-graph``, NetworkX finds it under the name ``influence_graph``::

    nx.pagerank(G, backend="influence_graph")
    nx.config.backend_priority.algos = ["influence_graph"]  # for every function below

A graph is converted on the first call and kept by NetworkX until the graph changes. Results, arguments and
exceptions are those of NetworkX: its orientation (an edge points from citing to cited), its stopping rules,
its order of ties. Functions with further arguments or of other graphs are left to NetworkX.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConvergenceError
from influence_graph.linalg.csr import canonical

NAME = "influence_graph"
#: Products with AᵀA that one iteration of ARPACK makes, in which ``nx.hits`` counts ``max_iter``.
_PRODUCTS_PER_RESTART = 20


class ArrayGraph:
    """A NetworkX graph as arrays: what NetworkX hands to the functions below.

    Attributes
    ----------
    nodes : list
        n nodes in NetworkX's order.
    pointers, columns : ndarray of int64, shapes (n + 1,) and (m,)
        Neighbors of each node in NetworkX's order: successors, or all neighbors of an undirected graph. The
        parallel edges of a multigraph stand side by side.
    weights : ndarray of float64, shape (m,), or None
        None: all 1.
    attribute : str or None
        The edge attribute of the weights.
    """

    __networkx_backend__ = NAME

    def __init__(
        self,
        nodes: list[Hashable],
        pointers: IntArray,
        columns: IntArray,
        weights: FloatArray | None,
        attribute: str | None,
        *,
        directed: bool,
        multigraph: bool,
    ) -> None:
        self.nodes, self.pointers, self.columns = nodes, pointers, columns
        self.weights, self.attribute = weights, attribute
        self._directed, self._multigraph = directed, multigraph
        self._matrices: dict[tuple[str | None, bool], csr_array] = {}

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.nodes)

    def __contains__(self, node: object) -> bool:
        return node in self.nodes

    def is_directed(self) -> bool:
        """Whether edges have a direction."""
        return self._directed

    def is_multigraph(self) -> bool:
        """Whether parallel edges are allowed."""
        return self._multigraph

    @property
    def rows(self) -> IntArray:
        """Source of each entry of ``columns``."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.pointers))

    def matrix(self, attribute: str | None, *, transposed: bool = False) -> csr_array:
        """Return A(u, v), or Aᵀ, with parallel edges added up, made once.

        Without an attribute each edge weighs 1: NetworkX may hand over a graph that it kept with weights to a
        call that asks for none.
        """
        key = attribute, transposed
        if key in self._matrices:
            return self._matrices[key]
        if transposed:
            found = self.matrix(attribute).T.tocsr()
        else:
            weights = self.weights if attribute is not None else None
            data = np.ones(len(self.columns)) if weights is None else weights.copy()
            # Copies, as sorting and adding up happen in place.
            parts = data, self.columns.copy(), self.pointers.copy()
            found = csr_array(parts, shape=(len(self), len(self)))
            found.sum_duplicates()
        self._matrices[key] = canonical(found.data, found.indices, found.indptr, len(self))
        return self._matrices[key]

    def vector(self, values: Mapping[Hashable, float]) -> FloatArray:
        """Return values by node as an array; a node that is missing has 0."""
        return np.array([values.get(node, 0.0) for node in self.nodes], dtype=np.float64)

    def mapping(self, values: npt.NDArray[Any]) -> dict[Hashable, Any]:
        """Return values in NetworkX's form: a number of Python by node."""
        return dict(zip(self.nodes, values.tolist(), strict=True))


def convert_from_nx(
    graph: Any,
    edge_attrs: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, Any] | None = None,
    preserve_edge_attrs: bool = False,
    preserve_node_attrs: bool = False,
    preserve_graph_attrs: bool = False,
    preserve_all_attrs: bool = False,
    name: str | None = None,
    graph_name: str | None = None,
) -> ArrayGraph:
    """Return a NetworkX graph as arrays. O(n + m), once a graph and edge attribute.

    Raises
    ------
    NotImplementedError
        If several edge attributes are asked for, or weights are no real numbers; NetworkX computes then.
    """
    if edge_attrs is not None and len(edge_attrs) > 1:
        raise NotImplementedError(f"the backend {NAME} keeps one edge attribute, not {sorted(edge_attrs)}")
    nodes = list(graph)
    place = {node: number for number, node in enumerate(nodes)}
    neighbors = list(graph.adj.values() if not hasattr(graph, "_adj") else graph._adj.values())
    multigraph = graph.is_multigraph()
    edges = [len(keys) for of in neighbors for keys in of.values()] if multigraph else None
    pointers = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum([len(of) for of in neighbors], out=pointers[1:])
    columns = np.fromiter(
        map(place.__getitem__, chain.from_iterable(neighbors)), dtype=np.int64, count=int(pointers[-1])
    )
    if edges is not None:
        columns = np.repeat(columns, edges)
        pointers = np.concatenate(([0], np.cumsum(edges, dtype=np.int64)))[pointers]
    weights, attribute = None, None
    if edge_attrs:
        ((attribute, default),) = edge_attrs.items()
        weights = _weights(neighbors, attribute, default, len(columns), multigraph=multigraph)
    return ArrayGraph(
        nodes, pointers, columns, weights, attribute, directed=graph.is_directed(), multigraph=multigraph
    )


def _weights(
    neighbors: list[Any], attribute: str, default: Any, count: int, *, multigraph: bool
) -> FloatArray:
    datas = chain.from_iterable(of.values() for of in neighbors)
    if multigraph:
        datas = chain.from_iterable(keys.values() for keys in datas)
    try:
        return np.fromiter((data.get(attribute, default) for data in datas), dtype=np.float64, count=count)
    except (TypeError, ValueError) as error:
        raise NotImplementedError(
            f"the edge attribute {attribute!r} is not always a number: {error}"
        ) from None


def convert_to_nx(result: Any, *, name: str | None = None) -> Any:
    """Return a graph of arrays as a NetworkX graph; anything else as it is."""
    if not isinstance(result, ArrayGraph):
        return result
    kinds = {
        (False, False): nx.Graph,
        (True, False): nx.DiGraph,
        (False, True): nx.MultiGraph,
        (True, True): nx.MultiDiGraph,
    }
    graph = kinds[result.is_directed(), result.is_multigraph()]()
    graph.add_nodes_from(result.nodes)
    rows, columns = result.rows, result.columns
    weights = np.ones(len(columns)) if result.weights is None else result.weights
    if not result.is_directed():
        # Each edge stands twice, a self-loop once.
        once = rows <= columns
        rows, columns, weights = rows[once], columns[once], weights[once]
    ends = zip(rows.tolist(), columns.tolist(), weights.tolist(), strict=True)
    for u, v, weight in ends:
        data = {} if result.attribute is None else {result.attribute: weight}
        graph.add_edge(result.nodes[u], result.nodes[v], **data)
    return graph


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether the backend has the function."""
    return name in FUNCTIONS


def should_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether it is worth a conversion: a degree is not, unless the graph was converted before."""
    if name not in DEGREES:
        return True
    graph = args[0] if args else kwargs["G"]
    cache = getattr(graph, "__networkx_cache__", None) or {}
    return bool(cache.get("backends", {}).get(NAME)) or "counting degrees takes less than a conversion"


def pagerank(
    G: ArrayGraph,
    alpha: float = 0.85,
    personalization: Mapping[Hashable, float] | None = None,
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: Mapping[Hashable, float] | None = None,
    weight: str | None = "weight",
    dangling: Mapping[Hashable, float] | None = None,
) -> dict[Hashable, float]:
    """PageRank by NetworkX's power iteration, until the L1 change is below n · tol."""
    n = len(G)
    if not n:
        return {}
    matrix = G.matrix(weight)
    out = np.asarray(matrix.sum(axis=1), dtype=np.float64)
    share = np.divide(1.0, out, out=np.zeros(n), where=out != 0)
    backward = G.matrix(weight, transposed=True)
    even = np.full(n, 1.0 / n)
    start = even if personalization is None else _normalised(G.vector(personalization))
    spread = start if dangling is None else _normalised(G.vector(dangling))
    x = even if nstart is None else _normalised(G.vector(nstart))
    stuck = np.flatnonzero(out == 0)
    for _ in range(max_iter):
        before = x
        x = alpha * (backward @ (share * x) + x[stuck].sum() * spread) + (1.0 - alpha) * start
        if np.abs(x - before).sum() < n * tol:
            return G.mapping(x)
    raise nx.PowerIterationFailedConvergence(max_iter)


def _normalised(values: FloatArray) -> FloatArray:
    total = values.sum()
    if total == 0:
        raise ZeroDivisionError
    return np.asarray(values / total)


def hits(
    G: ArrayGraph,
    max_iter: int = 100,
    tol: float = 1.0e-8,
    nstart: Mapping[Hashable, float] | None = None,
    normalized: bool = True,
) -> tuple[dict[Hashable, float], dict[Hashable, float]]:
    """Hubs and authorities: the leading singular vectors of A, by Arnoldi from ``nstart``.

    Where the largest singular value is shared by parts that are not connected, the vector is the one that
    the power iteration from ``nstart`` (default: equal authorities) ends in.
    """
    from influence_graph.linalg.arnoldi import dominant_vector

    if not len(G):
        return {}, {}
    if max_iter <= 0:
        raise nx.PowerIterationFailedConvergence(max_iter)
    matrix = G.matrix("weight")
    backward = G.matrix("weight", transposed=True)
    if not matrix.nnz:
        raise nx.NetworkXError("hits is not defined for a graph without edges: nobody points at anybody.")
    first = backward @ (matrix @ (np.ones(len(G)) if nstart is None else G.vector(nstart)))
    try:
        authorities, *_ = dominant_vector(
            lambda x: backward @ (matrix @ x),
            first if (first > 0).any() else backward @ np.ones(len(G)),
            tol=max(tol, 1e-14),
            max_iterations=_PRODUCTS_PER_RESTART * max_iter,
            name="hits",
        )
    except ConvergenceError:
        raise nx.PowerIterationFailedConvergence(max_iter) from None
    authorities /= np.linalg.norm(authorities)
    hubs = matrix @ authorities
    if normalized:
        hubs, authorities = hubs / hubs.sum(), authorities / authorities.sum()
    return G.mapping(hubs), G.mapping(authorities)


def katz_centrality(
    G: ArrayGraph,
    alpha: float = 0.1,
    beta: float | Mapping[Hashable, float] = 1.0,
    max_iter: int = 1000,
    tol: float = 1.0e-6,
    nstart: Mapping[Hashable, float] | None = None,
    normalized: bool = True,
    weight: str | None = None,
) -> dict[Hashable, float]:
    """Katz centrality by NetworkX's iteration x = αAᵀx + β, until the L1 change is below n · tol."""
    n = len(G)
    if not n:
        return {}
    x = np.zeros(n) if nstart is None else G.vector(nstart)
    try:
        constant = np.full(n, float(beta))  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError) as error:
        if not isinstance(beta, Mapping) or set(beta) != set(G):
            raise nx.NetworkXError("beta dictionary must have a value for every node") from error
        constant = G.vector(beta)
    backward = G.matrix(weight, transposed=True)
    for _ in range(max_iter):
        before = x
        with np.errstate(over="ignore", invalid="ignore"):
            x = alpha * (backward @ x) + constant
            change = np.abs(x - before).sum()
        if change < n * tol:
            length = math.hypot(*x.tolist()) if normalized else 1.0
            return G.mapping(x * (1.0 / length if length else 1.0))
    raise nx.PowerIterationFailedConvergence(max_iter)


def eigenvector_centrality(
    G: ArrayGraph,
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: Mapping[Hashable, float] | None = None,
    weight: str | None = None,
) -> dict[Hashable, float]:
    """Eigenvector centrality by NetworkX's power iteration with A + I, of Euclidean norm 1."""
    n = len(G)
    if not n:
        raise nx.NetworkXPointlessConcept("cannot compute centrality for the null graph")
    if nstart is not None and not any(nstart.values()):
        raise nx.NetworkXError("initial vector cannot have all zero values")
    x = np.ones(n) if nstart is None else G.vector(nstart)
    x = x / x.sum()
    backward = G.matrix(weight, transposed=True)
    for _ in range(max_iter):
        before = x
        x = x + backward @ x
        x = x / (math.hypot(*x.tolist()) or 1.0)
        if np.abs(x - before).sum() < n * tol:
            return G.mapping(x)
    raise nx.PowerIterationFailedConvergence(max_iter)


def katz_centrality_numpy(
    G: ArrayGraph,
    alpha: float = 0.1,
    beta: float | Mapping[Hashable, float] = 1.0,
    normalized: bool = True,
    weight: str | None = None,
) -> dict[Hashable, float]:
    """Katz centrality as the solution of (I − αAᵀ)x = β, by sparse LU decomposition."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import spsolve

    if not len(G):
        return {}
    nodes: list[Hashable] = G.nodes
    if isinstance(beta, Mapping):
        if set(beta) != set(G):
            raise nx.NetworkXError("beta dictionary must have a value for every node")
        constant, nodes = G.vector(beta), list(beta)
    else:
        try:
            constant = np.ones(len(G)) * beta
        except (TypeError, ValueError) as error:
            raise nx.NetworkXError("beta must be a number") from error
    system = (eye_array(len(G), format="csc") - alpha * G.matrix(weight).T).tocsc()
    x = np.atleast_1d(spsolve(system, constant))
    length = np.sign(x.sum()) * np.linalg.norm(x) if normalized else 1.0
    found = G.mapping(x / length)
    return {node: found[node] for node in nodes}


def eigenvector_centrality_numpy(
    G: ArrayGraph, weight: str | None = None, max_iter: int = 50, tol: float = 0
) -> dict[Hashable, float]:
    """Eigenvector centrality of a connected graph, by restarted Arnoldi; Euclidean norm 1."""
    from scipy.sparse.csgraph import connected_components

    from influence_graph.linalg.arnoldi import dominant_vector

    n = len(G)
    if not n:
        raise nx.NetworkXPointlessConcept("cannot compute centrality for the null graph")
    matrix = G.matrix(weight)
    if connected_components(G.matrix(None), connection="strong", return_labels=False) > 1:
        raise nx.AmbiguousSolution(
            "`eigenvector_centrality_numpy` does not give consistent results for disconnected graphs"
        )
    backward = G.matrix(weight, transposed=True)
    shift = float(np.abs(matrix.data).max(initial=1.0))
    try:
        # Shifted, as a periodic graph has several eigenvalues of the largest modulus.
        vector, *_ = dominant_vector(
            lambda x: backward @ x + shift * x,
            np.ones(n),
            tol=max(tol, 1e-14),
            max_iterations=_PRODUCTS_PER_RESTART * max_iter,
            name="eigenvector_centrality_numpy",
        )
    except ConvergenceError:
        raise nx.PowerIterationFailedConvergence(max_iter) from None
    return G.mapping(vector / np.linalg.norm(vector))


def voterank(G: ArrayGraph, number_of_nodes: int | None = None) -> list[Hashable]:
    """VoteRank: successors, or neighbors, vote; ties go to the first node, as in NetworkX."""
    from influence_graph.centrality._voterank import elect

    n = len(G)
    if not n or not len(G.columns):
        return []
    limit = n if number_of_nodes is None or number_of_nodes > n else max(number_of_nodes, 0)
    rows, columns, pointers = G.rows, G.columns, G.pointers
    if not G.is_directed():
        # NetworkX adds votes edge by edge, so that those of earlier nodes come first, and sums in another
        # order break ties otherwise. A self-loop votes twice.
        loops = np.flatnonzero(rows == columns)
        rows, columns = np.append(rows, rows[loops]), np.append(columns, columns[loops])
        when = np.append(np.arange(len(G.columns)), loops)
        order = np.lexsort((np.where(columns < rows, columns, when), columns >= rows, rows))
        rows, columns = rows[order], columns[order]
        pointers = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n))))
    return [G.nodes[v] for v in elect(pointers, columns, 1.0 / (len(columns) / n), limit).tolist()]


def core_number(G: ArrayGraph) -> dict[Hashable, int]:
    """Core numbers; of a directed graph by the sum of both degrees."""
    from influence_graph.centrality._coreness import peel_by_degree

    if (G.rows == G.columns).any():
        raise nx.NetworkXNotImplemented(
            "Input graph has self loops which is not permitted; "
            "Consider using G.remove_edges_from(nx.selfloop_edges(G))."
        )
    matrix = G.matrix(None)
    other = G.matrix(None, transposed=True) if G.is_directed() else matrix
    degree = np.diff(matrix.indptr) + (np.diff(other.indptr) if G.is_directed() else 0)
    return G.mapping(
        peel_by_degree(
            matrix.indptr,
            matrix.indices,
            other.indptr,
            other.indices,
            G.is_directed(),
            degree.astype(np.int64),
        )
    )


def degree_centrality(G: ArrayGraph) -> dict[Hashable, float]:
    """Degree over n − 1; of a directed graph the sum of both degrees, and a self-loop counts twice."""
    if G.is_directed():
        return _share_of_others(G, _out_degree(G) + _in_degree(G))
    loops = G.columns[G.rows == G.columns]
    return _share_of_others(G, _out_degree(G) + np.bincount(loops, minlength=len(G)))


def in_degree_centrality(G: ArrayGraph) -> dict[Hashable, float]:
    """In-degree over n − 1."""
    return _share_of_others(G, _in_degree(G))


def out_degree_centrality(G: ArrayGraph) -> dict[Hashable, float]:
    """Out-degree over n − 1."""
    return _share_of_others(G, _out_degree(G))


def _in_degree(graph: ArrayGraph) -> IntArray:
    return np.bincount(graph.columns, minlength=len(graph))


def _out_degree(graph: ArrayGraph) -> IntArray:
    return np.diff(graph.pointers)


def _share_of_others(graph: ArrayGraph, degree: IntArray) -> dict[Hashable, float]:
    if len(graph) <= 1:
        return dict.fromkeys(graph, 1)
    return graph.mapping(degree * (1.0 / (len(graph) - 1.0)))


DEGREES = frozenset({"degree_centrality", "in_degree_centrality", "out_degree_centrality"})
FUNCTIONS = DEGREES | {
    "core_number",
    "eigenvector_centrality",
    "eigenvector_centrality_numpy",
    "hits",
    "katz_centrality",
    "katz_centrality_numpy",
    "pagerank",
    "voterank",
}
