# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Graphs for your own study: NetworkX, igraph, communities, and a centrality of your own
#
# The graph builder is useful without any score. This notebook builds a graph from a log, hands it to NetworkX
# and igraph, takes their results back, and compares a centrality of its own with PageRank.

# %%
import networkx as nx
import numpy as np
import polars as pl

import influence_graph as ig
from influence_graph.datasets.synthetic import make_log
from influence_graph.report import network_map, rank_against_rank

pl.Config(tbl_rows=20, tbl_cols=12, float_precision=2, tbl_hide_dataframe_shape=True)

graph = ig.build_graph(make_log(people=300, days=30, rng=2).interactions)
len(graph), graph.n_edges

# %% [markdown]
# ## Parts of a graph

# %%
person = ig.score(graph, "reactors").top(1)["id"][0]
graph.predecessors(person).head(5)

# %%
around = graph.ego(person)
len(around), around.n_edges

# %% [markdown]
# ## To NetworkX, and a centrality back
#
# NetworkX finds this package as a backend, so `backend="influence_graph"` gives its results faster.

# %%
made = graph.to_networkx()
core = nx.core_number(made)
pagerank = nx.pagerank(made, backend="influence_graph")
scores = {
    "core number": ig.Scores.from_values(graph, core, name="core number"),
    "pagerank": ig.Scores.from_values(graph, pagerank, name="NetworkX pagerank"),
}
ig.compare(scores, k=20, resamples=0).table.select("measure", "value")

# %% [markdown]
# ## A centrality of your own
#
# Any array in the order of `graph.ids` will do. Here: the reactions of people who are themselves reacted to
# by many, the weights of in-edges times the logarithm of one plus the in-degree of the source.

# %%
reactors = ig.score(graph, "reactors").raw
own = ig.Scores.from_values(graph, graph.in_edges @ np.log1p(reactors), name="own")
own.top(5).select("id", "score", "rank")

# %%
rank_against_rank(own, ig.score(graph, "pagerank"), names=True)

# %% [markdown]
# ## Communities by igraph, joined back

# %%
undirected = graph.to_igraph().as_undirected(combine_edges="sum")
found = undirected.community_fastgreedy(weights="weight").as_clustering()
communities = pl.DataFrame({"id": graph.ids, "community": found.membership})
table = ig.score(graph, "pagerank").join(communities)
summary = table.group_by("community").agg(
    people=pl.len(), highest=pl.col("score").max(), median=pl.col("score").median()
)
summary.sort("people", "community", descending=[True, False]).head(8)

# %%
network_map(graph, ig.score(graph, "pagerank"), people=50, size="page")

# %% [markdown]
# ## Export
#
# `nx.write_gexf(graph.to_networkx(table), "graph.gexf")` for Gephi, `graph.to_edges()` for a table of edges,
# `graph.to_scipy()` for the matrix.
