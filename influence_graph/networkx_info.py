"""What NetworkX reads of the backend when it is imported. It must not import anything itself."""

from __future__ import annotations

from typing import Any


def get_info() -> dict[str, Any]:
    """Return the metadata of the backend, which NetworkX shows in the documentation of its functions."""
    from influence_graph import __version__

    functions = {
        "core_number": "By Batagelj and Zaversnik's algorithm, compiled.",
        "degree_centrality": "Used once the graph was converted for another function.",
        "eigenvector_centrality": "The same power iteration, on sparse arrays.",
        "eigenvector_centrality_numpy": "By restarted Arnoldi.",
        "hits": "The leading singular vectors by restarted Arnoldi; `nstart` decides among equal ones.",
        "in_degree_centrality": "Used once the graph was converted for another function.",
        "katz_centrality": "The same iteration, on sparse arrays.",
        "katz_centrality_numpy": "By sparse LU decomposition, without a dense matrix.",
        "out_degree_centrality": "Used once the graph was converted for another function.",
        "pagerank": "The same power iteration, on sparse arrays that are kept with the graph.",
        "voterank": "The same election, with the same ties; only the leader's votes are recounted.",
    }
    return {
        "backend_name": "influence_graph",
        "project": "influence_graph",
        "package": "influence_graph",
        "short_summary": "Influence on large graphs, computed on CSR arrays.",
        "version": __version__,
        "functions": {name: {"additional_docs": text} for name, text in functions.items()},
    }
