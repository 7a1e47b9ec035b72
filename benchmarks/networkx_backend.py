"""NetworkX's functions by the backend of this package against NetworkX itself.

``python benchmarks/networkx_backend.py`` prints one table in Markdown: seconds of NetworkX, of the first call
by the backend (with the conversion) and of the second, and how many times faster those are. A heavy-tailed
directed graph; 1M edges by default.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

BACKEND = "influence_graph"
CALLS: dict[str, dict[str, Any]] = {
    "pagerank": {},
    "hits": {},
    "katz_centrality": {"alpha": 1e-5},
    "eigenvector_centrality": {"max_iter": 1000},
    "core_number": {},
    "voterank": {"number_of_nodes": 3},
    "degree_centrality": {},
    "in_degree_centrality": {},
    "out_degree_centrality": {},
}


def graph_of(edges: int, seed: int = 1) -> nx.DiGraph:
    """Heavy-tailed ends, ten edges a node, no self-loops."""
    rng = np.random.default_rng(seed)
    n = edges // 10
    source, target = (n * rng.random((2, edges)) ** 2).astype(int)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(
        pair for pair in zip(source.tolist(), target.tolist(), strict=True) if pair[0] != pair[1]
    )
    return graph


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    nx.config.warnings_to_ignore.add("cache")
    small = graph_of(2_000)
    for name, options in CALLS.items():
        getattr(nx, name)(small, backend=BACKEND, **options)  # compiles
    graph = graph_of(given.edges)
    print(
        f"{graph.number_of_nodes():,} nodes, {graph.number_of_edges():,} edges; medians of {given.repeats}\n"
    )
    print(
        "| function | NetworkX | first call | second call | × first | × second |\n|---|---|---|---|---|---|"
    )
    for name, options in CALLS.items():
        function = getattr(nx, name)
        peer, first, second = [], [], []
        for _ in range(given.repeats):
            peer.append(seconds(lambda f=function, o=options: f(graph, backend="networkx", **o)))
            graph.__networkx_cache__.clear()
            first.append(seconds(lambda f=function, o=options: f(graph, backend=BACKEND, **o)))
            second.append(seconds(lambda f=function, o=options: f(graph, backend=BACKEND, **o)))
        a, b, c = (float(np.median(times)) for times in (peer, first, second))
        print(f"| `{name}` | {a:.3f} s | {b:.3f} s | {c:.3f} s | {a / b:.1f} | {a / c:.1f} |", flush=True)


if __name__ == "__main__":
    main()
