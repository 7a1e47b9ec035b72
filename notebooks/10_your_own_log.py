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
# # Your own log: from a table to a score that you can explain
#
# Change one line, the one that names the file, and run all cells. Any table with a row for each interaction
# will do: who (`source`) did what (`kind`) to whom (`target`), and if known when (`timestamp`) and where
# (`network`). CSV, Parquet, Excel, JSON and the exports of several platforms are recognised; see
# [read your own log](../docs/how-to/read-your-own-log.md).

# %%
import polars as pl

import influence_graph as ig
from influence_graph.datasets.synthetic import make_log
from influence_graph.report import agreement_dots, forest, history_lines, network_map, waterfall

pl.Config(tbl_rows=20, tbl_cols=12, float_precision=2, tbl_hide_dataframe_shape=True)

LOG = None  # "my_log.csv"

log = make_log(people=200, days=30, rng=4).interactions if LOG is None else ig.read_interactions(LOG)
print(log.report)

# %% [markdown]
# The report says how many rows were kept, and which were left out and why. If it looks wrong,
# `influence-graph check my_log.csv` says how each column was understood.
#
# ## The graph
#
# Kinds you care about more get a larger weight, all others here 0; with a half-life, old reactions count less.

# %%
weights = {"retweet": 1, "reply": 1, "mention": 0.5, "like": 0.25}
graph = ig.build_graph(log, kinds=weights, other=0, half_life="30d")
graph

# %% [markdown]
# ## Scores, and how sure they are
#
# The interval says how much the score would vary had people reacted in other, equally likely ways.

# %%
scores = ig.score(graph, "pagerank", uncertainty="bootstrap", replicates=40, rng=1)
scores.top(10).select("id", "score", "low", "high", "rank")

# %%
forest(scores, top=10)

# %% [markdown]
# ## Does it matter which method?

# %%
both = {"pagerank": scores, "engagement": ig.score(graph, "engagement")}
comparison = ig.compare(both, k=20, resamples=100)
agreement_dots(comparison)

# %% [markdown]
# ## Why this score, and since when?

# %%
person = both["engagement"].top(1)["id"][0]
why = ig.explain(graph, person, "engagement")
why.attribution

# %%
waterfall(why)

# %%
people = scores.top(3)["id"].to_list()
history_lines(ig.score_history(log, "engagement", every="3d", people=people))

# %% [markdown]
# ## The network among the top people

# %%
network_map(graph, scores, people=30)

# %% [markdown]
# ## Take it along
#
# `scores.to_csv("scores.csv", spreadsheet=True)`, `scores.to_excel("scores.xlsx")`,
# `print(scores.to_latex())`, and `save_figure` for figures. `influence-graph report my_log.csv` writes all of this as one HTML file.
