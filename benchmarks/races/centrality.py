"""Rank methods on a built graph."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from inputs import load_rmat
from race import Race
from scipy.sparse import csr_array

DAMPING, TOL = 0.85, 1e-9


def our_graph(folder: pathlib.Path) -> Any:
    from influence_graph import InfluenceGraph

    return InfluenceGraph.from_scipy(load_rmat(folder))


def toy() -> Any:
    """A graph on which kernels are loaded before the clock starts."""
    from influence_graph import InfluenceGraph

    # Of more people than fit into a block of sums, as the kernels for several are what is timed.
    rng, n = np.random.default_rng(0), 5_000
    ends = rng.integers(0, n, (2, 4 * n))
    return InfluenceGraph.from_scipy(csr_array((np.ones(4 * n), ends), shape=(n, n)))


def their_igraph(folder: pathlib.Path) -> Any:
    import igraph

    coo = load_rmat(folder).tocoo()
    graph = igraph.Graph(n=coo.shape[0], edges=np.stack(coo.coords, axis=1), directed=True)
    graph.es["weight"] = coo.data
    return graph


def our_pagerank(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph.centrality._pagerank import pagerank

    graph = our_graph(folder)
    pagerank(toy(), damping=DAMPING, tol=TOL)
    prepared(graph)
    yield None
    yield pagerank(graph, damping=DAMPING, tol=TOL).values


def our_first_pagerank(folder: pathlib.Path) -> Iterator[Any]:
    """The same with everything the graph would carry made within the clock."""
    from influence_graph.centrality._pagerank import pagerank

    graph = our_graph(folder)
    pagerank(toy(), damping=DAMPING, tol=TOL)
    yield None
    yield pagerank(graph, damping=DAMPING, tol=TOL).values


def prepared(graph: Any) -> None:
    """Make what a built graph carries for its rank methods."""
    from influence_graph.centrality._pagerank import pagerank

    pagerank(graph, damping=DAMPING, tol=0.5)


def scipy_power_iteration(folder: pathlib.Path) -> Iterator[Any]:
    matrix = load_rmat(folder)
    yield None
    n = matrix.shape[0]
    strength = np.asarray(matrix.sum(axis=1)).ravel()
    shares = matrix.copy()
    shares.data = matrix.data / np.repeat(np.where(strength > 0, strength, 1.0), np.diff(matrix.indptr))
    pull = csr_array(shares.T.tocsr())
    sinks = np.flatnonzero(strength == 0)
    x = np.full(n, 1.0 / n)
    while True:
        new = DAMPING * (pull @ x) + (DAMPING * x[sinks].sum() + 1.0 - DAMPING) / n
        if np.abs(new - x).sum() < TOL:
            break
        x = new
    yield new


def igraph_prpack(folder: pathlib.Path) -> Iterator[Any]:
    graph = their_igraph(folder)
    yield None
    yield graph.pagerank(damping=DAMPING, weights="weight")


def fast_pagerank(folder: pathlib.Path) -> Iterator[Any]:
    from fast_pagerank import pagerank_power
    from scipy.sparse import csr_matrix

    matrix = csr_matrix(load_rmat(folder))
    yield None
    yield pagerank_power(matrix, p=DAMPING, tol=TOL)


def scikit_network(folder: pathlib.Path) -> Iterator[Any]:
    from scipy.sparse import csr_matrix
    from sknetwork.ranking import PageRank

    matrix = csr_matrix(load_rmat(folder))
    yield None
    yield PageRank(damping_factor=DAMPING, solver="piteration", n_iter=200, tol=TOL).fit_predict(matrix)


def within(limit: float) -> Any:
    def alike(ours: np.ndarray, theirs: np.ndarray) -> None:
        distance = float(np.abs(ours - theirs / theirs.sum() * ours.sum()).sum() / np.abs(ours).sum())
        assert distance < limit, f"L1 distance {distance:.1e}"

    return alike


def our_sixteen(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph.centrality._pagerank import personalized_pagerank

    graph = our_graph(folder)
    personalized_pagerank(toy(), [[v] for v in range(16)], damping=DAMPING, tol=TOL)
    prepared(graph)
    seeds = [[int(v)] for v in np.argsort(-graph.in_strength)[:16]]
    yield None
    yield personalized_pagerank(graph, seeds, damping=DAMPING, tol=TOL)[:, 0]


def our_one(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph.centrality._pagerank import pagerank

    graph = our_graph(folder)
    pagerank(toy(), damping=DAMPING, tol=TOL)
    prepared(graph)
    seed = int(np.argmax(graph.in_strength))
    yield None
    yield pagerank(
        graph, personalization={seed: 1.0}, dangling="personalization", damping=DAMPING, tol=TOL
    ).values


def ours(name: str, **parameters: Any) -> Any:
    def contestant(folder: pathlib.Path) -> Iterator[Any]:
        from influence_graph.methods import get_method

        graph = our_graph(folder)
        get_method(name).function(toy(), **parameters)
        prepared(graph)
        if name == "hits":
            # The other direction of the edges, which the graph carries from the first call on.
            _ = graph.traversal.outgoing
        yield None
        yield get_method(name).function(graph, **parameters).values

    return contestant


def by_igraph(name: str, **parameters: Any) -> Any:
    def contestant(folder: pathlib.Path) -> Iterator[Any]:
        graph = their_igraph(folder)
        yield None
        yield getattr(graph, name)(**parameters)

    return contestant


def by_networkx(name: str, **parameters: Any) -> Any:
    def contestant(folder: pathlib.Path) -> Iterator[Any]:
        import networkx as nx

        graph = nx.from_scipy_sparse_array(load_rmat(folder), create_using=nx.DiGraph)
        yield None
        found = getattr(nx, name)(graph, **parameters)
        values = found[1] if isinstance(found, tuple) else found
        yield [values[v] for v in range(len(graph))]

    return contestant


# What NetworkX computes by scipy, on its array: a DiGraph of 16M edges does not fit into this machine.


def scipy_hits(folder: pathlib.Path) -> Iterator[Any]:
    """``networkx.hits`` but for one thing: AᵀA, which does not fit, is applied as Aᵀ(Ax)."""
    matrix = load_rmat(folder)
    yield None
    turned = csr_array(matrix.T)
    x = np.full(matrix.shape[0], 1.0 / matrix.shape[0])
    while True:
        last, x = x, turned @ (matrix @ x)
        x /= x.max()
        if np.abs(x - last).sum() < 1e-8:
            break
    yield x / x.sum()


def scipy_eigenvector(folder: pathlib.Path) -> Iterator[Any]:
    """``networkx.eigenvector_centrality_numpy`` without its check that the graph is one strong part."""
    from scipy.sparse.linalg import eigs

    matrix = load_rmat(folder)
    yield None
    _, vectors = eigs(matrix.T, k=1, which="LR", maxiter=50, tol=0)
    yield np.abs(vectors[:, 0].real)


def katz_alpha(folder: pathlib.Path) -> float:
    """0.85/ρ, by power iteration."""
    turned = csr_array(load_rmat(folder).T)
    x = np.ones(turned.shape[0])
    for _ in range(30):
        x = turned @ x
        radius = np.linalg.norm(x)
        x /= radius
    return float(0.85 / radius)


def our_katz(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph.centrality.eigenvector_katz import katz

    graph, alpha = our_graph(folder), katz_alpha(folder)
    katz(toy(), alpha=1e-9)
    prepared(graph)
    yield None
    yield katz(graph, alpha=alpha, tol=TOL).values


def scipy_katz(folder: pathlib.Path) -> Iterator[Any]:
    """The iteration of ``networkx.katz_centrality``, which is Python there; its numpy one is dense."""
    matrix, alpha = load_rmat(folder), katz_alpha(folder)
    yield None
    turned = csr_array(matrix.T)
    x = np.zeros(matrix.shape[0])
    while True:
        last, x = x, alpha * (turned @ x) + 1.0
        if np.abs(x - last).sum() < TOL * x.sum():
            break
    yield x


def networkx_katz(folder: pathlib.Path) -> Iterator[Any]:
    import networkx as nx

    graph = nx.from_scipy_sparse_array(load_rmat(folder), create_using=nx.DiGraph)
    alpha = katz_alpha(folder)
    yield None
    found = nx.katz_centrality_numpy(graph, alpha=alpha, weight="weight")
    yield [found[v] for v in range(len(graph))]


SIZES = {"small": (14, 16), "full": (14, 17, 20)}
ONE = {"small": (16,), "full": (20,)}
#: NetworkX holds its own at the first size only: it makes AᵀA, dense matrices, or loops in Python.
TWO = {"small": (11, 16), "full": (11, 16, 20)}

RACES = [
    Race(
        "pagerank",
        "PageRank of a built graph, R-MAT with 2^size nodes, L1 residual 1e-9",
        "rmat",
        SIZES,
        {
            "influence_graph": our_pagerank,
            "influence_graph, first call": our_first_pagerank,
            "scipy power iteration": scipy_power_iteration,
            "igraph PRPACK": igraph_prpack,
            "fast-pagerank": fast_pagerank,
            "scikit-network": scikit_network,
        },
        within(1e-7),
        {"scipy power iteration": 4, "igraph PRPACK": 6},
        packages=("scipy", "igraph", "fast-pagerank", "scikit-network"),
    ),
    Race(
        "personalized_pagerank",
        "16 personalised vectors at once against one",
        "rmat",
        ONE,
        {"influence_graph, 16 seeds": our_sixteen, "influence_graph, one seed": our_one},
        within(1e-7),
        {"influence_graph, one seed": 0.25},
    ),
    Race(
        "hits",
        "HITS authorities of a built graph",
        "rmat",
        TWO,
        {
            "influence_graph": ours("hits"),
            "igraph": by_igraph("authority_score", weights="weight", scale=False),
            "networkx's scipy computation": scipy_hits,
            "networkx": by_networkx("hits", max_iter=1000),
        },
        within(1e-5),
        {"networkx's scipy computation": 4, "igraph": 1},
        skip_above={"networkx": 11},
        packages=("igraph", "networkx", "scipy"),
        note="Three quarters of the time are 17 sums over all edges, at 2^16 people 1.1 ns an edge. "
        "Without asking ahead for values, or with two or four rows side by side, they take as long: what "
        "bounds them is not the chain of additions of a row. An edge is 12 bytes, read once a sum.",
    ),
    Race(
        "eigenvector",
        "Eigenvector centrality of a built graph",
        "rmat",
        TWO,
        {
            "influence_graph": ours("eigenvector"),
            "igraph": by_igraph("eigenvector_centrality", directed=True, weights="weight", scale=False),
            "networkx's scipy computation": scipy_eigenvector,
            "networkx": by_networkx("eigenvector_centrality", weight="weight", max_iter=1000, tol=1e-12),
        },
        within(1e-5),
        {"networkx's scipy computation": 4, "igraph": 1},
        skip_above={"networkx": 11},
        packages=("igraph", "networkx", "scipy"),
    ),
    Race(
        "katz",
        "Katz centrality of a built graph, alpha 0.85 of what the graph allows",
        "rmat",
        TWO,
        {
            "influence_graph": our_katz,
            "networkx's scipy computation": scipy_katz,
            "networkx": networkx_katz,
        },
        within(1e-7),
        {"networkx's scipy computation": 4},
        skip_above={"networkx": 11},
        packages=("networkx", "scipy"),
        note="At 2^16 people nine tenths of the time go to the spectral radius, by which alpha is checked, "
        "and which the diagnostics give: strongly connected parts, the edges within the largest, and 13 "
        "products with them. The peer takes alpha on trust.",
    ),
    Race(
        "coreness",
        "Unweighted coreness (in + out degree) of a built graph",
        "rmat",
        ONE,
        {"influence_graph": ours("coreness", degree="all"), "igraph": by_igraph("coreness", mode="all")},
        within(1e-9),
        {"igraph": 1},
        packages=("igraph",),
    ),
]
