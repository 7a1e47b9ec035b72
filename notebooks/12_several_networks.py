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
# # Several networks: one score for people who are on more than one
#
# Somebody may be read by many on one network and by nobody on another. This notebook scores a log of three
# networks: each by itself, then all as one, and asks what the single score leaves out.

# %%
import polars as pl

import influence_graph as ig
from influence_graph.datasets.synthetic import make_log
from influence_graph.networks import network_graph
from influence_graph.report import agreement_dots, waterfall

pl.Config(tbl_rows=20, tbl_cols=12, float_precision=2, tbl_hide_dataframe_shape=True)

log = make_log(people=300, days=30, rng=3).interactions
graph = ig.build_graph(log)
networks = sorted({network for _, network in graph.layers})
networks

# %% [markdown]
# ## Each network by itself

# %%
alone = {name: ig.score(network_graph(graph, name), "engagement") for name in networks}
agreement_dots(ig.compare(alone, k=20, resamples=50))

# %% [markdown]
# ## All as one
#
# `multinetwork` takes the weighted mean of the logarithms of features, by network, then by person. Without
# `networks=` each network weighs its share of the reactions seen.

# %%
together = ig.score(graph, "multinetwork")
pl.DataFrame(
    {
        "network": list(together.parameters["networks"]),
        "weight": list(together.parameters["networks"].values()),
    }
)

# %%
together.top(5).select("id", "score", "rank")

# %% [markdown]
# ## What the single score rests on

# %%
person = together.top(1)["id"][0]
waterfall(ig.explain(graph, person, "multinetwork", attribute_to="network"))

# %%
pl.DataFrame(
    {
        "network": networks,
        "rank there": [
            float(alone[name][person]["rank"]) if person in alone[name] else None for name in networks
        ],
    }
)
