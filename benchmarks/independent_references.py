"""How far is each rank method from an independent reference? Written to independent_references.md.

    python benchmarks/independent_references.py

Run it in the environment of the tests (``.venv``): references are igraph, NetworkX, dense algebra, and what
the tests write out from the papers. The large graph is Higgs retweets where INFLUENCE_GRAPH_DATA has it.
"""

from __future__ import annotations

import os
import pathlib
import sys

import igraph
import networkx as nx
import numpy as np
from scipy.sparse import coo_array

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "centrality"))

from conftest import _graph_of as graph_of  # noqa: E402
from test_coreness import weighted_cores  # noqa: E402
from test_h_index import by_definition  # noqa: E402
from test_hitting_time import hitting_exactly  # noqa: E402
from test_influence_passivity import passivity_by_the_paper  # noqa: E402
from test_leaderrank import by_chain  # noqa: E402
from test_temporal_pagerank import by_all_walks  # noqa: E402
from test_twitterrank import twitterrank_densely  # noqa: E402

from influence_graph import (  # noqa: E402
    InfluenceGraph,
    build_graph,
    load_dataset,
    personalized_pagerank,
    personalized_pagerank_top,
)
from influence_graph.methods import get_method  # noqa: E402

DAMPING = 0.85
HEAD = """# Agreement of the rank methods with independent references

Written by `python benchmarks/independent_references.py`; nothing here is typed by hand.
Largest absolute difference over all people. Shares sum to 1; a difference of 0 is equality of every bit or
whole number.

| method | reference | graph | largest difference |
|---|---|---|---|
"""


def random_graph(n: int, m: int, seed: int) -> InfluenceGraph:
    """Heavy-tailed and weighted, with people who act on nobody and people on whom nobody acts."""
    rng = np.random.default_rng(seed)
    ends = (rng.pareto(1.2, (2, m)) * n / 10).astype(int) % n
    return InfluenceGraph.from_scipy(coo_array((rng.random(m) + 0.01, ends), shape=(n, n)))


def large_graph() -> tuple[str, InfluenceGraph]:
    """Higgs retweets, or a random graph of its size."""
    if os.environ.get("INFLUENCE_GRAPH_DATA"):
        graph = build_graph(load_dataset("higgs"), kinds={"retweet": 1}, other=0)
        return f"Higgs retweets, {graph.n:,} people", graph
    graph = random_graph(250_000, 400_000, 1)
    return f"random, {graph.n:,} people", graph


def values(name: str, graph: InfluenceGraph, **options: object) -> np.ndarray:
    return get_method(name).function(graph, **options).values


def shares(x: object) -> np.ndarray:
    x = np.asarray(x, dtype=np.float64)
    return x / x.sum()


def as_igraph(graph: InfluenceGraph) -> igraph.Graph:
    coo = graph.adjacency.tocoo()
    peer = igraph.Graph(n=graph.n, edges=np.stack(coo.coords, axis=1), directed=True)
    peer.es["weight"] = coo.data
    return peer


def transitions(dense: np.ndarray) -> np.ndarray:
    out = dense.sum(axis=1, keepdims=True)
    return np.divide(dense, out, out=np.zeros_like(dense), where=out > 0)


def against_libraries(where: str, graph: InfluenceGraph) -> list[tuple[str, str, str, float]]:
    """igraph on a large graph."""
    peer = as_igraph(graph)
    found = {
        "pagerank": shares(peer.pagerank(damping=DAMPING, weights="weight")),
        "hits": shares(peer.authority_score(weights="weight")),
        "eigenvector": shares(peer.eigenvector_centrality(weights="weight")),
        "coreness": np.array(peer.coreness(mode="in"), dtype=float),
    }
    return [
        (name, "igraph", where, np.abs(values(name, graph) - other).max()) for name, other in found.items()
    ]


def against_algebra(where: str, graph: InfluenceGraph) -> list[tuple[str, str, str, float]]:
    """Dense algebra, definitions written out, NetworkX and igraph on a small graph."""
    n, dense = graph.n, graph.adjacency.toarray()
    p, edges = transitions(dense), dense > 0
    peer, other = as_igraph(graph), nx.from_scipy_sparse_array(graph.adjacency, create_using=nx.DiGraph)
    seeds = [int(v) for v in np.flatnonzero(edges.any(axis=1))[:16]]
    visits = np.linalg.inv(np.eye(n) - DAMPING * p.T)
    personal = visits[:, seeds] / visits[:, seeds].sum(axis=0)
    top = personalized_pagerank_top(graph, seeds[0], 10).frame
    exact = personal[top["id"].to_numpy(), 0]
    outside = np.maximum(top["low"].to_numpy() - exact, exact - top["high"].to_numpy())
    turned = transitions(dense.T)
    lazy = (np.eye(n) + np.where(edges.any(axis=0)[:, None], turned @ p, np.eye(n))) / 2
    radius = np.abs(np.linalg.eigvals(dense)).max()
    degree, h = edges.sum(axis=0), np.zeros(n)
    for v in range(n):
        h[v] = by_definition(degree[edges[:, v]])
    less = np.maximum(degree - 1, 0)
    steps = dict(nx.all_pairs_shortest_path_length(other.reverse(), cutoff=2))
    collective = [less[v] * sum(less[u] for u, away in steps[v].items() if away == 2) for v in range(n)]
    elected = nx.voterank(other.reverse())
    votes = np.zeros(n)
    votes[elected] = len(elected) - np.arange(len(elected))
    credit = np.linalg.matrix_power(p.T, 3)[:, seeds].sum(axis=1)
    distances = np.array(peer.distances(mode="out"), dtype=float)
    np.fill_diagonal(distances, np.inf)
    uniform = np.full(n, 1 / n)
    algebra = "dense algebra"
    rows = [
        (
            "personalized_pagerank",
            algebra,
            np.abs(personalized_pagerank(graph, seeds) - personal).max(),
        ),
        ("personalized_pagerank_top", f"{algebra}: outside of [low, high]", max(0.0, outside.max())),
        (
            "trustrank",
            algebra,
            np.abs(
                values("trustrank", graph, seeds=tuple(seeds)) - shares(visits[:, seeds].sum(axis=1))
            ).max(),
        ),
        (
            "salsa",
            f"{algebra}: 2²⁵ steps of its chain",
            np.abs(
                values("salsa", graph) - shares(edges.any(axis=0) * 1.0) @ np.linalg.matrix_power(lazy, 2**25)
            ).max(),
        ),
        (
            "katz",
            algebra,
            np.abs(
                values("katz", graph, alpha=0.5 / radius)
                - np.linalg.solve(np.eye(n) - 0.5 / radius * dense.T, np.ones(n))
            ).max(),
        ),
        (
            "leaderrank",
            f"{algebra}: its chain",
            np.abs(values("leaderrank", graph) - by_chain(dense, 0.0, 1.0)).max(),
        ),
        (
            "coreness, weighted",
            "definition: pruning",
            np.abs(values("coreness", graph, weighted=True) - weighted_cores(dense)).max(),
        ),
        ("h_index", "definition", np.abs(values("h_index", graph) - h).max()),
        ("local_h_index", "definition", np.abs(values("local_h_index", graph) - (h + edges.T @ h)).max()),
        (
            "collective_influence",
            "NetworkX's distances",
            np.abs(values("collective_influence", graph) - collective).max(),
        ),
        ("voterank", "NetworkX", np.abs(values("voterank", graph) - votes).max()),
        (
            "truetop",
            f"{algebra}: 3 rounds",
            np.abs(
                values("truetop", graph, seeds=tuple(seeds), change=0.0, max_iterations=3) - shares(credit)
            ).max(),
        ),
        (
            "hitting_time",
            f"{algebra}; 4,000,000 walks, standard error up to {np.sqrt(0.25 / 4e6):.1e}",
            np.abs(
                values("hitting_time", graph, walks=4_000_000, rng=0)
                - hitting_exactly(dense, DAMPING, uniform)
            ).max(),
        ),
        (
            "betweenness",
            "igraph",
            np.abs(values("betweenness", graph, pivots=n) - peer.betweenness(directed=True)).max(),
        ),
        (
            "closeness",
            "igraph's distances",
            np.abs(values("closeness", graph, pivots=n) - (1 / distances).sum(axis=0)).max(),
        ),
    ]
    return [(name, reference, where, far) for name, reference, far in rows]


def with_logs() -> list[tuple[str, str, str, float]]:
    """Methods that read the log, against their papers' steps written out."""
    rng = np.random.default_rng(0)
    people = [f"p{i}" for i in range(8)]
    posts = rng.integers(3, 9, 8)
    reactions = rng.integers(0, 4, (8, 8)) * (1 - np.eye(8, dtype=int))
    rows = [(people[i], None, "post", None) for i in range(8) for _ in range(posts[i])]
    for i, j in np.argwhere(reactions):
        rows += [(people[j], people[i], "retweet", None)] * int(reactions[i, j])
    ours = values("influence_passivity", graph_of(rows))
    influence, _ = passivity_by_the_paper(reactions.astype(float), posts)
    found = [("influence_passivity", "the paper's iteration", np.abs(ours - influence).max())]

    topics, rows, events = ["art", "law", "war"], [], []
    for _ in range(400):
        u, v = (int(x) for x in rng.choice(8, 2, replace=False))
        rows.append((people[u], people[v], "reply", str(rng.choice(topics))))
        events.append((u, v, 1.0))
    graph = graph_of(rows)
    counts = np.zeros((8, 3))
    for (u, v, _), row in zip(events, rows, strict=True):
        counts[[u, v], topics.index(row[3])] += 1
    wanted = twitterrank_densely(
        graph.adjacency.toarray(), counts, DAMPING, counts.sum(axis=0) / counts.sum()
    )
    found.append(("twitterrank", "dense algebra", np.abs(values("twitterrank", graph) - wanted).max()))
    wanted = by_all_walks(events, 8, DAMPING, 0.0)
    far = np.abs(values("temporal_pagerank", graph) - wanted).max()
    found.append(("temporal_pagerank", "the paper's algorithm, step by step", far))
    return [(name, reference, "random log, 8 people", far) for name, reference, far in found]


def main() -> None:
    small = random_graph(300, 2_000, 0)
    rows = [
        *against_libraries(*large_graph()),
        *against_algebra(f"random, {small.n} people, {small.adjacency.nnz:,} edges", small),
        *with_logs(),
    ]
    lines = [f"| `{name}` | {reference} | {where} | {far:.1e} |" for name, reference, where, far in rows]
    page = HEAD + "\n".join(lines) + "\n"
    (HERE / "independent_references.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
